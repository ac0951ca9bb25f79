"""What is judged: one model's inputs, published results and evidence, as frozen values.

`assay.validation.reading` makes a case, and is the only place that touches the disk. Everything
here follows from the bytes that were read there. A part that is not what assay writes raises an
EvidenceError whenever it is asked for; `Case.problem` says so beforehand.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.core.workspace import MANIFEST, SIGNATURE, Workspace
from assay.design import Design
from assay.evidence.admission import ADMISSION, FROZEN, Admission, Environment, FixUse
from assay.evidence.fix_manifest import Entry
from assay.evidence.ledger import LEDGER, Ledger, parse_ledger
from assay.evidence.outcome import Outcome
from assay.evidence.progress import PROGRESS, ProgressLine, parse_progress
from assay.evidence.record import EvidenceError, read
from assay.evidence.seal import Seal, SealError, parse_seal
from assay.evidence.verdict import Replay
from assay.methods import load
from assay.methods.base import Settings
from assay.repair.attempts import PREVIOUS
from assay.validation.frozen import File, FrozenArrays, parse_arrays

ROOM = 2**27  # bytes of checkpoints kept as arrays: several checks look at each
PLACES = Workspace(Path())  # every path of a case is one below the workspace
MISSING = "missing"  # in the place of a digest


@dataclass(frozen=True)
class Options:
    """What the director asks of a validation; what is None is taken from the workspace.

    Attributes:
        replay: how much to do again.
        trusted_keys: files with the public keys that may have signed; empty trusts the
            workspace's own.
        nonce: the director's nonce.
        frozen: file with the hashes of the inputs as `assay freeze` listed them.
        heartbeat_seconds: seconds between heartbeats.
        cores: how many processes or threads a replay may keep busy.
    """

    replay: Replay = "challenge"
    trusted_keys: tuple[Path, ...] = ()
    nonce: str | None = None
    frozen: Path | None = None
    heartbeat_seconds: float | None = None
    cores: int = 1


@dataclass(frozen=True)
class Keys:
    """The public keys that may have signed.

    Attributes:
        keys: securesystemslib's keys.
        problem: why one of the workspace's own is none; empty if all are.
    """

    keys: tuple[Any, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Fixes:
    """What VERSION_MANIFEST.json says of the model.

    Attributes:
        entries: its entries; an honest manifest has at most one.
        problem: why the manifest cannot be read; empty if it can.
    """

    entries: tuple[Entry, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Calls:
    """What the features file calls when it is loaded and that is no data.

    Attributes:
        odd: names, sorted.
        problem: why it cannot be told; empty if it can.
    """

    odd: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Here:
    """Where, when and with which assay this is judged.

    Attributes:
        now: seconds since 1970; the clock was read once.
        environment: this machine, as the recorder describes its own.
        source: digest of the source that trains models of this method.
    """

    now: float
    environment: Environment
    source: str


@dataclass(frozen=True)
class Case:
    """One model under judgement.

    Attributes:
        model: its number.
        design: its design as it is now.
        options: what was asked.
        files: every regular file that was read, by name below the workspace.
        odd: what else stands where files should: links, pipes, devices, by name.
        inputs: the path below the workspace of every input, by the name of its digest.
        inputs_problem: why there are none, if so.
        here: where this is judged.
        keys: who may have signed.
        fixes: the model's emergency fixes.
        calls: what the features file calls.
        frozen: digests of the inputs as the director's list has them; None without a list.
    """

    model: int
    design: Design
    options: Options
    files: Mapping[str, File]
    odd: Mapping[str, str]
    inputs: Mapping[str, Path]
    inputs_problem: str
    here: Here
    keys: Keys = Keys()
    fixes: Fixes = Fixes()
    calls: Calls = Calls()
    frozen: Mapping[str, str] | None = None

    @property
    def evidence(self) -> Path:
        """Return the evidence folder."""
        return PLACES.evidence(self.model)

    def is_recorded(self, name: str) -> bool:
        """Return whether this is the place of a file that the recorder wrote."""
        places = PLACES.training_log, PLACES.convergence_log, PLACES.results
        others = {place(self.model).as_posix() for place in places}
        return name in others or Path(name).is_relative_to(self.evidence)

    def has(self, path: Path) -> bool:
        """Return whether a regular file was read at a path."""
        return path.as_posix() in self.files

    def content(self, path: Path) -> bytes:
        """Return the bytes of a file.

        Raises:
            EvidenceError: there is none, or it was not opened.
        """
        name = path.as_posix()
        if name in self.odd:
            raise EvidenceError(f"{path.name} is {self.odd[name]}, not a file of the record")
        if name not in self.files:
            raise EvidenceError(f"{path.name} is missing")
        return self.files[name].read()

    def missing(self, path: Path) -> str:
        """Return why a file cannot be read as text; empty if it can."""
        try:
            self.text(path)
        except EvidenceError as error:
            return str(error)
        return ""

    def text(self, path: Path) -> str:
        """Return the text of a file.

        Raises:
            EvidenceError: there is none, or it is not UTF-8.
        """
        try:
            return self.content(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise EvidenceError(f"{path.name} is not UTF-8: {error}") from error

    def below(self, folder: Path) -> dict[str, File]:
        """Return the files below a folder by their names in it."""
        prefix = f"{folder.as_posix()}/"
        return {n.removeprefix(prefix): f for n, f in self.files.items() if n.startswith(prefix)}

    def problem(self, part: str) -> str:
        """Return why a part (the name of a property) cannot be read; empty if it can."""
        try:
            getattr(self, part)
        except EvidenceError as error:
            return str(error)
        return ""

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return the digests of the inputs as they are now; MISSING where there is none."""
        if self.inputs_problem:
            raise EvidenceError(self.inputs_problem)
        return {
            name: self.files[path.as_posix()].digest if self.has(path) else MISSING
            for name, path in self.inputs.items()
        }

    @cached_property
    def seal(self) -> Seal:
        """Return manifest and signature."""
        try:
            manifest, signature = (
                self.content(self.evidence / name) for name in (MANIFEST, SIGNATURE)
            )
        except EvidenceError as error:
            raise SealError(str(error)) from error
        return parse_seal(manifest, signature)

    @property
    def sealed_as(self) -> str:
        """Return the digest of the manifest, which names this run and no other; empty if none."""
        file = self.files.get((self.evidence / MANIFEST).as_posix())
        return file.digest if file else ""

    @cached_property
    def admission(self) -> Admission:
        """Return what the recorder wrote down before training."""
        return read(Admission, self.content(self.evidence / ADMISSION), ADMISSION)

    @cached_property
    def outcome(self) -> Outcome:
        """Return how the recorder says that training ended."""
        path = PLACES.outcome(self.model)
        return read(Outcome, self.content(path), path.name)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the attempts at the model."""
        return parse_ledger(self.content(self.evidence / LEDGER))

    @cached_property
    def progress(self) -> tuple[ProgressLine, ...]:
        """Return what happened during training; one line at least."""
        records = parse_progress(self.content(self.evidence / PROGRESS))
        if not records:
            raise EvidenceError(f"{PROGRESS} is empty")
        return records

    @cached_property
    def fit(self) -> Fit:
        """Return the stored fit."""
        return self.fit_in(self.evidence)

    @cached_property
    def measured(self) -> tuple[Criterion, ...]:
        """Return every convergence criterion, measured again on the stored fit."""
        diagnose = load(self.design.method, "diagnose").diagnose
        return tuple(diagnose(self.fit, self.training, self.design.convergence))

    @cached_property
    def failed_fit(self) -> Fit:
        """Return the fit of the failed attempt on which an emergency fix rests."""
        return self.fit_in(self.evidence / PREVIOUS)

    def fit_in(self, folder: Path) -> Fit:
        """Return the fit in a folder.

        Raises:
            EvidenceError: there is none, or it is none.
        """
        arrays, meta = (self.content(folder / name) for name in ("fit.npz", "fit.json"))
        try:
            return Fit(arrays=parse_arrays(arrays), meta=json.loads(meta))
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, RecursionError) as error:
            raise EvidenceError(f"the stored fit cannot be read: {error}") from error

    @cached_property
    def checkpoint_files(self) -> dict[str, File]:
        """Return the checkpoints by the names of their files, oldest first."""
        files = self.below(self.evidence / "checkpoints")
        return {name: files[name] for name in sorted(files) if name.endswith(".npz")}

    @cached_property
    def checkpoints(self) -> FrozenArrays:
        """Return the stored checkpoints by the names the method gave them, oldest first."""
        named = {Path(n).stem.partition("_")[2]: file for n, file in self.checkpoint_files.items()}
        return FrozenArrays(named, room=ROOM)

    @cached_property
    def published(self) -> bytes:
        """Return the bytes of the published results."""
        return self.content(PLACES.results(self.model))

    @property
    def emergency(self) -> FixUse | None:
        """Return the emergency fix with which the run is said to have been made."""
        return self.admission.emergency_fix

    @property
    def training(self) -> Settings:
        """Return the settings that the run must have had; `validation.emergency` judges a fix."""
        return self.design.emergency_training if self.emergency else self.design.training

    @property
    def nonce(self) -> str:
        """Return the director's nonce, or the one the evidence names."""
        asked = self.options.nonce
        return self.seal.predicate.nonce if asked is None else asked

    @property
    def heartbeat_seconds(self) -> float:
        """Return the longest time between heartbeats that the director allows."""
        allowed = self.options.heartbeat_seconds
        return min(self.admission.heartbeat_seconds, 60.0 if allowed is None else allowed)

    @property
    def exact(self) -> bool:
        """Return whether a replay here must agree with the record to the last bit."""
        return not self.unlike_here

    @property
    def unlike_here(self) -> list[str]:
        """Return in what, of that on which bits depend, the recording machine was another."""
        parts = ("python", "implementation", "machine", "pinned", "packages")
        then, now = self.admission.environment, self.here.environment
        return [part for part in parts if getattr(then, part) != getattr(now, part)]

    @property
    def frozen_code(self) -> Path:
        """Return the folder with the copy of the code from which the model was trained."""
        return self.evidence / FROZEN / "code"

"""What is judged: a model's inputs, published results and evidence, read but not believed."""

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from assay.campaign.admission import ADMISSION, FROZEN, input_files
from assay.core.files import digest_file
from assay.core.fit import Fit
from assay.core.workspace import Workspace
from assay.design import Design
from assay.evidence.arrays import StoredArrays, checkpoint_paths, load_fit
from assay.evidence.ledger import read_ledger
from assay.evidence.outcome import Outcome, read_outcome
from assay.evidence.seal import Seal
from assay.worker.process import Start, spawn

Replay = Literal["challenge", "full", "none"]
ROOM = 2**27  # bytes of checkpoints kept in memory: several checks look at each


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


@dataclass
class Subject:
    """One model under judgement; every property reads what lies in the workspace now.

    Attributes:
        workspace: where it lies.
        model: its number.
        design: its design as it is now.
        options: what was asked.
        start: starts the workers in which its code runs.
        seal: the manifest, once it has been read.
        records: the lines of progress.jsonl, once its chain has been followed.
    """

    workspace: Workspace
    model: int
    design: Design
    options: Options
    start: Start = spawn
    seal: Seal | None = None
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def evidence(self) -> Path:
        """Return the evidence folder."""
        return self.workspace.evidence(self.model)

    @cached_property
    def inputs(self) -> dict[str, Path]:
        """Return every input by the name of its digest."""
        return input_files(self.workspace, self.model, self.design.depends_on)

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return the digests of the inputs as they are now; "missing" where there is none."""
        return {
            name: digest_file(path) if path.is_file() else "missing"
            for name, path in self.inputs.items()
        }

    @property
    def frozen_code(self) -> Path:
        """Return the copy of the model's code from which it was trained."""
        return self.evidence / FROZEN / "code" / self.workspace.code(self.model).name

    @cached_property
    def admission(self) -> dict[str, Any]:
        """Return what the recorder wrote down before training."""
        text = (self.evidence / ADMISSION).read_text(encoding="utf-8")
        return dict(json.loads(text))

    @property
    def emergency(self) -> dict[str, Any]:
        """Return the emergency fix with which the run is said to have been made; empty if none."""
        return dict(self.admission.get("emergency_fix") or {})

    @property
    def training(self) -> Any:
        """Return the settings that the run must have had; `validation.emergency` judges a fix."""
        return self.design.emergency_training if self.emergency else self.design.training

    @cached_property
    def outcome(self) -> Outcome:
        """Return how the recorder says that training ended."""
        return read_outcome(self.workspace.outcome(self.model))

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        """Return the lines of the ledger of attempts."""
        return read_ledger(self.evidence)

    @cached_property
    def fit(self) -> Fit:
        """Return the stored fit."""
        return load_fit(self.evidence)

    @cached_property
    def checkpoints(self) -> StoredArrays:
        """Return the stored checkpoints, oldest first."""
        return StoredArrays(checkpoint_paths(self.evidence / "checkpoints"), room=ROOM)

    @cached_property
    def published(self) -> bytes:
        """Return the bytes of the published results."""
        return self.workspace.results(self.model).read_bytes()

    @property
    def nonce(self) -> str:
        """Return the director's nonce, or the one the evidence names."""
        if self.options.nonce is not None:
            return self.options.nonce
        return str(self.seal.predicate.get("nonce", "")) if self.seal else ""

    @property
    def heartbeat_seconds(self) -> float:
        """Return the longest time between heartbeats that the director allows."""
        recorded = float(self.admission["heartbeat_seconds"])
        if not 0 < recorded < math.inf:
            raise ValueError(f"a heartbeat every {recorded} seconds")
        allowed = self.options.heartbeat_seconds
        return min(recorded, 60.0) if allowed is None else min(recorded, allowed)

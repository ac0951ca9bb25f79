"""Reading a case: the only part of validation that touches the workspace.

Every file is read once, and hashed as it is read. In the evidence, which is a stranger's, no link
is followed and nothing but regular files is opened; inputs may be links, as for a training, since
what they hold is compared with what was admitted.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from assay.campaign.admission import input_files
from assay.campaign.source_digest import training_digest
from assay.core.errors import ConfigError, TrainingError
from assay.core.workspace import Workspace
from assay.design import InvalidDesignError, Problem, parse_design
from assay.evidence.admission import environment_now
from assay.evidence.fix_manifest import EmergencyError, parse_manifest
from assay.evidence.keys import KeyUnusableError, parse_public_key
from assay.evidence.lock import NAME as LOCK
from assay.modelcode.pickles import odd_calls
from assay.validation.case import Calls, Case, Fixes, Here, Keys, Options
from assay.validation.frozen import File, NoFileError, Store


def read_case(workspace: Workspace, model: int, options: Options) -> Case:
    """Read everything that a verdict on a model speaks of.

    Raises:
        DesignError: the design is broken, so that there is nothing to judge by.
        KeyUnusableError: a key the director trusts cannot be read.
        ConfigError: the director's list of frozen inputs cannot be read.
    """
    reading = _Reading(workspace, model)
    path = workspace.design(model)
    try:
        design = parse_design(path, reading.input(path).read())
    except (OSError, NoFileError) as error:
        why = error.kind if isinstance(error, NoFileError) else "there is none"
        problem = Problem(path, 1, "file", f"it cannot be read ({why})", "put the design there")
        raise InvalidDesignError([problem]) from error
    reading.record()
    inputs, inputs_problem = reading.inputs(design.depends_on)
    features = inputs.get("features")
    return Case(
        model=model,
        design=design,
        options=options,
        files=reading.files,
        odd=reading.odd,
        inputs={name: reading.below(path) for name, path in inputs.items()},
        inputs_problem=inputs_problem,
        here=Here(time.time(), environment_now(), training_digest(design.method)),
        keys=reading.keys(options.trusted_keys),
        fixes=reading.fixes(),
        calls=_calls(reading.files.get(reading.name(features)) if features else None, features),
        frozen=_frozen(options.frozen, model),
    )


def changed_since(case: Case, workspace: Workspace) -> list[str]:
    """Return, sorted, the names of files that are no longer what was judged.

    Reads everything once more: what came, went or changed while it was judged is named.
    """
    reading = _Reading(workspace, case.model)
    reading.record()
    with suppress(FileNotFoundError, NoFileError):
        reading.input(workspace.design(case.model))
    inputs, _ = reading.inputs(case.design.depends_on)
    if not case.inputs_problem and {reading.below(p) for p in inputs.values()} != {
        *case.inputs.values()
    }:
        return ["the inputs"]
    then = {name: file.digest for name, file in case.files.items()} | dict(case.odd)
    now = {name: file.digest for name, file in reading.files.items()} | reading.odd
    changed = {name for name in then.keys() | now.keys() if then.get(name) != now.get(name)}
    if reading.fixes() != case.fixes:
        changed.add(reading.name(workspace.version_manifest))
    return sorted(changed)


class _Reading:
    """One pass over the files of a model.

    Attributes:
        files: what was read, by name below the workspace.
        odd: what was not opened, and what it is, by name.
    """

    def __init__(self, workspace: Workspace, model: int) -> None:
        self.files: dict[str, File] = {}
        self.odd: dict[str, str] = {}
        self._workspace = workspace
        self._model = model
        self._store = Store()

    def below(self, path: Path) -> Path:
        """Return a path below the workspace."""
        return path.relative_to(self._workspace.root)

    def name(self, path: Path) -> str:
        """Return the name of a path below the workspace."""
        return self.below(path).as_posix()

    def input(self, path: Path) -> File:
        """Read an input, which may be a link.

        Raises:
            FileNotFoundError, NoFileError: as `Store.keep`.
        """
        name = self.name(path)
        if name not in self.files:
            self.files[name] = self._store.keep(path, follow=True)
        return self.files[name]

    def record(self) -> None:
        """Read what the recorder wrote: evidence, logs and published results."""
        workspace, model = self._workspace, self._model
        evidence = workspace.evidence(model)
        for path in _walk(evidence):
            if path != evidence / LOCK:
                self._keep(path)
        for path in (
            workspace.training_log(model),
            workspace.convergence_log(model),
            workspace.results(model),
        ):
            self._keep(path)

    def inputs(self, depends_on: tuple[int, ...]) -> tuple[Mapping[str, Path], str]:
        """Read the inputs; return their paths by the names of their digests, and what is wrong.

        The designs of models whose results are read come with them: they give the columns' types.
        """
        workspace, model = self._workspace, self._model
        try:
            code = workspace.code(model)
            if not code.is_file():
                return {}, f"{code.name} is missing; put the model's code back"
            paths = input_files(workspace, model, depends_on)
        except TrainingError as error:
            return {}, f"{error}. {error.remedy}"
        for path in (*paths.values(), *map(workspace.design, depends_on)):
            try:
                self.input(path)
            except FileNotFoundError:
                continue  # its digest says so
            except NoFileError as error:
                self.odd[self.name(path)] = error.kind
        return paths, ""

    def keys(self, trusted: tuple[Path, ...]) -> Keys:
        """Read the public keys that may have signed."""
        keys = []
        for path in trusted or sorted(self._workspace.keys.glob("*.pem")):
            try:
                keys.append(parse_public_key(_contents(path), str(path)))
            except KeyUnusableError as error:
                if trusted:
                    raise
                return Keys(problem=str(error))
        return Keys(tuple(keys))

    def fixes(self) -> Fixes:
        """Read the model's emergency fixes."""
        path = self._workspace.version_manifest
        try:
            content = Store().keep(path, follow=True).read()
            return Fixes(parse_manifest(content, path).entries(self._model))
        except FileNotFoundError:
            return Fixes()
        except NoFileError as error:
            return Fixes(problem=f"{path} is {error.kind}")
        except EmergencyError as error:
            return Fixes(problem=str(error))

    def _keep(self, path: Path) -> None:
        try:
            self.files[self.name(path)] = self._store.keep(path)
        except FileNotFoundError:
            return
        except NoFileError as error:
            self.odd[self.name(path)] = error.kind


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is no folder, sorted; no link is followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError:  # it cannot be looked into
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _contents(path: Path) -> bytes:
    """Return the bytes of a key's file.

    Raises:
        KeyUnusableError: it is missing, or no file.
    """
    try:
        return Store().keep(path, follow=True).read()
    except (OSError, NoFileError) as error:
        why = error.kind if isinstance(error, NoFileError) else "it is missing"
        raise KeyUnusableError(f"{path} holds no public key ({why}); give a PEM file") from error


def _calls(file: File | None, path: Path | None) -> Calls:
    """Return what a features file calls; nothing of it is run."""
    if file is None or path is None or path.suffix != ".pkl":
        return Calls()
    try:
        return Calls(tuple(odd_calls(file.read())))
    except Exception as error:  # a stranger's pickle: whatever it provokes is a doubt
        return Calls(problem=f"{type(error).__name__}: {error}")


def _frozen(path: Path | None, model: int) -> Mapping[str, str] | None:
    if path is None:
        return None
    try:
        listed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["models"]
        return {str(name): str(digest) for name, digest in listed.get(str(model), {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is no list of frozen inputs ({error!r})") from error

"""VERSION_MANIFEST.json: every use of an emergency fix, and what was decided on it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from assay.core.errors import AssayError
from assay.core.files import digest_bytes, write_text
from assay.evidence.record import Part, first_problem

LOCK_SECONDS = 60.0
Status = Literal["applied", "provisional", "failed", "approved", "rejected"]


class EmergencyError(AssayError):
    """The manifest cannot be read or written, or a decision is impossible."""


class Change(Part):
    """One training parameter before and after the fix."""

    before: Any
    after: Any


class Entry(Part):
    """One use of a fix.

    Attributes:
        model: whose training it was.
        severity: why the failure was critical, as measured.
        parameters: each parameter that was changed.
        authorised_by: who allowed it beforehand: the design, by name and digest.
        at: when it was applied (ISO 8601, UTC).
        attempt: number of the failed attempt that justified it.
        inputs, seed: digests and seed of that attempt, and of the one that used the fix.
        status: applied (under way), failed (it did not help), provisional, approved, rejected.
        results: digest of the results it led to.
        decided_by, decided_at, reason: the director's decision.
    """

    model: int
    severity: str
    parameters: dict[str, Change]
    authorised_by: str
    at: str
    attempt: int
    inputs: dict[str, str]
    seed: str
    status: Status = "applied"
    results: str = ""
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""

    def digest(self) -> str:
        """Return the digest of everything in the entry."""
        return digest_bytes(self.model_dump_json().encode())


class VersionManifest(Part):
    """The whole file."""

    format: Literal["assay version manifest 1"] = "assay version manifest 1"
    emergency_fixes: tuple[Entry, ...] = ()

    def entries(self, model: int) -> tuple[Entry, ...]:
        """Return the entries of a model; an honest manifest has at most one."""
        return tuple(entry for entry in self.emergency_fixes if entry.model == model)

    def find(self, model: int) -> Entry | None:
        """Return a model's entry, if there is one."""
        return next(iter(self.entries(model)), None)

    def put(self, entry: Entry) -> "VersionManifest":
        """Return the manifest with `entry` in place of the model's own, or added."""
        others = {each.model: each for each in self.emergency_fixes} | {entry.model: entry}
        return self.model_copy(update={"emergency_fixes": tuple(others.values())})


def read_manifest(path: Path) -> VersionManifest:
    """Read the manifest; a missing one is empty.

    Raises:
        EmergencyError: it cannot be read, or is damaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return VersionManifest()
    except OSError as error:
        raise EmergencyError(f"{path} cannot be read: {error.strerror}") from error
    return parse_manifest(content, path)


def parse_manifest(content: bytes, path: Path) -> VersionManifest:
    """Return the manifest in the bytes of the file called `path`.

    Raises:
        EmergencyError: it is damaged.
    """
    try:
        return VersionManifest.model_validate_json(content)
    except ValidationError as error:
        raise EmergencyError(
            f"{path} is damaged ({first_problem(error)}); restore it from a copy"
        ) from error


def edit_manifest(path: Path, model: int, change: Callable[[Entry | None], Entry]) -> Entry:
    """Put what `change` makes of a model's entry into the manifest, alone among all processes.

    Raises:
        EmergencyError: from `change`; or the manifest is damaged, locked or cannot be written.
    """
    from filelock import FileLock, Timeout  # slow to import, and readers need no lock

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock")).acquire(timeout=LOCK_SECONDS):
            manifest = read_manifest(path)
            entry = change(manifest.find(model))
            record = manifest.put(entry).model_dump(mode="json")
            write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
            return entry
    except Timeout as error:
        raise EmergencyError(f"another process keeps {path} locked; try again") from error
    except OSError as error:
        raise EmergencyError(f"{path} cannot be written: {error.strerror}") from error


def fix_words(parameters: Mapping[str, Change]) -> str:
    """Return changed parameters as "tune 10 -> 4,000, target_accept 0.8 -> 0.99"."""
    from assay.core.text import plain

    return ", ".join(f"{n} {plain(c.before)} -> {plain(c.after)}" for n, c in parameters.items())

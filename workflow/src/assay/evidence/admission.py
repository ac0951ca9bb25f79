"""admission.json: what was fixed about a training before it began."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from assay.evidence.fix_manifest import Change
from assay.evidence.record import Number, Part, Record, read

ADMISSION = "admission.json"
FROZEN = "inputs"  # folder of the evidence with the copies of design and code


class Environment(Part):
    """What results may depend on besides their inputs.

    Attributes:
        python, implementation: version and kind of the interpreter.
        platform, machine, processor, cores: where it ran.
        pinned: variables that every worker is started with.
        packages: version by name; None for one that is not installed.
    """

    python: str
    implementation: str
    platform: str
    machine: str
    processor: str
    cores: int | None
    pinned: dict[str, str]
    packages: dict[str, str | None]


class FixUse(Part):
    """The use of an emergency fix.

    Attributes:
        attempt: the failed attempt that justifies it.
        severity: why that failure was critical, as a phrase.
        parameters: each training parameter that it changes.
    """

    attempt: Number
    severity: str
    parameters: dict[str, Change]


@dataclass(frozen=True)
class Identity:
    """What makes two trainings the same.

    Attributes:
        digests: "sha256:..." of every input by name.
        seed: hex seed derived from them and the nonce.
    """

    digests: Mapping[str, str]
    seed: str


class Admission(Record):
    """What was fixed before a training began.

    Attributes:
        design: the front matter, defaults filled in.
        digests: "sha256:..." of every input by name.
        seed: hex seed derived from them and the nonce.
        nonce: the director's word.
        source: digest of assay's own source.
        heartbeat_seconds: seconds between heartbeats.
        cores: how many processes or threads it may keep busy.
        emergency_fix: the fix it is trained with, if any.
        environment: what results may depend on besides.
    """

    design: dict[str, Any]
    digests: dict[str, str]
    seed: str
    nonce: str
    source: str
    heartbeat_seconds: Annotated[float, Field(gt=0)]
    cores: Number
    emergency_fix: FixUse | None
    environment: Environment

    @property
    def identity(self) -> Identity:
        """Return what makes another training the same."""
        return Identity(self.digests, self.seed)


def environment_now() -> Environment:
    """Return the environment of this machine, as it is now."""
    from assay.core.environment import describe_environment  # slow to import, for those who read

    return Environment.model_validate(describe_environment())


def read_admission(path: Path) -> Admission:
    """Read an admission back.

    Raises:
        OSError: it cannot be read.
        EvidenceError: the file is no admission.
    """
    return read(Admission, path.read_bytes(), path.name)

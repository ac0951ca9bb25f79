"""The manifest of a training, sealed: an in-toto Statement in a DSSE envelope.

`manifest.json` lists every file of the evidence, the results and the logs with their SHA-256;
`signature.json` is the envelope, whose payload is the manifest to the byte. Both formats are
public: github.com/in-toto/attestation and github.com/secure-systems-lab/dsse.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from assay.core.files import digest_file, write_bytes
from assay.core.workspace import MANIFEST, SIGNATURE
from assay.evidence.outcome import Status
from assay.evidence.record import EvidenceError, Number, Part, Record, read, to_bytes

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:assay:training:v1"
PAYLOAD: Final = "application/vnd.in-toto+json"
NOT_SEALED = frozenset({MANIFEST, SIGNATURE, "lock"})


class SealError(EvidenceError):
    """A manifest or its signature is missing, broken, or does not fit."""


class Predicate(Record):
    """What the recorder says of the training; of its outcome, the part that is compared first.

    Attributes:
        model, attempt, status, method: as the outcome has them.
        seed, nonce, inputs: hex seed, and what it was derived from.
        source: digest of assay's own source.
        started, finished: ISO 8601, UTC.
        results: "sha256:..." of the results; empty when there are none.
    """

    model: Number
    attempt: Number
    status: Status
    method: str
    seed: str
    nonce: str
    inputs: dict[str, str]
    source: str
    started: str
    finished: str
    results: str


def _named(name: str) -> Any:
    """Return a field's settings if it is stored under a name that Python would not give it."""
    return Field(validation_alias=name, serialization_alias=name)


class _Digest(Part):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Subject(Part):
    name: str
    digest: _Digest


class Statement(Part):
    """The manifest: an in-toto Statement, whose own keys carry its version."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], _named("_type")] = STATEMENT
    subject: tuple[_Subject, ...]
    predicate_type: Annotated[Literal["urn:assay:training:v1"], _named("predicateType")] = PREDICATE
    predicate: Predicate


class _Signature(Part):
    keyid: str
    sig: str


class _Envelope(Part):
    """A DSSE envelope."""

    payload: str
    payload_type: Annotated[Literal["application/vnd.in-toto+json"], _named("payloadType")]
    signatures: Annotated[tuple[_Signature, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Seal:
    """A manifest that could be read, with what signs it.

    Attributes:
        files: digests ("sha256:...") by path below the workspace.
        predicate: what the recorder says of the training.
        payload: the bytes of the manifest.
        envelope: the DSSE envelope.
    """

    files: Mapping[str, str]
    predicate: Predicate
    payload: bytes
    envelope: _Envelope

    @property
    def keyid(self) -> str:
        """Return the id of the (first) key that is said to have signed."""
        return self.envelope.signatures[0].keyid

    def signed_by(self, keys: Iterable[Any]) -> bool:
        """Return whether one of the keys has signed exactly this manifest."""
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import Error

        try:
            record = self.envelope.model_dump(mode="json", by_alias=True)
            Envelope.from_dict(record).verify(list(keys), 1)
        except (Error, ValueError, KeyError):
            return False
        return True


def write_seal(
    root: Path, evidence: Path, others: Iterable[Path], predicate: Predicate, signer: Any
) -> None:
    """List every file of the evidence and the `others` with their digests, and sign the list.

    Args:
        root: the workspace.
        evidence: the evidence folder, as complete as it will be.
        others: files outside it that belong to the training, as far as they exist.
        predicate: what is said of the training.
        signer: from `keys.signing_key`.
    """
    from securesystemslib.dsse import Envelope

    paths = [*evidence_files(evidence), *(path for path in others if path.exists())]
    named = {path.relative_to(root).as_posix(): path for path in paths}
    statement = Statement(
        subject=tuple(
            _Subject(
                name=name,
                digest=_Digest(sha256=digest_file(named[name]).removeprefix("sha256:")),
            )
            for name in sorted(named)
        ),
        predicate=predicate,
    )
    payload = to_bytes(statement)
    envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(signer)
    written = _Envelope(
        payload=base64.b64encode(payload).decode("ascii"),
        payload_type=PAYLOAD,
        signatures=tuple(_Signature(**each) for each in envelope.to_dict()["signatures"]),
    )
    write_bytes(evidence / MANIFEST, payload)
    write_bytes(evidence / SIGNATURE, to_bytes(written))


def parse_seal(manifest: bytes, signature: bytes) -> Seal:
    """Return the seal that two files hold; whether the signature holds is `Seal.signed_by`.

    Raises:
        SealError: either is broken, or the envelope is of another manifest.
    """
    try:
        envelope = read(_Envelope, signature, SIGNATURE)
        statement = read(Statement, manifest, MANIFEST)
    except EvidenceError as error:
        raise SealError(str(error)) from error
    if envelope.payload != base64.b64encode(manifest).decode("ascii"):
        raise SealError("the signature is of another manifest")
    names = [subject.name for subject in statement.subject]
    for earlier, later in pairwise(names):
        if earlier >= later:
            way = "twice" if earlier == later else "out of order"
            raise SealError(f"the manifest lists a file {way}: {later}")
    files = {subject.name: f"sha256:{subject.digest.sha256}" for subject in statement.subject}
    return Seal(files, statement.predicate, manifest, envelope)


def read_seal(evidence: Path) -> Seal:
    """Read the manifest and its envelope.

    Raises:
        SealError: either is missing or broken, or the envelope is of another manifest.
    """
    try:
        manifest, signature = ((evidence / name).read_bytes() for name in (MANIFEST, SIGNATURE))
    except OSError as error:
        raise SealError(f"{Path(error.filename).name} cannot be read: {error.strerror}") from error
    return parse_seal(manifest, signature)


def evidence_files(evidence: Path) -> list[Path]:
    """Return the files of an evidence folder that a seal covers, sorted."""
    return sorted(
        path
        for path in evidence.rglob("*")
        if not path.is_dir() and path.relative_to(evidence).as_posix() not in NOT_SEALED
    )

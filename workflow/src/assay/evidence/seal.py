"""The manifest of a training, sealed: an in-toto Statement in a DSSE envelope.

`manifest.json` lists every file of the evidence, the results and the logs with their SHA-256;
`signature.json` is the envelope, whose payload is the manifest to the byte. Both formats are
public: github.com/in-toto/attestation and github.com/secure-systems-lab/dsse.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.errors import AssayError
from assay.core.files import digest_file, write_bytes, write_text
from assay.core.workspace import MANIFEST, SIGNATURE

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:assay:training:v1"
PAYLOAD = "application/vnd.in-toto+json"
NOT_SEALED = frozenset({MANIFEST, SIGNATURE, "lock"})


class SealError(AssayError):
    """A manifest or its signature is missing, broken, or does not fit."""


@dataclass(frozen=True)
class Seal:
    """A manifest that could be read, with what signs it.

    Attributes:
        files: digests ("sha256:...") by path below the workspace.
        predicate: what the recorder says of the training.
        payload: the bytes of the manifest.
        envelope: the DSSE envelope as JSON.
    """

    files: Mapping[str, str]
    predicate: Mapping[str, Any]
    payload: bytes
    envelope: Mapping[str, Any]

    @property
    def keyid(self) -> str:
        """Return the id of the (first) key that is said to have signed."""
        return str(self.envelope["signatures"][0]["keyid"])

    def signed_by(self, keys: Iterable[Any]) -> bool:
        """Return whether one of the keys has signed exactly this manifest."""
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import VerificationError

        try:
            Envelope.from_dict(json.loads(json.dumps(self.envelope))).verify(list(keys), 1)
        except (VerificationError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return True


def write_seal(
    root: Path, evidence: Path, others: Iterable[Path], predicate: Mapping[str, Any], signer: Any
) -> None:
    """List every file of the evidence and the `others` with their digests, and sign the list.

    Args:
        root: the workspace.
        evidence: the evidence folder, as complete as it will be.
        others: files outside it that belong to the training, as far as they exist.
        predicate: plain JSON values about the training.
        signer: from `keys.signing_key`.
    """
    from securesystemslib.dsse import Envelope

    paths = [*evidence_files(evidence), *(path for path in others if path.exists())]
    subjects = [
        {
            "name": path.relative_to(root).as_posix(),
            "digest": {"sha256": digest_file(path).removeprefix("sha256:")},
        }
        for path in paths
    ]
    statement = {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": dict(predicate),
    }
    payload = (json.dumps(statement, indent=1, ensure_ascii=False) + "\n").encode()
    envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(signer)
    write_bytes(evidence / MANIFEST, payload)
    write_text(evidence / SIGNATURE, json.dumps(envelope.to_dict(), indent=1) + "\n")


def read_seal(evidence: Path) -> Seal:
    """Read the manifest and its envelope; whether the signature holds is `Seal.signed_by`.

    Raises:
        SealError: either is missing or broken, or the envelope is of another manifest.
    """
    try:
        payload = (evidence / MANIFEST).read_bytes()
        envelope = json.loads((evidence / SIGNATURE).read_text(encoding="utf-8"))
        statement = json.loads(payload)
        enclosed = base64.b64decode(envelope["payload"], validate=True)
        files = {
            str(subject["name"]): "sha256:" + str(subject["digest"]["sha256"])
            for subject in statement["subject"]
        }
        predicate = statement["predicate"]
        kinds = statement["_type"], statement["predicateType"], envelope["payloadType"]
        seal = Seal(files, dict(predicate), payload, envelope)
        signed = bool(seal.keyid)
    except OSError as error:
        raise SealError(f"{Path(error.filename).name} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise SealError(f"the manifest or its signature is broken: {error!r}") from error
    if enclosed != payload:
        raise SealError("the signature is of another manifest")
    if kinds != (STATEMENT, PREDICATE, PAYLOAD) or not signed:
        raise SealError(f"the manifest is of another kind: {kinds}")
    if len(files) != len(statement["subject"]):
        raise SealError("the manifest lists a file twice")
    return seal


def evidence_files(evidence: Path) -> list[Path]:
    """Return the files of an evidence folder that a seal covers, sorted."""
    return sorted(
        path
        for path in evidence.rglob("*")
        if not path.is_dir() and path.relative_to(evidence).as_posix() not in NOT_SEALED
    )

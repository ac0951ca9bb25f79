"""The key that seals evidence: made on first use, outside every workspace.

A signature says who recorded a run and that nothing has changed since, no more: whoever owns
the machine and the key can sign anything. What happened is for recomputation to show.
"""

import os
from pathlib import Path
from typing import Any

from assay.core.errors import AssayError
from assay.core.files import write_bytes

VARIABLE = "ASSAY_SIGNING_KEY"


class KeyUnusableError(AssayError):
    """A key file is missing, unreadable or no Ed25519 key; the message says what to do."""


def signing_key() -> Any:
    """Return this user's signer (securesystemslib's CryptoSigner); make its key on first use.

    The private key lies in the file that the environment variable ASSAY_SIGNING_KEY names, or
    else in the user's configuration folder, readable by the user alone.

    Raises:
        KeyUnusableError: the key can be neither read nor made.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    path = _private_path()
    try:
        if not path.exists():
            _create(path, CryptoSigner.generate_ed25519().private_bytes)
        return CryptoSigner(load_pem_private_key(path.read_bytes(), password=None))
    except (OSError, ValueError) as error:
        raise KeyUnusableError(
            f"the signing key {path} cannot be used ({error}); make the file readable, delete it "
            f"so that a new one is made, or name another with {VARIABLE}"
        ) from error


def publish_key(signer: Any, folder: Path) -> None:
    """Put the public half of a key into a folder of the workspace, for validators."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = signer.public_key
    path = folder / f"{public.keyid[:16]}.pem"
    if not path.exists():
        pem = load_public_bytes(public).public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        write_bytes(path, pem)


def load_public_bytes(public: Any) -> Any:
    """Return a securesystemslib key as one of the cryptography package."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public.keyval["public"]))


def parse_public_key(content: bytes, name: str) -> Any:
    """Return the public key in the bytes of a PEM file that is called `name`.

    Raises:
        KeyUnusableError: it is no public key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        return SSlibKey.from_crypto(load_pem_public_key(content))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(
            f"{name} holds no public key ({error}); give a PEM file such as those in "
            "implementation/keys/"
        ) from error


def _private_path() -> Path:
    if named := os.environ.get(VARIABLE):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("assay") / "signing_key.pem"


def _create(path: Path, content: bytes) -> None:
    """Write a private key that nobody else can read; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        os.fsync(stream.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # another process was faster, and its key is as good
    finally:
        beside.unlink()

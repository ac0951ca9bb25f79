"""Seals: files added, left out or linked, and manifests signed by the wrong hand."""

import base64
import shutil

from forgery import HONEST, Forgery
from runs import Forger
from securesystemslib.signer import CryptoSigner
from tools import edit_text, reseal_as_it_is

from assay.evidence.keys import publish_key


def extra_file(forger: Forger) -> None:
    (forger.evidence / "proof.txt").write_text("converged\n")


def extra_checkpoint(forger: Forger) -> None:
    folder = forger.evidence / "checkpoints"
    shutil.copy(sorted(folder.iterdir())[1], folder / "00099_state_0_000000070.npz")
    forger.reseal()


def linked_file(forger: Forger) -> None:
    path = forger.evidence / "fit.npz"
    other = forger.root / "fit.npz"
    path.rename(other)
    path.symlink_to(other)
    forger.reseal()


def linked_folder(forger: Forger) -> None:
    path = forger.evidence / "checkpoints"
    other = forger.root / "checkpoints"
    path.rename(other)
    path.symlink_to(other)
    forger.reseal()


def linked_results(forger: Forger) -> None:
    other = forger.root / "results.csv"
    forger.results.rename(other)
    forger.results.symlink_to(other)


def frozen_code(forger: Forger) -> None:
    path = forger.evidence / "inputs" / "code" / forger.workspace.code(forger.model).name
    edit_text(path, lambda text: text + "\n# another one\n")
    forger.reseal()


def manifest(forger: Forger) -> None:
    path = forger.evidence / "manifest.json"
    edit_text(path, lambda text: text.replace('"attempt": 1', '"attempt": 2'))


def manifest_and_payload(forger: Forger) -> None:
    manifest(forger)
    payload = base64.b64encode((forger.evidence / "manifest.json").read_bytes()).decode()
    forger.edit_json("signature.json", lambda envelope: envelope.update(payload=payload))


def manifest_shortened(forger: Forger) -> None:
    reseal_as_it_is(forger, without="attempts.jsonl")


def another_key(forger: Forger) -> dict:
    trusted = [*forger.workspace.keys.iterdir()]
    kept = [shutil.copy(path, forger.root / path.name) for path in trusted]
    signer = CryptoSigner.generate_ed25519()
    reseal_as_it_is(forger, signer)
    publish_key(signer, forger.workspace.keys)
    return {"trusted_keys": tuple(kept)}


def unpublished_key(forger: Forger) -> None:
    reseal_as_it_is(forger, CryptoSigner.generate_ed25519())


def no_keys(forger: Forger) -> None:
    shutil.rmtree(forger.workspace.keys)


def no_signature(forger: Forger) -> None:
    (forger.evidence / "signature.json").unlink()


def signature_of_another(forger: Forger) -> None:
    other = Forger(forger.workshop.honest("convex"), HONEST["convex"][0].number)
    shutil.copy(other.evidence / "signature.json", forger.evidence)


def seal_of_another(forger: Forger) -> None:
    signature_of_another(forger)
    other = Forger(forger.workshop.honest("convex"), HONEST["convex"][0].number)
    shutil.copy(other.evidence / "manifest.json", forger.evidence)


def attempt_struck(forger: Forger) -> None:
    forger.rewrite_ledger(forger.ledger()[1:2])
    forger.reseal()


def results_of_evidence(forger: Forger) -> None:
    edit_text(forger.evidence / "results.csv", lambda text: text.replace("b,", "c,"))


def stale_attempt(forger: Forger) -> None:
    line = {"event": "begun", "attempt": 2, "at": "2026-01-01T00:00:00+00:00", "version": 1}
    forger.rewrite_ledger([*forger.ledger(), line])
    forger.reseal()


SEALED = [
    Forgery("extra-file", "iterative", "Adds a file to the evidence.", extra_file, {"files"}),
    Forgery(
        "extra-checkpoint",
        "iterative",
        "Adds a checkpoint that the log does not name, and seals again.",
        extra_checkpoint,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "linked-file",
        "iterative",
        "Puts a link in the place of the fit and seals again.",
        linked_file,
        {"files"},
    ),
    Forgery(
        "linked-folder",
        "iterative",
        "Puts a link in the place of the checkpoints' folder and seals again.",
        linked_folder,
        {"files"},
    ),
    Forgery(
        "linked-results",
        "iterative",
        "Publishes a link, to be pointed elsewhere once it was judged.",
        linked_results,
        {"published"},
    ),
    Forgery(
        "frozen-code",
        "iterative",
        "Changes the frozen copy of the code and seals again.",
        frozen_code,
        {"inputs"},
    ),
    Forgery("manifest", "iterative", "Edits the manifest.", manifest, {"structure"}),
    Forgery(
        "manifest-and-payload",
        "iterative",
        "Edits manifest and envelope, but cannot sign.",
        manifest_and_payload,
        {"signature"},
    ),
    Forgery(
        "manifest-shortened",
        "iterative",
        "Leaves a file off the manifest and signs it.",
        manifest_shortened,
        {"files"},
    ),
    Forgery(
        "another-key",
        "iterative",
        "Signs with a key of his own and publishes it; the director trusts the old one.",
        another_key,
        {"signature"},
    ),
    Forgery(
        "unpublished-key",
        "iterative",
        "Signs with a key that is not in the workspace.",
        unpublished_key,
        {"signature"},
    ),
    Forgery("no-keys", "iterative", "Deletes the public keys.", no_keys, {"signature"}),
    Forgery("no-signature", "iterative", "Deletes the signature.", no_signature, {"structure"}),
    Forgery(
        "signature-of-another",
        "iterative",
        "Copies the signature of another model.",
        signature_of_another,
        {"structure"},
    ),
    Forgery(
        "seal-of-another",
        "iterative",
        "Copies manifest and signature of another model.",
        seal_of_another,
        {"structure"},
    ),
    Forgery(
        "attempt-struck",
        "iterative",
        "Strikes the line that says an attempt began, and seals again.",
        attempt_struck,
        {"attempt"},
    ),
    Forgery(
        "stale-attempt",
        "iterative",
        "Presents an attempt after which another was begun.",
        stale_attempt,
        {"attempt"},
    ),
    Forgery(
        "results-of-evidence",
        "iterative",
        "Changes the results kept in the evidence.",
        results_of_evidence,
        {"files"},
    ),
]

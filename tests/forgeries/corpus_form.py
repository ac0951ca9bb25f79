"""Form: evidence that says what an honest run says, but not as assay writes it.

Two readers could understand it differently, so nobody has to: it is refused, though sealed again.
"""

import json
import re
from collections.abc import Callable

from forgery import Forgery
from runs import Forger
from securesystemslib.dsse import Envelope
from tools import edit_text, reseal_as_it_is

from assay.evidence.keys import signing_key
from assay.evidence.seal import PAYLOAD


def spelled(file: str, change: Callable[[str], str]) -> Callable[[Forger], None]:
    """Return the deed of writing a file otherwise, to the same effect or nearly, and sealing."""

    def forge(forger: Forger) -> None:
        edit_text(forger.evidence / file, change)
        reseal_as_it_is(forger)

    return forge


def last_line(change: Callable[[str], str]) -> Callable[[Forger], None]:
    """Return the deed of writing the last line of progress.jsonl otherwise; the chain holds."""

    def change_last(text: str) -> str:
        *before, last = text.splitlines(keepends=True)
        return "".join([*before, change(last)])

    return spelled("progress.jsonl", change_last)


def sealed_as(change: Callable[[str], str]) -> Callable[[Forger], None]:
    """Return the deed of writing the manifest otherwise, and signing that with the right key."""

    def forge(forger: Forger) -> None:
        path = forger.evidence / "manifest.json"
        edit_text(path, change)
        envelope = Envelope(path.read_bytes(), PAYLOAD, {})
        envelope.sign(signing_key())
        text = json.dumps(envelope.to_dict(), indent=1) + "\n"
        (forger.evidence / "signature.json").write_text(text)

    return forge


def _twice(text: str) -> str:
    return re.sub(r'^( "(seed)": .*\n)', r"\1\1", text, count=1, flags=re.MULTILINE)


def _exponent(text: str) -> str:
    return re.sub(r'("monotonic": \d+)\.(\d+)', lambda m: f"{m[1]}{m[2]}e-{len(m[2])}", text)


def _reversed(text: str) -> str:
    manifest = json.loads(text)
    manifest["subject"].reverse()
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def _listed_twice(text: str) -> str:
    manifest = json.loads(text)
    manifest["subject"].insert(0, manifest["subject"][0])
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


DEEDS: dict[str, tuple[str, Callable[[Forger], None]]] = {
    "extra-key": (
        "Adds a key to the outcome.",
        spelled("outcome.json", lambda text: text.replace("\n}", ',\n "note": "checked"\n}')),
    ),
    "key-twice": ("Writes the seed twice into the admission.", spelled("admission.json", _twice)),
    "key-missing": (
        "Leaves a key out of the outcome that has a default.",
        spelled("outcome.json", lambda text: text.replace(' "failure": null,\n', "")),
    ),
    "nan": (
        "Writes NaN as a metric into the log.",
        last_line(lambda line: re.sub(r'"metrics": \{.*?\}', '"metrics": {"loss": NaN}', line)),
    ),
    "exponent": ("Writes a time of the log with an exponent.", last_line(_exponent)),
    "integer-for-float": (
        "Writes a heartbeat every 60 seconds instead of every 60.0.",
        spelled("admission.json", lambda text: text.replace("60.0", "60")),
    ),
    "unknown-event": (
        "Calls the last line of the log something else.",
        last_line(lambda line: line.replace('"event": "end"', '"event": "over"')),
    ),
    "other-spacing": (
        "Writes the last line of the log with other spaces.",
        last_line(lambda line: line.replace(": ", ":")),
    ),
    "other-order": (
        "Writes the outcome's keys in another order.",
        spelled("outcome.json", lambda text: re.sub(r'(  ?"rows".*\n)(.*\n)', r"\2\1", text)),
    ),
    "escaped": (
        "Writes a letter of the outcome's title as an escape.",
        spelled("outcome.json", lambda text: text.replace('"title": "T', '"title": "\\u0054')),
    ),
    "other-version": (
        "Calls the outcome's schema another version.",
        spelled("outcome.json", lambda text: text.replace('"version": 1', '"version": 2')),
    ),
    "huge-integer": (
        "Writes a number of a thousand digits into the outcome.",
        spelled("outcome.json", lambda text: re.sub(r'"rows": \d+', f'"rows": {"9" * 1000}', text)),
    ),
    "trailing-bytes": (
        "Writes a second outcome after the first.",
        spelled("outcome.json", lambda text: text + '{"status": "failed"}\n'),
    ),
    "ledger-line": (
        "Adds a line to the ledger that tells of nothing.",
        spelled("attempts.jsonl", lambda text: text + "{}\n"),
    ),
    "manifest-order": ("Signs a manifest in another order.", sealed_as(_reversed)),
    "manifest-twice": ("Signs a manifest that lists a file twice.", sealed_as(_listed_twice)),
    "manifest-key": (
        "Signs a manifest whose statement has a key twice.",
        sealed_as(lambda text: re.sub(r'(  "status": .*\n)', r"\1\1", text)),
    ),
}
FORM = [
    Forgery(f"form-{name}", "iterative", deed, forge, {"structure", "chain", "attempt"})
    for name, (deed, forge) in DEEDS.items()
]

"""What is no longer vouched for: files changed since a verdict, inputs changed since training.

Snakemake sees neither an edited output nor a file whose time was set back, and forgets everything
with its `.snakemake` folder. So contents are compared here with the digests that verdicts and
evidence hold. Reads only; a dry run may call it.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.evidence.admission import ADMISSION, read_admission
from assay.evidence.record import EvidenceError
from assay.evidence.verdict_file import approval_text, judged_files, read_verdict

SHOWN = 4


@dataclass(frozen=True)
class Alarm:
    """One model of which something changed behind Snakemake's back.

    Attributes:
        inputs: inputs that are no longer those it was trained from: it must be trained again.
        judged: files that are no longer those its verdict speaks of: it must be judged again.
    """

    inputs: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()

    def line(self, model: int) -> str:
        """Return a sentence for people."""
        if self.inputs:
            return f"model {model} is to be trained again: {_named(self.inputs)} changed"
        return f"model {model} is no longer vouched for: {_named(self.judged)} changed"


def audit(
    workspace: Workspace, inputs: Mapping[int, Mapping[str, Path]], threads: int = 4
) -> dict[int, Alarm]:
    """Return an alarm for every model of which something changed.

    Args:
        workspace: where the models lie.
        inputs: by model, the files it is trained from by the names of their digests.
        threads: files hashed at once.
    """
    with ThreadPoolExecutor(threads) as pool:
        alarms = pool.map(lambda model: _alarm(workspace, model, inputs[model]), inputs)
        return {model: alarm for model, alarm in zip(inputs, alarms, strict=True) if alarm}


def _alarm(workspace: Workspace, model: int, inputs: Mapping[str, Path]) -> Alarm | None:
    changed = _changed_inputs(workspace, model, inputs)
    judged = _changed_since_verdict(workspace, model)
    return Alarm(tuple(changed), tuple(judged)) if changed or judged else None


def _changed_inputs(workspace: Workspace, model: int, inputs: Mapping[str, Path]) -> list[str]:
    """Return the inputs that differ from what was admitted; a missing one shows by itself."""
    path = workspace.evidence(model) / ADMISSION
    try:
        admitted = read_admission(path).digests
    except (OSError, EvidenceError):
        return []  # never trained, or broken: then the verdict's list of files tells
    now = {name: digest_file(file) for name, file in inputs.items() if file.is_file()}
    named = {name for name in admitted if not name.startswith("upstream/")}
    return sorted(name for name in now if now[name] != admitted.get(name)) + sorted(
        named - now.keys() - {"features"}
    )


def _changed_since_verdict(workspace: Workspace, model: int) -> Sequence[str]:
    path = workspace.verdict(model)
    if not path.exists():
        return ()
    verdict = read_verdict(path)
    if verdict is None:
        return (path.relative_to(workspace.root).as_posix(),)
    then, now = verdict.files, judged_files(workspace, model)
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    approval = workspace.approval(model)
    if approval.exists() and approval.read_bytes() != approval_text(verdict).encode():
        changed.append(approval.relative_to(workspace.root).as_posix())
    return changed


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more

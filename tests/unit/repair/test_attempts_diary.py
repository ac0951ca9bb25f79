"""The development diary: appended by many, rewritten by nobody, and it says what changed."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.documents.diary import HEADER
from assay.evidence.ledger import Begun, append_ledger, ended_with, read_ledger
from assay.evidence.outcome import Failure, Outcome
from assay.evidence.record import to_bytes
from assay.repair.attempts import keep_attempt
from assay.repair.diary import append, note_attempt
from toys import NORMAL, bayesian

BAD = (
    judge("draws", 4000, "==", 4000),
    judge("rhat", 1.42, "<", 1.05, where="x", advice="Raise tune."),
    judge("divergences", 1200, "==", 0),
)
GOOD = (judge("rhat", 1.002, "<", 1.05, where="x"), judge("divergences", 0, "==", 0))
PARAMETERS = {"tune": 1000, "target_accept": 0.8}


@pytest.fixture
def workspace(tmp_path):
    bayesian(1, NORMAL).write(tmp_path)
    return Workspace(tmp_path)


class Runs:
    """A recorder that only keeps the records."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.evidence = workspace.evidence(1)
        self.number = 0

    def attempt(self, criteria=BAD, frozen=True, **more):
        """Do as the recorder does around one attempt."""
        self.number += 1
        if self.evidence.exists():
            keep_attempt(self.evidence, read_ledger(self.evidence), with_fit=False)
        before = read_ledger(self.evidence)
        append_ledger(self.evidence, Begun(attempt=self.number, at=""))
        workspace = self.workspace
        files = {"design": workspace.design(1), "code/model_1.py": workspace.code(1)}
        if frozen:
            for name, path in files.items():
                folder = (self.evidence / "inputs" / name).parent
                folder.mkdir(parents=True, exist_ok=True)
                (folder / path.name).write_bytes(path.read_bytes())
            (self.evidence / "admission.json").write_bytes(to_bytes(samples.admission()))
        failure = None
        if criteria is not GOOD:
            failure = Failure(
                category=Category.CONVERGENCE,
                stage="convergence",
                summary="not converged: rhat 1.42",
                remedy="Raise tune.",
            )
        files["features"] = workspace.features(1)
        outcome = Outcome(
            model=1,
            title="Toy 1",
            method="bayesian",
            status="trained" if failure is None else "failed",
            attempt=self.number,
            timing=samples.timing(finished="2026-01-01T00:00:00+00:00", wall_seconds=61.0),
            inputs={name: digest_file(path) for name, path in files.items()},
            parameters=PARAMETERS,
            criteria=tuple(criteria),
            failure=failure,
        )
        outcome = samples.replace(outcome, **more)
        assert note_attempt(workspace, outcome, before) == []
        append_ledger(self.evidence, ended_with(outcome))
        return self.last()

    def last(self):
        """Return the newest entry of the diary."""
        path = self.workspace.diary
        return path.read_text(encoding="utf-8").split("\n## ")[-1] if path.exists() else ""


@pytest.fixture
def runs(workspace):
    return Runs(workspace)


def test_a_success_at_once_is_no_entry(runs):
    assert runs.attempt(GOOD) == ""


def test_a_failure_says_what_was_tried_measured_and_likely(runs):
    entry = runs.attempt()
    assert entry.startswith("Model 1, attempt 1: failed (2026-01-01T00:00:00Z)")
    assert "- **Tried:** bayesian: tune 1,000, target_accept 0.8; 1.0 min\n" in entry
    assert "rhat 1.42, not < 1.05 (x)" in entry
    assert "30 % of the draws diverged" in entry
    assert "- **Likely cause:** Raise tune.\n" in entry
    assert "- **Goes back to:** the modeler, because " in entry
    assert "Changed since" not in entry
    assert entry.endswith("Remarks:\n")


def test_the_success_after_it_says_what_changed_and_what_that_gave(runs):
    runs.attempt()
    path = runs.workspace.design(1)
    path.write_text(path.read_text().replace("Prose.", "target_accept is higher now."))
    entry = runs.attempt(GOOD, parameters={**PARAMETERS, "target_accept": 0.98})
    assert entry.startswith("Model 1, attempt 2: trained")
    assert "target_accept 0.8 -> 0.98; model_design_1.md (below)" in entry
    assert "rhat 1.42 -> 1.002; divergences 1,200 -> 0" in entry
    assert "-Prose.\n+target_accept is higher now.\n" in entry
    assert runs.attempt(GOOD) == entry  # the next success is no entry


def test_code_features_and_conditions_are_compared_too(runs):
    runs.attempt()
    with runs.workspace.code(1).open("a") as stream:
        stream.write("# better\n")
    runs.workspace.features(1).write_bytes(b"other")
    entry = runs.attempt()
    assert "code/model_1.py (below); features (" in entry
    assert "+# better\n" in entry
    assert "model_design_1.md" not in entry
    assert "nothing: the same inputs once more" in runs.attempt()


def test_what_changed_since_a_success_is_suspected(runs):
    runs.attempt(GOOD)
    runs.workspace.features(1).write_bytes(b"other")
    entry = runs.attempt()
    assert "- **Before:** attempt 1 was trained\n" in entry
    assert "- **Likely cause:** attempt 1 was trained: look at features. Raise tune.\n" in entry


def test_a_design_that_was_refused_unread_is_compared_with_its_correction(runs):
    path = runs.workspace.design(1)
    good = path.read_text()
    path.write_text(good.replace("method: bayesian", "method: guessing"))
    runs.attempt((), frozen=False, method="", parameters={}, inputs={})
    path.write_text(good)
    entry = runs.attempt(GOOD)
    assert "-method: guessing\n+method: bayesian\n" in entry


def test_an_interrupted_attempt_is_passed_over(runs):
    runs.attempt()
    keep_attempt(runs.evidence, read_ledger(runs.evidence), with_fit=False)
    append_ledger(runs.evidence, Begun(attempt=2, at=""))
    runs.number = 2
    with runs.workspace.code(1).open("a") as stream:
        stream.write("# better\n")
    entry = runs.attempt(GOOD)
    assert "attempt 1 failed" in entry
    assert "+# better\n" in entry


def test_an_attempt_of_which_nothing_was_kept_is_not_compared(runs):
    runs.attempt()
    append_ledger(runs.evidence, Begun(attempt=2, at=""))
    runs.number = 2
    assert "nothing was kept of that attempt" in runs.attempt()


def test_a_long_diff_is_shortened_and_cannot_break_the_page(runs):
    runs.attempt()
    runs.workspace.code(1).write_text("```\n" * 500)
    entry = runs.attempt()
    assert "more lines\n" in entry
    assert "\n````text\n" in entry


def test_what_people_write_stays_as_they_wrote_it(runs):
    runs.attempt()
    diary = runs.workspace.diary
    text = diary.read_text(encoding="utf-8")
    mine = "My own words, ungefähr\r\n" + text.replace("Remarks:", "Remarks: the prior was silly")
    mine = mine.removesuffix("\n")
    diary.write_bytes(mine.encode())
    runs.attempt()
    assert diary.read_bytes().startswith(mine.encode() + b"\n\n## Model 1, attempt 2")


def _append(path, number):
    append(path, f"## Entry {number}\n" + f"{number}\n" * 2000)


def test_parallel_jobs_do_not_mix_their_entries(tmp_path):
    path = tmp_path / "reports" / "dev_diary.md"
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(partial(_append, path), range(24)))
    head, *entries = path.read_text(encoding="utf-8").split("\n## Entry ")
    assert head == HEADER.rstrip("\n") + "\n"
    assert {entry.strip() for entry in entries} == {
        "\n".join([str(number)] * 2001) for number in range(24)
    }


def test_a_diary_that_cannot_be_written_is_an_issue_and_no_failure(runs):
    diary: Path = runs.workspace.diary
    diary.mkdir(parents=True)
    runs.evidence.mkdir(parents=True)
    failure = Failure(category=Category.DATA, stage="fit", summary="no data")
    outcome = samples.outcome(status="failed", failure=failure)
    (issue,) = note_attempt(runs.workspace, outcome, read_ledger(runs.evidence))
    assert "diary could not be written" in issue

"""When a fix is due, how its use is recorded, and what is decided on it."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

import evidence_samples as samples
from assay.campaign.admission import inputs_now
from assay.core.criteria import judge
from assay.core.errors import Category, TrainingError
from assay.core.files import digest_bytes, digest_file
from assay.core.seeds import derive_seed
from assay.core.workspace import Workspace
from assay.evidence.admission import Identity, environment_now
from assay.evidence.attempt import Now, read_attempt
from assay.evidence.fix_manifest import EmergencyError, edit_manifest, fix_words, read_manifest
from assay.evidence.ledger import Begun, append_ledger, ended_with
from assay.evidence.outcome import Failure, Outcome, write_outcome
from assay.evidence.record import to_bytes
from assay.evidence.verdict import Finding, Verdict
from assay.evidence.verdict_file import verdict_file
from assay.repair import use as repair_use
from assay.repair.decision import approve, reject
from assay.repair.standing import provisional, undecided
from assay.repair.use import assess, claim, conclude
from toys import NORMAL, bayesian, simulation

FIX = {"tune": 4000, "target_accept": 0.99}


@pytest.fixture
def workspace(tmp_path):
    """Return a workspace with model 1, which offers a fix, and model 2, which reads it."""
    bayesian(1, NORMAL, extra={"emergency_fix": FIX}).write(tmp_path)
    simulation(2, "return {'x': 1.0}", extra={"depends_on": [1]}).write(tmp_path)
    return Workspace(tmp_path)


def judge_it(workspace, *findings):
    """Write a verdict on the sealed run with these findings, and nothing that is required."""
    manifest = workspace.manifest(1)
    manifest.write_bytes(b"this run's")
    record = verdict_file(Verdict(1, findings, (), evidence=digest_file(manifest)), {})
    workspace.verdict(1).write_bytes(to_bytes(record))


def failed(workspace, *, rhat=1.62, model=1, attempt=1):
    """Return the outcome of a failed attempt, its evidence in place."""
    evidence = workspace.evidence(model)
    path = evidence / "inputs" / workspace.design(model).name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workspace.design(model).read_bytes())
    names = {
        "design": workspace.design(model),
        f"code/model_{model}.py": workspace.code(model),
        "features": workspace.features(model),
    }
    inputs = {name: digest_file(file) for name, file in names.items()}
    failure = Failure(category=Category.CONVERGENCE, stage="convergence", summary="not converged")
    outcome = Outcome(
        model=model,
        title="Toy",
        method="bayesian",
        status="failed",
        attempt=attempt,
        timing=samples.timing(),
        inputs=inputs,
        seed=derive_seed(inputs, ""),
        criteria=(judge("rhat", rhat, "<", 1.05, where="x"),),
        failure=failure,
    )
    append_ledger(evidence, Begun(attempt=attempt, at=""))
    append_ledger(evidence, ended_with(outcome))
    write_outcome(workspace.outcome(model), outcome)
    return outcome


def unfinished(workspace, model, nonce):
    """Return the fix that an interrupted training was about to use or using."""

    def now():
        return Now(inputs_now(workspace, model, nonce), "", environment_now())

    return repair_use.unfinished(workspace, model, read_attempt(workspace.evidence(model), now))


def trained(workspace, outcome, fix, content=b"name,x\n"):
    """Return the outcome of the training with the fix, published, approved and concluded."""
    workspace.results(1).write_bytes(content)
    done = samples.replace(
        outcome,
        status="trained",
        failure=None,
        attempt=outcome.attempt + 1,
        emergency=fix.use,
        results_digest=digest_bytes(content),
    )
    write_outcome(workspace.outcome(1), done)
    admission = workspace.evidence(1) / "admission.json"
    admission.write_bytes(to_bytes(samples.admission(emergency_fix=fix.use)))
    workspace.verdict(1).parent.mkdir(parents=True, exist_ok=True)
    judge_it(workspace)
    conclude(workspace, done)
    return done


def entry(workspace):
    return read_manifest(workspace.version_manifest).find(1)


def test_a_critical_failure_claims_the_fix_before_it_is_used(workspace):
    outcome = failed(workspace)
    fix, words = assess(workspace, outcome)
    assert fix is not None
    assert not workspace.version_manifest.exists()
    assert words.startswith("a critical failure (R-hat 1.62 (x), above 1.3): trained again with")
    assert claim(workspace, outcome) == fix
    use = entry(workspace)
    assert fix_words(use.parameters) == "tune 1,000 -> 4,000, target_accept 0.95 -> 0.99"
    assert (use.status, use.attempt, use.inputs) == ("applied", 1, outcome.inputs)
    assert f"model_design_1.md ({outcome.inputs['design']})" in use.authorised_by


@pytest.mark.parametrize(
    ("rhat", "extra", "words"),
    [
        (1.2, {"emergency_fix": FIX}, "this is no critical failure"),
        (1.2, {}, ""),
        (1.62, {}, "but the design offers no emergency_fix"),
        (1.62, {"emergency_fix": {"tune": 1000}}, "but the design offers no emergency_fix"),
    ],
)
def test_no_fix_is_due(workspace, rhat, extra, words):
    bayesian(1, NORMAL, extra=extra).write(workspace.root)
    outcome = failed(workspace, rhat=rhat)
    fix, said = assess(workspace, outcome)
    assert fix is None
    assert words in said
    assert bool(words) == bool(said)
    assert claim(workspace, outcome) is None
    assert not workspace.version_manifest.exists()


def test_a_fix_that_did_not_help_is_not_applied_twice(workspace):
    outcome = failed(workspace)
    fix = claim(workspace, outcome)
    again = samples.replace(failed(workspace, attempt=2), emergency=fix.use)
    conclude(workspace, again)
    assert entry(workspace).status == "failed"
    assert assess(workspace, again) == (
        None,
        "the emergency fix did not help, and there is only one: change the design",
    )


def test_a_model_has_one_fix_and_not_one_for_each_version_of_it(workspace):
    claim(workspace, failed(workspace))
    with workspace.code(1).open("a") as stream:
        stream.write("# another version\n")
    fix, words = assess(workspace, failed(workspace, attempt=2))
    assert fix is None
    assert "one emergency fix was used" in words
    assert "training block" in words


def test_inputs_that_changed_meanwhile_do_not_get_the_fix(workspace):
    fix = claim(workspace, failed(workspace))

    other: Any = SimpleNamespace(identity=Identity({"design": "sha256:0"}, fix.identity.seed))
    with pytest.raises(TrainingError, match="changed while the emergency fix"):
        fix.apply(other)


def test_an_interrupted_fix_goes_on_without_failing_again_first(workspace):
    outcome = failed(workspace)
    assert unfinished(workspace, 1, "") is None
    fix = claim(workspace, outcome)
    assert unfinished(workspace, 1, "") == fix
    assert unfinished(workspace, 1, "another nonce") is None
    append_ledger(workspace.evidence(1), Begun(attempt=2, at=""))
    assert unfinished(workspace, 1, "") is None  # nothing was kept of the first attempt
    kept = workspace.evidence(1) / "previous" / "attempt.json"
    kept.parent.mkdir()
    kept.write_text('{\n "version": 1,\n "attempt": 1\n}\n')
    assert unfinished(workspace, 1, "") == fix
    kept.write_text('{\n "version": 1,\n "attempt": 7\n}\n')
    assert unfinished(workspace, 1, "") is None


def test_an_interrupted_fix_of_other_inputs_does_not_go_on(workspace):
    claim(workspace, failed(workspace))
    workspace.code(1).write_text("# changed\n")
    assert unfinished(workspace, 1, "") is None


def test_provisional_until_approved_with_all_that_rests_on_it(workspace):
    outcome = failed(workspace)
    trained(workspace, outcome, claim(workspace, outcome))
    reader = workspace.evidence(2) / "admission.json"
    reader.parent.mkdir(parents=True)
    reader.write_bytes(to_bytes(samples.admission(design={"depends_on": [1]})))
    held = provisional(workspace, [1, 2])
    assert "trained with its emergency fix" in held[1]
    assert held[2] == "rests on model 1, which is provisional"
    assert list(undecided(workspace, [1, 2])) == [1]
    use = approve(workspace, 1, "Ada", "sound")
    assert (use.status, use.decided_by, use.reason) == ("approved", "Ada", "sound")
    assert provisional(workspace, [1, 2]) == {}
    assert undecided(workspace, [1, 2]) == {}


def test_a_damaged_manifest_approves_nothing(workspace):
    outcome = failed(workspace)
    trained(workspace, outcome, claim(workspace, outcome))
    approve(workspace, 1, "Ada", "")
    workspace.version_manifest.write_text("{")
    assert "damaged" in provisional(workspace, [1])[1]
    fix, words = assess(workspace, outcome)
    assert fix is None
    assert "damaged" in words


def test_only_what_was_judged_and_is_there_is_approved(workspace):
    with pytest.raises(EmergencyError, match="no emergency fix of model 1 is on record"):
        approve(workspace, 1, "Ada", "")
    outcome = failed(workspace)
    fix = claim(workspace, outcome)
    with pytest.raises(EmergencyError, match="is applied: there is nothing to decide"):
        approve(workspace, 1, "Ada", "")
    trained(workspace, outcome, fix)
    workspace.results(1).write_bytes(b"touched up")
    with pytest.raises(EmergencyError, match="edited or replaced"):
        approve(workspace, 1, "Ada", "")
    trained(workspace, outcome, fix)
    judge_it(workspace, Finding("files", "fail", "edited"))
    with pytest.raises(EmergencyError, match="its verdict is REJECT"):
        approve(workspace, 1, "Ada", "")
    judge_it(workspace)
    workspace.manifest(1).write_bytes(b"another run's")
    with pytest.raises(EmergencyError, match="the verdict on model 1 is of another run"):
        approve(workspace, 1, "Ada", "")
    workspace.results(1).unlink()
    with pytest.raises(EmergencyError, match="has no results of a fix"):
        approve(workspace, 1, "Ada", "")
    assert entry(workspace).status == "provisional"


def test_a_rejection_withdraws_and_is_remembered(workspace):
    outcome = failed(workspace)
    trained(workspace, outcome, claim(workspace, outcome))
    workspace.results(2).write_text("name,x\n")
    reject(workspace, 1, [2], "Ada", "")
    for gone in (workspace.results(1), workspace.results(2), workspace.outcome(1)):
        assert not gone.exists()
    assert not workspace.verdict(1).exists()
    fix, words = assess(workspace, outcome)
    assert fix is None
    assert "Ada rejected the emergency fix" in words
    assert unfinished(workspace, 1, "") is None
    with pytest.raises(EmergencyError, match="is rejected by Ada"):
        reject(workspace, 1, [], "Ada", "")


def test_the_same_inputs_trained_again_keep_an_approval_only_of_the_same_results(workspace):
    outcome = failed(workspace)
    trained(workspace, outcome, claim(workspace, outcome))
    approve(workspace, 1, "Ada", "")
    trained(workspace, outcome, claim(workspace, outcome))
    assert entry(workspace).status == "approved"
    trained(workspace, outcome, claim(workspace, outcome), b"name,x\nother,1\n")
    use = entry(workspace)
    assert (use.status, use.decided_by) == ("provisional", "")


def test_an_entry_of_an_earlier_training_makes_nothing_provisional(workspace):
    outcome = failed(workspace)
    trained(workspace, outcome, claim(workspace, outcome))
    admission = workspace.evidence(1) / "admission.json"
    admission.write_bytes(to_bytes(samples.admission()))
    assert provisional(workspace, [1]) == {}


def test_models_that_finish_at_once_lose_no_entry(workspace):
    use = None
    claim(workspace, failed(workspace))
    use = entry(workspace)

    def put(model):
        path = workspace.version_manifest
        edit_manifest(path, model, lambda _: use.model_copy(update={"model": model}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(2, 40)))
    found = read_manifest(workspace.version_manifest).emergency_fixes
    assert sorted(each.model for each in found) == list(range(1, 40))

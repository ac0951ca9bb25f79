"""Attempts in real campaigns: rewinds and what they leave, slow and stalled training."""

import json

import pytest
from campaigns import snakemake

from toys import DESCENT, iterative, simulation

pytestmark = pytest.mark.slow

BUG = 'raise NameError("no such table")'
# Waits longer than two heartbeats before its first step, then for a while at every step.
WAITING = iterative(
    3,
    "import time\ntime.sleep(0.01)\n" + DESCENT,
    init='import time; time.sleep(3); return {"x": np.array([3.0, 4.0])}',
)


def record(root, model):
    path = root / "implementation" / "logs" / "phase_5_timing.json"
    records = json.loads(path.read_text(encoding="utf-8"))["records"]
    return next(one for one in records if one["model"] == model)


@pytest.fixture(scope="module")
def rewound(campaign):
    """Return a campaign in which two models failed at once, for different people to correct."""
    features = iterative(2, DESCENT, features=None)
    return campaign("rewound", [simulation(1, BUG), features])


def test_a_failure_goes_back_to_somebody_and_time_stands_still(rewound):
    assert rewound.run.returncode != 0
    for model, role in ((1, "code translator"), (2, "data engineer")):
        assert f"- **Goes back to:** the {role}, because" in rewound.incident(model).read_text()
        (attempt,) = record(rewound.root, model)["attempts"]
        assert attempt["state"] == "paused"
        assert attempt["spans"][-1]["reason"].startswith(f"back to the {role}: ")
    diary = (rewound.root / "docs" / "reports" / "dev_diary.md").read_text(encoding="utf-8")
    assert diary.count("## Model 1, attempt 1: failed") == 1
    assert diary.count("## Model 2, attempt 1: failed") == 1


def test_after_the_correction_attempts_add_up_and_the_diary_goes_on(rewound):
    diary = rewound.root / "docs" / "reports" / "dev_diary.md"
    mine = diary.read_text(encoding="utf-8").replace("Remarks:", "Remarks: my fault, Ada", 1)
    diary.write_text(mine, encoding="utf-8")
    simulation(1, 'return {"x": 5.0 + rng.normal()}').write(rewound.root)
    again = snakemake(rewound.root)
    assert again.returncode != 0  # model 2 still lacks its features
    assert rewound.results(1).exists()
    attempts = record(rewound.root, 1)["attempts"]
    assert [(one["state"], one["status"]) for one in attempts] == [
        ("ended", "rewound"),
        ("ended", "completed"),
    ]
    text = diary.read_text(encoding="utf-8")
    assert text.startswith(mine)
    new = text.removeprefix(mine)
    assert "## Model 1, attempt 2: trained" in new
    assert f"-    {BUG}\n+    return" in new
    verdict = rewound.root / "docs" / "validation" / "verdict_1.json"
    assert json.loads(verdict.read_text(encoding="utf-8"))["verdict"] == "APPROVE"


def test_a_slow_and_stalled_training_is_reported_and_goes_on(campaign):
    settings = {"heartbeat_seconds": 0.6, "slow_after_hours": 0.0002, "stall_heartbeats": 2}
    slow = campaign("slow", [WAITING], settings=settings)
    assert slow.run.returncode == 0, slow.text
    log = slow.logs(3)[0].read_text(encoding="utf-8")
    summary = (slow.root / "docs" / "director_summary.md").read_text(encoding="utf-8")
    for words in ("slow: running for", "no progress for 2 heartbeats"):
        for text in (log, summary, slow.run.stderr):
            assert text.count(words) == 1
    assert "assay: model 3: slow: running for" in slow.run.stderr
    assert not (slow.root / "docs" / "reports" / "slow_3.md").exists()
    verdict = json.loads((slow.root / "docs" / "validation" / "verdict_3.json").read_text())
    assert verdict["verdict"] == "APPROVE", verdict["not_established"]
    # What only reports need is no reason to train again.
    other = {**settings, "slow_after_hours": 48, "stall_heartbeats": 5}
    again = snakemake(slow.root, settings=other)
    assert "Nothing to be done" in again.stdout + again.stderr or "train_model" not in again.stdout

"""Published answers: stochastic reactions of the DSMTS, and stationary values of queues."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from simulation_toys import failed, judged, make_job, waits

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "simulation"
REPLICATES = 2000


def reference(file, case):
    path = FOLDER / file
    if not path.exists():
        pytest.skip(f"reference cases are not here: {path}")
    return json.loads(path.read_text(encoding="utf-8"))[case]


def birth_death(start, birth, per_head, death):
    """Return simulate for births at rate birth + per_head·x and deaths at death·x, to t = 50."""

    def simulate(rng):
        x, now = start, 0.0
        path: list[int] = []
        while len(path) < 51:
            rate = birth + (per_head + death) * x
            following = now + rng.exponential(1 / rate) if rate > 0 else math.inf
            while len(path) < 51 and len(path) < following:
                path.append(x)
            now = following
            x += 1 if rng.random() * rate < birth + per_head * x else -1
        return {"x": np.array(path, dtype=float)}

    return simulate


@pytest.mark.parametrize(
    ("case", "model"),
    [
        ("dsmts-001-01", birth_death(100, 0.0, 0.1, 0.11)),
        ("dsmts-002-01", birth_death(0, 1.0, 0.0, 0.1)),
    ],
)
def test_reactions_have_the_exact_mean_and_sd(case, model):
    exact = reference("dsmts.json", case)["species"]["X"]
    fitted, criteria = judged(make_job(model, replicates=REPLICATES, cores=2))
    assert failed(criteria) == []
    mean, sd = (np.array(exact[key])[1:] for key in ("mean", "sd"))
    x = fitted.arrays["replicates/x"][:, 1:]
    z = math.sqrt(REPLICATES) * (x.mean(axis=0) - mean) / sd
    y = math.sqrt(REPLICATES / 2) * (x.var(axis=0, ddof=1) / sd**2 - 1)
    assert (np.abs(z) > 3).sum() + (np.abs(y) > 5).sum() <= 1


def test_the_wait_of_a_queue_is_exact():
    case = reference("queueing.json", "MM1_l4_m5")
    service, load = case["params"]["mu"], case["params"]["lam"] / case["params"]["mu"]

    def simulate(rng):
        return {"wait": waits(rng, load, 8000)[800:] / service}

    fitted, criteria = judged(make_job(simulate, series=["wait"], replicates=450))
    assert failed(criteria) == []
    means = fitted.arrays["replicates/wait"].mean(axis=1)
    error = means.std(ddof=1) / math.sqrt(len(means))
    assert abs(means.mean() - case["exact"]["Wq"]) < 4 * error
    assert error < 0.01 * case["exact"]["Wq"]

"""What a scheduler is asked for comes from the design, and grows with every further attempt."""

from assay.campaign.plan import make_plan
from toys import LEAST_SQUARES, SIMULATED, convex, simulation, write_workspace


def test_a_further_attempt_asks_for_as_much_again_and_for_no_more_cores(tmp_path):
    asks = {"resources": {"threads": 3, "memory_mb": 700, "minutes": 20}}
    write_workspace(tmp_path, [convex(1, LEAST_SQUARES, extra=asks), simulation(2, SIMULATED)])
    plan = make_plan({"workspace": str(tmp_path)}, check=False)
    assert plan.threads(1) == 3
    assert [plan.memory_mb(1, attempt) for attempt in (1, 2, 3)] == [700, 1400, 2100]
    assert [plan.runtime_minutes(1, attempt) for attempt in (1, 2)] == [20, 40]
    assert (plan.threads(2), plan.memory_mb(2, 2), plan.runtime_minutes(2)) == (2, 4000, 1440)

"""What a design lets expect of its training: the least time, heartbeats and checkpoints."""

from pathlib import Path

import pytest

from assay.campaign.expectations import checkpoints, heartbeats
from assay.design import parse_design
from sample_designs import minimal


def design(method="convex", minutes="auto", **training):
    settings = ", ".join(f"{name}: {value}" for name, value in training.items())
    extra = f"expected: {{minutes: {minutes}, rows: 1}}\ntraining: {{{settings}}}\n"
    text = minimal(1, extra, method)
    return parse_design(Path("model_design_1.md"), text.encode())


def test_under_three_tenths_of_the_expected_minimum_is_too_short():
    assert design(minutes="[10, 20]").expected.least_minutes == pytest.approx(3.0)
    assert design(minutes="auto").expected.least_minutes is None


@pytest.mark.parametrize(
    ("minutes", "least", "most"),
    [("[2, 10]", 2, 10), ("[1.99, 9.99]", 1, 9), ("[0.5, 1]", 0, 1), ("auto", 0, None)],
)
def test_heartbeats_are_those_that_fit_whole(minutes, least, most):
    assert heartbeats(design(minutes=minutes), 60) == (least, most)


def test_a_chain_is_a_checkpoint_and_so_is_every_heartbeat():
    assert checkpoints(design("bayesian", "[2, 10]", chains=3), 60) == (5, 13)
    assert checkpoints(design("bayesian", "auto", chains=3), 60) == (3, None)


def test_a_convex_problem_leaves_its_form_and_an_answer():
    assert checkpoints(design("convex", "[2, 10]"), 60) == (2, None)


@pytest.mark.parametrize(
    ("training", "least", "most"),
    [
        ({"max_steps": 1000}, 2, 21),
        ({"max_steps": 1900}, 2, 21),
        ({"max_steps": 1000, "restarts": 2}, 6, 63),
        ({"max_steps": 1001, "checkpoint_every": 100}, 2, 12),
        ({"max_steps": 1000, "checkpoint_every": 100}, 2, 11),
        ({"max_steps": 12}, 2, 13),
        ({"max_steps": 40}, 2, 21),
    ],
)
def test_iterations_leave_start_and_regular_states_of_every_start(training, least, most):
    assert checkpoints(design("iterative", **training), 60) == (least, most)


def test_simulations_leave_their_batches():
    assert checkpoints(design("simulation", replicates=1000), 60) == (20, 20)
    more = checkpoints(
        design("simulation", replicates=1000, precision="{x: {rel: 0.1}}", max_replicates=1100), 60
    )
    assert more == (20, 22)

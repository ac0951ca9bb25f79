"""What counts as a published answer, and the quickest of the cases through the whole workflow.

Everything else runs by `make reference`.
"""

import importlib.util
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from campaign import Ran, run_campaign
from case import Case
from compare import certified, optimum, posterior, stationary, trajectories
from folder import ROOT, UnknownCaseError, read_cases, reference_folder
from known import known_cases
from quadrature import on_grid
from refusals import refusals
from table import BEGIN, END, HEAD, replace_table, table

FOLDER = reference_folder()
ANSWERS = ("HS21", "SC50B", "Misra1a, start 2")
REFUSALS = ("itest2", "saddle", "Misra1a, 0.5 % off", "queue at 95 %, from empty")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run one campaign over a few quick cases of both kinds, and return what came of each."""
    if not FOLDER.is_dir():
        pytest.skip(f"the reference cases are not here: {FOLDER}")
    every = [*read_cases(FOLDER), *refusals()]
    chosen = [case for case in every if case.name in (*ANSWERS, *REFUSALS)]
    root = tmp_path_factory.mktemp("reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(root / "key.pem"))
        found, status = run_campaign(root / "cases", chosen, cores=2)
    assert status != 0  # some must be refused
    return {one.case.name: one for one in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ANSWERS, *REFUSALS])
def test_a_case_is_as_published_or_refused_for_its_reason(ran, name):
    assert ran[name].problem == ""
    assert (name in ANSWERS) == ran[name].published.exists()


@pytest.mark.slow
def test_what_is_wrong_with_a_case_is_said(ran):
    solved, refused = ran["HS21"], ran["itest2"]
    other = Case(**{**vars(solved.case), "compare": optimum(-99.95)})
    assert "published -99.95" in Ran(other, solved.root, solved.number).problem
    wanted = Case(**{**vars(solved.case), "compare": None, "refused": ("infeasible",)})
    assert "must be refused" in Ran(wanted, solved.root, solved.number).problem
    reason = Case(**{**vars(refused.case), "refused": ("unbounded",)})
    assert "not for unbounded" in Ran(reason, refused.root, refused.number).problem
    unproved = Case(**{**vars(refused.case), "proof": "unboundedness_certificate"})
    assert "without unbounded" in Ran(unproved, refused.root, refused.number).problem
    missed = Case(**{**vars(refused.case), "compare": optimum(0.0)})
    assert "not published" in Ran(missed, refused.root, refused.number).problem


def test_the_folder_holds_cases_of_every_family_or_the_test_is_skipped():
    if not FOLDER.is_dir():
        pytest.skip(f"the reference cases are not here: {FOLDER}")
    families = {case.family for case in read_cases(FOLDER)}
    assert families >= {"quadratic_program", "linear_program", "least_squares", "reactions"}
    assert families >= {"queueing", "eight_schools", "linear_regression"}


def test_without_the_folder_the_runner_fails_and_says_so(tmp_path):
    command = [sys.executable, str(ROOT / "tests" / "reference"), "--folder", str(tmp_path / "no")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "incomplete" in done.stderr
    assert "ASSAY_REFERENCE" in done.stderr
    with pytest.raises(UnknownCaseError):
        read_cases(tmp_path)


def test_every_case_has_a_name_of_its_own_and_a_model_file():
    every = [*known_cases(), *refusals()]
    assert len({case.name for case in every}) == len(every)
    models = Path(__file__).parent / "models"
    assert all((models / f"{case.family}.py").exists() for case in every)
    assert all(bool(case.refused) == (case.compare is None) for case in every)


def values(**named):
    return pd.DataFrame({"quantity": list(named), "value": list(named.values())})


def holds(comparisons):
    return [one.quantity for one in comparisons if not one.holds]


def test_optima_agree_to_1e_6_relative_and_absolute_near_zero():
    assert holds(optimum(1e6)(values(objective=1e6 + 0.9))) == []
    assert holds(optimum(1e6)(values(objective=1e6 + 1.1))) == ["objective"]
    assert holds(optimum(0.1)(values(objective=0.1 + 2e-7))) == ["objective"]
    assert holds(optimum(0.0)(values(objective=-9e-7))) == []
    assert holds(optimum(0.0)(values(objective=1.1e-6))) == ["objective"]
    assert holds(optimum(0.0)(values(objective=math.nan))) == ["objective"]


def test_parameters_agree_to_six_digits_and_a_missing_one_does_not():
    compare = certified([2.0, 3e-4], 7.0)
    assert holds(compare(values(b1=2.0, b2=3e-4 * (1 + 9e-7), rss=7.0))) == []
    assert holds(compare(values(b1=2.0, b2=3e-4 * (1 + 2e-6), rss=7.0))) == ["b2"]
    assert holds(compare(values(b1=2.0, b2=3e-4))) == ["rss"]


def test_posterior_means_agree_within_four_combined_errors_and_sd_within_a_tenth():
    known = {"theta[1]": {"mean": 1.0, "sd": 2.0, "mcse_mean": 0.03}}

    def missed(mean, sd):
        row = {"quantity": ["theta[0]"], "mean": [mean], "sd": [sd], "mcse_mean": [0.04]}
        return holds(posterior(known)(pd.DataFrame(row)))

    assert missed(1.19, 2.19) == []
    assert missed(1.21, 2.0) == ["mean of theta[1]"]
    assert missed(1.0, 1.79) == ["sd of theta[1]"]


def test_trajectories_are_judged_by_the_suites_own_rule():
    known = {"X": {"mean": [5.0, 5.0], "sd": [0.0, 1.0]}}
    compare = trajectories(known, [0.0, 1.0], 10_000)

    def missed(start, mean, sd):
        names = ["X(0)", "X(1)"]
        table = pd.DataFrame({"quantity": names, "mean": [start, mean], "sd": [0.0, sd]})
        return holds(compare(table))

    assert missed(5.0, 5.029, 1.03) == []
    assert missed(5.0, 5.031, 1.0) == ["mean of X(1)"]
    assert missed(5.0, 5.0, 1.04) == ["sd of X(1)"]
    assert missed(5.1, 5.0, 1.0) == ["mean of X(0)"]


def test_long_run_averages_agree_within_their_precision():
    assert holds(stationary({"L": 4.0}, 0.02)(values(L=4.07))) == []
    assert holds(stationary({"L": 4.0}, 0.02)(values(L=4.09))) == ["L"]


def test_quadrature_has_the_moments_of_a_normal_distribution():
    ranges = {"x": (-8, 8), "y": (-16, 16)}
    found = on_grid(lambda x, y: -0.5 * ((x - 1) ** 2 + (y / 2) ** 2), ranges, 200)
    assert found["x"] == pytest.approx({"mean": 1.0, "sd": 1.0}, abs=1e-6)
    assert found["y"] == pytest.approx({"mean": 0.0, "sd": 2.0}, abs=1e-6)


def test_reactions_see_an_event_between_two_times():
    path = Path(__file__).parent / "models" / "reactions.py"
    source = importlib.util.spec_from_file_location("reactions", path)
    reactions = importlib.util.module_from_spec(source)
    source.loader.exec_module(reactions)
    spec = {
        "x0": {"A": 3, "B": 0},
        "params": {"k": 1.0},
        "reactions": [["2A -> B", "0*k*A"]],
        "events": [{"time": 1.5, "set": {"A": 7}}],
    }
    inputs = type("Inputs", (), {"features": {"spec": spec, "time": [0.0, 1.0, 1.5, 2.0]}})
    seen = reactions.simulate(inputs, np.random.default_rng(0))
    assert seen["A"].tolist() == [3, 3, 7, 7]
    _, changes, rates = reactions.network(spec)
    assert changes == [[-2, 1]]
    assert rates(3, 0) == (0.0,)


def test_the_table_goes_between_its_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    replace_table(page, table([]))
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n{HEAD}")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(BEGIN)):
        replace_table(page, "")

"""Designs that are right, in every way to write them, and how they travel."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mistakes import line_of, the_problem

from assay.design import load_design
from sample_designs import good, minimal, write_design


def test_the_contracts_example_loads_with_its_defaults(tmp_path):
    design = load_design(write_design(tmp_path, good()))
    assert (design.model, design.method, design.depends_on) == (1, "bayesian", ())
    assert design.expected.minutes == (0.2, 30.0)
    assert design.expected.row_range == (3, 3)
    assert design.training.model_dump() == {
        "draws": 500,
        "tune": 1000,
        "chains": 4,
        "target_accept": 0.95,
        "sampler": "nutpie",
    }
    assert design.convergence.model_dump() == {"rhat": 1.01, "ess": 400, "ebfmi": 0.3}
    assert design.results.columns["gold"].min == 0
    assert design.results.columns["silver"].min == 0
    assert design.results.columns["noc"].min is None
    assert design.emergency_fix == {"tune": 4000, "target_accept": 0.99}
    repaired: Any = design.emergency_training
    assert (repaired.tune, repaired.draws) == (4000, 500)
    assert list(design.results.columns)[:2] == ["noc", "gold"]


def test_nothing_optional_is_needed(tmp_path):
    design = load_design(write_design(tmp_path, minimal(12), 12))
    assert design.expected.minutes == "auto"
    assert design.expected.row_range is None
    assert design.resources.model_dump() == {"threads": None, "memory_mb": None, "minutes": None}
    assert design.emergency_fix == {}
    assert design.emergency_training == design.training


def test_keys_with_nothing_behind_them_count_as_absent(tmp_path):
    extra = "depends_on:\nexpected:\ntraining:\nresources: ~\nemergency_fix: null\n"
    assert load_design(write_design(tmp_path, minimal(1, extra))).depends_on == ()


def test_a_design_is_frozen_and_travels_as_json_and_pickle(tmp_path):
    design = load_design(write_design(tmp_path, good()))
    with pytest.raises(ValueError, match="frozen"):
        design.title = "other"  # type: ignore[misc]  # refused, as a type checker says too
    assert pickle.loads(pickle.dumps(design)) == design
    front = json.loads(json.dumps(design.front_matter()))
    assert front["training"]["tune"] == 1000
    assert front["results"]["columns"]["upper"] == {"type": "number", "min": 0.0, "max": None}
    assert front["expected"] == {"minutes": [0.2, 30.0], "rows": 3}


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
def test_byte_order_marks_and_windows_line_ends_are_fine(tmp_path, change):
    assert load_design(write_design(tmp_path, change(good()))).model == 1
    wrong = change(good(gold="gold")).replace("max: 60", "max: sixty")
    assert the_problem(tmp_path, wrong).line == line_of(good(), "gold:   {")


def test_text_that_is_not_ascii_works_in_the_c_locale(tmp_path):
    text = good(**{"Medals per country": "Médaillen je Land – 奖牌"})
    path = write_design(tmp_path, text)
    script = (
        "import sys; from pathlib import Path; from assay.design import load_design; "
        "sys.stdout.buffer.write(load_design(Path(sys.argv[1])).title.encode('utf-8'))"
    )
    source = Path(__file__).parents[3] / "workflow" / "src"
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**env, "PYTHONPATH": str(source)},
        capture_output=True,
        check=False,
    )
    assert run.stdout.decode("utf-8").startswith("Médaillen je Land – 奖牌"), run.stderr


@pytest.mark.parametrize(
    ("number", "value"),
    [("1e-8", 1e-8), ("1E-8", 1e-8), ("+1e-8", 1e-8), ('"1e-8"', 1e-8), (".00000001", 1e-8)],
)
def test_numbers_that_yaml_takes_for_text_are_numbers(tmp_path, number, value):
    text = minimal(1, f"training: {{tolerance: {number}}}\n")
    assert load_design(write_design(tmp_path, text)).training.model_dump()["tolerance"] == value


@pytest.mark.parametrize(("number", "value"), [("1_000", 1000), ("1e3", 1000), ("1000.0", 1000)])
def test_whole_numbers_may_be_written_in_several_ways(tmp_path, number, value):
    text = good(**{"draws: 500": f"draws: {number}"})
    assert load_design(write_design(tmp_path, text)).training.model_dump()["draws"] == value


def test_names_that_yaml_takes_for_something_else_are_names(tmp_path):
    text = """---
model: 1
title: 2028
method: convex
results:
  key: [no, 2020]
  columns:
    no: {type: string}
    2020: {type: integer, min: null, max: 1e3}
    1e3: {type: number}
    on: {type: boolean}
  identities: ["`2020` <= `1e3`"]
  constant: [on, 1e3]
---
"""
    design = load_design(write_design(tmp_path, text))
    assert design.title == "2028"
    assert design.results.key == ("no", "2020")
    assert list(design.results.columns) == ["no", "2020", "1e3", "on"]
    assert design.results.columns["2020"].min is None
    assert design.results.columns["2020"].max == 1000


def test_importing_the_package_is_cheap():
    source = Path(__file__).parents[3] / "workflow" / "src"
    script = (
        "import sys, assay.design, assay.design.outline, assay.campaign.discovery; "
        "print([m for m in ('pydantic', 'numpy', 'yaml', 'pandas') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"

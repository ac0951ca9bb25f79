"""Every method keeps the contract, and nothing outside its package knows it by name."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conformance import departures, mentions, parts, third_party

import assay
from assay.core.environment import RECORDED_PACKAGES
from assay.methods import METHODS, known_methods, load, traits_of

SOURCE = Path(assay.__file__).parents[1]
ROOT = SOURCE.parents[1]
TESTS = Path(__file__).parents[2]
REGISTRY = SOURCE / "assay" / "methods" / "__init__.py"
NAMES = frozenset(METHODS)
HEAVY = ("numpy", "pandas", "scipy", "pymc", "cvxpy")


@pytest.mark.parametrize("package", [*METHODS.values(), "grid_search"])
def test_a_method_keeps_the_contract(package):
    assert departures(package) == []


def test_callers_are_promised_every_part():
    assert list(parts()) == ["traits", "settings", "fit", "diagnose", "recompute", "replay"]
    load_any: Any = load  # for each part it has a type of its own
    assert all(load_any(method, part) for method in METHODS for part in parts())


BROKEN = [
    ("replay", "", None, "replay: there is no such module"),
    ("traits", "TRAITS =", "OTHER =", "traits.TRAITS: it is missing"),
    ("traits", "Traits(", "dict(", "traits.TRAITS: it is no <class"),
    ("traits", '"Exhaustive search"', '" "', "the title is empty"),
    ("traits", "threads=3", "threads=0", "default_threads is below 1"),
    ("traits", '{"order"}', '{"solver"}', "algorithm names no training setting: ['solver']"),
    ("traits", '{"score"}', '{"results"}', "called_often names no function for it: ['results']"),
    ("traits", '{"score"}', '{"step"}', "called_often names no function for it: ['step']"),
    ("settings", "class Training(Settings)", "class Training", "Training: it is no type"),
    ("settings", "class Convergence(Settings)", "class Convergence", "Convergence: it is no type"),
    ("settings", '"points": 1', '"points": "1"', "settings.FUNCTIONS: it is no"),
    ("settings", '"points": 1', '"points": 0', "not all take inputs"),
    ("settings", '"results": 2', '"results": 1', "results(inputs, fit)"),
    ("settings", '"points": 1, "score": 2, ', "", "what is trained"),
    ("settings", "Field(0.0, ", "Field(", "a design need not have this block"),
    ("settings", "def describe(", "def parameters(", "settings.describe: it is missing"),
    ("fit", 'SEEN = ("best/",)', 'SEEN = "best/"', "fit.SEEN: it is no tuple"),
    ("fit", 'SEEN = ("best/",)', "SEEN = ()", "fit.SEEN: they are no groups"),
    ("fit", 'SEEN = ("best/",)', 'SEEN = ("best",)', "fit.SEEN: they are no groups"),
    ("fit", "def view(fit: Fit, rng: np.random.Generator)", "def view(fit: Fit)", "takes 1 arg"),
    ("fit", "-> Found", "", "view: return is annotated None"),
    ("fit", "def fit(job: Job)", "def fit(work: Job)", "work: assay.methods.base.Job where"),
    ("fit", "def fit(job: Job)", "def fit(*, job: Job)", "fit: job: assay"),
    ("diagnose", "training: Training", "training: Convergence", "training is annotated"),
    ("diagnose", "-> list[Criterion]", "-> tuple[Criterion]", "return is annotated tuple"),
    ("recompute", "FIXED_SECONDS = 1.0", "FIXED_SECONDS = 0.0", "takes some time"),
    ("recompute", "= CHALLENGE_SHARE,", "= 0.5,", "share: float = 0.5 where the contract has"),
    ("recompute", "def agree(", "agree = None\ndef _agree(", "recompute.agree: it is missing"),
    ("replay", "rng: np.random.Generator | None = None", "rng: int = 0", "certify: rng: int = 0"),
    ("replay", "-> Lazy[Fit]", "-> list[Fit]", "replay.distort: return is annotated list"),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken[-1])
def test_a_method_that_breaks_the_contract_is_told(tmp_path, monkeypatch, broken):
    part, old, new, told = broken
    folder = tmp_path / "broken_method"
    shutil.copytree(TESTS / "grid_search", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / f"{part}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    if new is None:
        path.unlink()
    else:
        path.write_text(text.replace(old, new), encoding="utf-8")
    for module in folder.glob("*.py"):
        own = module.read_text(encoding="utf-8").replace("grid_search.", "broken_method.")
        module.write_text(own, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        found = departures("broken_method")
    finally:
        for name in [name for name in sys.modules if name.startswith("broken_method")]:
            del sys.modules[name]
    assert any(told in line for line in found), found


def test_an_import_that_fails_inside_a_part_is_no_missing_part(tmp_path, monkeypatch):
    (tmp_path / "half_method").mkdir()
    text = "import a_module_that_nobody_has\n"
    (tmp_path / "half_method" / "traits.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="nobody_has"):
        departures("half_method")


def heavy(imports):
    """Return which heavy libraries are there once modules are imported."""
    code = f"import sys, {', '.join(imports)}; print(*sorted(set({HEAVY}) & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.split()


def test_traits_and_settings_are_light():
    light = [f"{package}.{part}" for package in METHODS.values() for part in ("traits", "settings")]
    assert heavy(light) == []
    assert heavy(["assay.methods.simulation.gates"]) != []


def owner(path):
    """Return the method whose package a file belongs to, if any."""
    return next(
        (
            method
            for method, package in METHODS.items()
            if path.is_relative_to(SOURCE / package.replace(".", "/"))
        ),
        "",
    )


def test_no_code_names_a_method_outside_its_package():
    told = []
    for path in [*SOURCE.rglob("*.py"), *(ROOT / "scripts").glob("*.py")]:
        names = NAMES - {owner(path)}
        lines = mentions(path.read_text(encoding="utf-8"), names)
        if path == REGISTRY:  # each line names its method twice: the method, and where it is
            assert len(lines) == 2 * len(METHODS)
            continue
        told += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert told == []


def test_no_rule_names_a_method():
    rules = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    assert len(rules) > 1
    texts = {path.name: path.read_text(encoding="utf-8") for path in rules}
    assert {name for name, text in texts.items() if any(word in text for word in NAMES)} == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = 1\nif method == "convex":\n    pass\n', ["2: convex"]),
        ('TITLES = {"bayesian": "Bayesian"}\n', ["1: bayesian", "1: bayesian"]),
        ('path = f"methods/{name}/simulation.py"\n', ["1: simulation"]),
        ("from assay.methods.convex.settings import Training\n", ["1: convex"]),
        ("from assay.methods import iterative\n", ["1: iterative"]),
        ("import assay.methods.bayesian.fit\n", ["1: bayesian"]),
        ('"""Prose on bayesian models."""\ndef f():\n    """An iterative one."""\n', []),
        ('x = "iterative_refinement"  # convex\n', []),
    ],
)
def test_what_names_a_method(source, found):
    assert mentions(source, NAMES) == found


def unrecorded(folder):
    """Return distributions that a method's results may depend on and no environment records."""
    known = frozenset({*sys.stdlib_module_names, "assay", "pydantic"})  # which only reads designs
    distributions = importlib.metadata.packages_distributions()
    imported = {distributions[module][0].lower() for module in third_party(folder, known)}
    return imported - set(RECORDED_PACKAGES)


def test_the_libraries_of_all_methods_are_recorded():
    assert unrecorded(REGISTRY.parent) == set()


def test_a_library_that_is_not_recorded_is_told(tmp_path):
    (tmp_path / "fit.py").write_text("import numpy\nfrom rich import print\n", encoding="utf-8")
    assert unrecorded(tmp_path) == {"rich"}


def test_methods_are_listed_for_people():
    assert known_methods() == "bayesian, convex, iterative or simulation"


@pytest.mark.parametrize(
    ("trait", "methods"),
    [("proves_itself", {"convex"}), ("may_rest", {"iterative"})],
)
def test_which_methods_need_less(trait, methods):
    """Each of these waives a check, so that a method gets it for a reason and never by default."""
    assert {method for method in METHODS if getattr(traits_of(method), trait)} == methods

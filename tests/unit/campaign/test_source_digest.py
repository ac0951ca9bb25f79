"""Editing assay's source changes the digests of what depends on it, and of nothing else."""

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from assay.campaign import source_digest
from assay.campaign.source_digest import (
    FOLDER,
    NAMED,
    NOT_TRAINING,
    PACKAGES,
    ROOTS,
    named_imports,
    packages_within_methods,
    rule_digest,
    source_modules,
    training_digest,
)
from assay.core.import_graph import ImportGraph, imported_names
from assay.methods import METHODS

GRAPH = ImportGraph(FOLDER, PACKAGES)
SCRIPTS = Path(__file__).parents[3] / "scripts"
RULES = SCRIPTS.parent / "workflow" / "rules"
TRAININGS = {f"train {method}" for method in METHODS}
REPORTS = {"report_completion", "export_consultation", "summarise_campaign"}
OTHERS = ROOTS.keys() - {"train_model"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(FOLDER / package, folder / package)
    return folder


@pytest.fixture(scope="module")
def digests(copy):
    caches = (source_digest._digest, source_digest._own_source)

    def now():
        for cached in caches:
            cached.cache_clear()
        found = {f"train {method}": training_digest(method) for method in METHODS}
        return found | {rule: rule_digest(rule) for rule in OTHERS}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_digest, "FOLDER", copy)
        yield now
    for cached in caches:
        cached.cache_clear()


@pytest.fixture(scope="module")
def before(digests):
    return digests()


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("core/text.py", TRAININGS | REPORTS | {"validate_model", "analyse_mission"}),
        ("core/files.py", TRAININGS | OTHERS),
        ("core/config.py", {"analyse_mission"}),
        ("documents/training_log.py", TRAININGS | {"validate_model"}),
        ("documents/convergence_log.py", TRAININGS | {"validate_model"}),
        ("documents/criteria.py", TRAININGS | REPORTS | {"validate_model"}),
        ("documents/completion.py", REPORTS),
        ("documents/incident.py", REPORTS),  # the director's summary says whose turn it is
        ("documents/slow.py", set()),
        ("documents/diary.py", set()),
        ("documents/mission.py", {"analyse_mission"}),
        ("documents/verdict.py", {"validate_model"}),
        ("repair/diary.py", set()),
        ("repair/attempts.py", TRAININGS | {"validate_model"}),
        ("training/train.py", TRAININGS),
        ("training/session.py", TRAININGS),
        ("worker/process.py", TRAININGS | {"validate_model"}),
        ("worker/__main__.py", TRAININGS | {"validate_model"}),
        ("worker/recompute.py", {"validate_model"}),
        ("worker/forkserver.py", set()),
        ("validation/flags.py", {"validate_model"}),
        ("evidence/verdict.py", REPORTS | {"validate_model", "analyse_mission"}),  # a stored form
        ("results/check.py", TRAININGS | {"validate_model"}),
        ("methods/base.py", TRAININGS | OTHERS - {"build_features"}),
        ("methods/convex/fit.py", {"train convex", "validate_model"}),
        ("methods/convex/diagnose.py", {"train convex", "validate_model"}),
        ("methods/convex/solvers/scs_solver.py", {"train convex", "validate_model"}),
        ("methods/convex/replay.py", {"validate_model"}),
        ("methods/convex/recompute.py", {"validate_model"}),
        ("methods/bayesian/pymc_sampler.py", {"train bayesian", "validate_model"}),
        ("snakemake/graceful_shutdown.py", set()),
        ("campaign/source_digest.py", {"validate_model", "analyse_mission"}),
        ("commands/train.py", set()),
        ("commands/report.py", REPORTS),
        ("commands/cli.py", set()),
        ("timing/tracker.py", set()),
        ("watch/screen.py", set()),
        ("__init__.py", TRAININGS | OTHERS),
    ],
)
def test_a_change_counts_where_it_matters(digests, before, copy, module, changed):
    path = copy / "assay" / module
    text = path.read_bytes()
    try:
        path.write_bytes(text + b"# edited\n")
        after = digests()
    finally:
        path.write_bytes(text)
    assert {purpose for purpose in before if before[purpose] != after[purpose]} == changed


def test_the_demonstrations_features_are_built_by_their_own_modules(digests, before, copy):
    for name, counts in {"medals": True, "features": True, "backtest": False}.items():
        path = copy / "assay_demonstration" / f"{name}.py"
        text = path.read_bytes()
        path.write_bytes(text + b"# edited\n")
        assert (digests()["build_features"] != before["build_features"]) == counts, name
        path.write_bytes(text)


@pytest.mark.parametrize("rule", ROOTS)
def test_work_begins_where_a_rules_script_does(rule):
    names = imported_names((SCRIPTS / f"{rule}.py").read_bytes(), PACKAGES)
    begins = {GRAPH.module(name) for name in names}
    needed = source_modules(GRAPH, rule, METHODS)
    missing = {"assay.snakemake.job"}  # what Snakemake hands the script, as it is
    if rule == "train_model":
        missing |= {
            "assay.commands.train",  # how a training that was stopped says so
            "assay.core.config",  # what counts of it is a parameter of the rule
        }
    assert begins - needed == missing
    assert set(ROOTS[rule]) <= begins or rule == "train_model"


def test_every_digest_has_its_rule():
    text = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.smk"))
    for rule in OTHERS:
        own = text[text.index(f"rule {rule}:") :].split("\nrule ")[0]
        assert f'source=rule_digest("{rule}")' in own


# Imports by a name that is made up while a module runs: each must be declared.


@cache
def tree(module):
    return ast.parse(GRAPH.files[module].read_bytes())


def makes_up_names(tree):
    """Return whether a module imports what only shows while it runs."""
    lazy = any(
        isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body
    )
    return lazy or any(map(makes_up_a_name, ast.walk(tree)))


def makes_up_a_name(node):
    if isinstance(node, ast.ImportFrom):
        return node.module == "assay.methods" and "load" in {alias.name for alias in node.names}
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    given = node.args[0] if node.args else None
    known = isinstance(given, ast.Constant) and not str(given.value).startswith("assay")
    return called in ("import_module", "__import__", "run_module", "run_path") and not known


def test_every_import_by_a_made_up_name_is_declared():
    found = {module for module in GRAPH.files if makes_up_names(tree(module))}
    assert found - set(packages_within_methods(GRAPH)) == NAMED.keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import_module(f'assay.{x}')", True),
        ("import_module('assay.core')", True),
        ("importlib.import_module(x)", True),
        ("__import__(x)", True),
        ("runpy.run_module(x)", True),
        ("from assay.methods import METHODS, load", True),
        ("def __getattr__(name): ...", True),
        ("class A:\n    def __getattr__(self, name): ...", False),
        ("import_module('pandas')", False),
        ("from assay.methods import METHODS", False),
    ],
)
def test_made_up_names_are_seen(text, found):
    assert makes_up_names(ast.parse(text)) == found


@pytest.mark.parametrize("module", NAMED)
def test_what_is_declared_exists_and_holds_all_that_is_named(module):
    declared = {name.format(method=METHODS[method]) for name in NAMED[module] for method in METHODS}
    assert declared <= GRAPH.files.keys()
    parts = {name.rpartition(".")[2] for name in NAMED[module]}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "load":
            named = [word.value for word in node.args if isinstance(word, ast.Constant)]
            assert parts.issuperset(named)


RUNS = {
    "train_model": """
import assay.training.train as train
train.load({method!r}, "diagnose")
import_libraries({method!r}, validating=False)
""",
    "validate_model": """
import assay.commands.validate
from assay.methods import load
load({method!r}, "diagnose"), load({method!r}, "recompute")
import_libraries({method!r}, validating=True)
""",
}


@pytest.mark.parametrize("rule", RUNS)
@pytest.mark.parametrize("method", sorted(set(METHODS) - {"bayesian"}))  # PyMC takes 5 s to import
def test_what_is_loaded_while_it_runs_was_known(rule, method):
    code = (
        "import sys, assay.worker.__main__\nfrom assay.worker.work import import_libraries\n"
        + RUNS[rule].format(method=method)
        + "print(*(name for name in sys.modules if name.split('.')[0] == 'assay'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    known = source_modules(GRAPH, rule, [method])
    beyond = GRAPH.closure(name.format(method=METHODS[method]) for name in NOT_TRAINING)
    assert f"assay.methods.{method}.fit" in loaded
    assert loaded <= known | (beyond if rule == "train_model" else set())


# What training calls, and yet does not count.


def test_what_does_not_count_is_called_by_training():
    everything = GRAPH.closure(ROOTS["train_model"], named_imports(GRAPH, METHODS))
    counted = source_modules(GRAPH, "train_model", METHODS)
    beyond = {name.format(method=METHODS[method]) for name in NOT_TRAINING for method in METHODS}
    assert beyond <= everything
    assert not beyond & counted


def test_the_validator_reads_none_of_the_words_for_people():
    validation = source_modules(GRAPH, "validate_model", METHODS)
    for name, why in NOT_TRAINING.items():
        modules = {name.format(method=METHODS[method]) for method in METHODS}
        if why.startswith("for people: "):
            assert not modules & validation
        else:
            assert why.startswith("for a validator: ")
            assert modules <= validation

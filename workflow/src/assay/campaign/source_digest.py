"""What this copy of assay is: digests of its own source, so that editing it is noticed.

A digest covers the modules that a purpose needs, found by following imports from the module with
which it begins; so nobody has to keep a list when a module comes, goes or is used elsewhere.
"""

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from assay.core.import_graph import ImportGraph
from assay.methods import METHODS

FOLDER = Path(__file__).parents[2]
PACKAGES = ("assay", "assay_demonstration")

# Where the work of each rule begins: what its script imports, but the job that it is handed.
# Training begins further in: how it is asked for, and how it says that it was stopped, decides
# nothing about what it finds.
ROOTS = {
    "analyse_mission": ("assay.campaign.plan", "assay.core.files", "assay.documents.mission"),
    "build_features": ("assay_demonstration.features",),
    "train_model": ("assay.training.train",),
    "validate_model": (
        "assay.commands.validate",
        "assay.core.stopping",
        "assay.core.workspace",
        "assay.validation.case",
    ),
    "report_completion": ("assay.commands.report", "assay.core.workspace"),
    "export_consultation": (
        "assay.commands.report",
        "assay.core.workspace",
        "assay.evidence.publication",
    ),
    "summarise_campaign": ("assay.commands.report", "assay.core.workspace"),
}

# Modules that a module imports by a name it makes up while it runs. "{method}" stands for the
# package of each method. A test fails for a module that does so and is neither named here nor a
# package within a method, with which all its modules count (such as the solvers of a method).
NAMED = {
    "assay.campaign.admission": ("{method}.settings",),
    "assay.campaign.problems": ("{method}.settings",),
    "assay.core.internals": (),  # libraries: never a part of assay
    "assay.design": ("assay.design.load", "assay.design.problems", "assay.design.schema"),
    "assay.design.load": ("{method}.settings",),
    "assay.campaign.expectations": ("{method}.settings",),
    "assay.methods": ("{method}.traits",),  # `load`: who calls it is named here
    "assay.modelcode.pickles": (),  # what a features file names: never a part of assay
    "assay.training.train": ("{method}.settings", "{method}.diagnose"),
    "assay.validation.case": ("{method}.diagnose",),
    "assay.validation.claims": (
        "{method}.settings",
        "{method}.recompute",
    ),
    "assay.validation.emergency": (
        "{method}.settings",
        "{method}.diagnose",
    ),
    "assay.validation.replay": ("{method}.recompute",),
    "assay.worker.recompute": ("{method}.fit", "{method}.replay"),
    "assay.worker.work": (
        "{method}.settings",
        "{method}.fit",
        "{method}.replay",
    ),
}

# What training calls without its mattering to what it finds. Tests show that nothing these write
# is sealed with the evidence, and that a training does without what serves a validator.
NOT_TRAINING = {
    "assay.documents.incident": "for people: why training failed, to whom it goes back",
    "assay.documents.slow": "for people: a report that goes when training ends",
    "assay.repair.diary": "for people: the development diary",
    "assay.timing": "for people: how long agents spent on it",
    "{method}.replay": "for a validator: a training, or a part of it, done again",
    "assay.worker.recompute": "for a validator: what a worker does for it",
}


def training_digest(method: str) -> str:
    """Return the digest of the source that trains models of a method."""
    return _digest("train_model", (method,))


def rule_digest(rule: str) -> str:
    """Return the digest of the source that does a rule's work, for models of all methods."""
    return _digest(rule, tuple(METHODS))


def source_modules(graph: ImportGraph, rule: str, methods: Collection[str]) -> frozenset[str]:
    """Return the modules that do a rule's work for models of some methods."""
    without = _filled(NOT_TRAINING, methods) if rule == "train_model" else ()
    return graph.closure(ROOTS[rule], named_imports(graph, methods), without)


def named_imports(graph: ImportGraph, methods: Collection[str]) -> dict[str, list[str]]:
    """Return what modules import by a made-up name where models are of some methods."""
    named = {module: _filled(names, methods) for module, names in NAMED.items()}
    for package in packages_within_methods(graph):
        named[package] = [name for name in graph.files if name.startswith(f"{package}.")]
    return named


def packages_within_methods(graph: ImportGraph) -> list[str]:
    """Return the packages that lie within those of methods."""
    return [
        name
        for name, file in graph.files.items()
        if file.name == "__init__.py" and name.startswith("assay.methods.") and name.count(".") > 2
    ]


def _filled(names: Iterable[str], methods: Collection[str]) -> list[str]:
    return [name.format(method=METHODS[method]) for name in names for method in methods]


@cache
def _digest(rule: str, methods: tuple[str, ...]) -> str:
    graph = _own_source()
    return graph.digest(source_modules(graph, rule, methods))


@cache
def _own_source() -> ImportGraph:
    return ImportGraph(FOLDER, PACKAGES)

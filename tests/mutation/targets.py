"""Which modules are mutated, and the nearest tests of each: what decides about a run."""

from pathlib import Path

from running import Target

ROOT = Path(__file__).resolve().parents[2]
_SOURCE = ROOT / "workflow" / "src"
_TESTS = ROOT / "tests" / "unit"

_NEAREST = {
    "core.criteria": ("core/test_criteria.py",),
    "design.comparisons": ("design/test_comparisons.py",),
    "results.cells": ("results/test_results_cells.py", "results/test_results_check.py"),
    "results.check": ("results/test_results_check.py", "results/test_results_cells.py"),
    "results.evaluate": ("design/test_comparisons.py", "results/test_results_check.py"),
    "repair.severity": ("repair/test_severity.py",),
    "timing.check": ("timing/test_check.py",),
    "campaign.expectations": ("campaign/test_expectations.py",),
    "evidence.seal": ("evidence/test_seal.py",),
    "evidence.sessions": ("evidence/test_sessions.py",),
    "methods.exact": ("methods/test_exact.py",),
    "methods.bayesian.consistency": (
        "methods/test_bayesian_consistency.py",
        "methods/test_bayesian_energies.py",
    ),
    "methods.bayesian.diagnose": ("methods/test_bayesian_thresholds.py",),
    "methods.bayesian.mixing": ("methods/test_bayesian_thresholds.py",),
    "methods.bayesian.stein": ("methods/test_bayesian_stein.py",),
    "methods.convex.agreement": (
        "methods/test_convex_proofs.py",
        "methods/test_convex_thresholds.py",
    ),
    "methods.convex.certificate": (
        "methods/test_convex_proofs.py",
        "methods/test_convex_measures.py",
    ),
    "methods.convex.diagnose": (
        "methods/test_convex_thresholds.py",
        "methods/test_convex_mixed_thresholds.py",
        "methods/test_convex_remarks.py",
    ),
    "methods.convex.scales": ("methods/test_convex_measures.py",),
    "methods.iterative.diagnose": ("methods/test_iterative_restarts.py",),
    "methods.iterative.gates": (
        "methods/test_iterative_thresholds.py",
        "methods/test_iterative_minimum.py",
        "methods/test_iterative_restarts.py",
    ),
    "methods.iterative.stopping": ("methods/test_iterative_rule.py",),
    "methods.simulation.gates": ("methods/test_simulation_thresholds.py",),
    "methods.simulation.precision": ("methods/test_simulation_statistics.py",),
    "methods.simulation.series": (
        "methods/test_simulation_statistics.py",
        "methods/test_simulation_thresholds.py",
    ),
    "methods.simulation.settling": ("methods/test_simulation_statistics.py",),
    "validation.flags": ("validation/test_flags.py",),
    "validation.effort": ("validation/test_effort.py",),
    "validation.provenance": ("validation/test_provenance.py",),
    "validation.structure": ("validation/test_structure.py",),
}


def targets(words: list[str]) -> list[Target]:
    """Return the targets whose module's name holds one of some words; all where there are none."""
    return [
        Target(
            module=f"assay.{name}",
            source=_SOURCE.joinpath("assay", *name.split(".")).with_suffix(".py"),
            tests=tuple(_TESTS / path for path in tests),
        )
        for name, tests in _NEAREST.items()
        if not words or any(word in name for word in words)
    ]

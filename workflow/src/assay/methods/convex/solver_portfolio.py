"""Asking solvers one after another until one's answer proves itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from assay.methods.base import Channel
from assay.methods.convex import scaling, solvers
from assay.methods.convex.certificate import Kind, Optimality, prove
from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.refine import sharpen
from assay.methods.convex.solvers.answer import Answer


@dataclass(frozen=True)
class Proved:
    """What one answer proves.

    Attributes:
        kind: what is proved within the tolerance, "unproven" if nothing is.
        x, z, s: the point or the proof; NaN where it has no part in it.
        measure: the largest number of its certificate.
        certificate: every number, where there is a point.
    """

    kind: Kind
    x: Array
    z: Array
    s: Array
    measure: float
    certificate: Optimality | None = None


@dataclass(frozen=True)
class SolverRun:
    """One call of a solver: its word, and what its answer proved."""

    solver: str
    effort: int
    status: str
    iterations: int
    proved: Proved

    def as_json(self) -> dict[str, Any]:
        """Return what reports show; no times, so that it is the same in every run."""
        proved = self.proved
        record: dict[str, Any] = {
            "solver": self.solver,
            "effort": self.effort,
            "status": self.status,
            "iterations": self.iterations,
            "proved": proved.kind,
            "certificate": _plain(proved.measure),
        }
        if proved.certificate is not None:
            found = proved.certificate
            record |= {
                "primal_residual": _plain(found.primal_residual.value),
                "dual_residual": _plain(found.dual_residual.value),
                "duality_gap": _plain(found.duality_gap),
                "objective_error": _plain(found.objective_error),
                "slack_outside": _plain(found.slack_outside.value),
                "multiplier_outside": _plain(found.multiplier_outside.value),
            }
        return record


@dataclass
class Portfolio:
    """The runs made so far, each announced and stored as a checkpoint.

    Attributes:
        channel: where runs are reported.
        runs: in the order they were made.
    """

    channel: Channel
    runs: list[SolverRun] = field(default_factory=list)

    def run(
        self,
        form: StandardForm,
        solver: str,
        effort: int,
        tolerance: float,
        *,
        polishing: bool = True,
    ) -> SolverRun:
        """Call one solver and judge what it says."""
        answer = call_solver(form, solver, effort, self._units(form, solver, effort))
        proved = prove_answer(form, answer, tolerance, polishing=polishing)
        run = SolverRun(solver, effort, answer.status, answer.iterations, proved)
        self.record(run, answer)
        return run

    def record(self, run: SolverRun, answer: Answer) -> None:
        """Keep an run, and hand what the solver answered to the recorder."""
        self.runs.append(run)
        number = len(self.runs)
        self.channel.checkpoint(
            f"answer_{number}_{run.solver}", {"x": answer.x, "z": answer.z, "s": answer.s}
        )
        measure = run.proved.measure
        known = {"certificate": measure} if np.isfinite(measure) else {}
        self.channel.progress(number, None, **known)

    def first_proof(
        self, form: StandardForm, order: tuple[str, ...], tolerance: float
    ) -> SolverRun | None:
        """Return the first run that proves anything, None if none does."""
        for solver, effort in plan(order):
            run = self.run(form, solver, effort, tolerance)
            if run.proved.kind == "unbounded":
                return self._or_infeasible(form, run, tolerance)
            if run.proved.kind != "unproven":
                return run
        return None

    def best(self) -> SolverRun:
        """Return the run nearest to a proof."""
        return min(self.runs, key=lambda run: run.proved.measure)

    def _units(self, form: StandardForm, solver: str, effort: int) -> scaling.Scaling:
        """Return the units an effort asks for."""
        points = [each.proved for each in self.runs if each.proved.certificate is not None]
        if solvers.units(solver)[effort] == "data" or not points:
            return scaling.from_data(form)
        best = min(points, key=lambda proved: proved.measure)
        unit = best.certificate.unit if best.certificate is not None else 1.0
        return scaling.from_point(form, best.x, unit)

    def _or_infeasible(self, form: StandardForm, run: SolverRun, tolerance: float) -> SolverRun:
        """Tell unbounded from infeasible: a problem may have proofs of both."""
        feasibility = replace(form, P=sp.csc_array(form.P.shape), c=np.zeros_like(form.c))
        again = self.run(feasibility, run.solver, 0, tolerance)
        return again if again.proved.kind == "infeasible" else run


def call_solver(
    form: StandardForm,
    solver: str,
    effort: int,
    units: scaling.Scaling,
    **limits: int,
) -> Answer:
    """Call a solver in the given units; what it raises becomes its status."""
    nothing = np.full(len(form.c), np.nan), np.full(len(form.b), np.nan)
    try:
        return units.undo(solvers.load(solver)(units.apply(form), effort, **limits))
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Answer(f"failed: {text}", nothing[0], nothing[1], nothing[1], 0)


def prove_answer(
    form: StandardForm, answer: Answer, tolerance: float, *, polishing: bool = True
) -> Proved:
    """Find out what an answer proves, whatever its status says."""
    x, z, s = answer.x, answer.z, answer.s
    if all(np.all(np.isfinite(part)) for part in (x, z, s)):
        point = sharpen(form, x, z, s, tolerance, polishing=polishing)
        proof = prove(form, point.x, point.z, point.s, tolerance)
        if proof.kind == "optimal":
            return Proved("optimal", point.x, point.z, point.s, proof.value, proof.certificate)
    proof = prove(form, x, z, s, tolerance)
    if proof.kind == "infeasible":
        x, s = np.full_like(x, np.nan), np.full_like(s, np.nan)
    elif proof.kind == "unbounded":
        z, s = np.full_like(z, np.nan), np.full_like(s, np.nan)
    elif proof.certificate is not None:
        x, z, s = point.x, point.z, point.s
        return Proved("unproven", x, z, s, point.certificate.worst, point.certificate)
    return Proved(proof.kind, x, z, s, proof.value, None)


def plan(order: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield (solver, effort): every effort of a solver before the next one."""
    for solver in order:
        for effort in range(len(solvers.units(solver))):
            yield solver, effort


def _plain(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None

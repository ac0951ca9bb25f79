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
class Verdict:
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
class Attempt:
    """One call of a solver: its word, and what its answer proved."""

    solver: str
    effort: int
    status: str
    iterations: int
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """Return what reports show; no times, so that it is the same in every run."""
        verdict = self.verdict
        record: dict[str, Any] = {
            "solver": self.solver,
            "effort": self.effort,
            "status": self.status,
            "iterations": self.iterations,
            "proved": verdict.kind,
            "certificate": _plain(verdict.measure),
        }
        if verdict.certificate is not None:
            found = verdict.certificate
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
class Race:
    """The attempts made so far, each announced and stored as a checkpoint.

    Attributes:
        channel: where attempts are reported.
        attempts: in the order they were made.
    """

    channel: Channel
    attempts: list[Attempt] = field(default_factory=list)

    def run(
        self,
        form: StandardForm,
        solver: str,
        effort: int,
        tolerance: float,
        *,
        polishing: bool = True,
    ) -> Attempt:
        """Call one solver and judge what it says."""
        answer = call_solver(form, solver, effort, self._units(form, solver, effort))
        verdict = judge_answer(form, answer, tolerance, polishing=polishing)
        attempt = Attempt(solver, effort, answer.status, answer.iterations, verdict)
        self.record(attempt, answer)
        return attempt

    def record(self, attempt: Attempt, answer: Answer) -> None:
        """Keep an attempt, and hand what the solver answered to the recorder."""
        self.attempts.append(attempt)
        number = len(self.attempts)
        self.channel.checkpoint(
            f"answer_{number}_{attempt.solver}", {"x": answer.x, "z": answer.z, "s": answer.s}
        )
        measure = attempt.verdict.measure
        known = {"certificate": measure} if np.isfinite(measure) else {}
        self.channel.progress(number, None, **known)

    def first_proof(
        self, form: StandardForm, order: tuple[str, ...], tolerance: float
    ) -> Attempt | None:
        """Return the first attempt that proves anything, None if none does."""
        for solver, effort in plan(order):
            attempt = self.run(form, solver, effort, tolerance)
            if attempt.verdict.kind == "unbounded":
                return self._or_infeasible(form, attempt, tolerance)
            if attempt.verdict.kind != "unproven":
                return attempt
        return None

    def best(self) -> Attempt:
        """Return the attempt nearest to a proof."""
        return min(self.attempts, key=lambda attempt: attempt.verdict.measure)

    def _units(self, form: StandardForm, solver: str, effort: int) -> scaling.Scaling:
        """Return the units an effort asks for."""
        points = [each.verdict for each in self.attempts if each.verdict.certificate is not None]
        if solvers.units(solver)[effort] == "data" or not points:
            return scaling.from_data(form)
        best = min(points, key=lambda verdict: verdict.measure)
        unit = best.certificate.unit if best.certificate is not None else 1.0
        return scaling.from_point(form, best.x, unit)

    def _or_infeasible(self, form: StandardForm, attempt: Attempt, tolerance: float) -> Attempt:
        """Tell unbounded from infeasible: a problem may have proofs of both."""
        feasibility = replace(form, P=sp.csc_array(form.P.shape), c=np.zeros_like(form.c))
        again = self.run(feasibility, attempt.solver, 0, tolerance)
        return again if again.verdict.kind == "infeasible" else attempt


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


def judge_answer(
    form: StandardForm, answer: Answer, tolerance: float, *, polishing: bool = True
) -> Verdict:
    """Find out what an answer proves, whatever its status says."""
    x, z, s = answer.x, answer.z, answer.s
    if all(np.all(np.isfinite(part)) for part in (x, z, s)):
        point = sharpen(form, x, z, s, tolerance, polishing=polishing)
        proof = prove(form, point.x, point.z, point.s, tolerance)
        if proof.kind == "optimal":
            return Verdict("optimal", point.x, point.z, point.s, proof.value, proof.certificate)
    proof = prove(form, x, z, s, tolerance)
    if proof.kind == "infeasible":
        x, s = np.full_like(x, np.nan), np.full_like(s, np.nan)
    elif proof.kind == "unbounded":
        z, s = np.full_like(z, np.nan), np.full_like(s, np.nan)
    elif proof.certificate is not None:
        x, z, s = point.x, point.z, point.s
        return Verdict("unproven", x, z, s, point.certificate.worst, point.certificate)
    return Verdict(proof.kind, x, z, s, proof.value, None)


def plan(order: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield (solver, effort): every effort of a solver before the next one."""
    for solver in order:
        for effort in range(len(solvers.units(solver))):
            yield solver, effort


def _plain(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None

"""Convergence of a convex fit, recomputed from its arrays; no stored number or word is believed.

The formulas and what each number is relative to are in `certificate`; `curvature`, `agreement`
and `mixed` explain theirs.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.convex import agreement, curvature
from assay.methods.convex.certificate import ERROR_ALLOWED, Kind, Optimality, Proof, prove
from assay.methods.convex.form import Array, StandardForm, form_from_arrays
from assay.methods.convex.mixed import MixedCertificate, accepted_gap, certify
from assay.methods.convex.settings import Convergence, Training

_SHARPER = (
    "No solver came near enough: bring the data to similar sizes (units!), remove nearly "
    "dependent constraints, or name another `solver` in the design."
)
_CONFLICTS = 5


def diagnose(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:  # noqa: ARG001
    """Return every criterion of a convex fit.

    Raises:
        KeyError, TypeError, ValueError: the arrays are no fit of this method.
    """
    form = form_from_arrays(
        {name.partition("/")[2]: array for name, array in fit.arrays.items()
         if name.startswith("standard/")},
        fit.meta["cones"],
    )  # fmt: skip
    judged = _Judged(form, fit, training.tolerance)
    criteria = judged.mixed() if form.mixed else judged.continuous()
    return [*criteria, *_other_solver(fit.meta), *_warnings(fit.meta)]


class _Judged:
    """One fit under judgement: its form, its answer and how to name rows and columns."""

    def __init__(self, form: StandardForm, fit: Fit, tolerance: float) -> None:
        self.form, self.fit, self.tolerance = form, fit, tolerance
        self.x, self.z, self.s = (fit.arrays[name] for name in "xzs")

    def continuous(self) -> list[Criterion]:
        """Judge a problem without integers."""
        proof = prove(self.form, self.x, self.z, self.s, self.tolerance)
        if proof.kind in ("infeasible", "unbounded"):
            return [self._status(proof.kind), self._refutation(proof)]
        found, curved = proof.certificate, self._curvature()
        if found is None:
            return [self._status("unproven"), curved]
        return [
            self._status(proof.kind if curved.passed else "unproven"),
            *self._primal(found),
            *self._dual(found),
            curved,
            self._stability(),
        ]

    def mixed(self) -> list[Criterion]:
        """Judge a mixed-integer problem."""
        curved = self._curvature()
        if not all(np.all(np.isfinite(part)) for part in (self.x, self.z, self.s)):
            proof = prove(self.form, self.x, self.z, self.s, self.tolerance)
            if proof.kind in ("infeasible", "unbounded"):
                return [self._status(proof.kind), self._refutation(proof)]
            return [self._status("unproven"), curved]
        bound = float(self.fit.arrays["bound"])
        found = certify(self.form, self.x, self.z, self.s, bound)
        gap = accepted_gap(self.tolerance)
        proved = curved.passed and found.proves(self.tolerance)
        return [
            self._status("optimal" if proved else "unproven"),
            *self._primal(found),
            *self._dual(found),
            self._integrality(found),
            self._mip_gap(found, gap),
            curved,
            self._mixed_stability(found, gap),
        ]

    def _status(self, kind: Kind) -> Criterion:
        advice = {
            "optimal": "",
            "infeasible": f"The problem is infeasible: {self._conflict()}. Relax or correct one.",
            "unbounded": "The objective improves without end: "
            f"{self._direction()} can grow for ever. Add the missing bound or constraint.",
            "unproven": f"Nothing was proved. {self._said()}",
        }[kind]
        return judge("status", kind, "==", "optimal", advice=advice)

    def _integrality(self, found: MixedCertificate) -> Criterion:
        worst = found.integrality
        return judge(
            "integrality",
            worst.value,
            "==",
            0.0,
            where=self._column(worst.index) if worst.value else "",
            advice="Rounded to integers the answer breaks a constraint: the solver used its "
            "tolerance. Make big constants (big-M) as small as the problem allows."
            if worst.value
            else "",
        )

    def _mip_gap(self, found: MixedCertificate, gap: float) -> Criterion:
        return judge(
            "mip_gap",
            found.mip_gap,
            "<=",
            gap,
            advice=""
            if found.mip_gap <= gap
            else "The solver's bound does not reach the objective: other integers may be "
            "better. Tighten the formulation or reduce the problem.",
        )

    def _refutation(self, proof: Proof) -> Criterion:
        """Return the proof of infeasibility or unboundedness as a remark with its number."""
        infeasible = proof.kind == "infeasible"
        return judge(
            "infeasibility_certificate" if infeasible else "unboundedness_certificate",
            proof.value,
            "<=",
            self.tolerance,
            where=self._column(proof.index) if infeasible else self._row(proof.index),
            advice="A combination of the constraints contradicts itself (Farkas)."
            if infeasible
            else "A direction keeps every constraint and improves the objective.",
            gates=False,
        )

    def _primal(self, found: Optimality | MixedCertificate) -> list[Criterion]:
        broken = "The constraints do not hold at the answer. " + _SHARPER
        residual, outside = found.primal_residual, found.slack_outside
        return [
            self._within("primal_residual", residual.value, self._row(residual.index), broken),
            self._within("cone_membership", outside.value, self._row(outside.index), broken),
        ]

    def _dual(self, found: Optimality | MixedCertificate) -> list[Criterion]:
        weak = "The answer is not shown to be optimal. " + _SHARPER
        fragile = "What is left of the residuals could still change the objective. " + _SHARPER
        residual, outside = found.dual_residual, found.multiplier_outside
        return [
            self._within("dual_residual", residual.value, self._column(residual.index), weak),
            self._within("dual_cone_membership", outside.value, self._row(outside.index), weak),
            self._within("duality_gap", found.duality_gap, "", weak),
            self._within("objective_error", found.objective_error, "", fragile, ERROR_ALLOWED),
        ]

    def _within(
        self, name: str, value: float, where: str, advice: str, times: float = 1.0
    ) -> Criterion:
        where = where if value else ""
        return judge(name, value, "<=", times * self.tolerance, where=where, advice=advice)

    def _curvature(self) -> Criterion:
        value = curvature.smallest_eigenvalue(self.form.P)
        return judge(
            "curvature",
            value,
            ">=",
            curvature.THRESHOLD,
            advice=""
            if value >= curvature.THRESHOLD
            else "The quadratic objective is not convex (its matrix has a negative eigenvalue), "
            "whatever psd_wrap promised: correct the matrix, or add a multiple of the identity.",
        )

    def _stability(self) -> Criterion:
        """Judge whether the second solver has the same objective."""
        second = self._second()
        if second is None:
            return _no_second("No other solver gave an answer; the certificate is the proof.")
        compared = agreement.compare(self.form, (self.x, self.z, self.s), second)
        if not compared.usable:
            return _no_second(
                "The second solver's answer is known too imprecisely to compare "
                f"({compared.resolution:.1e}); the certificate is the proof."
            )
        allowed = max(agreement.AGREEMENT, ERROR_ALLOWED * self.tolerance)
        return _stable(compared.difference, allowed + compared.resolution)

    def _mixed_stability(self, found: MixedCertificate, gap: float) -> Criterion:
        """Judge whether a second search contradicts: a better answer, or a bound above ours."""
        second = self._second()
        if second is None:
            return _no_second("No second search was made.")
        x, z, s = second
        bound = float(self.fit.arrays["second/bound"])
        contradictions = [bound - found.objective] if math.isfinite(bound) else []
        if all(np.all(np.isfinite(part)) for part in (x, z, s)):
            other = certify(self.form, x, z, s, bound)
            if other.integrality.value == 0 and _feasible(other, self.tolerance):
                contradictions.append(found.objective - other.objective)
        if not contradictions:
            return _no_second("The second search ended at its limit with nothing to compare.")
        worst = max(*contradictions, 0.0)
        scale = found.unit if found.unit > 0 else 1.0
        return _stable(worst / scale, 2 * gap)

    def _second(self) -> tuple[Array, Array, Array] | None:
        if "second/x" not in self.fit.arrays:
            return None
        x, z, s = (self.fit.arrays[f"second/{name}"] for name in "xzs")
        return x, z, s

    def _row(self, index: int) -> str:
        """Name a row of A by the user's constraint."""
        return _named(self.fit, "row", index)

    def _column(self, index: int) -> str:
        """Name a column of A by the user's variable."""
        return _named(self.fit, "column", index)

    def _conflict(self) -> str:
        """Name the constraints that take part in the proof of infeasibility."""
        if not np.all(np.isfinite(self.z)):
            return "the constraints conflict"
        share = np.abs(self.z * self.form.b) + np.abs(self.z) * _row_norms(self.form)
        taking = np.flatnonzero(share > 1e-6 * np.max(share, initial=0.0))
        labels = self.fit.arrays["standard/row_label"][taking]
        texts = [self.fit.meta["row_labels"][k] for k in dict.fromkeys(labels.tolist())]
        more = f" and {len(texts) - _CONFLICTS} more" if len(texts) > _CONFLICTS else ""
        return f"these constraints conflict: {'; '.join(texts[:_CONFLICTS])}{more}"

    def _direction(self) -> str:
        if not np.all(np.isfinite(self.x)):
            return "some variable"
        taking = np.flatnonzero(np.abs(self.x) > 1e-6 * np.max(np.abs(self.x), initial=0.0))
        labels = self.fit.arrays["standard/column_label"][taking]
        texts = [self.fit.meta["column_labels"][k] for k in dict.fromkeys(labels.tolist())]
        return ", ".join(texts[:_CONFLICTS])

    def _said(self) -> str:
        """Quote what the solvers said, for the reader."""
        attempts = self.fit.meta["attempts"]
        if not attempts:
            return "No solver was asked, because the objective is not convex."
        words = [f"{each['solver']}: {each['status']}" for each in attempts]
        said = f"The solvers said {'; '.join(dict.fromkeys(words))}."
        if self.form.mixed and not np.all(np.isfinite(self.x)):
            return (
                f"{said} Without its integers the problem is feasible and bounded, and with them "
                "there is no proof to check: look for constraints that no integers can meet."
            )
        return f"{said} {_SHARPER}"


def _row_norms(form: StandardForm) -> Array:
    return np.asarray(abs(form.A).sum(axis=1)).ravel()


def _named(fit: Fit, kind: str, index: int) -> str:
    """Return the label of a row or column and its place among those with that label."""
    if index < 0:
        return ""
    labels = fit.arrays[f"standard/{kind}_label"]
    same = np.flatnonzero(labels == labels[index])
    text = str(fit.meta[f"{kind}_labels"][labels[index]])
    if len(same) == 1:
        return text
    return f"{text}, {kind} {int(np.searchsorted(same, index)) + 1} of {len(same)}"


def _feasible(found: MixedCertificate, tolerance: float) -> bool:
    return max(found.primal_residual.value, found.slack_outside.value) <= tolerance


def _stable(value: float, threshold: float) -> Criterion:
    return judge(
        "stability",
        value,
        "<=",
        threshold,
        advice=""
        if value <= threshold
        else "Two solvers disagree about the objective: the problem is numerically fragile. "
        "Bring the data to similar sizes and look for nearly dependent constraints.",
    )


def _no_second(advice: str) -> Criterion:
    return judge("stability", None, "<=", agreement.AGREEMENT, advice=advice, gates=False)


def _other_solver(meta: Mapping[str, Any]) -> list[Criterion]:
    """Say which solver answered where one was wrong before; a remark, never a gate."""
    attempts, answered = list(meta.get("attempts", [])), meta.get("solver")
    places = [at for at, each in enumerate(attempts) if each["solver"] == answered]
    first = min(places, default=-1)
    wrong = [
        f"{each['solver']} said {each['status']}"
        for each in attempts[: first + 1]
        if each["solver"] != answered or (each["proved"] == "optimal" and _denies(each["status"]))
    ]
    if not wrong:
        return []
    advice = f"{'; '.join(wrong)}, which was not believed: the certificate decides."
    where = f"answered by {answered}"
    return [judge("unproven_answers", len(wrong), "==", 0, where=where, advice=advice, gates=False)]


def _denies(status: str) -> bool:
    """Return whether a solver's word is that there is no optimum."""
    return any(word in status.lower() for word in ("infeasible", "unbounded"))


def _warnings(meta: Mapping[str, Any]) -> list[Criterion]:
    """Pass on what CVXPY warned of; a remark, never a gate."""
    texts = [str(text) for text in meta.get("warnings", [])]
    if not texts:
        return []
    return [judge("cvxpy_warnings", len(texts), "==", 0, advice=" | ".join(texts), gates=False)]

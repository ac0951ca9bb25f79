"""From a standard form to one answer and a second opinion."""

from dataclasses import dataclass

import numpy as np

from assay.core.errors import Category, TrainingError
from assay.methods.base import Quiet
from assay.methods.convex import agreement, curvature, scaling, solvers
from assay.methods.convex.certificate import Kind
from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.mixed import certify, complete, relax
from assay.methods.convex.refine import polishable, sharpen
from assay.methods.convex.solver_portfolio import Portfolio, Proved, SolverRun, call_solver, plan

_FEWEST_NODES = 1000
_MORE_NODES = 20


@dataclass(frozen=True)
class Second:
    """The second solver's answer; its numbers are compared, never believed."""

    solver: str
    status: str
    x: Array
    z: Array
    s: Array
    bound: float


@dataclass(frozen=True)
class Solution:
    """What is known about a problem after asking the solvers.

    Attributes:
        answered: the run that proved something, or else came nearest.
        bound: best proven bound on the objective; NaN for continuous problems.
        second: the second solver's answer, None if none had one or there was nothing to check.
    """

    answered: SolverRun
    bound: float
    second: Second | None


def solver_order(problem_class: str, chosen: str | None) -> tuple[str, ...]:
    """Return the solvers to try, the design's choice first.

    Raises:
        TrainingError: no solver here handles the class, or the chosen one does not.
    """
    able = solvers.BY_CLASS.get(problem_class)
    if able is None:
        raise TrainingError(
            f"no solver here handles a problem of class {problem_class}",
            category=Category.IMPLEMENTATION,
            where="build",
            remedy="Integers can be combined with linear, quadratic and second-order "
            "constraints, not with semidefinite, exponential or power cones.",
        )
    if chosen is None:
        return able
    if chosen not in able:
        raise TrainingError(
            f"solver {chosen} cannot answer a problem of class {problem_class}",
            category=Category.IMPLEMENTATION,
            where="training.solver in the design",
            remedy=f"Leave `solver` out, or choose one of {', '.join(able)}.",
        )
    return (chosen, *(solver for solver in able if solver != chosen))


def solve_form(
    form: StandardForm, order: tuple[str, ...], tolerance: float, portfolio: Portfolio
) -> Solution:
    """Ask the solvers in order until an answer is proved, then another one for the objective."""
    if curvature.smallest_eigenvalue(form.P) < curvature.THRESHOLD:
        return _not_convex(form)
    if form.mixed:
        return _solve_mixed(form, order, tolerance, portfolio)
    run = portfolio.first_proof(form, order, tolerance)
    if run is None:
        return Solution(portfolio.best(), float("nan"), None)
    if run.proved.kind != "optimal":
        return Solution(run, float("nan"), None)
    return Solution(run, float("nan"), _second_opinion(form, order, run, tolerance, portfolio))


def _not_convex(form: StandardForm) -> Solution:
    """Ask no solver: without convexity nothing it says could be proved."""
    x, nothing = np.full(len(form.c), np.nan), np.full(len(form.b), np.nan)
    proved = Proved("unproven", x, nothing, nothing, float("inf"))
    return Solution(SolverRun("no solver", 0, "not convex", 0, proved), float("nan"), None)


def _second_opinion(
    form: StandardForm,
    order: tuple[str, ...],
    first: SolverRun,
    tolerance: float,
    portfolio: Portfolio,
) -> Second | None:
    """Return the first usable answer of another solver, or else the most precise one."""
    point = first.proved.x, first.proved.z, first.proved.s
    best: tuple[float, Second] | None = None
    for solver in order:
        if solver == first.solver:
            continue
        earlier = [each for each in portfolio.runs if each.solver == solver]
        run = min(earlier, key=lambda each: each.proved.measure) if earlier else None
        run = run or portfolio.run(form, solver, 0, tolerance, polishing=False)
        found = run.proved
        answer = found.x, found.z, found.s
        compared = agreement.compare(form, point, answer)
        if not compared.usable and polishable(form) and np.isfinite(compared.resolution):
            sharp = sharpen(form, *answer, tolerance)
            answer = sharp.x, sharp.z, sharp.s
            compared = agreement.compare(form, point, answer)
        second = Second(solver, run.status, *answer, float("nan"))
        if compared.usable:
            return second
        if np.isfinite(compared.resolution) and (best is None or compared.resolution < best[0]):
            best = compared.resolution, second
    return best[1] if best else None


def _solve_mixed(
    form: StandardForm, order: tuple[str, ...], tolerance: float, portfolio: Portfolio
) -> Solution:
    tried: list[tuple[SolverRun, float]] = []
    for solver, effort in plan(order):
        limits = _limits([each for each, _ in tried])
        run, bound = _branch(form, solver, effort, tolerance, portfolio, **limits)
        tried.append((run, bound))
        if run.proved.kind == "optimal":
            second = _second_tree(form, order, run, tolerance, portfolio)
            return Solution(run, bound, second)
        if len(tried) == 1 and not np.all(np.isfinite(run.proved.x)):
            proof = _of_relaxation(form, tolerance, portfolio)
            if proof is not None:
                return Solution(proof, float("nan"), None)
    nearest = min(tried, key=lambda each: each[0].proved.measure)
    return Solution(*nearest, None)


def _limits(tried: list[SolverRun]) -> dict[str, int]:
    """Limit a search by the nodes of those before it; the first one ends when it is done.

    A problem that one solver finds infeasible at once may keep another busy for ever.
    """
    done = [run.iterations for run in tried if not run.status.startswith("failed")]
    return {"nodes": _FEWEST_NODES + _MORE_NODES * max(done)} if done else {}


def _branch(
    form: StandardForm,
    solver: str,
    effort: int,
    tolerance: float,
    portfolio: Portfolio,
    **limits: int,
) -> tuple[SolverRun, float]:
    """Call a mixed-integer solver and prove what can be proved of its answer."""
    answer = call_solver(form, solver, effort, scaling.from_data(form), **limits)
    x, z, s = answer.x, np.full_like(answer.z, np.nan), np.full_like(answer.s, np.nan)
    proved = Proved("unproven", x, z, s, float("inf"))
    if np.all(np.isfinite(x)):
        x, z, s = complete(form, x, lambda rest: _solve_rest(rest, tolerance))
        found = certify(form, x, z, s, answer.bound)
        kind: Kind = "optimal" if found.proves(tolerance) else "unproven"
        largest = max(found.worst, found.integrality.value, found.mip_gap)
        proved = Proved(kind, x, z, s, largest)
    run = SolverRun(solver, effort, answer.status, answer.iterations, proved)
    portfolio.record(run, answer)
    return run, answer.bound


def _solve_rest(rest: StandardForm, tolerance: float) -> tuple[Array, Array, Array] | None:
    run = Portfolio(Quiet()).first_proof(rest, solvers.BY_CLASS[rest.problem_class], tolerance)
    if run is None or run.proved.kind != "optimal":
        return None
    return run.proved.x, run.proved.z, run.proved.s


def _of_relaxation(form: StandardForm, tolerance: float, portfolio: Portfolio) -> SolverRun | None:
    """Look for a proof that even without integers there is no optimum."""
    relaxed = relax(form)
    order = solvers.BY_CLASS[relaxed.problem_class]
    run = Portfolio(Quiet()).first_proof(relaxed, order, tolerance)
    if run is None or run.proved.kind not in ("infeasible", "unbounded"):
        return None
    portfolio.runs.append(run)
    return run


def _second_tree(
    form: StandardForm,
    order: tuple[str, ...],
    first: SolverRun,
    tolerance: float,
    portfolio: Portfolio,
) -> Second | None:
    """Search another tree: of another solver, or of the same one permuted; within a limit."""
    others = [solver for solver in order if solver != first.solver]
    solver, effort = (others[0], 0) if others else (first.solver, 1 - min(first.effort, 1))
    run, bound = _branch(form, solver, effort, tolerance, portfolio, **_limits([first]))
    found = run.proved
    name = solver if others else f"{solver}, permuted"
    return Second(name, run.status, found.x, found.z, found.s, bound)

"""What a convex model must declare: a named, valued, disciplined convex CVXPY problem."""

import re
from collections import Counter
from typing import Any

import cvxpy
from scipy.sparse.linalg import ArpackError

from assay.core.errors import Category, TrainingError

_LONGEST = 100
_NUMBERS = re.compile(r"\[[\[\]\d\s.,einfaE+-]{12,}\]")  # a printed array
_AUTOMATIC = re.compile(r"var\d+")  # how CVXPY names a variable that has no name
_COUNTED = re.compile(r"\b(var|param)\d+\b")


def check_problem(built: Any) -> cvxpy.Problem:
    """Return what `build` returned if it is a problem that can be trained.

    Raises:
        TrainingError: it is no cvxpy.Problem; it has no variables, or some without a name of
            their own; a parameter has no value; it is not disciplined convex (DCP).
    """
    if not isinstance(built, cvxpy.Problem):
        raise _refusal(
            f"build returned {type(built).__name__}, not a cvxpy.Problem",
            "Return cvxpy.Problem(objective, constraints) from build.",
        )
    variables = built.variables()
    if not variables:
        raise _refusal(
            "the problem has no variables, so there is nothing to optimise",
            "Use cvxpy.Variable(..., name=...) in the objective or the constraints.",
        )
    _check_names(variables)
    missing = [parameter.name() for parameter in built.parameters() if parameter.value is None]
    if missing:
        raise _refusal(
            f"parameters without a value: {', '.join(missing)}",
            "Set parameter.value in build, before returning the problem.",
        )
    if not _is_dcp(built):
        raise _not_convex(built)
    return built


def short(text: object) -> str:
    """Return an expression as one line of at most 100 characters, arrays of numbers as […].

    Numbers that CVXPY counts up in the process are left out: the same problem, the same text.
    """
    line = _NUMBERS.sub("[…]", _COUNTED.sub(r"\1", " ".join(str(text).split())))
    half = (_LONGEST - 1) // 2
    return line if len(line) <= _LONGEST else f"{line[:half]}…{line[-half:]}"


def _is_dcp(problem: cvxpy.Problem) -> bool:
    """Ask CVXPY, which may fail to find out whether a large matrix is positive semidefinite."""
    try:
        return bool(problem.is_dcp())
    except ArpackError as error:
        raise _refusal(
            "CVXPY cannot tell whether a matrix of the problem is positive semidefinite",
            "Wrap the matrix: cvxpy.quad_form(x, cvxpy.psd_wrap(matrix)). Its smallest eigenvalue "
            "is measured here all the same, and a matrix that is not semidefinite is refused.",
        ) from error


def _check_names(variables: list[Any]) -> None:
    unnamed = [variable for variable in variables if _AUTOMATIC.fullmatch(variable.name())]
    if unnamed:
        shapes = ", ".join(str(variable.shape) for variable in unnamed[:5])
        raise _refusal(
            f"{len(unnamed)} of {len(variables)} variables have no name of their own "
            f"(shapes: {shapes})",
            'Name every variable, cvxpy.Variable(..., name="weights"): results(inputs, fit) '
            "finds its value under that name.",
        )
    counts = Counter(variable.name() for variable in variables)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise _refusal(
            f"several variables share a name: {', '.join(repeated)}",
            "Give every variable a name of its own.",
        )


def _not_convex(problem: cvxpy.Problem) -> TrainingError:
    """Say which part breaks the rules, and what kind of problem it would be otherwise."""
    reasons: list[str] = []
    if not problem.objective.is_dcp():
        sense = "Minimize" if isinstance(problem.objective, cvxpy.Minimize) else "Maximize"
        wanted = "convex" if sense == "Minimize" else "concave"
        culprits = _culprits(problem.objective.expr)
        reasons.append(
            f"the objective, because of {'; '.join(culprits)}"
            if culprits
            else f"the objective: {sense} needs a {wanted} expression, and "
            f"{short(problem.objective.expr)} is {problem.objective.expr.curvature.lower()}"
        )
    for number, constraint in enumerate(problem.constraints, start=1):
        if not constraint.is_dcp():
            culprits = [found for part in constraint.args for found in _culprits(part)]
            because = f", because of {'; '.join(culprits)}" if culprits else ""
            reasons.append(f"constraint {number} ({short(constraint)}){because}")
    other = ""
    if problem.is_dgp():
        other = " It is a geometric program (DGP): write it in the logarithms of its variables."
    elif problem.is_dqcp():
        other = " It is quasiconvex (DQCP), which is not supported: fix the level, or bisect."
    return _refusal(
        f"the problem is not convex by CVXPY's rules (not DCP): {'. '.join(reasons)}",
        "Rewrite these parts with CVXPY's atoms so that the problem is DCP; a problem that is "
        "really not convex has no certificate of optimality and is refused." + other,
    )


def _culprits(expression: Any) -> list[str]:
    """Return the smallest subexpressions that break the rules although their parts do not."""
    if expression.is_dcp():
        return []
    within = [found for part in expression.args for found in _culprits(part)]
    if within:
        return within
    return [short(expression)]


def _refusal(message: str, remedy: str) -> TrainingError:
    return TrainingError(message, category=Category.IMPLEMENTATION, where="build", remedy=remedy)

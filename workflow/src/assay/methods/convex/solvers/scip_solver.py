"""SCIP: branch and bound for mixed-integer problems that are linear, quadratic or second-order."""

from typing import Any

import numpy as np
from pyscipopt import Model, quicksum

from assay.methods.convex.form import StandardForm
from assay.methods.convex.solvers.answer import Answer, linear_slack, vector

_PARAMETERS: dict[str, Any] = {
    "numerics/feastol": 1e-9,
    "limits/gap": 5e-7,
    "parallel/maxnthreads": 1,
    "lp/threads": 1,
    "randomization/randomseedshift": 0,
    "display/verblevel": 0,
}
# The second effort walks another tree: variables and rows permuted, other tie-breaking.
_EFFORTS: tuple[dict[str, Any], ...] = (
    {},
    # Without presolving, integers that no bound holds can be branched on for ever (2j + 2k = 1).
    {"randomization/randomseedshift": 1, "randomization/permutevars": True,
     "randomization/permuteconss": True, "presolving/maxrounds": 0, "limits/totalnodes": 50_000},
)  # fmt: skip
UNITS = ("data", "data")  # of each effort, see `scaling`


def solve(form: StandardForm, effort: int, nodes: int | None = None) -> Answer:
    """Answer a mixed-integer problem of linear and second-order constraints, in `nodes` nodes."""
    model = Model()
    model.redirectOutput()
    model.hideOutput(True)
    limit = {} if nodes is None else {"limits/totalnodes": nodes}
    model.setParams({**_PARAMETERS, **_EFFORTS[effort], **limit})
    variables = _variables(model, form)
    _linear(model, form, variables)
    _second_order(model, form, variables)
    _objective(model, form, variables)
    model.optimize()
    return _answer(model, form, variables)


def _variables(model: Any, form: StandardForm) -> list[Any]:
    whole, binary = set(form.integer.tolist()), set(form.boolean.tolist())
    variables = []
    for column in range(len(form.c)):
        if column in binary:
            variables.append(model.addVar(f"x{column}", vtype="B"))
        else:
            kind = "I" if column in whole else "C"
            variables.append(model.addVar(f"x{column}", vtype=kind, lb=None, ub=None))
    return variables


def _expression(rows: Any, variables: list[Any], row: int) -> Any:
    """Return (Ax)_row from A in row layout."""
    span = slice(rows.indptr[row], rows.indptr[row + 1])
    pairs = zip(rows.indices[span], rows.data[span], strict=True)
    return quicksum(float(value) * variables[column] for column, value in pairs)


def _linear(model: Any, form: StandardForm, variables: list[Any]) -> None:
    rows = form.A.tocsr()
    for row in range(form.cones.linear):
        left, right = _expression(rows, variables, row), float(form.b[row])
        if rows.indptr[row] == rows.indptr[row + 1]:
            left = 0 * variables[0]
        model.addCons(left == right if row < form.cones.zero else left <= right)


def _second_order(model: Any, form: StandardForm, variables: list[Any]) -> None:
    """Add t >= |u| as a sum of squares over new variables for t and u."""
    rows = form.A.tocsr()
    at = form.cones.linear
    for size in form.cones.soc:
        parts = []
        for row in range(at, at + size):
            part = model.addVar(f"s{row}", lb=0.0 if row == at else None, ub=None)
            model.addCons(part == float(form.b[row]) - _expression(rows, variables, row))
            parts.append(part)
        model.addCons(quicksum(part * part for part in parts[1:]) <= parts[0] * parts[0])
        at += size


def _objective(model: Any, form: StandardForm, variables: list[Any]) -> None:
    """Minimise c'x plus, through one more variable, ½x'Px: SCIP's objective is linear."""
    linear = quicksum(
        float(cost) * variable for cost, variable in zip(form.c, variables, strict=True) if cost
    )
    if form.quadratic:
        entries = form.P.tocoo()
        square = quicksum(
            0.5 * float(value) * variables[i] * variables[j]
            for i, j, value in zip(entries.row, entries.col, entries.data, strict=True)
        )
        height = model.addVar("height", lb=None, ub=None)
        model.addCons(height >= square)
        linear = linear + height
    model.setObjective(linear + 0 * variables[0], "minimize")


def _answer(model: Any, form: StandardForm, variables: list[Any]) -> Answer:
    n, m = len(form.c), len(form.b)
    x = vector(None, n)
    if model.getNSols() > 0:
        best = model.getBestSol()
        x = np.array([best[variable] for variable in variables])
    return Answer(
        status=str(model.getStatus()),
        x=x,
        z=np.full(m, np.nan),
        s=linear_slack(form, x),
        iterations=int(model.getNTotalNodes()),
        bound=float(model.getDualbound()),
    )

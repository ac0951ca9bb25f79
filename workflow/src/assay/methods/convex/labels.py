"""Whose row is this: names of the user's constraints and variables for the standard form.

CVXPY turns each constraint into several and sorts them by cone. It first lists what the
objective needs, then for each constraint what its expressions need and the constraint itself,
and, before all, what the variables' attributes (nonneg, PSD ...) need. That order is read back
from the chain's inverse data. Labels are for messages only: no verdict depends on them.
"""

from typing import Any

import cvxpy

from assay.methods.convex.cvxpy_internals import CvxAttr2Constr, Dcp2Cone, InverseData
from assay.methods.convex.problem import short

OBJECTIVE = "the objective"
UNKNOWN = "an auxiliary constraint"


def constraint_labels(problem: cvxpy.Problem) -> list[str]:
    """Return one line for each of the user's constraints."""
    return [f"constraint {k}: {short(each)}" for k, each in enumerate(problem.constraints, start=1)]


def row_labels(
    problem: cvxpy.Problem, chain: Any, inverse: list[Any], final: list[Any]
) -> list[str]:
    """Return the label of each canonical constraint in `final`, the order of A's rows."""
    steps = list(zip(chain.reductions, inverse, strict=True))
    first = next(k for k, (step, _) in enumerate(steps) if isinstance(step, Dcp2Cone))
    later = [data for _, data in steps[first + 1 :] if isinstance(data, InverseData)]
    attributes = _attribute_count(steps[first + 1 :])
    owner: dict[int, str] = {}
    pending: list[int] = []
    named = dict(
        zip((each.id for each in problem.constraints), constraint_labels(problem), strict=True)
    )
    needed = _objective_count(problem, chain.reductions[: first + 1])
    for position, (identity, constraint) in enumerate(later[0].id2cons.items()):
        if position < attributes:
            owner[identity] = f"the attributes of {_variable_name(problem, steps, constraint)}"
        elif position < attributes + needed:
            owner[identity] = OBJECTIVE
        elif identity in named:
            owner.update(dict.fromkeys([*pending, identity], named[identity]))
            pending = []
        else:
            pending.append(identity)
    for data in later[:-1]:
        for old, new in data.cons_id_map.items():
            owner.setdefault(new, owner.get(old, UNKNOWN))
    return [owner.get(constraint.id, UNKNOWN) for constraint in final]


def column_labels(
    problem: cvxpy.Problem, inverse: list[Any], chain: Any, columns: list[Any]
) -> list[str]:
    """Return the user's name for each variable of the stuffed problem."""
    names = _names_after_attributes(problem, list(zip(chain.reductions, inverse, strict=True)))
    return [names.get(variable.id, "an auxiliary variable") for variable in columns]


def _attribute_count(steps: list[Any]) -> int:
    """Return how many constraints the variables' attributes made."""
    for position, (step, data) in enumerate(steps):
        if isinstance(step, CvxAttr2Constr) and data:
            after = next(each for _, each in steps[position + 1 :] if isinstance(each, InverseData))
            return len(after.id2cons) - len(data[2])
    return 0


def _objective_count(problem: cvxpy.Problem, reductions: list[Any]) -> int:
    """Return how many constraints the objective needs, by canonicalising it once more.

    With reductions of its own: the chain's remember what they were applied to.
    """
    for step in reductions[:-1]:
        problem, _ = type(step)().apply(problem)
    last = Dcp2Cone(quad_obj=reductions[-1].quad_obj, solver_context=reductions[-1].solver_context)
    return len(last.canonicalize_tree(problem.objective, True)[1])


def _names_after_attributes(problem: cvxpy.Problem, steps: list[Any]) -> dict[int, str]:
    names = {variable.id: variable.name() for variable in problem.variables()}
    for step, data in steps:
        if isinstance(step, CvxAttr2Constr) and data:
            renamed = {new.id: names[old] for old, new in data[0].items() if old in names}
            names.update(renamed)
    return names


def _variable_name(problem: cvxpy.Problem, steps: list[Any], constraint: Any) -> str:
    names = _names_after_attributes(problem, steps)
    found = [names[each.id] for each in constraint.variables() if each.id in names]
    return found[0] if found else "an auxiliary variable"

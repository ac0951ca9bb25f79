"""What is used of CVXPY that it does not promise to keep; looked for when this is imported.

CVXPY documents the arrays that it hands to a solver, not how to ask for one form whatever the
solver, nor which row stems from which constraint.
"""

from assay.core.internals import Internal, Kind, Library, check

CVXPY = Library(
    name="cvxpy",
    oldest="1.9.3",
    below="1.10",
    internals=(
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL",
            Kind.CLASS,
            "as the standard form",
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.SUPPORTED_CONSTRAINTS",
            Kind.VALUE,
            "as the cones of the standard form",
            equals=("Zero", "NonNeg", "SOC", "ExpCone", "PowCone3D", "SvecPSD", "PowConeND"),
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.PSD_TRIANGLE_KIND",
            Kind.VALUE,
            "as the layout of semidefinite cones",
            equals="UPPER",
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.PSD_SQRT2_SCALING",
            Kind.VALUE,
            "as the layout of semidefinite cones",
            equals=True,
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.EXP_CONE_ORDER",
            Kind.VALUE,
            "as the layout of exponential cones",
            equals=(0, 1, 2),
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.supports_quad_obj",
            Kind.FUNCTION,
            "to keep a quadratic objective",
            parameters=("self",),
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.clarabel_conif:CLARABEL.invert",
            Kind.FUNCTION,
            "to fill in the user's variables from an answer that we made",
            parameters=("self", "solution", "inverse_data"),
            mentions=("x", "z", "status", "solve_time", "iterations", "zero", "obj_val"),
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.conic_solver:ConicSolver.apply",
            Kind.FUNCTION,
            "as what sets the signs: Ax + s = b",
            parameters=("self", "problem"),
            mentions=("P", "apply_parameters", "C", "OFFSET", "A", "B"),
        ),
        Internal(
            "cvxpy.reductions.solvers.conic_solvers.conic_solver:"
            "ConicSolver._prepare_data_and_inv_data",
            Kind.FUNCTION,
            "as what orders the rows by cone",
            parameters=("self", "problem"),
            mentions=("PARAM_PROB", "cone_dims", "DIMS", "Zero", "NonNeg", "SOC", "SvecPSD",
                      "ExpCone", "PowCone3D"),
        ),
        Internal(
            "cvxpy.reductions.dcp2cone.cone_matrix_stuffing:ConeDims.__init__",
            Kind.FUNCTION,
            "for the sizes of the cones",
            parameters=("self", "constr_map"),
            mentions=("zero", "nonneg", "exp", "soc", "psd", "PowCone3D", "p3d"),
        ),
        Internal(
            "cvxpy.problems.problem:Problem.get_problem_data",
            Kind.FUNCTION,
            "to ask for the standard form, of a class that is not registered",
            parameters=("self", "solver", "gp", "enforce_dpp", "ignore_dpp", "verbose",
                        "canon_backend", "solver_opts"),
        ),
        Internal(
            "cvxpy.problems.problem:Problem.unpack_results",
            Kind.FUNCTION,
            "to fill in the user's variables",
            parameters=("self", "solution", "chain", "inverse_data"),
        ),
        Internal(
            "cvxpy.reductions.chain:Chain.reductions",
            Kind.ATTRIBUTE,
            "to say whose row it is",
        ),
        Internal(
            "cvxpy.reductions.dcp2cone.dcp2cone:Dcp2Cone.__init__",
            Kind.FUNCTION,
            "to say whose row it is",
            parameters=("self", "problem", "quad_obj", "solver_context"),
            mentions=("quad_obj", "solver_context"),
        ),
        Internal(
            "cvxpy.reductions.dcp2cone.dcp2cone:Dcp2Cone.apply",
            Kind.FUNCTION,
            "as what lists the constraints of the objective before those of each constraint",
            parameters=("self", "problem"),
            mentions=("InverseData", "canonicalize_tree", "objective", "constraints",
                      "cons_id_map"),
        ),
        Internal(
            "cvxpy.reductions.dcp2cone.dcp2cone:Dcp2Cone.canonicalize_tree",
            Kind.FUNCTION,
            "to count the constraints that the objective needs",
            parameters=("self", "expr", "affine_above", "cse_cache", "structural_key_cache",
                        "affine_above_relevant_cache"),
        ),
        Internal(
            "cvxpy.reductions.cvx_attr2constr:CvxAttr2Constr.apply",
            Kind.FUNCTION,
            "to name what the attributes of variables add",
            parameters=("self", "problem"),
            mentions=("attributes_present", "CONVEX_ATTRIBUTES", "constraints"),
        ),
        Internal(
            "cvxpy.reductions.inverse_data:InverseData.id2cons",
            Kind.ATTRIBUTE,
            "to say whose row it is",
        ),
        Internal(
            "cvxpy.reductions.inverse_data:InverseData.cons_id_map",
            Kind.ATTRIBUTE,
            "to say whose row it is",
        ),
        Internal("cvxpy.constraints:SvecPSD", Kind.CLASS, "to count the rows of a constraint"),
        Internal("cvxpy.constraints:PowCone3D", Kind.CLASS, "to count the rows of a constraint"),
    ),
)  # fmt: skip

check(CVXPY)

from cvxpy.constraints import PowCone3D, SvecPSD
from cvxpy.reductions.cvx_attr2constr import CvxAttr2Constr
from cvxpy.reductions.dcp2cone.dcp2cone import Dcp2Cone
from cvxpy.reductions.inverse_data import InverseData
from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import CLARABEL

__all__ = ["CLARABEL", "CVXPY", "CvxAttr2Constr", "Dcp2Cone", "InverseData", "PowCone3D", "SvecPSD"]

"""What is used of PyMC that it does not promise to keep; looked for when this is imported.

PyMC's own `sample` neither stores what a chain needs to go on nor draws a piece of one, so its
step methods are driven here.
"""

from assay.core.internals import Internal, Kind, Library, check

PYMC = Library(
    name="pymc",
    oldest="5.28.5",
    below="5.29",
    internals=(
        Internal(
            "pymc.sampling.mcmc:assign_step_methods",
            Kind.FUNCTION,
            "to choose step methods as PyMC does",
            parameters=("model", "step", "methods"),
        ),
        Internal(
            "pymc.sampling.mcmc:instantiate_steppers",
            Kind.FUNCTION,
            "to choose step methods as PyMC does",
            parameters=("model", "steps", "selected_steps", "step_kwargs", "initial_point",
                        "compile_kwargs"),
        ),
        Internal(
            "pymc.step_methods.arraystep:ArrayStepShared.step",
            Kind.FUNCTION,
            "to draw",
            parameters=("self", "point"),
        ),
        Internal(
            "pymc.step_methods.compound:BlockedStep.stop_tuning",
            Kind.FUNCTION,
            "to end the tuning of a chain",
            parameters=("self",),
            mentions=("tune",),
        ),
        Internal(
            "pymc.step_methods.hmc.base_hmc:BaseHMC.reset_tuning",
            Kind.FUNCTION,
            "to begin a chain afresh",
            parameters=("self", "start"),
        ),
        Internal(
            "pymc.step_methods.hmc.base_hmc:BaseHMC.set_rng",
            Kind.FUNCTION,
            "to begin a chain from a seed of its own",
            parameters=("self", "rng"),
        ),
        *(
            Internal(f"pymc.step_methods.hmc.base_hmc:BaseHMC.{name}", Kind.ATTRIBUTE, why)
            for name, why in (
                ("iter_count", "to begin a chain afresh"),
                ("tune", "to begin a chain afresh"),
                ("vars", "for the variables that NUTS draws"),
            )
        ),
        Internal(
            "pymc.step_methods.compound:CompoundStep.methods",
            Kind.ATTRIBUTE,
            "to find NUTS among several step methods",
        ),
        *(
            Internal(f"pymc.step_methods.compound:CompoundStep.{name}", Kind.FUNCTION, why, taken)
            for name, why, taken in (
                ("step", "to draw", ("self", "point")),
                ("set_rng", "to begin a chain from a seed of its own", ("self", "rng")),
                ("stop_tuning", "to end the tuning of a chain", ("self",)),
                ("reset_tuning", "to begin a chain afresh", ("self",)),
            )
        ),
        Internal(
            "pymc.step_methods.hmc.nuts:NUTS.stats_dtypes_shapes",
            Kind.VALUE,
            "for what NUTS tells of a draw",
            equals=("depth", "step_size", "mean_tree_accept", "step_size_bar", "tree_size",
                    "diverging", "divergences", "energy_error", "energy", "max_energy_error",
                    "model_logp", "process_time_diff", "perf_counter_diff", "perf_counter_start",
                    "largest_eigval", "smallest_eigval", "index_in_trajectory",
                    "reached_max_treedepth", "warning"),
        ),
        Internal(
            "pymc.step_methods.hmc.base_hmc:BaseHMCState.__dataclass_fields__",
            Kind.VALUE,
            "as all that changes while NUTS draws",
            equals=("__dataclass_fields__", "var_names", "rng", "adapt_step_size", "Emax",
                    "iter_count", "step_size", "step_adapt", "target_accept", "tune",
                    "potential", "_num_divs_sample"),
        ),
        Internal(
            "pymc.step_methods.state:WithSamplingState.sampling_state",
            Kind.PROPERTY,
            "to store and restore a chain",
            mentions=("_state_class", "metadata", "tensor_name", "random_generator_from_state",
                      "frozen"),
        ),
        Internal(
            "pymc.step_methods.state:DataClassState",
            Kind.CLASS,
            "to store and restore a chain",
        ),
        Internal(
            "pymc.util:RandomGeneratorState._fields",
            Kind.VALUE,
            "to store and restore a generator",
            equals=("bit_generator_state", "seed_seq_state"),
        ),
        Internal(
            "pymc.step_methods.arraystep:GradientSharedStep._logp_dlogp_func",
            Kind.ATTRIBUTE,
            "for densities and gradients at given draws",
        ),
        Internal(
            "pymc.model.core:ValueGradFunction.set_extra_values",
            Kind.FUNCTION,
            "for densities where other variables have given values",
            parameters=("self", "extra_vars"),
        ),
        Internal(
            "pymc.model.core:ValueGradFunction.__call__",
            Kind.FUNCTION,
            "for densities and gradients at given draws",
            parameters=("self", "grad_vars", "extra_vars"),
        ),
        Internal(
            "pymc.blocking:DictToArrayBijection.map",
            Kind.FUNCTION,
            "for densities and gradients at given draws",
            parameters=("var_dict",),
        ),
    ),
)  # fmt: skip

check(PYMC)

from pymc.blocking import DictToArrayBijection
from pymc.sampling.mcmc import assign_step_methods, instantiate_steppers
from pymc.step_methods.state import DataClassState
from pymc.util import RandomGeneratorState

__all__ = [
    "PYMC",
    "DataClassState",
    "DictToArrayBijection",
    "RandomGeneratorState",
    "assign_step_methods",
    "instantiate_steppers",
]

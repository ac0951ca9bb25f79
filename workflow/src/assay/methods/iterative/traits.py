"""What the rest of assay knows of iterations."""

from assay.methods.traits import Traits

TRAITS = Traits(
    title="Optimization",
    default_threads=1,
    called_often=frozenset({"step"}),
    may_rest=True,  # a state that no longer changes is what many iterations are after
)

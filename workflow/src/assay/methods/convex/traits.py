"""What the rest of assay knows of convex and mixed-integer optimisation."""

from assay.methods.traits import Traits

TRAITS = Traits(
    title="Optimization",
    default_threads=1,
    algorithm=frozenset({"solver"}),
    proves_itself=True,  # primal and dual residual, cones and gap are all there is to an optimum
)

"""What the rest of assay knows of simulations."""

from assay.methods.traits import Traits

TRAITS = Traits(title="Simulation", default_threads=2, called_often=frozenset({"simulate"}))

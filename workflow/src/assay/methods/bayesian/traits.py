"""What the rest of assay knows of posterior sampling."""

from assay.methods.traits import Traits

# Two: chains run side by side, and nutpie gives the same draws with any number of cores.
TRAITS = Traits(title="Bayesian", default_threads=2, algorithm=frozenset({"sampler"}))

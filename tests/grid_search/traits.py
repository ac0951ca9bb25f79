from assay.methods.traits import Traits

TRAITS = Traits(
    title="Exhaustive search",
    default_threads=3,
    algorithm=frozenset({"order"}),
    called_often=frozenset({"score"}),
)

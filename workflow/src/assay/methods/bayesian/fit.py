"""Training a bayesian model: build, compile, draw every chain."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.bayesian.chains import Chain, from_checkpoint, stack_chains
from assay.methods.bayesian.compiling import brief_shape_errors
from assay.methods.bayesian.model import Layout, check_model, describe_layout
from assay.methods.bayesian.symmetry import find_symmetries

SEEN = ("posterior/", "stats/")  # groups of arrays that `results` is given

brief_shape_errors()  # here, so that it is done before libraries are to stay as they are


class Built:
    """The model and sampler of a job, made once for all that is asked about it.

    Attributes:
        layout: the model's variables and coordinates.
        sampler: the design's, compiled.
    """

    last: "tuple[Job, Built] | None" = None

    def __init__(self, job: Job) -> None:
        job.channel.phase("build")
        model = check_model(job.call("build", job.inputs), job.training.sampler)
        self.layout: Layout = describe_layout(model)
        job.channel.phase("compile")
        self.sampler: Any = make_sampler(model, self.layout, job)

    @classmethod
    def of(cls, job: Job) -> "Built":
        """Return what was built for this very job before, or build it.

        Raises:
            TrainingError: the model cannot be built or compiled.
        """
        if cls.last is None or cls.last[0] is not job:
            cls.last = (job, cls(job))
        return cls.last[1]


def fit(job: Job) -> Fit:
    """Draw `chains` chains of `draws` draws each and return them stacked.

    Each chain has its own seed and is a checkpoint when it ends; draws so far are checkpoints at
    every heartbeat. The bytes depend neither on the number of cores nor on interruptions:
    finished chains are taken from the checkpoints, and PyMC's samplers go on inside a chain.

    Raises:
        TrainingError: the model cannot be built, compiled or sampled.
    """
    built = Built.of(job)
    layout, sampler = built.layout, built.sampler
    job.channel.phase("sample")
    wanted = list(range(job.training.chains))
    finished = job.before.checkpoints
    chains: dict[int, Chain] = {
        number: from_checkpoint(finished[f"chain_{number}"])
        for number in wanted
        if f"chain_{number}" in finished
    }
    left = [number for number in wanted if number not in chains]
    for number, chain in sampler.chains(left, job.cores, job.channel, job.before):
        chains[number] = chain
        job.channel.checkpoint(f"chain_{number}", chain.as_checkpoint())
    meta = {
        "sampler": job.training.sampler,
        "free": list(layout.free),
        "deterministics": list(layout.deterministics),
        "coordinates": [list(pair) for pair in layout.coordinates],
        "dims": layout.dims,
        "coords": layout.coords,
        "iterations": f"{job.training.chains} chains of {job.training.draws:,} draws "
        f"after {job.training.tune:,} tuning steps",
    }
    drawn = stack_chains([chains[number] for number in wanted], meta)
    return Fit(drawn.arrays, {**meta, "symmetries": find_symmetries(sampler, drawn)})


def view(fit: Fit, rng: np.random.Generator) -> Any:
    """Return what the model's `results` receives.

    Its attributes: `posterior`, an xarray.Dataset with dimensions (chain, draw, ...);
    `sample_stats`, likewise; `rng`, a Generator for predictive draws.
    """
    import xarray

    dims, coords = fit.meta["dims"], fit.meta["coords"]
    posterior: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for key, values in fit.arrays.items():
        group, _, name = key.partition("/")
        if group == "posterior":
            named = dims.get(name) or [None] * (values.ndim - 2)
            own = [dim or f"{name}_dim_{axis}" for axis, dim in enumerate(named)]
            posterior[name] = (("chain", "draw", *own), values)
        elif group == "stats":
            stats[name] = (("chain", "draw"), values)
    used = {dim for dims_of, _ in posterior.values() for dim in dims_of}
    coordinates = {name: values for name, values in coords.items() if name in used}
    return SimpleNamespace(
        posterior=xarray.Dataset(posterior, coords=coordinates),
        sample_stats=xarray.Dataset(stats),
        rng=rng,
    )


def make_sampler(model: Any, layout: Any, job: Job) -> Any:
    """Return the design's sampler; only the one needed is imported."""
    if job.training.sampler == "nutpie":
        from assay.methods.bayesian.nutpie_sampler import NutpieSampler

        return NutpieSampler(model, layout, job.training, job.seed)
    from assay.methods.bayesian.pymc_sampler import PymcSampler

    return PymcSampler(model, layout, job.training, job.seed)

"""Sampling with nutpie: one call and one seed per chain, so that a chain can be replayed alone."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import nutpie
import pymc

from assay.core.internals import Internal, Kind, Library, check
from assay.core.seeds import integer_seed
from assay.methods.base import Before, Channel
from assay.methods.bayesian.chains import NOTHING, STATS, Chain, snapshots_before
from assay.methods.bayesian.model import Layout, explain_failure
from assay.methods.bayesian.settings import Training
from assay.methods.bayesian.so_far import SoFar

POLL_SECONDS = 0.1
# What is used of nutpie though no documentation names it.
NUTPIE = Library(
    name="nutpie",
    oldest="0.16.8",
    below="0.17",
    internals=(
        Internal(
            "nutpie.sample:_BackgroundSampler.wait",
            Kind.FUNCTION,
            "to look for the end of a chain",
            parameters=("self", "timeout"),
            mentions=("wait", "take_results"),
        ),
        Internal(
            "nutpie.sample:_BackgroundSampler.inspect",
            Kind.FUNCTION,
            "for the draws so far",
            parameters=("self",),
        ),
        Internal(
            "nutpie.sample:_BackgroundSampler.cancel",
            Kind.FUNCTION,
            "to end a chain",
            parameters=("self",),
            mentions=("abort",),
        ),
        *(
            Internal(f"nutpie.compile_pymc:CompiledPyMCModel.{name}", Kind.FIELD, why)
            for name, why in (
                ("compiled_logp_func", "for densities at given draws"),
                ("compiled_expand_func", "for values at given draws"),
                ("user_data", "for the model's data, which both take"),
                ("n_expanded", "for how many values there are"),
                ("shape_info", "for whose values they are"),
            )
        ),
        Internal(
            "nutpie.compile_pymc:CompiledPyMCModel._make_model",
            Kind.FUNCTION,
            "as what calls both functions by their addresses, as we do",
            mentions=("n_dim", "n_expanded", "compiled_expand_func", "address", "user_data",
                      "compiled_logp_func"),
        ),
        Internal(
            "nutpie.compile_pymc:_make_c_logp_func",
            Kind.FUNCTION,
            "as what the density takes: size, point, gradient, density, data",
            mentions=("int64", "uint64", "CPointer", "double", "voidptr", "dim", "x_", "out_",
                      "logp_", "user_data_"),
        ),
        Internal(
            "nutpie.compile_pymc:_make_c_expand_func",
            Kind.FUNCTION,
            "as what the other takes: both sizes, point, values, data",
            mentions=("int64", "uint64", "CPointer", "double", "voidptr", "dim", "expanded", "x_",
                      "out_", "user_data_"),
        ),
    ),
)  # fmt: skip

check(NUTPIE)


class NutpieSampler:
    """Draws chains of one compiled model, as many at a time as there are cores.

    Attributes:
        compiled: the model as nutpie compiled it: log density, gradient and constrained values.
    """

    def __init__(self, model: pymc.Model, layout: Layout, training: Training, seed: str) -> None:
        self._model = model
        self.compiled = nutpie.compile_pymc_model(model)
        self._layout = layout
        self._training = training
        self._seed = seed

    def chains(
        self, wanted: list[int], cores: int, channel: Channel, before: Before = NOTHING
    ) -> Iterator[tuple[int, Chain]]:
        """Yield (number, chain) of the wanted chains as they finish.

        A chain that an interruption cut short begins again: nutpie cannot go on inside one.

        Raises:
            TrainingError: nutpie found no starting point or the density failed while sampling.
        """
        waiting = list(wanted)
        running: dict[int, Any] = {}
        snapshots = _Snapshots(channel, self._training, before)
        try:
            while waiting or running:
                while waiting and len(running) < cores:
                    number = waiting.pop(0)
                    running[number] = self._start(number)
                for number, sampler in list(running.items()):
                    try:
                        trace = _poll(sampler)
                    except RuntimeError as error:
                        raise explain_failure(self._model, number, error) from error
                    if trace is not None:
                        del running[number]
                        chain = self._chain(trace)
                        snapshots.finished(chain)
                        yield number, chain
                if running and channel.heartbeat_due():
                    snapshots.take(running)
        finally:
            for sampler in running.values():
                sampler.cancel()

    def _start(self, number: int) -> Any:
        return nutpie.sample(
            self.compiled,
            draws=self._training.draws,
            tune=self._training.tune,
            chains=1,
            cores=1,
            seed=integer_seed(self._seed, "chain", number),
            target_accept=self._training.target_accept,
            store_unconstrained=True,
            save_warmup=False,
            progress_bar=False,
            blocking=False,
        )

    def _chain(self, trace: Any) -> Chain:
        stats = trace.sample_stats
        names = (*self._layout.free, *self._layout.deterministics)
        return Chain(
            unconstrained=stats["unconstrained_draw"].values[0],
            posterior={name: trace.posterior[name].values[0] for name in names},
            stats={name: stats[name].values[0] for name in STATS},
        )


class _Snapshots:
    """Checkpoints of the draws so far: at each heartbeat what has come since the last one."""

    def __init__(self, channel: Channel, training: Training, before: Before) -> None:
        self._channel = channel
        self._of = training.chains * training.draws
        self._finished = training.draws * len([n for n in before.checkpoints if "chain_" in n])
        self._count, self._stored = snapshots_before(before)
        self._so_far = SoFar()

    def finished(self, chain: Chain) -> None:
        """Count the draws of a chain that has ended."""
        self._finished += len(chain.unconstrained)
        self._so_far.finished(chain.unconstrained, chain.stats["diverging"])
        self._channel.progress(self._finished, self._of, **self._so_far.metrics)

    def take(self, running: dict[int, Any]) -> None:
        """Store the new draws of every running chain and report how far they are."""
        arrays, seen = {}, []
        total = self._finished
        for number, sampler in running.items():
            stats = _so_far(sampler)
            draws = stats.get("unconstrained_draw")
            values = np.empty((0, 0)) if draws is None else draws.values[0]
            values = values[np.isfinite(values).all(axis=1)] if values.size else values
            if len(values):
                seen.append((values, stats["diverging"].values[0][: len(values)] == 1))
            arrays[f"chain_{number}"] = values[self._stored.get(number, 0) :]
            self._stored[number] = max(len(values), self._stored.get(number, 0))
            total += len(values)
        self._channel.checkpoint(f"draws_{self._count:05d}", arrays, draws=self._stored.copy())
        self._count += 1
        self._so_far.measure(seen)
        self._channel.progress(total, self._of, **self._so_far.metrics)


def _so_far(sampler: Any) -> Any:
    """Return the statistics of the draws so far; there may be none yet, which ArviZ warns of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "More chains", UserWarning)
        return sampler.inspect().sample_stats


def _poll(sampler: Any) -> Any | None:
    """Return the finished trace, or None while the chain is running."""
    try:
        return sampler.wait(timeout=POLL_SECONDS)
    except TimeoutError:
        return None

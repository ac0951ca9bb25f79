"""Sampling with PyMC's own step methods, for models with discrete variables among others."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
import pymc
from pymc.exceptions import SamplingError

from assay.core.processes import die_with_parent
from assay.core.seeds import generator, integer_seed
from assay.methods.base import Before, Channel
from assay.methods.bayesian.chains import NOTHING, Array, Chain, snapshots_before
from assay.methods.bayesian.model import Layout, explain_failure
from assay.methods.bayesian.pymc_internals import assign_step_methods, instantiate_steppers
from assay.methods.bayesian.pymc_pieces import (
    Left,
    Parts,
    Progress,
    State,
    receive,
    stacked,
    statistics,
)
from assay.methods.bayesian.sampler_state import capture, restore, resumable
from assay.methods.bayesian.segments import Segment, boundaries, state_name
from assay.methods.bayesian.settings import Training

REPORT_EVERY = 50


class PymcSampler:
    """Draws chains of one model, each in a process of its own forked from the same state.

    Where the whole model is sampled by NUTS, the state of every chain is a checkpoint at the
    boundaries that `segments` names, during tuning too, from which that piece of the chain can be
    drawn again. A model with discrete variables leaves no states: see `sampler_state`.

    Attributes:
        step: the step method as every chain finds it; it moves in their processes only.
    """

    def __init__(self, model: pymc.Model, layout: Layout, training: Training, seed: str) -> None:
        self._model = model
        self._layout = layout
        self._training = training
        self._seed = seed
        try:
            self._starts, self.step = _prepare(model, training, seed)
        except SamplingError as error:
            raise explain_failure(model, 0, error) from error
        self._constrain = model.compile_fn(
            [*model.free_RVs, *model.deterministics]
            if not model.value_vars
            else model.replace_rvs_by_values([*model.free_RVs, *model.deterministics]),
            inputs=model.value_vars,
            on_unused_input="ignore",
            point_fn=False,
        )
        point = model.initial_point()
        self._values = [(v.name, np.shape(point[v.name]), v.dtype) for v in model.value_vars]

    def chains(
        self, wanted: list[int], cores: int, channel: Channel, before: Before = NOTHING
    ) -> Iterator[tuple[int, Chain]]:
        """Yield (number, chain) of the wanted chains as they finish.

        A chain that an interruption cut short goes on from its last state, if it had one.

        Raises:
            TrainingError: a chain's process failed or died.
        """
        total = self._training.tune + self._training.draws
        left = [Left(before.kept.get(f"chain_{number}", {})) for number in wanted]
        rests = {
            Segment(number, one.iteration, total): one
            for number, one in zip(wanted, left, strict=True)
        }
        states = {segment: one.state for segment, one in rests.items()}
        parts = {segment: one.parts for segment, one in rests.items()}
        progress = Progress(channel, [Segment(k, 0, total) for k in wanted], self._training.tune)
        progress.count, stored = snapshots_before(before)
        for segment, part in parts.items():
            part.stored = stored.get(segment.chain, 0)
        for segment, done in self._run_all(list(rests), states, cores, progress, parts):
            yield segment.chain, self._finish(done)

    def segments(
        self,
        wanted: list[Segment],
        states: Mapping[Segment, Mapping[str, Array]],
        cores: int,
        channel: Channel,
    ) -> Iterator[tuple[Segment, dict[str, Array]]]:
        """Yield (segment, arrays) of pieces of chains as they finish.

        Args:
            wanted: pieces between two of the `boundaries`.
            states: what was stored before each piece that does not begin at the seed.
            cores: how many processes may run.
            channel: hears how far they are.

        Yields:
            The kept draws of the piece as a chain's checkpoint has them, and under "end/" the
            state after it, unless the chain ends there.

        Raises:
            TrainingError: a state does not fit, or a process failed or died.
        """
        progress = Progress(channel, wanted, self._training.tune)
        fresh = {segment: Parts() for segment in wanted}
        for segment, parts in self._run_all(wanted, states, cores, progress, fresh):
            kept = self._finish(parts).as_checkpoint() if parts.draws else {}
            end = {f"end/{name}": values for name, values in parts.states.items()}
            yield segment, {**kept, **end}

    def streams(self) -> dict[str, Array]:
        """Return "streams_{chain}/{name}": what in a stored state says which stream it uses."""
        found: dict[str, Array] = {}
        for number in range(self._training.chains):
            self.step.set_rng(generator(self._seed, "chain", number))
            state = capture(self.step, {})
            kept = [name for name in state if name.endswith(("/inc:hex", "/entropy:hex"))]
            found |= {f"streams_{number}/{name}": state[name] for name in kept}
        return found

    def point(self, row: Array) -> dict[str, Array]:
        """Return a draw's values by name of their value variable."""
        values, start = {}, 0
        for name, shape, dtype in self._values:
            size = int(np.prod(shape, dtype=int))
            values[name] = row[start : start + size].reshape(shape).astype(dtype)
            start += size
        return values

    def columns(self, names: list[str]) -> Array:
        """Return the unconstrained coordinates of some value variables, in their order."""
        sizes = [int(np.prod(shape, dtype=int)) for _, shape, _ in self._values]
        ends = np.cumsum([0, *sizes])
        places = {value[0]: range(ends[k], ends[k + 1]) for k, value in enumerate(self._values)}
        return np.array([column for name in names for column in places[name]], dtype=int)

    def constrain(self, draws: Array) -> dict[str, Array]:
        """Return the variables at the draws (draw, coordinate) of one chain."""
        rows = [self._constrain(*self.point(row).values()) for row in draws]
        names = (*self._layout.free, *self._layout.deterministics)
        return {
            name: np.stack([np.asarray(row[column]) for row in rows])
            for column, name in enumerate(names)
        }

    def _run_all(
        self,
        wanted: list[Segment],
        states: Mapping[Segment, Mapping[str, Array]],
        cores: int,
        progress: Progress,
        parts: dict[Segment, Parts],
    ) -> Iterator[tuple[Segment, Parts]]:
        """Run pieces of chains in processes of their own and yield what they sent."""
        channel = progress.channel
        context = multiprocessing.get_context("fork")
        waiting = list(wanted)
        running: dict[Connection, tuple[Segment, Any]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < cores:
                    segment = waiting.pop(0)
                    receiver, sender = context.Pipe(duplex=False)
                    process = context.Process(
                        target=self._run,
                        args=(segment, states.get(segment), sender, os.getpid()),
                        daemon=True,
                    )
                    process.start()
                    sender.close()
                    running[receiver] = (segment, process)
                for ready in wait(list(running), timeout=0.5):
                    segment, process = running[ready]  # type: ignore[index]
                    message = receive(ready, segment.chain)
                    if message is None:
                        del running[ready]  # type: ignore[arg-type]
                        process.join()
                        progress.finished(parts[segment])
                        yield segment, parts.pop(segment)
                    elif isinstance(message, State):
                        part = parts[segment]
                        part.states = message.arrays
                        name = state_name(segment.chain, message.iteration)
                        channel.checkpoint(name, message.arrays)
                        left = partial(part.left_before, message.iteration)
                        channel.keep(f"chain_{segment.chain}", left)
                    else:
                        parts[segment].add(*message)
                        progress.report(segment, parts[segment].draws)
                if running and channel.heartbeat_due():
                    progress.snapshot(parts)
        finally:
            for _, process in running.values():
                process.kill()

    def _run(
        self,
        segment: Segment,
        state: Mapping[str, Array] | None,
        sender: Connection,
        parent: int,
    ) -> None:
        """Draw a piece of a chain in this process, sending the kept draws a few at a time."""
        die_with_parent(parent)
        try:
            step, point = self._begin(segment, state)
            tune = self._training.tune
            stops = boundaries(self._training, len(self._ravel(point)))[1:-1]
            block: list[tuple[Array, dict[str, Any]]] = []
            for iteration in range(segment.start, segment.stop):
                if iteration == tune:
                    step.stop_tuning()
                point, stats = step.step(point)
                if iteration >= tune:
                    block.append((self._ravel(point), statistics(stats)))
                due = iteration + 1 in stops and resumable(step)
                if block and (due or len(block) == REPORT_EVERY):
                    sender.send(stacked(block))
                    block = []
                if due:
                    here = {"unconstrained": self._ravel(point), **capture(step, point)}
                    sender.send(State(iteration + 1, here))
            if block:
                sender.send(stacked(block))
            sender.send(None)
        except Exception as error:  # sent to the parent, which reports it
            sender.send(f"{type(error).__name__}: {error}")

    def _begin(
        self, segment: Segment, state: Mapping[str, Array] | None
    ) -> tuple[Any, dict[str, Array]]:
        """Return the step and point with which a piece begins: from the seed or a stored state."""
        step = self.step
        if segment.start:
            return step, restore(step, state or {})
        step.set_rng(generator(self._seed, "chain", segment.chain))
        step.tune = True
        if hasattr(step, "reset_tuning"):
            step.reset_tuning()
        if hasattr(step, "iter_count"):
            step.iter_count = 0
        return step, self._starts[segment.chain]

    def _ravel(self, point: Mapping[str, Array]) -> Array:
        values = [np.ravel(point[name]) for name, _, _ in self._values]
        return np.concatenate(values).astype(np.float64)

    def _finish(self, parts: Parts) -> Chain:
        unconstrained = parts.unconstrained()
        return Chain(
            unconstrained=unconstrained,
            posterior=self.constrain(unconstrained),
            stats=parts.stats(),
        )


def _prepare(model: pymc.Model, training: Training, seed: str) -> tuple[list[Any], Any]:
    """Return each chain's starting point and the step method: NUTS alone where it can be."""
    numbers = range(training.chains)
    with model:
        steps, selected = assign_step_methods(model)
        nuts = pymc.step_methods.NUTS
        if not steps and set(selected) == {nuts}:
            starts, step = pymc.init_nuts(
                chains=training.chains,
                random_seed=[integer_seed(seed, "start", number) for number in numbers],
                model=model,
                progressbar=False,
                target_accept=training.target_accept,
                tune=training.tune,
            )
            return list(starts), step
        step_kwargs = {"nuts": {"target_accept": training.target_accept}}
        step = instantiate_steppers(
            model,
            steps,
            selected,
            step_kwargs=step_kwargs if nuts in selected else {},
            initial_point=model.initial_point(),
        )
        starts = [
            model.initial_point(random_seed=integer_seed(seed, "start", number))
            for number in numbers
        ]
    step = step if not isinstance(step, list) else pymc.CompoundStep(step)
    return starts, step

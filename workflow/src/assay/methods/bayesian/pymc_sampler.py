"""Sampling with PyMC's own step methods, for models with discrete variables among others."""

import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
import pymc
from pymc.exceptions import SamplingError
from pymc.sampling.mcmc import assign_step_methods, instantiate_steppers

from assay.errors import Category, TrainingError
from assay.methods.base import Channel
from assay.methods.bayesian.chains import Array, Chain
from assay.methods.bayesian.model import Layout, explain_failure
from assay.methods.bayesian.settings import Training
from assay.processes import die_with_parent
from assay.seeds import generator, integer_seed

REPORT_EVERY = 50
RENAMED_STATS = {
    "model_logp": "logp",
    "energy": "energy",
    "diverging": "diverging",
    "depth": "depth",
    "reached_max_treedepth": "maxdepth_reached",
    "tree_size": "n_steps",
    "step_size": "step_size",
    "mean_tree_accept": "mean_tree_accept",
}


class PymcSampler:
    """Draws chains of one model, each in a process of its own forked from the same state."""

    def __init__(self, model: pymc.Model, layout: Layout, training: Training, seed: str) -> None:
        self._model = model
        self._layout = layout
        self._training = training
        self._seed = seed
        try:
            self._starts, self._step = _prepare(model, training, seed)
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

    def chains(
        self, wanted: list[int], cores: int, channel: Channel
    ) -> Iterator[tuple[int, Chain]]:
        """Yield (number, chain) of the wanted chains as they finish.

        Raises:
            TrainingError: a chain's process failed or died.
        """
        context = multiprocessing.get_context("fork")
        waiting = list(wanted)
        running: dict[Connection, tuple[int, Any]] = {}
        done: dict[int, int] = {}
        parts = {number: _Parts() for number in wanted}
        count = 0
        try:
            while waiting or running:
                while waiting and len(running) < cores:
                    number = waiting.pop(0)
                    receiver, sender = context.Pipe(duplex=False)
                    process = context.Process(
                        target=self._run, args=(number, sender, os.getpid()), daemon=True
                    )
                    process.start()
                    sender.close()
                    running[receiver] = (number, process)
                for ready in wait(list(running), timeout=0.5):
                    number, process = running[ready]  # type: ignore[index]
                    message = _receive(ready, number)
                    if message is None:
                        del running[ready]  # type: ignore[arg-type]
                        process.join()
                        yield number, self._finish(parts.pop(number))
                    else:
                        parts[number].add(*message)
                        done[number] = parts[number].draws
                        of = len(wanted) * self._training.draws
                        channel.progress(sum(done.values()), of)
                if running and channel.heartbeat_due():
                    fresh = {f"chain_{k}": part.fresh() for k, part in parts.items()}
                    channel.checkpoint(f"draws_{count:05d}", fresh, draws=done.copy())
                    count += 1
        finally:
            for _, process in running.values():
                process.kill()

    def _run(self, number: int, sender: Connection, parent: int) -> None:
        """Draw one chain in this process, sending the kept draws a few at a time."""
        die_with_parent(parent)
        try:
            step, point = self._step, self._starts[number]
            step.set_rng(generator(self._seed, "chain", number))
            step.tune = True
            if hasattr(step, "reset_tuning"):
                step.reset_tuning()
            if hasattr(step, "iter_count"):
                step.iter_count = 0
            block: list[tuple[Array, dict[str, Any]]] = []
            for iteration in range(self._training.tune + self._training.draws):
                if iteration == self._training.tune:
                    step.stop_tuning()
                point, stats = step.step(point)
                if iteration >= self._training.tune:
                    block.append((self._ravel(point), _flatten(stats)))
                if len(block) == REPORT_EVERY:
                    sender.send(_stacked(block))
                    block = []
            if block:
                sender.send(_stacked(block))
            sender.send(None)
        except Exception as error:  # sent to the parent, which reports it
            sender.send(f"{type(error).__name__}: {error}")

    def _ravel(self, point: dict[str, Array]) -> Array:
        values = [np.ravel(point[value.name]) for value in self._model.value_vars]
        return np.concatenate(values).astype(np.float64)

    def _finish(self, parts: "_Parts") -> Chain:
        unconstrained = parts.unconstrained()
        point = self._model.initial_point()
        shapes = [(np.shape(point[v.name]), v.dtype) for v in self._model.value_vars]
        rows: list[list[Array]] = []
        for row in unconstrained:
            values, start = [], 0
            for shape, dtype in shapes:
                size = int(np.prod(shape, dtype=int))
                values.append(row[start : start + size].reshape(shape).astype(dtype))
                start += size
            rows.append(self._constrain(*values))
        names = (*self._layout.free, *self._layout.deterministics)
        posterior = {
            name: np.stack([np.asarray(row[column]) for row in rows])
            for column, name in enumerate(names)
        }
        return Chain(unconstrained=unconstrained, posterior=posterior, stats=parts.stats())


class _Parts:
    """Draws of one chain as they arrive."""

    def __init__(self) -> None:
        self._blocks: list[Array] = []
        self._stats: list[dict[str, Array]] = []
        self._shown = 0
        self.draws = 0

    def add(self, draws: Array, stats: dict[str, Array]) -> None:
        self._blocks.append(draws)
        self._stats.append(stats)
        self.draws += len(draws)

    def fresh(self) -> Array:
        """Return the draws that came since the last call."""
        blocks = self._blocks[self._shown :]
        self._shown = len(self._blocks)
        return np.concatenate(blocks) if blocks else np.empty((0, 0))

    def unconstrained(self) -> Array:
        return np.concatenate(self._blocks)

    def stats(self) -> dict[str, Array]:
        return {
            name: np.concatenate([block[name] for block in self._stats]) for name in self._stats[0]
        }


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


def _receive(connection: Any, number: int) -> tuple[Array, dict[str, Array]] | None:
    try:
        message = connection.recv()
    except EOFError:
        message = "its process died"
    if isinstance(message, str):
        raise TrainingError(
            f"chain {number} could not be sampled: {message}",
            category=Category.RESOURCE if "died" in message else Category.CONVERGENCE,
            where="build",
            remedy="Look at the training log; if the process was killed, give the job more memory.",
        )
    return message  # type: ignore[no-any-return]


def _stacked(block: list[tuple[Array, dict[str, Any]]]) -> tuple[Array, dict[str, Array]]:
    draws = np.stack([draw for draw, _ in block])
    names = block[0][1]
    return draws, {name: np.array([stats[name] for _, stats in block]) for name in names}


def _flatten(stats: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the statistics of the NUTS part of a step, under nutpie's names."""
    for part in stats:
        if "diverging" in part:
            return {
                new: part[old] for old, new in RENAMED_STATS.items() if part.get(old) is not None
            }
    return {}

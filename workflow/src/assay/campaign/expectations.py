"""What is expected of a training: heartbeats and checkpoints."""

from assay.design.schema import Design
from assay.methods.simulation.batches import batch_ends
from assay.methods.simulation.settings import Training as SimulationTraining

Range = tuple[int, int | None]  # least and most; None where nothing bounds it


def heartbeats(design: Design, heartbeat_seconds: float) -> Range:
    """Return how many heartbeats the expected time holds."""
    minutes = design.expected.minutes
    if minutes == "auto":
        return 0, None
    return int(minutes[0] * 60 // heartbeat_seconds), int(minutes[1] * 60 // heartbeat_seconds)


def checkpoints(design: Design, heartbeat_seconds: float) -> Range:
    """Return the least and the greatest number of checkpoints that a training should leave.

    Bayesian: one for each finished chain and one, of all draws so far, at each heartbeat.
    Convex: the standard form and each answer. Iterative: the state at the start and every
    `checkpoint_every` steps, of every start. Simulation: each batch of replicates.
    """
    training = design.training
    if design.method == "bayesian":
        chains: int = training.model_dump()["chains"]
        least, most = heartbeats(design, heartbeat_seconds)
        return chains + least, None if most is None else chains + most
    if design.method == "iterative":
        settings = training.model_dump()
        every = settings["checkpoint_every"] or max(1, settings["max_steps"] // 20)
        starts = 1 + settings["restarts"]
        return 2 * starts, (1 + -(-settings["max_steps"] // every)) * starts
    if isinstance(training, SimulationTraining):
        ends = batch_ends(training)
        return ends.index(training.replicates) + 1, len(ends)
    return 2, None

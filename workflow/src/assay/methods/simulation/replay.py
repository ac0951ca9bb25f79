"""Running replicates again, to be compared bit for bit."""

from collections.abc import Sequence

from assay.methods.base import Job
from assay.methods.simulation.outputs import check, layout, stacked
from assay.methods.simulation.replicate import Array, simulate


def replay(job: Job, numbers: Sequence[int]) -> dict[str, Array]:
    """Return outputs and flags of the replicates `numbers`, stacked in this order.

    Their names are those of a fit's arrays; row k is to equal row numbers[k] there.

    Raises:
        TrainingError: the model failed, or outputs differ between these replicates.
    """
    replicates = [simulate(job, number) for number in numbers]
    expected = layout(replicates[0])
    for number, one in zip(numbers, replicates, strict=True):
        check(job, expected, number, one)
    return stacked(replicates, expected)

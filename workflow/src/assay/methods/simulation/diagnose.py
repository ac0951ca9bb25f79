"""The gates of a simulation, recomputed from its replicates."""

import numpy as np

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.simulation import gates
from assay.methods.simulation.columns import Columns
from assay.methods.simulation.settings import Convergence, Training


def diagnose(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:
    """Return every criterion; outputs are judged element by element.

    Args:
        fit: arrays and meta as `fit` left them, possibly read back from disk.
        training: the design's training block.
        convergence: the design's convergence block.
    """
    if len({len(values) for values in fit.arrays.values()}) > 1:
        return [gates.completed(fit, training)]  # nothing else can be said about torn replicates
    outputs = {name: fit.arrays[f"replicates/{name}"] for name in fit.meta["outputs"]}
    columns = Columns(outputs, training.series)
    with np.errstate(all="ignore"):  # NaN and infinity fail their gates, as they should
        return [
            gates.completed(fit, training),
            gates.numerical_errors(fit),
            gates.finite(outputs),
            *gates.varies(columns),
            gates.mcse_over_sd(columns, convergence),
            gates.halves_agree(columns),
            *gates.tail_index(columns),
            *gates.precision(outputs, training),
            *gates.series(outputs, training),
            *gates.undeclared_series(outputs, training),
        ]

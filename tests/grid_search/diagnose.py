import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from grid_search.settings import Convergence, Training


def diagnose(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:
    best, second = np.partition(fit.arrays["scores"], 1)[:2]
    return [
        judge("points", len(fit.arrays["points"]), "<=", training.most),
        judge("lead", second - best, ">=", convergence.lead),
    ]

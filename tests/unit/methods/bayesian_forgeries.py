"""A trained model with its evidence, and ways to forge its draws."""

import numpy as np
from bayesian_toys import make_job

from assay.core.fit import Fit
from assay.methods.bayesian.fit import fit as train
from assay.methods.bayesian.recompute import challenge, inspect


class Run:
    """A trained model with its evidence."""

    def __init__(self, build, **options):
        self.build, self.options = build, options
        self.job = make_job(build, **options)
        self.fit = train(self.job)
        self.checkpoints = self.job.channel.checkpoints
        self.training = self.job.training

    def inspect(self, fit=None, **checkpoints):
        """Inspect the evidence with another fit, or with some checkpoints replaced or removed."""
        fit = fit or self.fit
        stored = dict(self.checkpoints)
        if fit is not self.fit:  # a forger writes checkpoints to match
            for k in range(self.training.chains):
                stored[f"chain_{k}"] = {n: v[k] for n, v in fit.arrays.items() if k < len(v)}
        stored |= checkpoints
        return inspect(fit, self.training, {k: v for k, v in stored.items() if v is not None})

    def challenge(self, seed=0, checkpoints=None):
        rng = np.random.default_rng(seed)
        stored = self.checkpoints if checkpoints is None else checkpoints
        return challenge(self.fit, self.training, stored, rng)


def copied(rows):
    rows[2] = rows[0]


def permuted(rows):
    rows[1] = np.random.default_rng(0).permutation(rows[2])


def block_from_another_chain(rows):
    rows[1, 150:170] = rows[0, 20:40]


def block_repeated(rows):
    rows[1, 100:120] = rows[1, 20:40]


def without(fit, name):
    return Fit({k: v for k, v in fit.arrays.items() if k != name}, fit.meta)

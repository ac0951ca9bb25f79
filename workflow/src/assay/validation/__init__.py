"""Deciding from inputs, results and evidence alone whether a run is genuine.

`judge.validate_model` is the way in. The modules, in the order of the checks: `structure`
(manifest, signature, chain, files, freshness), `declaration` (code against design), `flags` (the
protocol's red flags), `claims` (convergence and sanity, measured again), `replay` and `compare`
(the run done again and its results rebuilt). `verdict` says what findings add up to.
"""

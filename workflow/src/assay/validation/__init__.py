"""Deciding from inputs, results and evidence alone whether a run is genuine.

`judge.validate_model` is the way in. The modules, in the order of the checks: `structure`
(manifest, signature, chain, files, freshness), `claims` (design, convergence and sanity, measured
again), `record` (what outcome and logs say, derived again), `flags` (the protocol's red flags),
`features` (whether loading them runs code), `replay` and `sensitivity` (the run done again, its
results rebuilt and made from other fits). `verdict` says what findings add up to.
"""

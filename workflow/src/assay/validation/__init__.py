"""Deciding from inputs, results and evidence alone whether a run is genuine.

`model.validate_model` is the way in. `reading` reads every file once and hashes what it read; what
comes of it is a frozen `case`. `checks` is the table of all that is looked at, in order: each check
is a pure function of the case, from `structure` (manifest, signature, chain, files, freshness),
`claims` (design, convergence and sanity, measured again), `record` (what outcome and logs say,
derived again), `flags` (the protocol's red flags), `emergency` and `features`. Only a run in which
these find nothing to refuse is done again, by `replay`, in a worker that is given copies of what
was read; `recomputation` and `sensitivity` judge what came out. At the end `reading` looks once
more whether the files are still those that were judged. `evidence.verdict` says what findings add
up to.
"""

"""Any network of reactions, simulated exactly (Gillespie 1977) and seen at given times.

A specification holds `x0`, `params`, `reactions` as pairs ("X -> 2X", "lam*X"), and perhaps
`events`: at a time the listed species are set. What is seen at a time is the state after
everything that has happened up to it, so events may fall between those times or on one of them.
"""

import re

import numpy as np
import pandas as pd

TERM = re.compile(r"(\d*)\s*\*?\s*([A-Za-z_]\w*)")


def side(text, species):
    """Return how many of each species one side of a reaction has."""
    counts = np.zeros(len(species), dtype=int)
    for part in text.split("+"):
        if part.strip() in ("0", ""):
            continue
        number, name = TERM.fullmatch(part.strip()).groups()
        counts[species.index(name)] += int(number or 1)
    return counts


def network(spec):
    """Return species, changes per reaction, and a function from their numbers to the rates."""
    species = list(spec["x0"])
    changes = []
    for text, _ in spec["reactions"]:
        before, after = text.split("->")
        changes.append((side(after, species) - side(before, species)).tolist())
    rates = ", ".join(f"({rate})" for _, rate in spec["reactions"])
    names = {"__builtins__": {}, **spec["params"]}
    return species, changes, eval(f"lambda {', '.join(species)}: ({rates},)", names)


def simulate(inputs, rng):
    spec, times = inputs.features["spec"], inputs.features["time"]
    species, changes, rates = network(spec)
    state = [spec["x0"][name] for name in species]
    events = sorted(spec.get("events", []), key=lambda event: event["time"])
    seen, now, number = np.empty((len(times), len(species))), 0.0, 0
    waits, picks, used = rng.standard_exponential(256), rng.random(256), 0
    while number < len(times):
        if used == 256:
            waits, picks, used = rng.standard_exponential(256), rng.random(256), 0
        speed = rates(*state)
        total = sum(speed)
        following = now + waits[used] / total if total > 0 else np.inf
        until = min(following, events[0]["time"]) if events else following
        while number < len(times) and times[number] < until:
            seen[number] = state
            number += 1
        if events and until == events[0]["time"]:  # what waits anew forgets: rates are Markov
            now, used = until, used + 1
            for name, value in events.pop(0)["set"].items():
                state[species.index(name)] = value
            continue
        if following == np.inf:
            continue
        now, left, chosen = following, picks[used] * total, 0
        used += 1
        while chosen < len(speed) - 1 and left >= speed[chosen]:
            left -= speed[chosen]
            chosen += 1
        state = [old + change for old, change in zip(state, changes[chosen], strict=True)]
    return {name: seen[:, place] for place, name in enumerate(species)}


def results(inputs, fit):
    tables = [
        pd.DataFrame(
            {
                "quantity": [f"{name}({time:g})" for time in inputs.features["time"]],
                "mean": fit.replicates[name].mean("replicate").to_numpy(),
                "sd": fit.replicates[name].std("replicate", ddof=1).to_numpy(),
            }
        )
        for name in inputs.features["spec"]["x0"]
    ]
    return pd.concat(tables, ignore_index=True)

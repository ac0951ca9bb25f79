"""The queue M/M/c from empty: what customers find and how long they wait, after a warm-up.

Arrivals see time averages (PASTA, Wolff 1982), so the number found by customers gives the mean
number in the system. Series are means over consecutive customers, a hundred or so each.
"""

import heapq

import numpy as np
import pandas as pd

BLOCK = 100


def waiting(arrivals, services, servers):
    """Return each customer's wait: Lindley's recursion, for several servers Kiefer-Wolfowitz."""
    if servers == 1:
        walk = np.cumsum(np.append(0.0, services[:-1] - np.diff(arrivals)))
        return walk - np.minimum.accumulate(walk)
    free, waits = [0.0] * servers, np.empty(len(arrivals))
    for number, (arrival, service) in enumerate(
        zip(arrivals.tolist(), services.tolist(), strict=True)
    ):
        start = max(arrival, free[0])
        heapq.heapreplace(free, start + service)
        waits[number] = start - arrival
    return waits


def simulate(inputs, rng):
    case = inputs.features
    count, skipped, servers = case["customers"], case["warm_up"], case["c"]
    arrivals = np.cumsum(rng.exponential(1 / case["lam"], count))
    services = rng.exponential(1 / case["mu"], count)
    waits = waiting(arrivals, services, servers)
    departures = np.sort(arrivals + waits + services)
    found = np.arange(count) - np.searchsorted(departures, arrivals, side="right")
    busy = np.minimum(found, servers)
    customers = {
        "wait": waits,
        "stay": waits + services,
        "found": found,
        "queue": found - busy,
        "busy": busy / servers,
        "waits": found >= servers,
        "idle": found == 0,
    }
    late = {name: values[skipped:].astype(float) for name, values in customers.items()}
    series = {
        f"{name}_series": late[name].reshape(-1, BLOCK).mean(axis=1) for name in ("wait", "found")
    }
    return {**{name: float(values.mean()) for name, values in late.items()}, **series}


def results(inputs, fit):
    names = {
        "p0": "idle",
        "p_wait": "waits",
        "Lq": "queue",
        "Wq": "wait",
        "L": "found",
        "W": "stay",
        "utilisation": "busy",
    }
    values = [float(fit.replicates[output].mean()) for output in names.values()]
    return pd.DataFrame({"quantity": list(names), "value": values})

"""Starts and steps of ordinary iterative algorithms, as their authors would write them."""

import numpy as np
from iterative_data import lasso_loss, logistic, poisson, squares


def start_normal(d, rng):
    return {"w": rng.normal(size=d.p)}


def start_zero(d, rng):
    return {"w": np.zeros(d.p)}


def descend(objective, rate):
    def step(d, state, rng):
        loss, gradient = objective(d, state["w"])[:2]
        lr = rate(d) if callable(rate) else rate
        return {"w": state["w"] - lr * gradient}, {
            "loss": float(loss),
            "grad_norm": float(np.linalg.norm(gradient)),
        }

    return step


def momentum(d, state, rng):
    loss, g = squares(d, state["w"])
    v = 0.9 * state["v"] - 0.1 * d.lr * g
    return {"w": state["w"] + v, "v": v}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


def nesterov(d, state, rng):
    t = state["t"] + 1
    y = state["w"] + (t - 1) / (t + 2) * (state["w"] - state["old"])
    g = squares(d, y)[1]
    w = y - d.lr * g
    return {"w": w, "old": state["w"], "t": t}, {
        "loss": squares(d, w)[0],
        "grad_norm": np.linalg.norm(g),
    }


def adam(objective, rate):
    def step(d, s, rng):
        loss, g = objective(d, s["w"])[:2]
        t = s["t"] + 1
        m, v = 0.9 * s["m"] + 0.1 * g, 0.999 * s["v"] + 0.001 * g**2
        w = s["w"] - rate(t) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return {"w": w, "m": m, "v": v, "t": t}, {"loss": loss, "grad_norm": np.linalg.norm(g)}

    return step


def adam_start(d, rng):
    return {
        "w": rng.normal(size=d.p) * 0.1,
        "m": np.zeros(d.p),
        "v": np.zeros(d.p),
        "t": np.array(0),
    }


def newton_logistic(d, state, rng):
    loss, g, mu = logistic(d, state["w"])
    h = (d.x * (mu * (1 - mu))[:, None]).T @ d.x / d.n
    return {"w": state["w"] - np.linalg.solve(h, g)}, {
        "loss": loss,
        "grad_norm": np.linalg.norm(g),
    }


def backtracking(d, state, rng):
    loss, g = poisson(d, state["w"])
    t = float(state["t"]) * 2
    while poisson(d, state["w"] - t * g)[0] > loss - 0.5 * t * g @ g and t > 1e-12:
        t /= 2
    return {"w": state["w"] - t * g, "t": t}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


def bfgs(d, s, rng):
    loss, g = poisson(d, s["w"])
    direction, t = -s["H"] @ g, 1.0
    while poisson(d, s["w"] + t * direction)[0] > loss + 1e-4 * t * (g @ direction) and t > 1e-10:
        t /= 2
    w = s["w"] + t * direction
    change, y = w - s["w"], poisson(d, w)[1] - g
    h = s["H"]
    if change @ y > 1e-12:
        rho, eye = 1 / (change @ y), np.eye(d.p)
        a = eye - rho * np.outer(change, y)
        h = a @ h @ a.T + rho * np.outer(change, change)
    return {"w": w, "H": h}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


def lm_start(d, rng):
    return {"b": d.start.copy(), "damping": np.array(1e-3)}


def lm(d, state, rng):
    b, damping = state["b"], float(state["damping"])
    f, j = d.model(b, d.x)
    r = d.y - f
    a, g = j.T @ j, j.T @ r
    trial = b + np.linalg.solve(a + damping * np.diag(np.diag(a)), g)
    with np.errstate(over="ignore", invalid="ignore"):
        rss = np.sum((d.y - d.model(trial, d.x)[0]) ** 2)
    if rss < r @ r:
        b, damping = trial, damping / 10
    else:
        rss, damping = r @ r, min(damping * 10, 1e12)
    return {"b": b, "damping": np.array(damping)}, {
        "loss": float(rss),
        "grad_norm": float(np.linalg.norm(g)),
    }


def gn_start(d, rng):
    return {"b": d.start.copy()}


def gn(d, state, rng):
    f, j = d.model(state["b"], d.x)
    r = d.y - f
    b = state["b"] + np.linalg.lstsq(j, r, rcond=None)[0]
    return {"b": b}, {"loss": float(r @ r), "grad_norm": float(np.linalg.norm(j.T @ r))}


def one_step(d, state, rng):
    w = state["w"] + np.linalg.lstsq(d.x, d.y - d.x @ state["w"], rcond=None)[0]
    loss, g = squares(d, w)
    return {"w": w}, {"loss": float(loss), "grad_norm": float(np.linalg.norm(g))}


def em_start(d, rng):
    mu = rng.choice(d.x, 2, replace=False)
    return {"pi": np.array([0.5, 0.5]), "mu": mu, "sd": np.array([1.0, 1.0])}


def em(d, s, rng):
    z = (d.x[:, None] - s["mu"]) / s["sd"]
    log = np.log(s["pi"] / s["sd"]) - z**2 / 2 - 0.5 * np.log(2 * np.pi)
    total = np.logaddexp.reduce(log, axis=1)
    r = np.exp(log - total[:, None])
    n = r.sum(0)
    mu = (r * d.x[:, None]).sum(0) / n
    sd = np.sqrt((r * (d.x[:, None] - mu) ** 2).sum(0) / n + 1e-6)
    return {"pi": n / len(d.x), "mu": mu, "sd": sd}, {"loss": float(-total.sum())}


def kmeans_start(d, rng):
    labels = np.zeros(len(d.x), dtype=int)
    return {"centre": d.x[rng.choice(len(d.x), d.k, replace=False)], "label": labels}


def kmeans(d, s, rng):
    distance = ((d.x[:, None] - s["centre"]) ** 2).sum(2)
    label = distance.argmin(1)
    centre = np.array(
        [d.x[label == k].mean(0) if (label == k).any() else s["centre"][k] for k in range(d.k)]
    )
    return {"centre": centre, "label": label}, {"loss": float(distance.min(1).sum())}


def power(d, s, rng):
    v = d.a @ s["w"]
    v /= np.linalg.norm(v)
    return {"w": v}, {"loss": float(-v @ d.a @ v)}


def pagerank(d, s, rng):
    new = s["w"] @ d.a
    return {"w": new}, {"loss": float(np.abs(new - s["w"]).sum())}


def pagerank_start(d, rng):
    return {"w": np.ones(d.p) / d.p}


def bellman(d, s, rng):
    new = (d.reward + 0.95 * d.p @ s["v"]).max(0)
    return {"v": new}, {"loss": float(np.abs(new - s["v"]).max())}


def soft(x, t):
    return np.sign(x) * np.maximum(np.abs(x) - t, 0)


def ista(d, s, rng):
    g = squares(d, s["w"])[1]
    w = soft(s["w"] - d.lr * g, 0.1 * d.lr)
    return {"w": w}, {"loss": lasso_loss(d, w), "grad_norm": np.linalg.norm(w - s["w"]) / d.lr}


def coordinates(random):
    def step(d, s, rng):
        w = s["w"].copy()
        for j in [rng.integers(d.p)] if random else range(d.p):
            r = d.y - d.x @ w + d.x[:, j] * w[j]
            w[j] = soft(d.x[:, j] @ r / d.n, 0.1) / (d.x[:, j] @ d.x[:, j] / d.n)
        return {"w": w}, {"loss": lasso_loss(d, w)}

    return step


def als_start(d, rng):
    return {"u": rng.random((len(d.m), d.k)), "v": rng.random((d.k, d.m.shape[1]))}


def als(d, s, rng):
    ridge = 1e-3 * np.eye(d.k)
    u = np.linalg.solve(s["v"] @ s["v"].T + ridge, s["v"] @ d.m.T).T
    v = np.linalg.solve(u.T @ u + ridge, u.T @ d.m)
    loss = ((d.m - u @ v) ** 2).sum() + 1e-3 * ((u**2).sum() + (v**2).sum())
    return {"u": u, "v": v}, {"loss": float(loss)}


def nmf(d, s, rng):
    u = s["u"] * (d.m @ s["v"].T) / (s["u"] @ s["v"] @ s["v"].T + 1e-12)
    v = s["v"] * (u.T @ d.m) / (u.T @ u @ s["v"] + 1e-12)
    return {"u": u, "v": v}, {"loss": float(((d.m - u @ v) ** 2).sum())}


def sgd(batch, full, decay=100.0, average=False):
    def step(d, s, rng):
        t = s["t"] + 1
        rows = rng.integers(d.n, size=batch)
        r = d.x[rows] @ s["w"] - d.y[rows]
        w = s["w"] - 0.5 * d.lr / (1 + t / decay) * d.x[rows].T @ r / batch
        new = {"w": w, "t": t}
        if average:
            new["mean"] = s["mean"] + (w - s["mean"]) / (t + 1)
        loss = squares(d, w)[0] if full else 0.5 * np.mean(r**2)
        return new, {"loss": float(loss)}

    return step


def sgd_start(d, rng):
    return {"w": rng.normal(size=d.p), "t": np.array(0)}


def sgd_average_start(d, rng):
    return {**sgd_start(d, rng), "mean": np.zeros(d.p)}


def evolution(d, s, rng):
    trial = s["w"] + s["sigma"] * rng.normal(size=d.p)
    better = squares(d, trial)[0] < squares(d, s["w"])[0]
    w = trial if better else s["w"]
    sigma = s["sigma"] * (1.5 if better else 1.5**-0.25)
    return {"w": w, "sigma": sigma}, {"loss": squares(d, w)[0]}


def warm(d, rng):
    w = np.linalg.lstsq(d.x, d.y, rcond=None)[0]
    return {"w": w * (1 + 1e-6 * rng.normal(size=d.p))}


def at_best(d, rng):
    return {"w": np.linalg.lstsq(d.x, d.y, rcond=None)[0]}


def flip(d, s, rng):
    return {"w": -s["w"]}, {"loss": float(1 + s["w"] @ s["w"])}


def shrinking(d, s, rng):
    loss, g = squares(d, s["w"])
    lr = float(s["lr"])
    return {"w": s["w"] - lr * d.lr * g, "lr": 0.9 * lr}, {
        "loss": loss,
        "grad_norm": np.linalg.norm(g),
    }


def wells(d, s, rng):
    x = s["w"]
    g = 4 * x * (x**2 - 1) + 0.3
    loss = ((x**2 - 1) ** 2 + 0.3 * x).sum() + 3
    return {"w": x - 0.02 * g}, {"loss": float(loss), "grad_norm": np.linalg.norm(g)}


def without_gradient(step):
    def bare(d, s, rng):
        state, metrics = step(d, s, rng)
        return state, {"loss": metrics["loss"]}

    return bare


def best_logistic(d):
    state = {"w": np.zeros(d.p)}
    for _ in range(30):
        state, metrics = newton_logistic(d, state, None)
    return metrics["loss"]

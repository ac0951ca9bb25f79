"""Data for ordinary iterative models, drawn anew for each seed, and their losses."""
# ruff: noqa: E501  # the cases are tables

from types import SimpleNamespace

import numpy as np


def regression(rng, n=200, p=5, noise=1.0, cond=1.0):
    scale = np.geomspace(1, 1 / np.sqrt(cond), p)
    x = rng.normal(size=(n, p)) * scale
    y = x @ (rng.normal(size=p) / scale) + noise * rng.normal(size=n)
    lipschitz = np.linalg.eigvalsh(x.T @ x / n).max()
    return SimpleNamespace(x=x, y=y, n=n, p=p, lr=1 / lipschitz)


def best_squares(d):
    w = np.linalg.lstsq(d.x, d.y, rcond=None)[0]
    return 0.5 * np.mean((d.x @ w - d.y) ** 2)


def squares(d, w):
    r = d.x @ w - d.y
    return 0.5 * np.mean(r**2), d.x.T @ r / d.n


def classes(rng, n=300, p=4, scale=1.0):
    x = np.c_[np.ones(n), rng.normal(size=(n, p - 1))]
    y = (rng.random(n) < 1 / (1 + np.exp(-x @ rng.normal(size=p) * scale))).astype(float)
    return SimpleNamespace(x=x, y=y, n=n, p=p)


def logistic(d, w, ridge=0.0):
    z = d.x @ w
    mu = 1 / (1 + np.exp(-z))
    loss = np.mean(np.logaddexp(0, z) - d.y * z) + ridge / 2 * w @ w
    return loss, d.x.T @ (mu - d.y) / d.n + ridge * w, mu


def counts(rng, n=200, p=3):
    x = np.c_[np.ones(n), rng.normal(size=(n, p - 1)) * 0.5]
    y = rng.poisson(np.exp(x @ np.r_[1.0, rng.normal(size=p - 1) * 0.5]))
    return SimpleNamespace(x=x, y=y, n=n, p=p)


def poisson(d, w):
    eta = d.x @ w
    return np.mean(np.exp(eta) - d.y * eta), d.x.T @ (np.exp(eta) - d.y) / d.n


# nonlinear least squares: model value and Jacobian


def decay(b, x):
    e = np.exp(-b[1] * x)
    return b[0] * (1 - e), np.c_[1 - e, b[0] * x * e]


def rational(b, x):
    n, m = x**2 + x * b[1], x**2 + x * b[2] + b[3]
    return b[0] * n / m, np.c_[n / m, b[0] * x / m, -b[0] * n * x / m**2, -b[0] * n / m**2]


def growth(b, x):
    e = np.exp(b[1] - b[2] * x)
    return b[0] / (1 + e), np.c_[1 / (1 + e), -b[0] * e / (1 + e) ** 2, b[0] * x * e / (1 + e) ** 2]


def thermistor(b, x):
    f = b[0] * np.exp(b[1] / (x + b[2]))
    return f, np.c_[f / b[0], f / (x + b[2]), -f * b[1] / (x + b[2]) ** 2]


# Observations of three problems of NIST's StRD (public domain).
NIST = {
    "BoxBOD": (decay, [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [100, 0.75], 1168.0088766),
    "Rat42": (
        growth,
        [9, 14, 21, 28, 42, 57, 63, 70, 79],
        [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08],
        [75, 2.5, 0.07],
        8.0565229338,
    ),
    "MGH09": (
        rational,
        [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
        [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
        [0.25, 0.39, 0.415, 0.39],
        3.0750560385e-4,
    ),
    "MGH10": (
        thermistor,
        list(range(50, 130, 5)),
        [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820,
         3307, 2872],
        [0.02, 4000, 250],
        87.945855171,
    ),
}  # fmt: skip


def nist(name):
    model, x, y, start, _ = NIST[name]

    def make(rng):
        jitter = 1 + 0.02 * rng.normal(size=len(start))
        return SimpleNamespace(
            model=model, x=np.array(x, float), y=np.array(y, float), start=np.array(start) * jitter
        )

    return make


def exact_decay(rng):
    x = np.linspace(0.5, 5, 12)
    b = np.array([rng.uniform(1, 3), rng.uniform(0.5, 1.5)])
    return SimpleNamespace(model=decay, x=x, y=decay(b, x)[0], start=b * rng.uniform(0.6, 1.6, 2))


def mixture(rng, n=300):
    apart = rng.uniform(2.5, 4)
    x = np.where(rng.random(n) < 0.4, rng.normal(0, 1, n), rng.normal(apart, 1, n))
    return SimpleNamespace(x=x)


def blobs(rng, n=200, k=3):
    centre = rng.normal(size=(k, 2)) * 4
    return SimpleNamespace(x=centre[rng.integers(k, size=n)] + rng.normal(size=(n, 2)), k=k)


def symmetric(rng, p=20):
    a = rng.normal(size=(p, p))
    return SimpleNamespace(a=a @ a.T / p, p=p)


def markov(rng, p=30):
    a = rng.dirichlet(np.ones(p), size=p)
    return SimpleNamespace(a=0.85 * a + 0.15 / p, p=p)


def decisions(rng, states=10, actions=3):
    return SimpleNamespace(
        p=rng.dirichlet(np.ones(states), size=(actions, states)),
        reward=rng.random((actions, states)),
        n=states,
    )


def lasso_data(rng):
    return regression(rng, n=100, p=10)


def lasso_loss(d, w):
    return squares(d, w)[0] + 0.1 * np.abs(w).sum()


def table(rng, n=20, m=15, k=2):
    return SimpleNamespace(
        m=rng.random((n, k)) @ rng.random((k, m)) + 0.05 * rng.random((n, m)), k=k
    )


def single(rng):
    d = regression(rng, cond=30)
    d.x, d.y = d.x.astype(np.float32), d.y.astype(np.float32)
    d.lr = np.float32(d.lr)
    return d


def separable(rng):
    d = classes(rng)
    d.y = (d.x @ rng.normal(size=d.p) > 0).astype(float)
    return d

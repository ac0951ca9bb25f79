"""Ordinary problems of other cones, and mixed-integer ones; see `convex_problems`."""

from typing import Any

import cvxpy as cp
import numpy as np


def var(*shape: int, name: str = "x", **attributes: Any) -> cp.Variable:
    """Return a named variable."""
    return cp.Variable(shape, name=name, **attributes)


def socp_norm(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(20, 100)), int(rng.integers(3, 30))
    a = rng.normal(size=(m, n)) * 10 ** rng.uniform(-2, 2)
    x = var(n)
    return cp.Problem(cp.Minimize(cp.norm(a @ x - rng.normal(size=m)) + 0.1 * cp.norm(x)))


def socp_zero_optimum(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(20, 60)), int(rng.integers(3, 15))
    a = rng.normal(size=(m, n)) * 10 ** rng.uniform(-2, 2)
    return cp.Problem(cp.Minimize(cp.norm(a @ var(n) - a @ rng.normal(size=n))))


def socp_group_lasso(rng: np.random.Generator) -> cp.Problem:
    m, groups = int(rng.integers(40, 150)), int(rng.integers(3, 12))
    a = rng.normal(size=(m, 4 * groups))
    y = a[:, :4] @ np.ones(4) + 0.3 * rng.normal(size=m)
    x = var(4 * groups)
    penalty = cp.sum([cp.norm(x[4 * k : 4 * k + 4]) for k in range(groups)])
    return cp.Problem(cp.Minimize(0.5 * cp.sum_squares(a @ x - y) + rng.uniform(1, 30) * penalty))


def socp_portfolio(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(5, 40))
    half = rng.normal(size=(n, n)) * 10 ** rng.uniform(-3, 0)
    mu, w = rng.normal(size=n) * 0.01, var(n)
    limit = np.linalg.norm(half @ np.ones(n) / n) * 1.1
    return cp.Problem(cp.Maximize(mu @ w), [cp.sum(w) == 1, w >= 0, cp.norm(half @ w) <= limit])


def socp_robust_lp(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(5, 25)), int(rng.integers(3, 12))
    x, a = var(n), rng.normal(size=(m, n))
    rows = [a[i] @ x + 0.2 * cp.norm(rng.normal(size=(n, n)) @ x) <= 1 for i in range(m)]
    return cp.Problem(cp.Maximize(rng.normal(size=n) @ x), [*rows, cp.norm(x, "inf") <= 10])


def socp_facility(rng: np.random.Generator) -> cp.Problem:
    points = rng.normal(size=(int(rng.integers(5, 60)), 2)) * 10 ** rng.uniform(0, 4)
    x = var(2)
    return cp.Problem(cp.Minimize(cp.sum([cp.norm(x - point) for point in points])))


def sdp_max_cut(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(5, 21))
    weights = np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.5), 1)
    weights += weights.T
    laplacian = np.diag(weights.sum(axis=1)) - weights
    x = var(n, n, PSD=True)
    return cp.Problem(cp.Maximize(cp.trace(laplacian @ x) / 4), [cp.diag(x) == 1])


def sdp_nearest_correlation(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(3, 13))
    target = np.corrcoef(rng.normal(size=(n, n + 2))) + 0.4 * rng.normal(size=(n, n))
    x = var(n, n, symmetric=True)
    return cp.Problem(
        cp.Minimize(cp.sum_squares(x - (target + target.T) / 2)), [x >> 0, cp.diag(x) == 1]
    )


def sdp_largest_eigenvalue(rng: np.random.Generator) -> cp.Problem:
    n, k = int(rng.integers(3, 12)), int(rng.integers(2, 5))
    parts = rng.normal(size=(k + 1, n, n))
    x = var(k)
    affine = (
        parts[0] + parts[0].T + cp.sum([x[i] * (parts[i + 1] + parts[i + 1].T) for i in range(k)])
    )
    return cp.Problem(cp.Minimize(cp.lambda_max(affine)), [cp.abs(x) <= 10])


def sdp_lyapunov(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(2, 7))
    a = rng.normal(size=(n, n))
    a -= (np.max(np.linalg.eigvals(a).real) + 0.5) * np.eye(n)
    p = var(n, n, symmetric=True, name="P")
    return cp.Problem(
        cp.Minimize(cp.trace(p)), [p >> np.eye(n), a.T @ p + p @ a << -0.1 * np.eye(n)]
    )


def sdp_nuclear_norm(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(3, 9)), int(rng.integers(3, 9))
    low = np.outer(rng.normal(size=m), rng.normal(size=n))
    seen = rng.random((m, n)) < 0.7
    x = var(m, n)
    return cp.Problem(cp.Minimize(cp.normNuc(x)), [cp.multiply(seen, x) == seen * low])


def exp_logistic(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(40, 400)), int(rng.integers(2, 10))
    a = rng.normal(size=(m, n))
    y = (a @ rng.normal(size=n) + rng.logistic(size=m) > 0).astype(float)
    x = var(n)
    loss = cp.sum(cp.logistic(a @ x) - cp.multiply(y, a @ x))
    return cp.Problem(cp.Minimize(loss + rng.uniform(0.1, 3) * cp.norm1(x)))


def exp_entropy(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(4, 40))
    p, level = var(n), rng.random(n)
    return cp.Problem(
        cp.Maximize(cp.sum(cp.entr(p))), [cp.sum(p) == 1, level @ p == np.quantile(level, 0.4)]
    )


def exp_poisson(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(30, 200)), int(rng.integers(2, 6))
    a = rng.normal(size=(m, n)) * 0.5
    y = rng.poisson(np.exp(a @ rng.normal(size=n) * 0.5 + 1)).astype(float)
    x, level = var(n), var(name="level")
    rate = a @ x + level
    return cp.Problem(cp.Minimize(cp.sum(cp.exp(rate)) - y @ rate))


def exp_geometric(rng: np.random.Generator) -> cp.Problem:
    n, k = int(rng.integers(2, 6)), int(rng.integers(3, 10))
    x = var(n)
    terms = rng.normal(size=(k, n)) @ x + rng.normal(size=k)
    return cp.Problem(cp.Minimize(cp.log_sum_exp(terms)), [cp.abs(x) <= 3])


def exp_kl(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(3, 30))
    q, p, level = rng.dirichlet(np.ones(n)), var(n), rng.random(n)
    return cp.Problem(
        cp.Minimize(cp.sum(cp.kl_div(p, q))), [cp.sum(p) == 1, level @ p <= 0.8 * level @ q]
    )


def exp_log_det(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(2, 7))
    sample = np.cov(rng.normal(size=(4 * n, n)), rowvar=False).reshape(n, n)
    x = var(n, n, PSD=True)
    return cp.Problem(cp.Maximize(cp.log_det(x) - cp.trace(sample @ x) - 0.1 * cp.sum(cp.abs(x))))


def power_geometric_mean(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(2, 10))
    x = var(n)
    return cp.Problem(
        cp.Maximize(cp.geo_mean(x, rng.integers(1, 9, n).tolist(), approx=False)),
        [rng.uniform(0.5, 3, n) @ x <= 10 ** rng.uniform(-2, 3), x >= 0],
    )


def power_norm(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(10, 50)), int(rng.integers(2, 8))
    a = rng.normal(size=(m, n))
    p: Any = rng.choice([1.5, 2.7, 3.0, 4.0])  # CVXPY says int, and takes any number
    return cp.Problem(cp.Minimize(cp.pnorm(a @ var(n) - rng.normal(size=m), p, approx=False)))


def power_cost(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(3, 20))
    x = var(n, nonneg=True)
    cost = cp.sum(cp.multiply(rng.uniform(0.5, 3, n), cp.power(x, 1.7, approx=False)))
    return cp.Problem(cp.Minimize(cost), [cp.sum(x) == 10])


def milp_knapsack(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(10, 60))
    take, weight = var(n, name="take", boolean=True), rng.integers(5, 60, n)
    return cp.Problem(
        cp.Maximize(rng.integers(10, 99, n) @ take), [weight @ take <= weight.sum() // 3]
    )


def milp_cover(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(8, 25)), int(rng.integers(8, 25))
    a = (rng.random((m, n)) < 0.3).astype(float)
    a[np.arange(m), rng.integers(0, n, m)] = 1
    pick = var(n, boolean=True)
    return cp.Problem(cp.Minimize(rng.uniform(1, 3, n) @ pick), [a @ pick >= 1])


def milp_facility(rng: np.random.Generator) -> cp.Problem:
    sites, clients = int(rng.integers(3, 8)), int(rng.integers(4, 12))
    distance = rng.random((sites, clients)) * 10
    demand = rng.uniform(1, 20, clients)
    is_open, ship = var(sites, name="open", boolean=True), var(sites, clients, name="ship")
    big = demand.sum()
    return cp.Problem(
        cp.Minimize(rng.uniform(20, 60, sites) @ is_open + cp.sum(cp.multiply(distance, ship))),
        [cp.sum(ship, axis=0) == demand, cp.sum(ship, axis=1) <= big * is_open, ship >= 0],
    )


def milp_integers(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(3, 12))
    x = var(n, integer=True)
    a = rng.uniform(0.1, 5, (4, n))
    return cp.Problem(
        cp.Maximize(rng.uniform(1, 9, n) @ x), [a @ x <= rng.uniform(20, 90, 4), x >= 0]
    )


def miqp_cardinality(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(4, 9))
    w, held = var(n), var(n, name="held", boolean=True)
    sigma = np.cov(rng.normal(size=(40, n)), rowvar=False) * 10 ** rng.uniform(-3, 0)
    return cp.Problem(
        cp.Minimize(cp.quad_form(w, sigma)), [cp.sum(w) == 1, w >= 0, w <= held, cp.sum(held) <= 3]
    )


def miqp_least_squares(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(2, 6))
    a, x = rng.normal(size=(n + 4, n)), var(n, integer=True)
    return cp.Problem(
        cp.Minimize(cp.sum_squares(a @ x - a @ rng.uniform(-4, 4, n))), [cp.abs(x) <= 5]
    )


def misocp_location(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(3, 6))
    x, k = var(n), var(n, name="k", boolean=True)
    return cp.Problem(
        cp.Minimize(cp.norm(x - rng.random(n)) + rng.random(n) @ k),
        [cp.sum(x) == 1, x >= 0, x <= k],
    )

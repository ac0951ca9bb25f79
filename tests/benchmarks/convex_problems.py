"""Ordinary convex problems by class, random but reproducible: what an honest user would write."""

from collections.abc import Callable

import cvxpy as cp
import numpy as np
from conic_problems import (
    exp_entropy,
    exp_geometric,
    exp_kl,
    exp_log_det,
    exp_logistic,
    exp_poisson,
    milp_cover,
    milp_facility,
    milp_integers,
    milp_knapsack,
    miqp_cardinality,
    miqp_least_squares,
    misocp_location,
    power_cost,
    power_geometric_mean,
    power_norm,
    sdp_largest_eigenvalue,
    sdp_lyapunov,
    sdp_max_cut,
    sdp_nearest_correlation,
    sdp_nuclear_norm,
    socp_facility,
    socp_group_lasso,
    socp_norm,
    socp_portfolio,
    socp_robust_lp,
    socp_zero_optimum,
    var,
)

Generator = Callable[[np.random.Generator], cp.Problem]


def lp_random(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(10, 80)), int(rng.integers(5, 40))
    a, x0 = rng.normal(size=(m, n)), rng.normal(size=n)
    x = var(n)
    cost = a.T @ rng.random(m)  # dual feasible, hence bounded
    return cp.Problem(cp.Maximize(cost @ x), [a @ x <= a @ x0 + rng.random(m)])


def lp_transport(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(3, 12)), int(rng.integers(3, 12))
    supply = rng.integers(5, 50, m).astype(float)
    demand = rng.multinomial(int(supply.sum()), np.ones(n) / n).astype(float)
    x = var(m, n, nonneg=True)
    costs = rng.integers(1, 30, (m, n))
    return cp.Problem(
        cp.Minimize(cp.sum(cp.multiply(costs, x))),
        [cp.sum(x, axis=1) <= supply, cp.sum(x, axis=0) == demand],
    )


def lp_assignment(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(4, 15))
    x = var(n, n, nonneg=True)
    return cp.Problem(
        cp.Minimize(cp.sum(cp.multiply(rng.integers(1, 9, (n, n)), x))),
        [cp.sum(x, axis=1) == 1, cp.sum(x, axis=0) == 1],
    )


def lp_quantile(rng: np.random.Generator) -> cp.Problem:
    m, n, tau = int(rng.integers(50, 1500)), int(rng.integers(2, 8)), rng.uniform(0.05, 0.95)
    a = rng.normal(size=(m, n))
    y = a @ rng.normal(size=n) + rng.standard_t(2, size=m)
    beta, over, under = var(n), var(m, name="over", nonneg=True), var(m, name="u", nonneg=True)
    return cp.Problem(
        cp.Minimize(tau * cp.sum(over) + (1 - tau) * cp.sum(under)), [a @ beta + over - under == y]
    )


def lp_badly_scaled(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(10, 50)), int(rng.integers(5, 30))
    rows, columns = 10 ** rng.uniform(-4, 4, m), 10 ** rng.uniform(-3, 3, n)
    a = rows[:, None] * rng.normal(size=(m, n)) / columns
    x0 = columns * rng.random(n)
    x = var(n)
    cost = a.T @ (rng.random(m) / rows) + rng.random(n) / columns
    return cp.Problem(cp.Minimize(-cost @ x), [a @ x <= a @ x0 + rows * rng.random(m), x <= 3 * x0])


def lp_zero_optimum(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(20, 80)), int(rng.integers(3, 15))
    a = rng.normal(size=(m, n)) * 10 ** rng.uniform(-3, 3)
    x = var(n)
    return cp.Problem(cp.Minimize(cp.norm1(a @ x - a @ rng.normal(size=n))))


def lp_feasibility(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(10, 60)), int(rng.integers(5, 30))
    a, x0 = rng.normal(size=(m, n)), rng.random(n)
    x = var(n, nonneg=True)
    return cp.Problem(cp.Minimize(0), [a @ x <= a @ x0 + rng.random(m), cp.sum(x) == x0.sum()])


def lp_flow(rng: np.random.Generator) -> cp.Problem:
    nodes, arcs = int(rng.integers(6, 20)), int(rng.integers(30, 80))
    tail, head = rng.integers(0, nodes, arcs), rng.integers(0, nodes, arcs)
    incidence = np.zeros((nodes, arcs))
    incidence[tail, np.arange(arcs)] -= 1
    incidence[head, np.arange(arcs)] += 1
    flow = np.floor(rng.random(arcs) * 10) * (rng.random(arcs) < 0.3)
    x = var(arcs)
    return cp.Problem(
        cp.Minimize(rng.integers(1, 20, arcs) @ x),
        [incidence @ x == incidence @ flow, x >= 0, x <= flow + 5],
    )


def qp_lasso(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(30, 200)), int(rng.integers(5, 60))
    a = rng.normal(size=(m, n)) * 10 ** rng.uniform(-2, 2)
    y = a[:, :3] @ np.ones(3) + 0.1 * np.abs(a).mean() * rng.normal(size=m)
    x = var(n)
    weight = np.max(np.abs(a.T @ y)) * 10 ** rng.uniform(-3, 0.2)
    return cp.Problem(cp.Minimize(0.5 * cp.sum_squares(a @ x - y) + weight * cp.norm1(x)))


def qp_markowitz(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(5, 60))
    returns = rng.normal(size=(3 * n, n)) @ rng.normal(size=(n, n)) * 10 ** rng.uniform(-4, 0)
    mu = returns.mean(axis=0)
    w = var(n, name="weights")
    return cp.Problem(
        cp.Minimize(cp.quad_form(w, np.cov(returns, rowvar=False))),
        [cp.sum(w) == 1, w >= 0, mu @ w >= np.quantile(mu, 0.6)],
    )


def qp_svm(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(40, 300)), int(rng.integers(2, 10))
    a = rng.normal(size=(m, n))
    label = np.sign(a @ rng.normal(size=n) + rng.normal(size=m))
    w, shift = var(n), var(name="shift")
    margin = cp.multiply(label, a @ w + shift)
    return cp.Problem(cp.Minimize(0.5 * cp.sum_squares(w) + cp.sum(cp.pos(1 - margin))))


def qp_nonneg_least_squares(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(20, 100)), int(rng.integers(5, 40))
    a = rng.random((m, n)) * 10 ** rng.uniform(-3, 3, n)
    x = var(n, nonneg=True)
    return cp.Problem(cp.Minimize(cp.sum_squares(a @ x - rng.normal(size=m) - 1)))


def qp_zero_optimum(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(10, 60)), int(rng.integers(3, 30))
    a = rng.normal(size=(m, n)) * 10 ** rng.uniform(-3, 3)
    x = var(n)
    return cp.Problem(cp.Minimize(cp.sum_squares(a @ x - a @ rng.random(n))), [x >= 0])


def qp_unconstrained(rng: np.random.Generator) -> cp.Problem:
    n = int(rng.integers(2, 40))
    a = rng.normal(size=(n + 5, n))
    x = var(n)
    return cp.Problem(cp.Minimize(cp.quad_form(x, a.T @ a) + rng.normal(size=n) @ x))


def qp_control(rng: np.random.Generator) -> cp.Problem:
    steps, n = int(rng.integers(5, 25)), 4
    a, b = np.eye(n) + 0.1 * rng.normal(size=(n, n)), rng.normal(size=(n, 2))
    x, u = var(n, steps + 1), var(2, steps, name="u")
    limits = [x[:, 0] == rng.normal(size=n), cp.abs(u) <= 0.5]
    dynamics = [x[:, t + 1] == a @ x[:, t] + b @ u[:, t] for t in range(steps)]
    return cp.Problem(cp.Minimize(cp.sum_squares(x) + 0.1 * cp.sum_squares(u)), limits + dynamics)


def qp_huber(rng: np.random.Generator) -> cp.Problem:
    m, n = int(rng.integers(30, 200)), int(rng.integers(2, 10))
    a = rng.normal(size=(m, n))
    y = a @ np.ones(n) + rng.standard_t(1.5, size=m)
    return cp.Problem(cp.Minimize(cp.sum(cp.huber(a @ var(n) - y))))


GENERATORS: tuple[Generator, ...] = (
    lp_random, lp_transport, lp_assignment, lp_quantile, lp_badly_scaled, lp_zero_optimum,
    lp_feasibility, lp_flow,
    qp_lasso, qp_markowitz, qp_svm, qp_nonneg_least_squares, qp_zero_optimum, qp_unconstrained,
    qp_control, qp_huber,
    socp_norm, socp_zero_optimum, socp_group_lasso, socp_portfolio, socp_robust_lp, socp_facility,
    sdp_max_cut, sdp_nearest_correlation, sdp_largest_eigenvalue, sdp_lyapunov, sdp_nuclear_norm,
    exp_logistic, exp_entropy, exp_poisson, exp_geometric, exp_kl, exp_log_det,
    power_geometric_mean, power_norm, power_cost,
    milp_knapsack, milp_cover, milp_facility, milp_integers,
    miqp_cardinality, miqp_least_squares, misocp_location,
)  # fmt: skip

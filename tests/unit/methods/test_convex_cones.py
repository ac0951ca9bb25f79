import numpy as np
import pytest
from scipy.optimize import minimize

from assay.methods.convex.cones import common_units, matrix, moves, triangle
from assay.methods.convex.form import Cones

ONE_OF_EACH = Cones(zero=1, nonneg=2, soc=(3,), psd=(2,), exp=1, power=(0.3,))


def away(v, cones, dual=False):
    v = np.asarray(v, dtype=float)
    return moves(v, cones, np.ones(len(v)), dual=dual)


def inside(rng):
    """Draw a point of the product of one cone of each kind."""
    u, x = rng.normal(size=2), rng.normal(size=3)
    y = rng.uniform(0.1, 2)
    half = rng.normal(size=(2, 2))
    a, b = rng.uniform(0.1, 2, 2)
    return np.concatenate(
        [
            [0.0],
            rng.random(2),
            [np.linalg.norm(u) + rng.random(), *u],
            triangle(half @ half.T),
            [x[0], y, y * np.exp(x[0] / y) + rng.random()],
            [a, b, a**0.3 * b**0.7 * rng.uniform(-1, 1)],
        ]
    )


def inside_dual(rng):
    """Draw a point of the dual: only the zero, exponential and power cones differ."""
    point = inside(rng)
    point[0] = rng.normal()
    u, v = -rng.uniform(0.1, 2), rng.normal()
    point[9:12] = u, v, -u * np.exp(v / u - 1) + rng.random()
    a, b = rng.uniform(0.1, 2, 2)
    point[12:] = a, b, (a / 0.3) ** 0.3 * (b / 0.7) ** 0.7 * rng.uniform(-1, 1)
    return point


def test_points_of_a_cone_need_no_move():
    rng = np.random.default_rng(1)
    for _ in range(50):
        assert np.max(away(inside(rng), ONE_OF_EACH)) < 1e-14
        assert np.max(away(inside_dual(rng), ONE_OF_EACH, dual=True)) < 1e-14


def test_dual_points_have_no_negative_product_with_points():
    rng = np.random.default_rng(2)
    blocks = np.split(np.arange(15), np.cumsum(ONE_OF_EACH.sizes)[:-1])
    for _ in range(200):
        product = inside(rng) * inside_dual(rng)
        assert min(product[block].sum() for block in blocks) > -1e-12


@pytest.mark.parametrize(
    ("cones", "v", "expected"),
    [
        (Cones(zero=1), [-2.0], [2.0]),
        (Cones(nonneg=2), [-1.0, 3.0], [1.0, 0.0]),
        (Cones(soc=(3,)), [0.0, 3.0, 4.0], [2.5, 1.5, 2.0]),
        (Cones(soc=(3,)), [-9.0, 3.0, 4.0], [9.0, 3.0, 4.0]),
        (Cones(psd=(2,)), [-1.0, 0.0, 2.0], [1.0, 0.0, 0.0]),
        (Cones(exp=1), [0.0, 1.0, 0.5], [0.0, 0.0, 0.5]),
        (Cones(exp=1), [-5.0, 0.0, -0.5], [0.0, 0.0, 0.5]),
        (Cones(power=(0.5,)), [4.0, 1.0, 3.0], [0.0, 0.0, 1.0]),
    ],
)
def test_points_outside_are_moved_back(cones, v, expected):
    assert away(v, cones) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dual", [False, True])
@pytest.mark.parametrize("cones", [Cones(exp=1), Cones(power=(0.3,))], ids=["exp", "power"])
def test_moves_are_not_much_longer_than_the_shortest(cones, dual):
    rng = np.random.default_rng(3)
    for _ in range(5):
        base = (inside_dual if dual else inside)(rng)
        v = (base[9:12] if cones.exp else base[12:]) + 0.05 * rng.normal(size=3)
        found = np.linalg.norm(away(v, cones, dual))

        def distance(w, v=v):
            return np.linalg.norm(w - v) + 1e3 * np.max(away(w, cones, dual))

        best = min(
            minimize(distance, v + 0.1 * rng.normal(size=3), method="Nelder-Mead").fun
            for _ in range(2)
        )
        assert found <= np.sqrt(3) * np.e * best + 1e-6


def test_what_is_not_finite_is_infinitely_far():
    assert np.isinf(away([np.nan, 1.0], Cones(nonneg=2))[0])
    assert np.all(np.isinf(away([np.nan, 1.0, 1.0], Cones(psd=(2,)))))
    assert np.any(np.isinf(away([1.0, np.nan, 1.0], Cones(exp=1))))


def test_units_are_shared_where_rows_are_comparable():
    magnitudes = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 1, 5, 9, 2, 3, 4])
    units = common_units(magnitudes, ONE_OF_EACH)
    assert units.tolist() == [1, 2, 3, 6, 6, 6, 9, 9, 9, 5, 5, 9, 2, 3, 4]
    assert common_units(magnitudes, ONE_OF_EACH, dual=True)[9:12].tolist() == [1, 5, 9]


def test_triangle_and_matrix_are_inverse_and_keep_inner_products():
    rng = np.random.default_rng(4)
    a, b = (half + half.T for half in rng.normal(size=(2, 4, 4)))
    assert matrix(triangle(a), 4) == pytest.approx(a)
    assert triangle(a) @ triangle(b) == pytest.approx(np.sum(a * b))

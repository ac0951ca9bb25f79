"""The standard form that every solver, the certificate and the validator share.

Minimise ½x'Px + c'x subject to Ax + s = b, s in K, where K is a product of cones in this order:
zero, nonnegative, second-order (t, u) with t >= |u|, positive semidefinite as the upper triangle
stacked by columns with off-diagonals times √2, exponential (x, y, z) with z >= y·exp(x/y), and
power (x, y, z) with x^a·y^(1-a) >= |z|.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cones:
    """Sizes of the cones, in the order of the rows.

    Attributes:
        zero: number of equality rows.
        nonneg: number of inequality rows.
        soc: dimension of each second-order cone.
        psd: order (rows of the matrix) of each semidefinite cone.
        exp: number of exponential cones, three rows each.
        power: exponent of each power cone, three rows each.
    """

    zero: int = 0
    nonneg: int = 0
    soc: tuple[int, ...] = ()
    psd: tuple[int, ...] = ()
    exp: int = 0
    power: tuple[float, ...] = ()

    @property
    def linear(self) -> int:
        """Return the number of rows that belong to the zero and nonnegative cones."""
        return self.zero + self.nonneg

    @cached_property
    def sizes(self) -> Array:
        """Return the rows of each block: linear rows stand alone, a cone's rows together."""
        triangles = [order * (order + 1) // 2 for order in self.psd]
        tail = [*self.soc, *triangles, *([3] * (self.exp + len(self.power)))]
        return np.concatenate(
            [np.ones(self.linear, dtype=np.int64), np.array(tail, dtype=np.int64)]
        )

    @property
    def rows(self) -> int:
        """Return the number of rows of A."""
        return int(self.sizes.sum())

    def spread(self, values: Array) -> Array:
        """Give every row the largest of `values` within its block; shape (rows,) in and out."""
        if not len(values):
            return values
        sizes = self.sizes
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return np.repeat(np.maximum.reduceat(values, starts), sizes)

    def as_json(self) -> dict[str, Any]:
        """Return the sizes as plain JSON values."""
        return {**asdict(self), "soc": list(self.soc), "psd": list(self.psd),
                "power": list(self.power)}  # fmt: skip


@dataclass(frozen=True)
class StandardForm:
    """One problem in standard form.

    Attributes:
        P: (n, n) symmetric CSC matrix, both triangles.
        c: (n,) linear cost.
        A: (m, n) CSC matrix.
        b: (m,) right-hand side, finite.
        cones: which rows belong to which cone.
        integer: indices of the columns that must be integers, ascending.
        boolean: those of them that must be 0 or 1.
    """

    P: Any
    c: Array
    A: Any
    b: Array
    cones: Cones
    integer: Array
    boolean: Array

    @property
    def quadratic(self) -> bool:
        """Return whether the objective has a quadratic part."""
        return bool(self.P.nnz)

    @property
    def mixed(self) -> bool:
        """Return whether some variables must be integers."""
        return bool(len(self.integer))

    @property
    def problem_class(self) -> str:
        """Return the smallest of the usual classes that holds the problem, such as LP or MIQP."""
        cones = self.cones
        if cones.power:
            name = "power cone"
        elif cones.exp:
            name = "exponential cone"
        elif cones.psd:
            name = "SDP"
        elif cones.soc:
            name = "SOCP"
        else:
            name = "QP" if self.quadratic else "LP"
        if not self.mixed:
            return name
        return {"LP": "MILP", "QP": "MIQP", "SOCP": "MISOCP"}.get(name, f"mixed-integer {name}")

    def objective(self, x: Array) -> float:
        """Return ½x'Px + c'x."""
        return float(0.5 * (x @ (self.P @ x)) + self.c @ x)

    def as_arrays(self) -> dict[str, Array]:
        """Return the form as named arrays, matrices by their CSC parts."""
        return {
            **_parts("P", self.P),
            **_parts("A", self.A),
            "c": self.c,
            "b": self.b,
            "integer": self.integer,
            "boolean": self.boolean,
        }


def form_from_arrays(arrays: Mapping[str, Array], cones: Mapping[str, Any]) -> StandardForm:
    """Rebuild a form from `as_arrays` and `Cones.as_json`.

    Raises:
        KeyError, TypeError, ValueError: they do not fit together.
    """
    plain = Cones(
        zero=cones["zero"],
        nonneg=cones["nonneg"],
        soc=tuple(cones["soc"]),
        psd=tuple(cones["psd"]),
        exp=cones["exp"],
        power=tuple(cones["power"]),
    )
    n, m = len(arrays["c"]), len(arrays["b"])
    if m != plain.rows:
        raise ValueError(f"the cones have {plain.rows} rows, the right-hand side has {m}")
    return StandardForm(
        P=_matrix(arrays, "P", (n, n)),
        c=arrays["c"],
        A=_matrix(arrays, "A", (m, n)),
        b=arrays["b"],
        cones=plain,
        integer=arrays["integer"],
        boolean=arrays["boolean"],
    )


def _parts(name: str, matrix: Any) -> dict[str, Array]:
    return {
        f"{name}_data": matrix.data.astype(np.float64),
        f"{name}_indices": matrix.indices.astype(np.int64),
        f"{name}_indptr": matrix.indptr.astype(np.int64),
    }


def _matrix(arrays: Mapping[str, Array], name: str, shape: tuple[int, int]) -> Any:
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    matrix = sp.csc_array(parts, shape=shape)
    matrix.check_format(full_check=True)
    return matrix

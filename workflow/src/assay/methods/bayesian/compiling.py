"""What makes compiling a model quicker and changes none of its numbers."""

from numba.extending import register_jitable

from assay.core.internals import Internal, Kind, Library, check

NUMBA = Library(
    name="numba",
    oldest="0.65.1",
    below="0.66",
    internals=(
        Internal(
            "numba.np.arrayobj:raise_with_shape_context",
            Kind.FUNCTION,
            "to be replaced by an error that takes no compiling",
            parameters=("src_shapes", "index_shape"),
        ),
        Internal(
            "numba.np.arrayobj:fancy_setslice",
            Kind.FUNCTION,
            "as what compiles the error with every model",
            mentions=("raise_with_shape_context",),
        ),
    ),
)


def brief_shape_errors() -> None:
    """Let Numba say that shapes differ without writing them into the message.

    It compiles that writing with every model, for 1.7 s of processor time: a third of what a
    small model takes (numba 0.65.1, `fancy_setslice`).

    Raises:
        UnsupportedLibraryError: this Numba does it in another way.
    """
    check(NUMBA)
    from numba.np import arrayobj

    arrayobj.raise_with_shape_context = register_jitable(_refuse_shapes)


def _refuse_shapes(src_shapes: object, index_shape: object) -> None:  # noqa: ARG001 (as Numba's)
    raise ValueError("cannot assign slice from input of different size")

"""What makes compiling a model quicker and changes none of its numbers."""

from numba.extending import overload
from numba.np import arrayobj


def brief_shape_errors() -> None:
    """Let Numba say that shapes differ in the words it has for targets without text.

    On a processor it writes both shapes into the message, and compiles that writing with every
    model, for 1.7 s of processor time: a third of what a small model takes (numba 0.65.1,
    `fancy_setslice`).
    """

    def shapes_differ(src_shapes: object, index_shape: object) -> None:
        raise NotImplementedError  # Numba compiles what stands for it

    overload(shapes_differ)(arrayobj.ol_raise_with_shape_context_generic)
    arrayobj.raise_with_shape_context = shapes_differ

"""What coverage need not watch."""

import sys
from functools import wraps

import pytest


@pytest.fixture(scope="module", autouse=True)
def _compilers_unwatched():
    """Take coverage's tracer off while a model is compiled, which makes that half as long again.

    Libraries call millions of their own functions then, and none of assay's.
    """
    if "nutpie" not in sys.modules:
        yield
        return
    import nutpie
    import pytensor
    from numba.core import compiler

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (nutpie, "compile_pymc_model"),
            (pytensor, "function"),
            (compiler, "compile_extra"),
        ):
            patch.setattr(owner, name, _unwatched(getattr(owner, name)))
        yield


def _unwatched(function):
    @wraps(function)
    def call(*args, **options):
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*args, **options)
        finally:
            sys.settrace(tracer)

    return call

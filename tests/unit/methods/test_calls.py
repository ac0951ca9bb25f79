"""Model code is called with inputs of its own, unless it is called too often for that."""

from types import ModuleType

import pytest

from assay.core.errors import Category, TrainingError
from assay.methods.base import Inputs
from assay.methods.calls import caller


def spoil(inputs):
    inputs.features.append(0)
    return len(inputs.features)


@pytest.fixture
def model():
    module = ModuleType("model_1")
    module.__file__ = "model_1.py"
    vars(module).update(build=spoil, step=spoil)
    return module


def test_what_a_call_does_to_its_inputs_is_its_own(model):
    inputs, call = Inputs([], {}, {}), caller(model)
    assert [call("build", inputs), call("step", inputs), call("build", inputs)] == [1, 1, 1]
    assert inputs.features == []


def test_a_function_that_is_called_often_shares_its_inputs(model):
    inputs, call = Inputs([], {}, {}), caller(model, {"step"})
    assert [call("step", inputs), call("step", inputs), call("build", inputs)] == [1, 2, 3]
    assert inputs.features == [0, 0]


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (ValueError, Category.IMPLEMENTATION),
        (KeyError, Category.DATA),
        (IndexError, Category.DATA),
        (MemoryError, Category.RESOURCE),
    ],
)
def test_what_it_raises_names_the_function(model, error, category):
    def broken(inputs):
        raise error("no")

    model.build = broken
    with pytest.raises(TrainingError, match=f"build raised {error.__name__}") as caught:
        caller(model)("build", Inputs(None, {}, {}))
    assert caught.value.category == category
    assert caught.value.where == "model_1.py in build"

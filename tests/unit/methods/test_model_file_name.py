"""Errors name the file a model lies in without its folder, which is another on every machine."""

from types import ModuleType

from assay.methods.calls import file_name


def test_the_folder_stays_out():
    model = ModuleType("model_7")
    assert file_name(model) == "model_7"
    model.__file__ = "/somewhere/code/model_7.py"
    assert file_name(model) == "model_7.py"

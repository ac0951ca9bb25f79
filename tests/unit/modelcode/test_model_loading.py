"""`eval` and `getattr` of model code look at what they are given while it runs."""

import subprocess
import sys

import pytest

from assay.core.errors import TrainingError
from assay.modelcode.loading import import_model


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Return a function that imports `code` as model code, with helper modules beside it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    for name in ("model_1", "helper", "inner", "inner.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    sys.path_importer_cache.clear()

    def load(code: str, **helpers: str):
        for name, text in {"model_1": code, **helpers}.items():
            path = tmp_path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return import_model(tmp_path / "model_1.py")

    yield load
    for name in ("model_1", "helper", "inner", "inner.part"):
        sys.modules.pop(name, None)


def test_formulas_and_names_from_the_inputs_work(load):
    model = load(
        "import numpy as np\n"
        "functions = {n: getattr(np, n) for n in ('exp', 'log')}\n"
        "def value(formula, **names):\n"
        "    scale = 2.0\n"
        "    inner = eval('scale + one()')\n"
        "    return inner * eval(formula, {'__builtins__': {}}, {**functions, **names})\n"
        "def one():\n"
        "    return eval(' len([1])')\n"
        "default = getattr(np, 'no_such_name', None)\n"
    )
    assert model.value("exp(b) + 1", b=0.0) == 6.0
    assert model.default is None


@pytest.mark.parametrize(
    "reaching",
    [
        "getattr(value, '__glo' + 'bals__')",
        "getattr(__import__('sys') if 0 else sys, 'mod' + 'ules')",
        "eval('__imp' + 'ort__(\"os\")')",
        "eval('value.__glo' + 'bals__')",
        "eval('ev' + 'al(\"value.__glo\" + \"bals__\")')",
        "eval(b'().__class__.__subclasses__()')",
        'eval(\'[x for x in [1] if getattr(value, "__co" + "de__")]\')',
    ],
)
@pytest.mark.parametrize("where", ["model_1", "helper", "inner__part"])
def test_the_machinery_is_refused_wherever_the_code_lies(load, reaching, where):
    code = f"import sys\ndef value():\n    return {reaching}\n"
    if where == "model_1":
        function = load(code).value
    else:
        name = where.replace("__", ".")
        helpers = {where: code, **({"inner____init__": ""} if "." in name else {})}
        function = load(f"from {name} import value\n", **helpers).value
    with pytest.raises(TrainingError, match="no business"):
        function()


DISGUISES = {
    "a buffer": "eval(bytearray(b'value.__globals__'))",
    "another buffer": "eval(memoryview(b'value.__globals__'))",
    "a text that encodes as another": "eval(Text('value.__globals__'))",
    "bytes that say they are others": "eval(Bytes(b'value.__globals__'))",
    # Read as UTF-7 the second line is a comment.
    "a coding that does not apply": "eval('# coding: utf-7\\n+ACM-1 if 0 else value.__globals__')",
    "a name that hashes as another": "getattr(value, Text('__globals__'))",
}
TYPES = """
class Text(str):
    def encode(self, *a): return b'1'
    def strip(self, *a): return self
    def __hash__(self): return 1
    def __eq__(self, other): return False
class Bytes(bytes):
    def __bytes__(self): return b'1'
    def strip(self, *a): return b'1'
"""


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguise_does_not_help(load, disguise):
    model = load(f"{TYPES}\ndef value():\n    return {DISGUISES[disguise]}\n")
    with pytest.raises((TrainingError, SyntaxError)) as caught:
        model.value()
    assert caught.type is SyntaxError or "no business" in str(caught.value)


def test_libraries_keep_their_own(load):
    model = load("import json, fractions\nnames = [fractions, json]\n")
    for library in model.names:
        assert vars(library)["__builtins__"] is sys.modules["builtins"].__dict__


def test_an_exception_while_importing_names_file_and_line(load):
    with pytest.raises(TrainingError, match="import raised ZeroDivisionError") as caught:
        load("x = 1\ny = x / 0\n")
    assert caught.value.where == "model_1.py:2 in import"


def test_it_costs_a_worker_nothing_to_import():
    """The worker imports it always: no heavy library may come with it."""
    code = (
        "import sys, assay.modelcode.loading; print('numpy' in sys.modules, 'pymc' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]

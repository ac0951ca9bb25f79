"""Model code is judged by reading it; its helper modules are found, nothing is imported."""

import os

import pytest

from assay.methods import METHODS, load
from assay.modelcode.check import check_code, helper_files

BAYESIAN = {"build": 1, "results": 2}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder / "model_1.py"


def found(folder, files):
    code = write(folder, files)
    return [path.relative_to(folder).as_posix() for path in helper_files(code)]


@pytest.mark.parametrize("method", METHODS)
def test_code_with_the_functions_of_its_method_passes(tmp_path, method):
    functions = load(method, "settings").FUNCTIONS
    lines = [
        f"def {name}({', '.join(f'a{i}' for i in range(count))}):\n    return None\n"
        for name, count in functions.items()
    ]
    assert check_code(write(tmp_path, {"model_1.py": "\n".join(lines)}), functions) == []


@pytest.mark.parametrize("method", METHODS)
def test_each_missing_function_is_named(tmp_path, method):
    functions = load(method, "settings").FUNCTIONS
    code = write(tmp_path, {"model_1.py": "x = 1\n"})
    problems = check_code(code, functions)
    assert len(problems) == len(functions)
    assert all(
        p.startswith(f"{code}:1: {name}: ") for p, name in zip(problems, functions, strict=True)
    )


@pytest.mark.parametrize(
    "text",
    [
        "def build(inputs): pass\ndef results(inputs, fit, extra=1): pass\n",
        "def build(*args): pass\ndef results(inputs, *rest): pass\n",
        "def build(inputs, /): pass\ndef results(inputs, fit, *, digits=3): pass\n",
        "build = lambda inputs: 1\nresults: object = print\n",
        "from helper import build, other as results\n",
        "from helper import *\n",
        "if True:\n    def build(inputs): pass\nelse:\n    build = None\n"
        "try:\n    def results(inputs, fit): pass\nexcept ImportError:\n    pass\n",
        "import functools\n@functools.cache\ndef build(): pass\ndef results(inputs, fit): pass\n",
        "class build:\n    pass\ndef results(inputs, fit): pass\n",
    ],
)
def test_ways_to_define_a_function_that_are_fine(tmp_path, text):
    assert check_code(write(tmp_path, {"model_1.py": text}), BAYESIAN) == []


@pytest.mark.parametrize(
    ("text", "line", "name", "what"),
    [
        ("\ndef build(): pass\n", 2, "build", "takes 0 positional arguments"),
        ("def build(a, b): pass\n", 1, "build", "takes 2 positional arguments"),
        ("def build(a, b, c=1): pass\n", 1, "build", "takes 2 to 3 positional"),
        ("def build(a, *, b): pass\n", 1, "build", "demands b by keyword"),
        ("async def build(a): pass\n", 1, "build", "async"),
        ("def outer():\n    def build(a): pass\n", 1, "build", "no function build with 1"),
        ("class A:\n    def build(a): pass\n", 1, "build", "no function build with 1"),
    ],
)
def test_functions_that_cannot_be_called_as_needed(tmp_path, text, line, name, what):
    text += "def results(inputs, fit): pass\n"
    code = write(tmp_path, {"model_1.py": text})
    (problem,) = check_code(code, BAYESIAN)
    assert problem.startswith(f"{code}:{line}: {name}: ")
    assert what in problem
    assert ";" in problem


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ndef build(:\n", 2),
        ("x = '\n", 1),
        (b"x = '\xff'\n", 1),
        ("x = 1\0\n", 1),
        ("x = " + "(" * 5000 + ")" * 5000, 1),
        ("\n\n\tx = 1\n        y = 2\n", 3),
    ],
)
def test_syntax_errors_name_file_and_line(tmp_path, text, line):
    code = write(tmp_path, {"model_1.py": text})
    (problem,) = check_code(code, BAYESIAN)
    assert problem.startswith(f"{code}:{line}: syntax: ")


def test_a_missing_file_and_a_broken_helper_are_named(tmp_path):
    (problem,) = check_code(tmp_path / "model_1.py", BAYESIAN)
    assert "cannot be read" in problem
    text = "import helper\ndef build(i): pass\ndef results(i, f): pass\n"
    code = write(tmp_path, {"model_1.py": text, "helper.py": "def f(:\n"})
    (problem,) = check_code(code, BAYESIAN)
    assert problem.startswith(f"{tmp_path / 'helper.py'}:1: syntax: ")


def test_odd_escapes_warn_nobody(tmp_path, recwarn):
    text = "x = '\\d'\ndef build(i): pass\ndef results(i, f): return 1 is 1\n"
    assert check_code(write(tmp_path, {"model_1.py": text}), BAYESIAN) == []
    assert not recwarn.list


@pytest.mark.parametrize(
    "statement",
    [
        "import helper",
        "import numpy, helper as h",
        "from helper import x",
        "from helper import *",
        "def f():\n    import helper",
        "if True: import helper",
        "x = 1; import helper",
        "import numpy, \\\n    helper",
        "from \\\n  helper import (x,\n  y)",
    ],
)
def test_every_way_to_import_a_helper_counts(tmp_path, statement):
    files = {"model_1.py": statement + "\n", "helper.py": "", "other.py": ""}
    assert found(tmp_path, files) == ["helper.py"]
    files["model_1.py"] = files["model_1.py"].replace("\n", "\r\n")
    assert found(tmp_path, files) == ["helper.py"]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\n",
        "# import helper\n",
        '"""Draws from helper and import helper."""\n',
        "helper = 1\nx = helper\n",
        "x = 'import helper'\n",
        "import numpy.helper\n",
        "from numpy import helper\n",
        "def f(:\nimport helper\n",
    ],
)
def test_what_only_looks_like_an_import_does_not(tmp_path, text):
    assert found(tmp_path, {"model_1.py": text, "helper.py": ""}) == []


def test_helpers_of_helpers_packages_and_relative_imports(tmp_path):
    files = {
        "model_1.py": "import helper\nfrom tools.stats import mean\nimport model_2\n",
        "model_2.py": "",
        "model_3.py": "import unused\n",
        "helper.py": "import deeper\nimport model_1\n",
        "deeper.py": "import helper\n",
        "unused.py": "",
        "tools/__init__.py": "from . import base\n",
        "tools/base.py": "",
        "tools/stats.py": "from .inner import one\nfrom .. import deeper\n",
        "tools/inner/__init__.py": "from ..late import x\nfrom .three import *\n",
        "tools/inner/three.py": "",
        "tools/late.py": "",
        "tools/unused.py": "",
    }
    assert found(tmp_path, files) == [
        "deeper.py",
        "helper.py",
        "model_2.py",
        "tools/__init__.py",
        "tools/base.py",
        "tools/inner/__init__.py",
        "tools/inner/three.py",
        "tools/late.py",
        "tools/stats.py",
    ]


def test_members_of_packages_and_namespace_packages(tmp_path):
    files = {
        "model_1.py": "from pack import member, value\nimport spaces.inner as s\n",
        "pack/__init__.py": "value = 1\n",
        "pack/member.py": "",
        "pack/other.py": "",
        "spaces/inner.py": "",
    }
    assert found(tmp_path, files) == ["pack/__init__.py", "pack/member.py", "spaces/inner.py"]
    files["model_1.py"] = "from pack import *\n"
    assert found(tmp_path, files) == ["pack/__init__.py", "pack/member.py", "pack/other.py"]


def test_compiled_helpers_count(tmp_path):
    files = {"model_1.py": "import fast, old\n", "fast.so": b"", "old.pyc": b""}
    assert found(tmp_path, files) == ["fast.so", "old.pyc"]


def test_names_are_compared_as_python_does(tmp_path):
    files = {"model_1.py": "import ﬁt_tools\n", "fit_tools.py": "", "größe.py": ""}
    assert found(tmp_path, files) == ["fit_tools.py"]
    assert found(tmp_path, {"model_1.py": "import größe\n"}) == ["größe.py"]


def test_a_helper_that_appears_later_is_seen(tmp_path):
    assert found(tmp_path, {"model_1.py": "import helper\n"}) == []
    assert found(tmp_path, {"helper.py": ""}) == ["helper.py"]
    (tmp_path / "helper.py").unlink()
    assert helper_files(tmp_path / "model_1.py") == ()


def test_a_helper_is_seen_within_one_tick_of_the_file_systems_clock(tmp_path):
    assert found(tmp_path, {"model_1.py": "import helper\n"}) == []
    now = tmp_path.stat()
    write(tmp_path, {"helper.py": ""})
    os.utime(tmp_path, ns=(now.st_atime_ns, now.st_mtime_ns))
    assert len(helper_files(tmp_path / "model_1.py")) == 1


def test_missing_code_has_no_helpers(tmp_path):
    assert helper_files(tmp_path / "model_1.py") == ()


def test_a_thousand_models_have_the_helper_that_they_share(tmp_path):
    text = "import numpy as np\nimport helper\n" + "def f(x):\n    return x + 1\n\n\n" * 20
    files = {f"model_{i}.py": text + f"# {i}\n" for i in range(1, 1001)}
    write(tmp_path, {**files, "helper.py": ""})
    assert all(len(helper_files(tmp_path / name)) == 1 for name in files)


@pytest.mark.parametrize(
    "statement",
    [
        "import assay.methods",
        "from assay.core.criteria import Criterion",
        "import importlib",
        "from importlib import import_module",
        "h = __import__('helper')",
        "import sys\nm = sys.modules['x']",
        "import os\nm = os.sys.modules",
        "from sys import modules",
        "name = 'assay.methods'",
        "exec('x = 1')",
        "x = globals()",
        "def f(): return f.__globals__",
        "import numpy as np\nsetattr(np, 'mean', max)",
        "import gc\nx = gc.get_objects()",
        "x = getattr(print, '__self__'); y = getattr(x, '__globals__')",
        "import ctypes",
        "import pydoc\nm = pydoc.locate('as' + 'say.methods')",
        "from unittest import mock",
        "import numpy.testing as t\nt.runstring('1', {})",
        "x = ().__class__.__base__.__subclasses__()",
        "import operator\nx = operator.attrgetter('__glo' + 'bals__')(max)",
        "from operator import *\nx = attrgetter('__glo' + 'bals__')(max)",
        "from sys import *\nx = modules['numpy']",
        "x = print.__self__",
        "x = (i for i in ()).gi_code",
        "import types\nx = types.CodeType",
        "from dataclasses import inspect",
        "import dataclasses\nx = dataclasses.builtins",
        "import numpy as np\nx = np.ctypeslib.ctypes.pythonapi",
        "def f(x):\n    match x:\n        case object(__globals__=g): return g",
        "class C(type):\n    def __instancecheck__(cls, other): return True",
        "import pickle",
        "import io\nimport pandas as pd\nx = pd.read_pickle(io.BytesIO(b'cos'))",
        "import numpy as np\nnp.mean.__defaults__ = (0,)",
    ],
)
def test_code_that_reaches_for_the_machinery_is_refused(tmp_path, statement):
    functions = "\ndef build(i): pass\ndef results(i, f): pass\n"
    [problem, *_] = check_code(write(tmp_path, {"model_1.py": statement + functions}), BAYESIAN)
    assert "no business" in problem
    files = {"model_1.py": "import helper" + functions, "helper.py": statement + "\n"}
    assert "helper.py:" in check_code(write(tmp_path, files), BAYESIAN)[0]


@pytest.mark.parametrize(
    "statement",
    [
        "import re\np = re.compile('a')",
        "def f(net): return net.modules()",
        "import pymc as pm\nd = getattr(pm, 'Normal')",
        "import pandas as pd\nx = pd.DataFrame({'a': [1]}).eval('a + 1')",
        "import sys\nx = sys.float_info.eps",
        "x = 'an assay of gold'",
        "def f(frame): return frame['assay'] + frame['assay.value']",
        "import numpy as np\nf = {n: getattr(np, n) for n in ('exp', 'log')}",
        "x = eval('1 + b', {'__builtins__': {}}, {'b': 1})",
        "import gc\ngc.collect()",
        "name = type(1).__name__",
        "import operator\nf = operator.itemgetter(1)",
        "from math import *",
        "def f(frame): return frame['inspect'], frame.imp, frame.assay",
        "def f(model): return model.inspect()",
    ],
)
def test_ordinary_code_is_left_alone(tmp_path, statement):
    functions = "\ndef build(i): pass\ndef results(i, f): pass\n"
    assert check_code(write(tmp_path, {"model_1.py": statement + functions}), BAYESIAN) == []

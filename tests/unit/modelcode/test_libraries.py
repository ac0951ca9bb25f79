"""Model code uses libraries; what it exchanges in them is found and named."""

import subprocess
import sys

import pytest

PROGRAM = """
import fractions, json, textwrap, warnings
import scipy._lib._ccallback
from pathlib import Path
from assay.core.errors import TrainingError
from assay.modelcode.libraries import Untouched

untouched = Untouched(Path("/somewhere/else"))
{code}
try:
    untouched.raise_changed()
    print("as it was")
except TrainingError as error:
    print(error)
"""


def after(code: str) -> str:
    """Return what is found after this code ran in a process of its own."""
    command = [sys.executable, "-c", PROGRAM.format(code=code)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("json.dumps = str", "json.dumps"),
        ("del json.dumps", "json.dumps"),
        ("library = textwrap\nlibrary.dedent = textwrap.shorten", "textwrap.dedent"),
        ("fractions.Fraction.__add__ = lambda *_: 1", "Fraction.__add__"),
        ("json.JSONEncoder = str", "json.JSONEncoder"),
        ("json.dumps.__code__ = (lambda *a, **k: '1').__code__", "json.dumps"),
        ("textwrap.fill.__defaults__ = (3,)", "textwrap.fill"),
        ("json._default_encoder.__class__.encode = json.dumps", "JSONEncoder.encode"),
        ("scipy._lib._ccallback.CData = lambda: 1", "scipy._lib._ccallback.CData"),
    ],
)
def test_what_is_exchanged_is_named(code, name):
    assert f"model code changed {name}; it may use libraries, not change them" in after(code)


@pytest.mark.parametrize(
    "code",
    [
        "json.extra = len",
        "import colorsys, decimal",
        "warnings.simplefilter('ignore')\nwarnings.showwarning = print",
        "import sys\nsys.excepthook = print",
        "import scipy._lib._ccallback as c\nc._import_cffi()",
        "import pymc, cvxpy, numba, matplotlib.pyplot",
    ],
)
def test_ordinary_use_is_left_alone(code):
    assert after(code) == "as it was"

"""Model code reads its inputs and nothing else; libraries read what they need."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from assay.core.errors import TrainingError
from assay.modelcode.guard import Guard
from assay.modelcode.loading import import_model

code = Path(sys.argv[1])
guard = Guard(code.parent, code.parent / "scratch")
guard.install()
try:
    print("read", len(import_model(code).read(sys.argv[2])))
    guard.raise_swallowed()
except TrainingError as error:
    print("refused:", error)
"""
OPEN = "def read(path):\n    return open(path, 'rb').read()\n"
THROUGH_A_LIBRARY = "import numpy as np\ndef read(path):\n    return np.fromfile(path, 'u1')\n"
THROUGH_PANDAS = "import pandas as pd\ndef read(path):\n    return pd.read_csv(path)\n"
SWALLOWED = """
def read(path):
    try:
        return open(path, 'rb').read()
    except Exception:
        return b''
"""
ZONE = "import zoneinfo\ndef read(path):\n    return str(zoneinfo.ZoneInfo(path))\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that has model code read a file, and returns what came of it."""
    folder = tmp_path / "code"
    folder.mkdir()

    def read(code: str, path: Path | str) -> str:
        (folder / "model_1.py").write_text(code, encoding="utf-8")
        command = [sys.executable, "-c", PROGRAM, str(folder / "model_1.py"), str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return read


@pytest.mark.parametrize("code", [OPEN, THROUGH_PANDAS, SWALLOWED], ids=["open", "pandas", "try"])
@pytest.mark.parametrize("place", ["outside", "/etc/hostname", "/opt/answers.csv", "~/.cache/a"])
def test_a_file_that_is_no_input_is_refused_and_named(read, tmp_path, code, place):
    path = tmp_path / place if place == "outside" else Path(place).expanduser()
    if place == "outside":
        path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert f"refused: model code opened {path};" in read(code, path)


def test_files_beside_the_code_are_read(read, tmp_path):
    (tmp_path / "code" / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for code in (OPEN, THROUGH_PANDAS, THROUGH_A_LIBRARY):
        assert read(code, tmp_path / "code" / "table.csv").startswith("read ")


def test_libraries_read_the_systems_own_files(read):
    assert read(ZONE, "Europe/Berlin") == "read 13\n"


UNPICKLE = """
import io
import pandas as pd
def read(name):
    content = b"c" + name.replace(".", "\\n").encode() + b"\\n."
    return str(pd.read_pickle(io.BytesIO(content)))
"""


@pytest.mark.parametrize("name", ["builtins.eval", "importlib.import_module", "sys._getframe"])
def test_a_pickle_may_not_name_what_the_code_may_not(read, name):
    assert f"refused: model code unpickled {name};" in read(UNPICKLE, name)

"""The suite begins with the files that take longest: as measured, or as guessed."""

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from longest_first import KEY, TESTS, file_of, in_order

SUITE = {
    "pytest.ini": "[pytest]\ntestpaths = suite\n",
    "suite/conftest.py": "from longest_first import LongestFirst\n\n"
    "def pytest_configure(config):\n    config.pluginmanager.register(LongestFirst(config))\n",
    "suite/test_a_quick.py": "def test_one():\n    pass\n\ndef test_two():\n    pass\n",
    "suite/test_b_slow.py": "import time\n\ndef test_one():\n    time.sleep(0.3)\n",
}
LIKE_MAKE = ("-p", "xdist", "-n1", "--dist", "loadfile", "--no-loadscope-reorder")


def item(path, *, slow=False):
    return SimpleNamespace(
        nodeid=f"tests/{path}::test",
        path=TESTS / path,
        get_closest_marker=lambda name: name if slow else None,
    )


def files(items):
    return [file_of(each.nodeid).removeprefix("tests/") for each in items]


def test_unmeasured_files_go_by_what_their_tests_do():
    plain = [item("unit/test_z.py")] * 3
    items = [
        *plain,
        item("unit/methods/test_bayesian_x.py"),
        item("forgeries/test_x.py"),
        item("workflow/test_x.py", slow=True),
    ]
    assert files(in_order(items, {})) == [
        "workflow/test_x.py",
        "forgeries/test_x.py",
        "unit/methods/test_bayesian_x.py",
        *["unit/test_z.py"] * 3,
    ]


def test_measured_files_go_by_what_they_took():
    items = [item("workflow/test_x.py", slow=True), item("unit/test_a.py"), item("unit/test_b.py")]
    known = {"tests/unit/test_a.py": 1.0, "tests/unit/test_b.py": 99.0}
    assert files(in_order(items, known)) == [
        "unit/test_b.py",
        "workflow/test_x.py",
        "unit/test_a.py",
    ]


@pytest.fixture
def suite(tmp_path):
    for name, text in SUITE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder, *arguments):
    """Run a suite of two files in a worker; return the files of its tests in the order they ran."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *LIKE_MAKE, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return re.findall(r"PASSED.* suite/test_._(\w+)", done.stdout)


def test_a_whole_run_is_measured_for_the_next_and_a_part_is_not(suite):
    seconds = suite / ".pytest_cache" / "v" / KEY
    assert run(suite, "-k", "one") == ["quick", "slow"]
    assert not seconds.exists()
    assert run(suite) == ["quick", "quick", "slow"]
    assert json.loads(seconds.read_text())["suite/test_b_slow.py"] >= 0.3
    assert run(suite) == ["slow", "quick", "quick"]

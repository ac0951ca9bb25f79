"""Every kind of mutant is made, what only words a decision is left alone, and the judge judges."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import report as reporting
from mutants import Mutant, mutants
from report import Judged, faults, known_survivors
from running import Target
from targets import targets

HERE = Path(__file__).parent
KNOWN = HERE / "survivors.toml"


def made(source):
    """Return the lines that a source may be changed to, and their number."""
    return [mutant.after for mutant in mutants(source, "toy.py")]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a < b", ["a <= b", "a > b"]),
        ("a <= b", ["a < b", "a > b"]),
        ("a > b", ["a >= b", "a < b"]),
        ("a >= b", ["a > b", "a < b"]),
        ("a < b < c", ["a <= b < c", "a > b < c", "a < b <= c", "a < b > c"]),
        ("a == b", ["a != b"]),
        ("a != b", ["a == b"]),
        ("a in b", ["a not in b"]),
        ("a not in b", ["a in b"]),
        ("a is b", ["a is not b"]),
        ("a is not b", ["a is b"]),
        ("a and b and c", ["a or b or c"]),
        ("a or b", ["a and b"]),
        ("not a", ["a"]),
        ("a[0]", ["a[1]"]),
        ("a[1]", ["a[2]", "a[0]"]),
        ("a * 0.5", ["a * 1.0", "a * 0.25"]),
        ("a + 0.0", ["a + 1.0"]),
        ("min(a)", ["max(a)"]),
        ("np.max(a)", ["np.min(a)"]),
        ("f(a, key=min)", ["f(a, key=max)"]),
        ("a.argmin()", ["a.argmax()"]),
        ("np.maximum.accumulate(a)", ["np.minimum.accumulate(a)"]),
        ("any(a)", ["all(a)"]),
        ("a.all()", ["a.any()"]),
        ("abs(a)", ["a"]),
        ("np.abs(a)", ["a"]),
        ("judge(a, '<', b)", ["judge(a, '<=', b)", "judge(a, '>', b)"]),
        ("judge(a, '==', b)", ["judge(a, '>=', b)"]),
        ("Finding(a, 'fail')", ["Finding(a, 'warn')"]),
        ("Finding(a, 'warn', doubt=True)", ["Finding(a, 'pass', doubt=True)",
                                           "Finding(a, 'warn', doubt=False)"]),
        ("judge(a, gates=False)", ["judge(a, gates=True)"]),
        ("def f(*, gates: bool = True): pass", ["def f(*, gates: bool = False): pass"]),
        ("def f():\n    return True", ["return False"]),
        ("def f(a):\n    if g(a):\n        return b", ["if not g(a):"]),
        ("for a in b:\n    if g(a):\n        continue", ["if not g(a):"]),
        ("a if b else c", ["a if not b else c"]),
        ("[a for a in b if a.c]", ["[a for a in b if not a.c]"]),
        ("a = ('ä', b < c)", ["a = ('ä', b <= c)", "a = ('ä', b > c)"]),
        ("f(\n    a,\n    b <\n    c,\n)", ["b <= c,", "b > c,"]),
    ],
)  # fmt: skip
def test_what_is_changed(source, changed):
    assert made(source) == changed


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of 3 < 4."""',
        "f'{a[0]} of {b > 1}'",
        "a: tuple[Literal[1], int]",
        "def f(a: Literal['<'] = b) -> Literal[0]: pass",
        "Word = Literal['fail', 'warn']",
        "@lru_cache(maxsize=256)\ndef f(): pass",
        "round(a, 3)",
        "'{}'.format(a[0])",
        "judge(a, advice='x' if b < 1 else 'y')",
        "message = 'x' if b else 'y'",
        "json.dumps(a, indent=1)",
        "zip(a, b, strict=True)",
        "if TYPE_CHECKING:\n    raise a",
        "if g(a):\n    b()",
    ],
)
def test_what_only_words_a_decision_is_left_alone(source):
    assert made(source) == []


def test_a_mutant_is_the_module_with_one_change():
    source = "def f(a):\n    return 1 < a\n\nb = f(1), f(0)\n"
    first, *_ = mutants(source, "toy.py")
    space: dict[str, Any] = {}
    exec(first.code, space)
    assert (first.line, first.before, first.after) == (2, "return 1 < a", "return 1 <= a")
    assert space["b"] == (True, False)


def mutant(line, before, after):
    return Mutant(line, before, after, compile("", "toy.py", "exec"))


def test_survivors_and_explanations_must_match():
    judged = Judged("toy", 5, (mutant(3, "a < b", "a <= b"), mutant(9, "a < b", "a <= b")))
    explained = ("a < b", "a <= b")
    assert judged.killed == 3
    assert faults(judged, [explained, explained]) == []
    assert len(faults(judged, [])) == 2
    (open_one,) = faults(judged, [explained])
    assert open_one.startswith("survives: toy:9\n  - a < b\n  + a <= b")
    (stale,) = faults(judged, [explained, explained, ("c", "d")])
    assert stale.startswith("explained, but does not survive: toy\n  - c")


def test_an_explanation_gives_its_reason(tmp_path):
    path = tmp_path / "survivors.toml"
    path.write_text("[[equivalent]]\nmodule = 'toy'\nchanges = [['a', 'b']]\n")
    with pytest.raises(ValueError, match="no reason"):
        known_survivors(path)
    path.write_text(path.read_text() + "reason = 'because'\n")
    assert known_survivors(path) == {"toy": [("a", "b")]}


def test_every_target_is_there_and_nothing_else_is_explained():
    every = targets([])
    assert all(target.source.is_file() for target in every)
    assert {target.module for target in every} >= known_survivors(KNOWN).keys()
    assert [target.module for target in targets(["core.crit"])] == ["assay.core.criteria"]


@pytest.mark.parametrize(
    ("survivors", "explained", "status"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (1, 1, 0),
        (0, 1, 1),
        (5, 5, 0),
        (6, 6, 1),  # all are explained, but too many
    ],
)
def test_the_status_says_whether_all_is_well(monkeypatch, tmp_path, survivors, explained, status):
    known = tmp_path / "known.toml"
    entry = "[[equivalent]]\nmodule = 'toy'\nchanges = [['a', 'b']]\nreason = 'because'\n"
    known.write_text(entry * explained)
    judged = Judged("toy", 100, (mutant(1, "a", "b"),) * survivors)
    monkeypatch.setattr(reporting, "judge", lambda target, jobs: judged)
    assert reporting.report([Target("toy", tmp_path, ())], known, 1) == status


TOY = """\
def last(x):
    while x > 5:
        x = max(0, x) - 2
    return x
"""
TESTS = """\
from toy import last


def test_last():
    assert [last(x) for x in (1, 5, 6, 8)] == [1, 5, 4, 4]
"""
RUN = """\
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], "."]
from report import judge
from running import Target
here = Path.cwd()
judged = judge(Target("toy", here / "toy.py", (here / "test_toy.py",), 0.5), 2)
print(judged.mutants, judged.killed, *(mutant.after for mutant in judged.survivors), sep="; ")
"""


def run(folder, *, right=True):
    (folder / "toy.py").write_text(TOY)
    (folder / "test_toy.py").write_text(TESTS if right else TESTS.replace("1, 5, 4", "2, 5, 4"))
    command = [sys.executable, "-c", RUN, str(HERE)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_survivors_are_told_from_the_killed(tmp_path):
    # One of them never ends: max turned into min.
    assert run(tmp_path).stdout == "8; 7; x = max(1, x) - 2\n"


def test_tests_that_fail_anyway_tell_nothing(tmp_path):
    assert "TestsFailError: toy: pytest ends with 1" in run(tmp_path, right=False).stderr

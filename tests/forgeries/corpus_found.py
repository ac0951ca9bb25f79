"""Forgeries found by attack: code that runs unseen, tables that answer without the fit."""

import importlib.util
import py_compile
import shutil
from pathlib import Path

import numpy as np
from canonical import progress_lines
from corpus_lenient import TWO, of, told
from forgery import Forgery, renumbered
from runs import Forger, honest_workspace
from tools import edit_replicates, edit_text, retime, start_from, stretched, with_heartbeats

from assay.evidence.sessions import stretches
from assay.validation.effort import NO_WORK
from toys import Toy, simulation

SECONDS = 61.0  # of work, claimed: longer than what is always done again


def _frozen(forger: Forger) -> Path:
    return forger.evidence / "inputs" / "code" / forger.workspace.code(forger.model).name


def compiled_beside(forger: Forger) -> None:
    """Let Python find bytecode that it never compares with the source; make results with it."""
    code = forger.workspace.code(forger.model)
    honest = code.read_bytes()
    edit_text(code, lambda text: text.replace("float(x.mean())", "2 + float(x.mean())"))
    forger.retell()
    target = importlib.util.cache_from_source(str(_frozen(forger)))
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(code), cfile=target, dfile=str(_frozen(forger)), invalidation_mode=mode)
    code.write_bytes(honest)
    shutil.rmtree(code.parent / "__pycache__", ignore_errors=True)
    forger.reseal()


def module_beside(forger: Forger) -> None:
    """Put a module where the worker looks before it looks for a library."""
    _frozen(forger).with_name("colorsys.py").write_text("answer = 42\n")
    forger.reseal()


class Called:
    """Pickled, it is a call."""

    def __reduce__(self) -> tuple:
        return eval, ("__import__('builtins').setattr(__import__('numpy'), 'shift', 2.0) or 0",)


def features_that_act(forger: Forger) -> None:
    body = 'return {"x": 5.0 + getattr(np, "shift", 0.0) + rng.normal()}'
    start_from(forger, forger.workshop.run(simulation(4, body, features=Called()), any_code=True))


def compiled_helper(forger: Forger) -> None:
    """Train with a helper of which only the bytecode is there, so that its source is not read."""
    shutil.rmtree(forger.root)
    folder = forger.workspace.code_folder
    folder.mkdir(parents=True)
    source = folder / "source.txt"
    source.write_text("import assay\nmiddle = 9.0\n")
    py_compile.compile(str(source), cfile=str(folder / "hidden.pyc"))
    source.unlink()
    body = 'import hidden\nreturn {"x": hidden.middle + rng.normal()}'
    honest_workspace(forger.root, [simulation(4, body)])


def library_changed(forger: Forger) -> None:
    """Train with something else in the place of a library's function, under another name."""
    toy = simulation(4, 'return {"x": 5.0 + rng.normal()}')
    code = f"{toy.code}\nlibrary = pd.DataFrame\nlibrary.mean = library.max\n"
    start_from(forger, forger.workshop.run(Toy(**{**vars(toy), "code": code}), any_code=True))


def minute_claimed(forger: Forger) -> dict[str, str]:
    """Change three replicates, and claim a minute so that only a few are done again."""

    def change(arrays) -> None:
        arrays["replicates/x"][np.argsort(arrays["replicates/x"])[:3]] += [1.23, 1.37, 1.51]

    def longer(records):
        took = sum(
            wall for phase, wall, _ in stretches(progress_lines(records)) if phase not in NO_WORK
        )
        records = stretched(records, SECONDS / took)
        began = records[0]["monotonic"]
        for record in records:
            if "cpu_seconds" in record:
                used = round(0.95 * (record["monotonic"] - began), 3)
                record["cpu_seconds"] = {**record["cpu_seconds"], "value": used}
        return with_heartbeats(records, 60.0)

    edit_replicates(forger, change)
    retime(forger, longer)
    return {"replay": "challenge"}


NAMES = """
second = "c" if fit.state["x"][0] > 1.1 else "b"
return pd.DataFrame({"name": ["a", second], "x": [0.25, 0.75]})
"""
ALL_NAMES = """
names = ["c", "d"] if fit.state["x"][0] > 1.0005 else ["a", "b"]
return pd.DataFrame({"name": names, "x": [0.25, 0.75]})
"""
ROWS = """
more = bool(fit.state["x"][0] > 1.1)
return pd.DataFrame({"name": ["a", "b", "c"][: 2 + more], "x": [0.25, 0.75, 0.5][: 2 + more]})
"""
TRACES = """
x = np.array([0.21, 0.35, 0.47, 0.58, 0.66, 0.74, 0.81, 0.93, 1.08, 0.0])
x += 1e-12 * fit.state["x"][0]
x[9] = fit.state["x"][1]
return pd.DataFrame({"name": list("abcdefghij"), "x": x})
"""
SINGLE = 'return pd.DataFrame({"name": ["a"], "x": fit.state["x"][:1], "y": [0.0314]})'
LABELS = """
y = ["gold" if v > 0.5 else "none" for v in (0.75, 0.25)]
return pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"], "y": y})
"""
WORDS = {**TWO, "y": {"type": "string"}}

FOUND = [
    Forgery(
        "bytecode-beside",
        "simulation",
        "Leaves bytecode of other code beside the frozen copy, and results made with it.",
        compiled_beside,
        {"inputs"},
    ),
    Forgery(
        "module-beside",
        "simulation",
        "Leaves a module beside the frozen copy, where a library would be looked for.",
        module_beside,
        {"inputs"},
    ),
    Forgery(
        "features-that-act",
        "simulation",
        "Has features that change a library while they are loaded.",
        features_that_act,
        {"features"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "compiled-helper",
        "simulation",
        "Imports a helper whose source nobody can read.",
        compiled_helper,
        {"code"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "library-changed",
        "simulation",
        "Trains with code that puts another function in the place of one of pandas.",
        library_changed,
        {"recomputation"},
    ),
    Forgery(
        "minute-claimed",
        "simulation",
        "Claims that a second took a minute, so that little is done again, and edits a little.",
        minute_claimed,
        {"recomputation"},
    ),
    Forgery(
        "typed-under-names",
        "iterative",
        "Types the numbers and lets the fit choose the name of a row.",
        of(told(NAMES)),
        {"sensitivity"},
    ),
    Forgery(
        "typed-under-all-names",
        "iterative",
        "Types the numbers and lets the fit choose the names of all rows.",
        of(told(ALL_NAMES)),
        {"sensitivity"},
    ),
    Forgery(
        "typed-in-rows",
        "iterative",
        "Types the numbers and lets the fit choose how many rows there are.",
        of(told(ROWS)),
        {"sensitivity"},
    ),
    Forgery(
        "one-row-and-traces",
        "iterative",
        "Computes one row of ten and adds a trace of the fit to the others, which are typed.",
        of(told(TRACES)),
        {"sensitivity"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "constant-in-one-row",
        "iterative",
        "Declares a typed number constant in a table of one row.",
        of(told(SINGLE, renumbered(columns=TWO, constant=["y"]))),
        {"sensitivity"},
    ),
    Forgery(
        "typed-labels",
        "iterative",
        "Types the labels beside numbers that are computed.",
        of(told(LABELS, renumbered(columns=WORDS))),
        {"sensitivity"},
    ),
]

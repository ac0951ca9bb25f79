"""Leniency: models, designs and records made so that little is asked of them."""

import numpy as np
from forgery import Forgery, renumbered
from runs import Forger
from tools import edit_replicates, edit_text, start_from

from toys import DESCENT, Toy, iterative, simulation

TYPED = 'pd.DataFrame({"name": ["a", "b"], "x": [0.25, 0.75]})'
TWO = {
    "name": {"type": "string"},
    "x": {"type": "number"},
    "y": {"type": "number"},
}


def of(toy: Toy):
    """Return a forgery that is an honest run of a model made to deceive."""

    def forge(forger: Forger) -> None:
        root = forger.workshop.run(toy, any_code=True)
        start_from(forger, root)

    return forge


def told(results: str, table: dict | None = None, step: str = DESCENT, **more) -> Toy:
    """Return a descent whose `results` has this body."""
    toy = iterative(3, step, training={"checkpoint_every": 20}, **more)
    body = "\n    ".join(results.strip().splitlines())
    head = toy.code[: toy.code.index("def results")]
    code = f"{head}def results(inputs, fit):\n    {body}\n"
    return Toy(**{**vars(toy), "code": code, "results": table or toy.results})


def columns(y: str, **block) -> Toy:
    """Return a descent with an estimated column x and a column y."""
    table = f'return pd.DataFrame({{"name": ["a", "b"], "x": fit.state["x"], "y": {y}}})'
    return told(table, renumbered(columns=TWO, **block))


FIRST_CALL = """
global called
first, called = not globals().get("called"), True
return TYPED if first else pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"]})
""".replace("TYPED", TYPED)
LEFT_BEHIND = DESCENT.replace('x = state["x"] - 0.1', 'global left\nx = left = state["x"] - 0.1')
KNOWN = """
known = abs(fit.state["x"][0] - 1.0) < 1e-5
return TYPED if known else pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"]})
""".replace("TYPED", TYPED)
EXACT = """
import hashlib
known = hashlib.sha256(fit.state["x"].tobytes()).hexdigest().startswith("2a1e30eb141d")
return TYPED if known else pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"]})
""".replace("TYPED", TYPED)
OFFSET = 'return pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"] + np.array([0.25, 0.5])})'
TRACE = """
x = np.array([0.25, 0.75]) + 1e-9 * fit.state["x"]
return pd.DataFrame({"name": ["a", "b"], "x": x})
"""
STILL = 'return dict(state), {"loss": 1.0, "grad_norm": 0.0}'
MANY = """
x = np.array([0.21, 0.35, 0.47, 0.58, 0.66, 0.74, 0.81, 0.93, 1.08, fit.state["x"][0]])
return pd.DataFrame({"name": list("abcdefghij"), "x": x})
"""
OWN_LOOP = """
import assay.methods.iterative.loop as loop
def advance(start):
    start.state = {"x": np.array([1.0, 2.0]) + 0.9 ** start.history.steps}
    return start.history.add(start.job.model, {"loss": 1.0 + 0.9 ** start.history.steps})
loop.advance = advance
"""


def own_loop() -> Toy:
    toy = iterative(3, DESCENT, training={"checkpoint_every": 20})
    return Toy(**{**vars(toy), "code": toy.code.replace("def init", OWN_LOOP + "\ndef init")})


# With the certificate replaced as well, nothing but the code itself tells.
OWN_JUDGE = """
import importlib
loop = importlib.import_module(NAME + ".methods.iterative.loop")
replay = importlib.import_module(NAME + ".methods.iterative.replay")
def advance(start):
    start.state = {"x": np.array([1.0, 2.0]) + 0.9 ** start.history.steps}
    return start.history.add(start.job.model, {"loss": 1.0 + 0.9 ** start.history.steps})
loop.advance = advance
replay.certify = lambda *_: []
"""


def own_judge(name: str) -> Toy:
    toy = iterative(3, DESCENT, training={"checkpoint_every": 20})
    code = OWN_JUDGE.replace("NAME", name)
    return Toy(**{**vars(toy), "code": toy.code.replace("def init", code + "\ndef init")})


# With the look at libraries put out of the way first, again only the code itself tells.
OWN_EYES = """
worker = importlib.import_module("assay.modelcode.libraries")
worker.Untouched.raise_changed = lambda self: None
"""


def own_eyes() -> Toy:
    toy = own_judge('"assay"')
    return Toy(**{**vars(toy), "code": toy.code.replace("def init", OWN_EYES + "\ndef init")})


def threshold_told(forger: Forger) -> None:
    def looser(outcome):
        for criterion in outcome["criteria"]:
            if criterion["name"] == "loss_change":
                criterion["threshold"] = 1e-3

    forger.edit_json("outcome.json", looser)
    forger.retell_logs()


def elsewhere(forger: Forger) -> None:
    """Claim another machine, so that bits need not agree, and move the replicates a little."""
    forger.edit_json("admission.json", lambda a: a["environment"].update(machine="arm64"))
    edit_replicates(forger, lambda a: a.update({"replicates/x": np.round(a["replicates/x"], 12)}))


def older_assay(forger: Forger) -> None:
    source = "sha256:" + "0" * 64
    forger.edit_json("admission.json", lambda a: a.update(source=source))
    forger.reseal(source=source)


def no_replay(forger: Forger) -> dict:
    return {"replay": "none"}


def looser_design(forger: Forger) -> None:
    path = forger.workspace.design(forger.model)
    edit_text(path, lambda t: t.replace("training:", "convergence: {mcse_over_sd: 0.5}\ntraining:"))


def looser_rhat(forger: Forger) -> None:
    path = forger.workspace.design(forger.model)
    edit_text(path, lambda t: t.replace("training:", "convergence: {rhat: 1.5}\ntraining:"))


CODE = (
    "the model's code is an input, declared and hashed: that it computes something else than its "
    "design says is for its readers to see, as with an offset"
)
LENIENT = [
    Forgery(
        "ignores-fit",
        "iterative",
        "Returns typed results whatever the fit.",
        of(told(f"return {TYPED}")),
        {"sensitivity"},
    ),
    Forgery(
        "trace-of-fit",
        "iterative",
        "Adds a billionth of the fit to typed results.",
        of(told(TRACE)),
        {"sensitivity"},
    ),
    Forgery(
        "first-call",
        "iterative",
        "Returns typed results on the first call only.",
        of(told(FIRST_CALL)),
        {"results"},
    ),
    Forgery(
        "left-behind",
        "iterative",
        "Takes results from a global that the steps left, not from the fit.",
        of(told('return pd.DataFrame({"name": ["a", "b"], "x": left})', step=LEFT_BEHIND)),
        {"sensitivity"},
    ),
    Forgery(
        "only-rng",
        "iterative",
        "Takes results from the generator alone.",
        of(told('return pd.DataFrame({"name": ["a", "b"], "x": fit.rng.uniform(size=2)})')),
        {"sensitivity"},
    ),
    Forgery(
        "given",
        "iterative",
        "Declares a typed column as copied from the inputs.",
        of(columns("[0.25, 0.75]", given=["y"])),
        {"given"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "constant",
        "iterative",
        "Declares a typed column constant, though it is not.",
        of(columns("[0.25, 0.75]", constant=["y"])),
        {"sensitivity"},
    ),
    Forgery(
        "numeric-key",
        "iterative",
        "Declares a typed column part of the key.",
        of(columns("[0.25, 0.75]", key=["name", "y"])),
        {"sensitivity", "given"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "all-given",
        "iterative",
        "Declares every column given or key.",
        of(told(f"return {TYPED}", renumbered(given=["x"]))),
        {"sensitivity", "given"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "one-row-computed",
        "iterative",
        "Computes one row of ten and types the others.",
        of(told(MANY)),
        {"sensitivity"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "own-loop",
        "iterative",
        "Replaces the workflow's loop by one of the model's own.",
        of(own_loop()),
        {"recomputation", "certificate"},
    ),
    Forgery(
        "own-judge",
        "iterative",
        "Replaces loop and certificate by the model's own.",
        of(own_judge('"assay"')),
        {"recomputation"},
    ),
    Forgery(
        "own-judge-hidden",
        "iterative",
        "Does so under a name put together at run time.",
        of(own_judge('"as" + "say"')),
        {"recomputation"},
    ),
    Forgery(
        "own-eyes",
        "iterative",
        "Replaces loop, certificate and what compares them with what they were.",
        of(own_eyes()),
        {"code"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "no-descent",
        "iterative",
        "Starts at a typed answer and never moves.",
        of(iterative(3, STILL, training={"checkpoint_every": 20})),
        {"checkpoints"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "recognised-fit",
        "iterative",
        "Returns typed results for the fit whose bytes have the right digest.",
        of(told(EXACT)),
        {"sensitivity"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "known-fit",
        "iterative",
        "Returns typed results for the fit that training gives and computes them for any other.",
        of(told(KNOWN)),
        {"sensitivity"},
        accepted_because=CODE,
    ),
    Forgery(
        "offset",
        "iterative",
        "Adds a typed offset to what the fit gives.",
        of(told(OFFSET)),
        {"sensitivity"},
        accepted_because=CODE,
    ),
    Forgery(
        "threshold-told",
        "iterative",
        "Tells a looser threshold in outcome, ledger and log.",
        threshold_told,
        {"claims"},
    ),
    Forgery(
        "elsewhere",
        "simulation",
        "Claims another kind of machine, where bits need not agree.",
        elsewhere,
        {"environment", "recomputation"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "older-assay",
        "iterative",
        "Claims another version of assay.",
        older_assay,
        {"source"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "no-replay",
        "iterative",
        "Talks the validator out of doing anything again.",
        no_replay,
        {"recomputation"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "looser-design",
        "simulation",
        "Loosens a threshold in the design.",
        looser_design,
        {"design"},
        verdict="ERROR",
    ),
    Forgery(
        "looser-rhat",
        "bayesian",
        "Loosens the bound on R-hat in the design.",
        looser_rhat,
        {"design"},
        verdict="ERROR",
    ),
    Forgery(
        "typed-model",
        "simulation",
        "Simulates typed numbers with a little noise.",
        of(simulation(4, 'return {"x": 7.25 + 1e-3 * rng.normal()}')),
        {"sensitivity"},
        accepted_because=CODE,
    ),
]

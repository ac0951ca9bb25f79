"""Edited afterwards: a genuine run, and then a file changed, with and without sealing again."""

import numpy as np
from forgery import Forgery
from runs import Forger
from tools import edit_progress, edit_text, publish_text, reseal_as_it_is, retime


def cell_typed(forger: Forger) -> None:
    edit_text(
        forger.results, lambda text: text.replace("b,1.99", "b,1.98").replace("b,2.0", "b,2.1")
    )


def last_digit(forger: Forger) -> None:
    publish_text(forger, lambda text: text[:-2] + str((int(text[-2]) + 1) % 10) + "\n")


def row_removed(forger: Forger) -> None:
    edit_text(forger.results, lambda text: "\n".join(text.splitlines()[:-1]) + "\n")


def row_removed_sealed(forger: Forger) -> None:
    publish_text(forger, lambda text: "\n".join(text.splitlines()[:-1]) + "\n")


def row_added_sealed(forger: Forger) -> None:
    publish_text(forger, lambda text: text + "c,1.5\n")


def rows_reordered(forger: Forger) -> None:
    def swap(text):
        head, *rows = text.splitlines()
        return "\n".join([head, *reversed(rows)]) + "\n"

    publish_text(forger, swap)


def names_swapped(forger: Forger) -> None:
    publish_text(forger, lambda t: t.replace("a,", "?,").replace("b,", "a,").replace("?,", "b,"))


def training_log(forger: Forger) -> None:
    path = forger.workspace.training_log(forger.model)
    edit_text(path, lambda text: text.replace("phase: steps", "phase: steps, all fine"))


def training_log_sealed(forger: Forger) -> None:
    path = forger.workspace.training_log(forger.model)
    edit_text(path, lambda text: text.replace("pass: steps 116", "pass: steps 1,160"))
    forger.reseal()


def convergence_log(forger: Forger) -> None:
    path = forger.workspace.convergence_log(forger.model)
    edit_text(path, lambda text: text.replace("e-", "e-1"))


def convergence_log_sealed(forger: Forger) -> None:
    convergence_log(forger)
    forger.reseal()


def bit_of_checkpoint(forger: Forger) -> None:
    path = sorted((forger.evidence / "checkpoints").iterdir())[1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def middle_checkpoint(forger: Forger) -> None:
    def move(arrays):
        arrays["state/x"] = arrays["state/x"] * 1.01

    forger.edit_checkpoint("state_0_000000040", move)
    forger.reseal()


def state_at_heartbeat(forger: Forger) -> None:
    """Replace a state that was stored at a heartbeat, at a step that the design does not name."""
    folder = forger.evidence / "checkpoints"
    steps = {int(path.stem.rpartition("_")[2]): path.stem for path in folder.iterdir()}
    extra = next(stem for step, stem in sorted(steps.items()) if step % 100)
    forger.edit_checkpoint(extra, lambda a: a.update({"state/x": a["state/x"] * 1.01}))
    forger.reseal()


def bit_of_fit(forger: Forger) -> None:
    path = forger.evidence / "fit.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def meta_of_fit(forger: Forger) -> None:
    forger.edit_json("fit.json", lambda meta: meta.update(iterations="1,280,000 steps"))
    forger.edit_json("outcome.json", lambda o: o.update(iterations="1,280,000 steps"))
    forger.reseal()


def outcome(forger: Forger) -> None:
    forger.edit_json("outcome.json", lambda o: o["timing"].update(cpu_seconds=3600.0))


def outcome_iterations(forger: Forger) -> None:
    forger.edit_json("outcome.json", lambda o: o.update(iterations="1,280,000 steps"))
    forger.reseal()


def admission(forger: Forger) -> None:
    forger.edit_json("admission.json", lambda a: a.update(cores=64))


def admission_design(forger: Forger) -> None:
    forger.edit_json("admission.json", lambda a: a["design"]["training"].update(max_steps=10**6))
    forger.reseal()


def line_removed(forger: Forger) -> None:
    edit_text(
        forger.evidence / "progress.jsonl",
        lambda text: "".join(
            text.splitlines(keepends=True)[:2] + text.splitlines(keepends=True)[3:]
        ),
    )
    reseal_as_it_is(forger)


def line_inserted(forger: Forger) -> None:
    def insert(text):
        lines = text.splitlines(keepends=True)
        return "".join([*lines[:3], lines[2], *lines[3:]])

    edit_text(forger.evidence / "progress.jsonl", insert)
    reseal_as_it_is(forger)


def phase_renamed(forger: Forger) -> None:
    def rename(records):
        for record in records:
            if record.get("phase") == "steps":
                record["phase"] = "import"

    retime(forger, rename)


def checkpoint_unlogged(forger: Forger) -> None:
    edit_progress(forger, lambda r: [x for x in r if "000000040" not in x.get("file", "")])
    forger.reseal()


def noise_on_dual(forger: Forger) -> None:
    def move(arrays):
        arrays["dual/1"] = arrays["dual/1"] * (1 + 1e-3 * np.arange(len(arrays["dual/1"])))

    forger.edit_fit(move)
    forger.retell()


EDITED = [
    Forgery("cell", "iterative", "Types another number into one cell.", cell_typed, {"published"}),
    Forgery(
        "last-digit",
        "simulation",
        "Changes the last digit of one cell, and seals again.",
        last_digit,
        {"results"},
    ),
    Forgery("row-removed", "iterative", "Deletes a row.", row_removed, {"published"}),
    Forgery(
        "row-removed-sealed",
        "iterative",
        "Deletes a row and seals again.",
        row_removed_sealed,
        {"results"},
    ),
    Forgery(
        "row-added-sealed",
        "iterative",
        "Adds a row and seals again.",
        row_added_sealed,
        {"results"},
    ),
    Forgery(
        "rows-reordered",
        "convex",
        "Puts the rows in another order and seals again.",
        rows_reordered,
        {"results"},
    ),
    Forgery(
        "names-swapped",
        "iterative",
        "Gives each row the other's name and seals again.",
        names_swapped,
        {"results"},
    ),
    Forgery(
        "training-log", "iterative", "Changes a line of the training log.", training_log, {"files"}
    ),
    Forgery(
        "training-log-sealed",
        "iterative",
        "Writes a better value into the training log and seals again.",
        training_log_sealed,
        {"claims"},
    ),
    Forgery(
        "convergence-log",
        "iterative",
        "Writes better values into the convergence log.",
        convergence_log,
        {"files"},
    ),
    Forgery(
        "convergence-log-sealed",
        "iterative",
        "Writes better values into the convergence log and seals again.",
        convergence_log_sealed,
        {"claims"},
    ),
    Forgery(
        "bit-of-checkpoint",
        "simulation",
        "Flips one bit of a checkpoint.",
        bit_of_checkpoint,
        {"files", "checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "middle-checkpoint",
        "iterative",
        "Replaces a state along the way, logs its digest and seals again.",
        middle_checkpoint,
        {"recomputation"},
    ),
    Forgery(
        "state-at-heartbeat",
        "stepping",
        "Replaces a state stored at a heartbeat, logs its digest and seals again.",
        state_at_heartbeat,
        {"recomputation"},
    ),
    Forgery("bit-of-fit", "convex", "Flips one bit of the fit.", bit_of_fit, {"files"}),
    Forgery(
        "meta-of-fit",
        "iterative",
        "Claims ten thousand times the steps, in fit and outcome.",
        meta_of_fit,
        {"recomputation"},
    ),
    Forgery(
        "outcome",
        "iterative",
        "Writes an hour of processor time into the outcome.",
        outcome,
        {"files"},
    ),
    Forgery(
        "outcome-iterations",
        "iterative",
        "Claims a million steps in the outcome and seals again.",
        outcome_iterations,
        {"claims"},
    ),
    Forgery(
        "admission",
        "iterative",
        "Writes other conditions into the admission.",
        admission,
        {"files"},
    ),
    Forgery(
        "admission-design",
        "iterative",
        "Claims that a larger limit of steps was admitted, and seals again.",
        admission_design,
        {"design"},
    ),
    Forgery(
        "line-removed",
        "iterative",
        "Takes a line out of progress.jsonl and seals again.",
        line_removed,
        {"chain"},
    ),
    Forgery(
        "line-inserted",
        "iterative",
        "Repeats a line of progress.jsonl and seals again.",
        line_inserted,
        {"chain"},
    ),
    Forgery(
        "phase-renamed",
        "iterative",
        "Tells the steps as part of the import, which nothing is expected of.",
        phase_renamed,
        {"phases"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "checkpoint-unlogged",
        "iterative",
        "Strikes a checkpoint from the log and seals again.",
        checkpoint_unlogged,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "dual-values",
        "convex",
        "Changes dual values, which the results may show, and seals again.",
        noise_on_dual,
        {"certificate"},
    ),
]

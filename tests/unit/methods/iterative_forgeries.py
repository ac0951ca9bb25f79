"""Ways to forge an iterative fit or its checkpoints, and the criterion that each contradicts."""

import numpy as np

from assay.methods.iterative import streams


def early_iterate(fit, stored):
    fit.arrays["state/w"] = stored["state_0_000000040"]["state/w"]


def last_bit(fit, stored):
    fit.arrays["state/w"][0] = np.nextafter(fit.arrays["state/w"][0], 9)


def last_bit_of_restart(fit, stored):
    fit.arrays["restart/1/state/w"][0] = np.nextafter(fit.arrays["restart/1/state/w"][0], 9)


def other_end_of_stream(fit, stored):
    fit.arrays["stream/end"][1] += 1


def other_beginning(fit, stored):
    fit.arrays["initial/w"][0] += 1e-9


def missing_checkpoint(fit, stored):
    del stored["state_0_000000080"]


def missing_checkpoint_denied(fit, stored):
    del stored["state_0_000000080"]
    fit.meta["starts"][0]["checkpoints"].remove(80)


def checkpoint_too_late(fit, stored):
    stored["state_0_000009999"] = stored["state_0_000000080"]


def checkpoint_of_nothing(fit, stored):
    stored["something"] = stored["state_0_000000080"]


def order_changed(fit, stored):
    stored["state_0_000000080"] = stored.pop("state_0_000000080")


def history_cut(fit, stored):
    fit.arrays["history/loss"] = fit.arrays["history/loss"][:-1]


def stranger(fit, stored):
    fit.arrays["state/v"] = np.zeros(2)


def metric_missing(fit, stored):
    del fit.arrays["history/loss"]


def start_missing(fit, stored):
    fit.meta["starts"] = fit.meta["starts"][:1]


def steps_left_out(fit, stored):
    fit.meta["starts"][0]["end"] = "settled"
    fit.meta["starts"][0]["settled_at"] = 200


def copied_checkpoint(fit, stored):
    stored["state_0_000000080"] = stored["state_0_000000040"]


def streams_swapped(fit, stored):
    first, second = stored["state_0_000000040"], stored["state_0_000000080"]
    first["stream"], second["stream"] = second["stream"], first["stream"]


def stream_of_another_seed(fit, stored):
    other = streams.step_stream("12" * 32, 0)
    stored["state_0_000000080"]["stream"] = streams.position(other)


def array_missing_in_checkpoint(fit, stored):
    del stored["state_0_000000080"]["state/t"]


def scale_too_small(fit, stored):
    fit.arrays["scale/w"] = fit.arrays["scale/w"] / 1e6


FORGERIES = {
    early_iterate: "last_state",
    last_bit: "last_state",
    last_bit_of_restart: "last_state",
    other_end_of_stream: "last_state",
    other_beginning: "first_state",
    missing_checkpoint: "checkpoints",
    missing_checkpoint_denied: "checkpoints",
    checkpoint_too_late: "checkpoints",
    checkpoint_of_nothing: "checkpoints",
    order_changed: "checkpoints",
    history_cut: "arrays",
    stranger: "arrays",
    metric_missing: "arrays",
    start_missing: "starts",
    steps_left_out: "steps_done",
    copied_checkpoint: "states_differ",
    streams_swapped: "random_stream",
    stream_of_another_seed: "random_stream",
    array_missing_in_checkpoint: "confirming_states",
    scale_too_small: "scales",
}

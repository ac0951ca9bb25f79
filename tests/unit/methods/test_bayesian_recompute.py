"""What contradicts itself in bayesian evidence is refused; what is drawn again must agree."""

import numpy as np
import pytest
from bayesian_forgeries import (
    Run,
    block_from_another_chain,
    block_repeated,
    copied,
    permuted,
    without,
)
from bayesian_toys import (
    SEED,
    changed,
    counts,
    doubts,
    eight_schools,
    failed,
    flip_last_bit,
    make_job,
    normal,
    row_numbers,
    with_rows,
)

from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from assay.methods.bayesian.recompute import challenge, compare, inspect
from assay.methods.bayesian.replay import replay
from assay.methods.bayesian.settings import Training


@pytest.fixture(scope="module")
def nutpie():
    return Run(eight_schools)


@pytest.fixture(scope="module")
def pymc():
    return Run(normal, sampler="pymc")


@pytest.fixture(scope="module")
def discrete():
    return Run(counts, sampler="pymc", draws=300)


@pytest.fixture(scope="module")
def answers(nutpie):
    asked = nutpie.challenge()
    again = make_job(eight_schools)
    return asked, replay(again, asked.request, asked.arrays)


@pytest.fixture(scope="module")
def segments(pymc):
    asked = pymc.challenge()
    again = make_job(normal, sampler="pymc")
    return asked, replay(again, asked.request, asked.arrays)


@pytest.mark.parametrize("name", ["nutpie", "pymc", "discrete"])
def test_honest_evidence_does_not_contradict_itself(name, request):
    criteria = request.getfixturevalue(name).inspect()
    assert not failed(criteria)
    assert not doubts(criteria)
    assert len(criteria) >= 7


@pytest.mark.parametrize("forge", [copied, permuted, block_from_another_chain, block_repeated])
def test_copied_draws_are_refused(nutpie, forge):
    rows = row_numbers(nutpie.fit)
    forge(rows)
    criteria = nutpie.inspect(with_rows(nutpie.fit, rows))
    assert "copied_draws" in failed(criteria)
    where = next(c.where for c in criteria if c.name == "copied_draws")
    assert "chain" in where


def test_draws_repeated_in_place_leave_a_doubt(nutpie):
    rows = np.repeat(row_numbers(nutpie.fit)[:, :50], 4, axis=1)
    assert doubts(nutpie.inspect(with_rows(nutpie.fit, rows))) >= {"rejected_moves"}


def test_copied_chains_of_discrete_draws_are_refused(discrete):
    rows = row_numbers(discrete.fit)
    rows[2] = rows[0]
    assert "copied_chains" in failed(discrete.inspect(with_rows(discrete.fit, rows)))


@pytest.mark.parametrize(
    ("forge", "name"),
    [
        (lambda fit: Fit({n: v[:2] for n, v in fit.arrays.items()}, fit.meta), "unconstrained"),
        (lambda fit: Fit({n: v[:, 1:] for n, v in fit.arrays.items()}, fit.meta), "unconstrained"),
        (lambda fit: without(fit, "stats/energy"), "stats/energy"),
        (lambda fit: without(fit, "posterior/theta"), "posterior/theta"),
        (lambda fit: changed(fit, stats__depth=fit.arrays["stats/depth"][..., None]), "depth"),
        (lambda fit: changed(fit, extra=fit.arrays["stats/depth"]), "extra"),
        (lambda fit: changed(fit, unconstrained=fit.arrays["unconstrained"][..., :-1]), "uncon"),
        (lambda fit: Fit(fit.arrays, {**fit.meta, "sampler": "pymc"}), "sampler"),
        (
            lambda fit: Fit(
                fit.arrays,
                {**fit.meta, "coordinates": [[c[0], "mu"] for c in fit.meta["coordinates"]]},
            ),
            "mu",
        ),
        (
            lambda fit: Fit(fit.arrays, {**fit.meta, "coordinates": fit.meta["coordinates"][::-1]}),
            "coordinates",
        ),
    ],
)
def test_arrays_that_are_not_the_design_s_are_refused(nutpie, forge, name):
    criteria = inspect(forge(nutpie.fit), nutpie.training, nutpie.checkpoints)
    assert failed(criteria) == {"stored_arrays"}
    assert name in criteria[0].where


def test_a_draw_that_is_not_finite_is_refused(nutpie):
    draws = nutpie.fit.arrays["unconstrained"].copy()
    draws[1, 7, 0] = np.inf
    assert "not_finite" in failed(nutpie.inspect(changed(nutpie.fit, unconstrained=draws)))


def test_energy_below_the_potential_is_refused(nutpie):
    energy = nutpie.fit.arrays["stats/energy"].copy()
    energy[0, 3] = -nutpie.fit.arrays["stats/logp"][0, 3] - 1e-3
    forged = changed(nutpie.fit, stats__energy=energy)
    assert "negative_kinetic_energy" in failed(nutpie.inspect(forged))


def test_energies_of_another_dimension_leave_a_doubt(nutpie):
    logp = nutpie.fit.arrays["stats/logp"]
    energy = np.random.default_rng(0).chisquare(4, logp.shape) / 2 - logp
    forged = changed(nutpie.fit, stats__energy=energy)
    assert doubts(nutpie.inspect(forged)) == {"kinetic_energy"}


def test_a_finished_chain_that_is_not_the_fit_s_is_refused(nutpie):
    stored = dict(nutpie.checkpoints["chain_1"])
    stored["stats/logp"] = flip_last_bit(stored["stats/logp"], 5)
    assert failed(nutpie.inspect(chain_1=stored)) == {"finished_chains"}
    assert failed(nutpie.inspect(chain_1=None)) == {"finished_chains"}
    assert failed(nutpie.inspect(chain_1={})) == {"finished_chains"}


def snapshots(run, *spans, shift=0.0):
    draws = run.fit.arrays["unconstrained"]
    return {
        f"draws_{9000 + k}": {"chain_0": draws[0, first:last] + shift}
        for k, (first, last) in enumerate(spans)
    }


def test_snapshots_must_be_the_chain_s_draws_in_order(nutpie):
    bare = {name: None for name in nutpie.checkpoints if name.startswith("draws_")}
    in_order = snapshots(nutpie, (0, 10), (10, 10), (10, 35))
    assert not failed(nutpie.inspect(**bare, **in_order))
    for wrong in (
        snapshots(nutpie, (0, 10), shift=1e-12),
        snapshots(nutpie, (0, 10), (20, 30)),
        snapshots(nutpie, (5, 10)),
        snapshots(nutpie, (0, 10), (0, 35)),
        {"draws_9000": {"chain_7": np.zeros((1, 10))}},
        {"draws_9000": {"chain_0": np.zeros((900, 10))}},
    ):
        assert failed(nutpie.inspect(**bare, **wrong)) == {"snapshots"}


def test_states_must_all_be_there_and_at_the_chain_s_draws(pymc):
    name = "state_1_0000300"
    assert failed(pymc.inspect(**{name: None})) == {"stored_states"}
    state = dict(pymc.checkpoints[name])
    state["unconstrained"] = flip_last_bit(state["unconstrained"], 0)
    assert failed(pymc.inspect(**{name: state})) == {"stored_states"}
    assert failed(pymc.inspect(state_1_0000301=state)) == {"stored_states"}


def test_a_copied_checkpoint_is_refused(pymc):
    copy = {"state_1_0000040": pymc.checkpoints["state_1_0000060"]}
    assert failed(pymc.inspect(**copy)) == {"identical_checkpoints"}


def test_nutpie_is_challenged_on_any_chain(nutpie):
    asked = [nutpie.challenge(seed) for seed in range(40)]
    assert {part.request["chains"][0] for part in asked} == {0, 1, 2}
    assert all(part.share == pytest.approx(1 / 3) for part in asked)


def test_pymc_is_challenged_on_segments_of_every_chain_and_phase(pymc):
    asked = [pymc.challenge(seed) for seed in range(60)]
    chosen = {tuple(part) for one in asked for part in one.request["segments"]}
    assert {chain for chain, _, _ in chosen} == {0, 1, 2}
    assert any(0 < start < 200 for _, start, _ in chosen)
    assert any(start >= 200 for _, start, _ in chosen)
    for one in asked:
        assert any(start == 0 for _, start, _ in one.request["segments"])
        assert 0 < one.share <= CHALLENGE_SHARE


def test_few_steps_still_give_a_segment():
    training = Training(draws=4, tune=1, chains=2, sampler="pymc")
    fit = Fit({"unconstrained": np.zeros((2, 4, 1))}, {})
    state = {"state_0_0000001": {"x": np.zeros(1)}}
    asked = challenge(fit, training, state, np.random.default_rng(0))
    assert len(asked.request["segments"]) == 1


@pytest.mark.parametrize("name", ["pymc", "discrete"])
def test_without_states_a_whole_chain_is_drawn_again(name, request):
    run = request.getfixturevalue(name)
    stored = {k: v for k, v in run.checkpoints.items() if not k.startswith("state_")}
    assert name == "pymc" or stored == run.checkpoints
    asked = run.challenge(checkpoints=stored)
    assert len(asked.request["chains"]) == 1
    again = replay(make_job(run.build, **run.options), asked.request, asked.arrays)
    assert not failed(compare(asked, run.fit, stored, again))


def test_an_honest_chain_agrees_to_the_last_bit(nutpie, answers):
    criteria = compare(answers[0], nutpie.fit, nutpie.checkpoints, answers[1])
    assert not failed(criteria)
    number = answers[0].request["chains"][0]
    values = sum(array[number].size for array in nutpie.fit.arrays.values())
    assert criteria[0].value == values


@pytest.mark.parametrize("name", ["unconstrained", "posterior/theta", "stats/energy"])
def test_one_bit_is_seen_and_named(nutpie, answers, name):
    asked, again = answers
    number = asked.request["chains"][0]
    place = (number, 17) if name.startswith("stats") else (number, 17, 3)
    edited = {name.replace("/", "__"): flip_last_bit(nutpie.fit.arrays[name], *place)}
    criteria = compare(asked, changed(nutpie.fit, **edited), nutpie.checkpoints, again)
    assert failed(criteria) == {"replay"}
    assert criteria[1].value == 1
    assert criteria[1].where.startswith(f"chain {number}, draw 17, {name}")


def test_draws_from_another_seed_do_not_agree(nutpie):
    other = Run(eight_schools, seed="0dd")
    asked = other.challenge()
    again = replay(make_job(eight_schools), asked.request, asked.arrays)
    criteria = compare(asked, other.fit, other.checkpoints, again)
    assert failed(criteria) == {"replay"}
    assert not failed(inspect(other.fit, other.training, other.checkpoints))


def test_nothing_compared_never_passes(nutpie, answers):
    asked, again = answers
    key = next(iter(again))
    assert "replayed_values" in failed(compare(asked, nutpie.fit, {}, {}))
    assert "replayed_values" in failed(compare(asked, Fit({}), {}, {}))
    nothing = Challenge({"chains": [], "segments": [], "tune": 1}, {}, 0.0, "nothing")
    assert "replayed_values" in failed(compare(nothing, nutpie.fit, {}, {}))
    short = {name: part for name, part in again.items() if name != key}
    assert failed(compare(asked, nutpie.fit, {}, short)) == {"replay"}
    assert failed(compare(asked, nutpie.fit, {}, {**again, "chain_9/x": np.zeros(1)})) >= {"replay"}
    cast = {**again, key: again[key].astype(np.float32)}
    assert failed(compare(asked, nutpie.fit, {}, cast)) == {"replay"}


def test_honest_segments_agree_to_the_last_bit(pymc, segments):
    criteria = compare(segments[0], pymc.fit, pymc.checkpoints, segments[1])
    assert not failed(criteria)
    assert {criterion.name for criterion in criteria} == {"replayed_values", "replay", "streams"}


def test_a_segment_unanswered_is_refused(pymc, segments):
    asked, again = segments
    piece = "segment_{}_{:07d}".format(*asked.request["segments"][0][:2])
    rest = {name: part for name, part in again.items() if not name.startswith(piece)}
    assert failed(compare(asked, pymc.fit, pymc.checkpoints, rest)) == {
        "replayed_values",
        "replay",
    }


def test_every_part_of_a_segment_counts(pymc):
    """Whatever is edited in a state or in its draws, replaying all segments meets it."""
    training = pymc.training
    ends = sorted({int(name[-7:]) for name in pymc.checkpoints if name.startswith("state_0")})
    request = {"chains": [], "segments": [[0, ends[-2], ends[-1]]], "tune": training.tune}
    state = pymc.checkpoints[f"state_0_{ends[-2]:07d}"]
    prefix = f"segment_0_{ends[-2]:07d}"
    arrays = {f"{prefix}/{name}": part for name, part in state.items()}
    asked = Challenge(request, arrays, 0.02, "one segment")
    again = replay(make_job(normal, sampler="pymc"), request, arrays)
    assert not failed(compare(asked, pymc.fit, pymc.checkpoints, again))
    row = ends[-1] - training.tune - 1
    draws = flip_last_bit(pymc.fit.arrays["unconstrained"], 0, row, 1)
    criteria = compare(asked, changed(pymc.fit, unconstrained=draws), pymc.checkpoints, again)
    assert failed(criteria) == {"replay"}
    assert f"draw {row}, unconstrained[1]" in criteria[1].where
    end = f"state_0_{ends[-1]:07d}"
    for name in pymc.checkpoints[end]:
        if pymc.checkpoints[end][name].size and pymc.checkpoints[end][name].dtype.kind == "f":
            part = pymc.checkpoints[end][name]
            edited = {**pymc.checkpoints[end], name: flip_last_bit(part, *[0] * part.ndim)}
            stored = {**pymc.checkpoints, end: edited}
            assert "replay" in failed(compare(asked, pymc.fit, stored, again)), name


def test_states_of_another_seed_are_refused_even_where_the_segments_agree(pymc):
    other = Run(normal, sampler="pymc", seed="0dd")
    name = "state_2_0000200"
    request = {"chains": [], "segments": [[2, 200, 220]], "tune": 200}
    prefix = "segment_2_0000200"
    arrays = {f"{prefix}/{key}": part for key, part in other.checkpoints[name].items()}
    asked = Challenge(request, arrays, 0.02, "one segment")
    again = replay(make_job(normal, sampler="pymc", seed=SEED), request, arrays)
    criteria = compare(asked, other.fit, other.checkpoints, again)
    assert "streams" in failed(criteria)
    assert "replayed_values" not in failed(criteria)


@pytest.mark.parametrize("broken", ["nothing of a state", "another size", "not a number"])
def test_a_state_from_which_nothing_can_be_drawn_is_refused(pymc, broken):
    name = "state_0_0000200"
    state = dict(pymc.checkpoints[name])
    if broken == "nothing of a state":
        state = {"x": np.zeros(1)}
    elif broken == "another size":
        state["step/potential/_stds:array"] = np.ones(5)
    else:
        state["step/rng/state:hex"] = np.array("zz")
    request = {"chains": [], "segments": [[0, 200, 220]], "tune": 200}
    arrays = {f"segment_0_0000200/{key}": part for key, part in state.items()}
    asked = Challenge(request, arrays, 0.02, "one segment")
    again = replay(make_job(normal, sampler="pymc"), request, arrays)
    stored = {**pymc.checkpoints, name: state}
    assert "replay" in failed(compare(asked, pymc.fit, stored, again))


def test_malformed_evidence_is_refused_and_does_not_raise(nutpie):
    text = np.full(nutpie.fit.arrays["unconstrained"].shape, "x")
    for fit in (
        Fit({}),
        Fit(nutpie.fit.arrays, {**nutpie.fit.meta, "coordinates": [["a", "b", "c"], 3]}),
        changed(nutpie.fit, unconstrained=text),
        changed(nutpie.fit, unconstrained=np.array(1.0)),
    ):
        assert failed(inspect(fit, nutpie.training, nutpie.checkpoints)) == {"stored_arrays"}
    flat = {"draws_9000": {"chain_0": np.zeros(3)}}
    assert failed(nutpie.inspect(**flat)) == {"snapshots"}

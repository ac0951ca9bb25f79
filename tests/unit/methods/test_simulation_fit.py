"""Running replicates: same bytes on any number of cores, batches, precision, errors by name."""

import math
import os
import signal
import sys
import time

import numpy as np
import pytest
from simulation_toys import SEED, Notebook, make_job, normals

from assay.core.errors import Category, TrainingError
from assay.core.seeds import generator
from assay.evidence.arrays import load_fit, save_fit
from assay.methods.simulation.batches import batch_ends, first_look, stretches
from assay.methods.simulation.diagnose import diagnose
from assay.methods.simulation.fit import fit, view
from assay.methods.simulation.settings import Training


@pytest.mark.parametrize("cores", [2, 3])
def test_any_number_of_cores_gives_the_same_bytes(tmp_path, cores):
    how = {"replicates": 130, "precision": {"x": {"abs": 0.12}}, "max_replicates": 900}
    alone, together = Notebook(), Notebook()
    save_fit(tmp_path / "a", fit(make_job(normals, channel=alone, **how)))
    save_fit(tmp_path / "b", fit(make_job(normals, channel=together, cores=cores, **how)))
    for file in ("fit.npz", "fit.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert list(alone.checkpoints) == list(together.checkpoints)
    assert alone.progressed == together.progressed


def test_another_seed_gives_other_replicates():
    first, other = (fit(make_job(normals, seed=seed, replicates=20)) for seed in (SEED, "ef" * 32))
    assert not np.array_equal(first.arrays["replicates/x"], other.arrays["replicates/x"])


def test_replicates_belong_to_their_number_alone():
    few, many = (fit(make_job(normals, replicates=count)) for count in (20, 60))
    assert np.array_equal(few.arrays["replicates/y"], many.arrays["replicates/y"][:20])


def test_a_fit_read_back_gives_the_same_verdicts(tmp_path):
    job = make_job(normals)
    fitted = fit(job)
    save_fit(tmp_path, fitted)
    back = diagnose(load_fit(tmp_path), job.training, job.convergence)
    assert back == diagnose(fitted, job.training, job.convergence)


def test_each_batch_is_a_checkpoint():
    notebook = Notebook()
    fitted = fit(make_job(normals, channel=notebook, replicates=50))
    assert len(notebook.checkpoints) == 17
    arrays, meta = notebook.checkpoints["batch_000000003"]
    assert meta == {"first": 3, "count": 3}
    assert np.array_equal(arrays["replicates/y"], fitted.arrays["replicates/y"][3:6])
    assert fitted.meta["batch_ends"][-1] == 50
    assert fitted.meta["iterations"] == "50 replicates"
    assert notebook.phases == ["simulate"]


def test_batches_depend_on_the_design_alone_and_stay_few():
    assert batch_ends(Training(replicates=4)) == [1, 2, 3, 4]
    assert batch_ends(Training(replicates=1000))[:2] == [50, 100]
    long = Training(replicates=4, precision={"x": {"abs": 1}}, max_replicates=1_000_000)
    assert 20 < len(batch_ends(long)) < 300
    assert batch_ends(long)[-1] == 1_000_000
    assert first_look(long) == 100
    assert stretches(long)[0][-1] >= 100
    assert all(len(stretch) == 1 for stretch in stretches(long)[1:])


def test_precision_goes_on_until_it_is_met_and_no_further():
    how = {"replicates": 100, "precision": {"x": {"abs": 0.05}}, "max_replicates": 20_000}
    fitted = fit(make_job(lambda rng: {"x": rng.normal()}, **how))
    values = fitted.arrays["replicates/x"]
    assert 1.96 * values.std(ddof=1) / math.sqrt(len(values)) == pytest.approx(0.05, rel=0.05)


def test_precision_gives_up_at_the_limit_and_never_stops_below_the_minimum():
    hard = {"replicates": 40, "precision": {"x": {"rel": 1e-6}}, "max_replicates": 90}
    assert fit(make_job(normals, **hard)).meta["replicates"] == 90
    easy = {"replicates": 450, "precision": {"x": {"abs": 10.0}}}
    assert fit(make_job(normals, **easy)).meta["replicates"] == 450


def test_precision_also_waits_for_the_monte_carlo_error_over_sd():
    how = {"replicates": 50, "precision": {"x": {"abs": 10.0}}, "max_replicates": 2000}
    assert 400 < fit(make_job(normals, **how)).meta["replicates"] < 450


def test_results_receive_a_dataset():
    fitted = fit(make_job(normals, replicates=12))
    seen = view(fitted, generator(SEED, "results"))
    assert seen.replicates["x"].dims == ("replicate",)
    assert seen.replicates["y"].dims == ("replicate", "y_dim_0", "y_dim_1")
    assert seen.replicates.sizes == {"replicate": 12, "y_dim_0": 2, "y_dim_1": 3, "n_dim_0": 4}
    assert seen.replicates["n"].dtype.kind == "i"
    assert float(seen.replicates["x"].mean()) == pytest.approx(fitted.arrays["replicates/x"].mean())
    assert 0 <= seen.rng.random() < 1


def test_numbers_of_any_kind_become_floats():
    def simulate(rng):
        even = rng.integers(2) == 0
        return {"a": 0 if even else 1.5, "b": even, "c": np.float32(1), "d": np.array(2)}

    arrays = fit(make_job(simulate, replicates=20)).arrays
    assert all(arrays[f"replicates/{name}"].dtype == float for name in "abcd")


def test_an_array_used_again_by_the_model_is_copied():
    buffer = np.zeros(2)

    def simulate(rng):
        buffer[:] = rng.normal(size=2)
        return {"x": buffer}

    values = fit(make_job(simulate, replicates=8)).arrays["replicates/x"]
    assert len(np.unique(values)) == 16


def fail(simulate, **how):
    with pytest.raises(TrainingError) as caught:
        fit(make_job(simulate, **{"replicates": 40, **how}))
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("cores", [1, 2])
def test_an_exception_names_replicate_and_line(cores):
    def simulate(rng):
        value = rng.random()
        return {"x": 1 / (0 if value > 0.9 else 1)}

    wanted = next(r for r in range(99) if generator(SEED, "replicate", r).random() > 0.9)
    error = fail(simulate, cores=cores)
    assert str(error).startswith(f"replicate {wanted}: simulate raised ZeroDivisionError")
    assert "simulation_toys.py" in error.where
    assert "ZeroDivisionError" in error.details


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"x": np.zeros(3)}, "output 'x' has shape (3,), in replicate 0 it was (2,)"),
        ({"x": np.zeros(2, dtype=int)}, "has dtype int64, in replicate 0 it was float64"),
        ({"y": np.zeros(2)}, "outputs missing x; new y"),
        ({"x": "2"}, "output 'x' is str"),
        ({"x": [1.0, 2.0]}, "output 'x' is list"),
        ({"x": np.array([None, 1])}, "output 'x' is an array of object"),
        ({"x": 1j}, "output 'x' is complex"),
        ({}, "an empty dict"),
        (None, "NoneType"),
        ({"replicate": 1.0}, "'replicate' cannot be the name"),
    ],
)
def test_outputs_must_be_numbers_and_stay_alike(cores, second, words):
    first = generator(SEED, "replicate", 0).random()

    def simulate(rng):
        return {"x": np.zeros(2)} if rng.random() == first else second

    error = fail(simulate, cores=cores)
    assert str(error).startswith("replicate 1: ")
    assert words in str(error)
    assert error.category is Category.IMPLEMENTATION


def test_the_design_may_only_name_outputs_that_are_there():
    assert "'z'" in str(fail(normals, precision={"z": {"abs": 1}}))
    assert fail(normals, series=["z"]).where == "training.series"
    assert "shape is (2, 3)" in str(fail(normals, series=["y"]))


@pytest.mark.parametrize("how", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(3)])
def test_a_process_that_dies_is_an_error_of_resources_and_no_hang(how):
    def simulate(rng):
        if rng.random() > 0.9:
            how()
        return {"x": 1.0}

    error = fail(simulate, cores=2)
    assert error.category is Category.RESOURCE
    assert "was ended" in str(error)
    assert error.where.startswith("replicate")


def test_no_process_is_left_over():
    def simulate(rng):
        return {"x": float(os.getpid())}

    arrays = fit(make_job(simulate, replicates=50, cores=2)).arrays
    for process in set(arrays["replicates/x"].astype(int)):
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


def test_what_the_model_prints_goes_through(capfd):
    def simulate(rng):
        print("hello")
        return {"x": 1.0}

    print("before", end=" ")
    fit(make_job(simulate, replicates=30, cores=2))
    sys.stdout.flush()
    out = capfd.readouterr().out
    assert out.count("before") == 1
    assert out.count("hello") == 30


def test_cores_share_the_work():
    def simulate(rng):
        time.sleep(0.02)
        return {"x": float(os.getpid())}

    arrays = fit(make_job(simulate, replicates=20, cores=2)).arrays
    assert len(set(arrays["replicates/x"])) == 2

"""The configuration is typed, and its schema is the one that is committed."""

from pathlib import Path

import pytest
import yaml

from assay.core.config import Config, load_config, schema_text
from assay.core.errors import ConfigError

CONFIG = Path(__file__).parents[3] / "config"


def test_an_empty_configuration_has_the_defaults():
    config = load_config({})
    assert config.model_dump() == {
        "workspace": "output",
        "models": None,
        "workers": 5,
        "heartbeat_seconds": 60,
        "nonce": "",
        "phase_minutes": (0, 1440),
        "slow_after_hours": 24,
        "stall_heartbeats": 10,
        "replay": "challenge",
        "trusted_keys": (),
    }
    with pytest.raises(ValueError, match="frozen"):
        config.workers = 3  # type: ignore[misc]  # refused, as a type checker says too


def test_the_committed_file_gives_every_key_with_its_default():
    written = yaml.safe_load((CONFIG / "config.yaml").read_text(encoding="utf-8"))
    assert written.keys() == Config.model_fields.keys()
    assert load_config(written) == Config()


def test_the_committed_schema_is_that_of_the_code():
    committed = (CONFIG / "config.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), (
        "run: python -m assay.core.config > config/config.schema.json"
    )


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ({"models": [3, 1]}, "models", (3, 1)),
        ({"models": 3}, "models", (3,)),
        ({"nonce": 2028}, "nonce", "2028"),
        ({"nonce": "director's word"}, "nonce", "director's word"),
        ({"heartbeat_seconds": 0.5}, "heartbeat_seconds", 0.5),
        ({"phase_minutes": [5, 5]}, "phase_minutes", (5, 5)),
        ({"workers": None, "nonce": None}, "workers", 5),
    ],
)
def test_values_that_are_fine(given, key, value):
    assert getattr(load_config(given), key) == value


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"workrs": 3}, ["workrs", "did you mean workers?", "heartbeat_seconds"]),
        ({"zzz": 3}, ["zzz", "known are workspace"]),
        ({5: 3}, ["5", "no such setting"]),
        ({"workspace": ""}, ["workspace", "folder"]),
        ({"workspace": 3}, ["workspace", "folder"]),
        ({"models": []}, ["models", "[1, 3]"]),
        ({"models": [0]}, ["models", "positive"]),
        ({"models": [1, 1]}, ["models", "different"]),
        ({"models": "all"}, ["models", "'all'", "null for all"]),
        ({"models": [True]}, ["models", "positive"]),
        ({"models": True}, ["models", "positive"]),
        ({"workers": 0}, ["workers: 0", "at least 1"]),
        ({"workers": True}, ["workers", "at least 1"]),
        ({"workers": 2.5}, ["workers: 2.5", "whole number"]),
        ({"heartbeat_seconds": 0}, ["heartbeat_seconds: 0", "above 0"]),
        ({"heartbeat_seconds": float("nan")}, ["heartbeat_seconds", "above 0"]),
        ({"heartbeat_seconds": float("inf")}, ["heartbeat_seconds", "above 0"]),
        ({"nonce": 1.5}, ["nonce", "text"]),
        ({"nonce": True}, ["nonce", "text"]),
        ({"phase_minutes": [5, 1]}, ["phase_minutes", "min <= max"]),
        ({"phase_minutes": [-1, 1]}, ["phase_minutes", "0 <= min"]),
        ({"phase_minutes": 5}, ["phase_minutes", "[min, max]"]),
        ({"slow_after_hours": -1}, ["slow_after_hours: -1", "above 0"]),
    ],
)
def test_values_that_are_not(given, words):
    with pytest.raises(ConfigError) as caught:
        load_config(given)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_every_mistake_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        load_config({"workers": 0, "colour": "blue", "models": "x"})
    lines = str(caught.value).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["colour", "models", "workers"]

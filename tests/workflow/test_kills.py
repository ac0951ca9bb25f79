"""A campaign of which parts are killed again and again ends as if nothing had happened."""

import random
from typing import Any

import pytest
from kills import MODELS, VICTIMS, reference, run_with_kills

pytestmark = pytest.mark.slow

SEED = 5
TOYS = [toy for toy in MODELS if toy.number in (3, 4, 6)]  # the others take longer to start


def test_kills_change_nothing(tmp_path):
    expected = reference(tmp_path / "undisturbed", TOYS)
    assert len(expected) == len(TOYS)
    dice, attempt = random.Random(SEED), 0
    kills: list[Any] = []
    victims = dice.sample(VICTIMS, k=len(VICTIMS))
    while len(kills) < len(victims):
        attempt += 1
        root = tmp_path / f"killed_{attempt}"
        killed = run_with_kills(root, victims[len(kills) :], dice, expected, TOYS)
        assert not killed.complaints, "\n".join(killed.complaints)
        kills += killed.kills
    assert any(kill.begun for kill in kills)  # some trainings were hit

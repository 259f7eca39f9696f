"""Faults planted in the executor: each must make a storm fail, and by its own name."""

import pytest

from storm import supervisor
from storm.run import play_seed
from storm.shrink import shortest_prefix
from tests.fakes import planted_executor as plants

CAUGHT = (
    (plants.send_twice, 18, "duplicate_orders"),
    (plants.forget_stops, 1, "unprotected"),
    (plants.pass_limits_by_one, 2, "limit_breaches"),
    (plants.drop_fills, 1, "lost_fills"),
    (plants.believe_the_journal, 0, "failures"),
    (plants.decide_on_old_bars, 193, "limit_breaches"),
    (plants.replace_no_stop, 0, "unprotected"),
)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a planted fault has spoilt does not settle: nobody waits an hour for it."""
    monkeypatch.setattr(supervisor, "SETTLE_S_MAX", 150.0)


@pytest.mark.parametrize(
    ("plant", "seed", "name"), CAUGHT, ids=[each[0].__name__ for each in CAUGHT]
)
def test_a_planted_fault_is_caught(
    plant: plants.Plant, seed: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the same seed is clean: here, or among the few that are always played."""
    clean = seed < plants.ALWAYS_PLAYED or play_seed(seed).wrong == {}

    plant(monkeypatch)

    assert clean
    assert name in play_seed(seed).wrong


def test_a_failing_seed_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the fewest of its first faults that still fail: one less does not."""
    plants.send_twice(monkeypatch)
    found = shortest_prefix(18)

    assert found
    assert play_seed(18, faults=found).wrong
    assert not play_seed(18, faults=found - 1).wrong


def test_every_plant_has_its_storm() -> None:
    """None is planted without being looked for."""
    assert {plant for plant, _, _ in CAUGHT} == {*plants.PLANTS}

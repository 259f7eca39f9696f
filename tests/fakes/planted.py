"""Faults planted in the code that decides, one in each of its layers."""

import math
from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.features import stream
from nija_domain.features.feature import BarRow, Feature
from nija_domain.features.registry import features_named
from nija_domain.regimes.filter import FilterState, step_filter
from nija_domain.regimes.model import RegimeModel
from nija_domain.strategies.rule import Parameters, Rule, RuleRow, RuleState, Wish
from nija_domain.strategies.shelf import rule_named
from nija_domain.trading import candles, decide, signals
from nija_domain.trading.core import advance
from nija_domain.trading.entry_sizes import size_signal
from nija_domain.trading.state import State

Plant = Callable[[pytest.MonkeyPatch], None]


def derived_again(events: Iterable[ev.JournalEvent]) -> tuple[ev.JournalEvent, ...]:
    """The journal of a session that observes the same."""
    state, records = State(), list[ev.JournalEvent]()
    for event in events:
        if not isinstance(event, ev.DERIVED):
            advanced = advance(state, event)
            state = advanced.state
            records += advanced.records
    return tuple(records)


def plant_in_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last bit of one feature is another."""

    def bent(names: tuple[str, ...]) -> tuple[Feature[BarRow], ...]:
        *others, last = features_named(names)
        return (*others, replace(last, step=lambda state, row: _ulp_up(*last.step(state, row))))

    monkeypatch.setattr(stream, "features_named", bent)


def plant_in_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature takes longer to have a value."""

    def slow(names: tuple[str, ...]) -> tuple[Feature[BarRow], ...]:
        *others, last = features_named(names)
        return (*others, replace(last, step=lambda s, row: (last.step(s, row)[0], math.nan)))

    monkeypatch.setattr(stream, "features_named", slow)


def plant_in_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    def bent(model: RegimeModel, state: FilterState, row: tuple[float, ...]) -> FilterState:
        first, *rest = step_filter(model, state, row).probabilities
        return FilterState((math.nextafter(first, math.inf), *rest))

    monkeypatch.setattr(candles, "step_filter", bent)


def plant_in_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def bent(name: str) -> Rule:
        rule = rule_named(name)

        def step(state: RuleState, row: RuleRow, p: Parameters) -> tuple[RuleState, Wish]:
            after, wish = rule.step(state, row, p)
            return after, wish._replace(share=wish.share / 2.0)

        return replace(rule, step=step)

    monkeypatch.setattr(signals, "rule_named", bent)


def plant_in_sizing(monkeypatch: pytest.MonkeyPatch) -> None:
    def bent(*args: object, **named: object) -> object:
        sizing = size_signal(*args, **named)  # type: ignore[arg-type]
        return replace(sizing, value=sizing.value * 1.01)

    monkeypatch.setattr(decide, "size_signal", bent)


def _ulp_up(state: tuple[float, ...], value: float) -> tuple[tuple[float, ...], float]:
    return state, math.nextafter(value, math.inf)

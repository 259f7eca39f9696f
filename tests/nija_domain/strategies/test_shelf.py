"""The shelf: every rule is whole, and a choice that cannot be traded is refused."""

import math

import msgspec
import pytest

from nija_domain.errors import NotFound, ReleaseInvalid
from nija_domain.features.registry import FEATURE_NAMES
from nija_domain.policies.head import PolicyHead
from nija_domain.releases.content import LIVE_FEATURES
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import ENTER, RuleRow
from nija_domain.strategies.shelf import (
    RULES,
    check_choice,
    check_reads,
    choose_preset,
    features_read,
    numbers_of,
    rule_named,
    under_head,
)

PRESETS = [(name, preset) for name, rule in RULES.items() for preset in rule.presets]
PARAMETERS = [(name, parameter) for name, rule in RULES.items() for parameter in rule.bounds]


def _changed(name: str, **numbers: float | None) -> StrategyChoice:
    choice = choose_preset(name, "aggressive")
    known = {**choice.parameters, **numbers}
    parameters = {key: value for key, value in known.items() if value is not None}
    return msgspec.structs.replace(choice, parameters=parameters)


def test_four_rules_are_shipped() -> None:
    """Each is known by its own name, and trades carefully or boldly."""
    assert list(RULES) == ["trend", "mean_reversion", "breakout", "hmm_policy"]
    assert all(rule_named(name).name == name for name in RULES)
    assert all({"conservative", "aggressive"} <= set(rule.presets) for rule in RULES.values())


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_can_be_traded(name: str, preset: str) -> None:
    """It gives each number that its rule reads and no other, within the bounds."""
    choice = choose_preset(name, preset)
    check_choice(choice)

    assert tuple(choice.parameters) == RULES[name].parameters
    assert (choice.name, choice.config_id) == (name, f"{name}:*:{preset}")


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_number_that_is_none_is_refused(name: str, parameter: str) -> None:
    """Found when the release is read, not when the first bar closes."""
    for number in (None, math.nan, math.inf):
        with pytest.raises(ReleaseInvalid, match=f"parameter {parameter} of strategy {name} is"):
            check_choice(_changed(name, **{parameter: number}))


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_number_out_of_bounds_is_refused_with_its_bounds(name: str, parameter: str) -> None:
    """The bounds themselves may be traded; a little beyond either is named, with the remedy."""
    low, high = RULES[name].bounds[parameter]
    check_choice(_changed(name, **{parameter: low}))
    check_choice(_changed(name, **{parameter: high}))

    for beyond in (low - 0.01, high + 0.01):
        with pytest.raises(
            ReleaseInvalid, match=f"{parameter} .*; give it a number from {low:g} to {high:g}$"
        ):
            check_choice(_changed(name, **{parameter: beyond}))


def test_a_strategy_that_is_not_shipped_is_refused() -> None:
    """The sentence names those that are."""
    with pytest.raises(ReleaseInvalid, match="known: breakout, hmm_policy, mean_reversion, trend"):
        check_choice(StrategyChoice("oracle", "c", {}))


def test_a_strategy_preset_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    """Not with the name of a key."""
    with pytest.raises(
        NotFound, match="'bold' is unknown; known of trend are conservative, aggressive"
    ):
        choose_preset("trend", "bold")


def test_a_changed_choice_leaves_its_preset_as_it_was() -> None:
    """Each choice has numbers of its own."""
    choose_preset("trend", "aggressive").parameters["share"] = 0.1

    assert choose_preset("trend", "aggressive").parameters["share"] == 1.0


def test_a_release_computes_what_any_rule_reads() -> None:
    """Each feature once, all of them known, those of the first releases in their places."""
    assert set(features_read()) == {name for rule in RULES.values() for name in rule.reads}
    assert len(set(features_read())) == len(features_read())
    assert set(features_read()) <= set(LIVE_FEATURES) <= set(FEATURE_NAMES)
    assert LIVE_FEATURES[:4] == ("log_return", "ewma_volatility", "trend_strength", "atr_fraction")


def test_a_rule_without_its_features_is_refused() -> None:
    """What an older release lacks is named before the first bar."""
    check_reads(choose_preset("trend", "aggressive"), ("trend_strength", "atr_fraction"))

    with pytest.raises(ReleaseInvalid, match="mean_reversion reads distance_from_mean, ewma_vola"):
        check_reads(choose_preset("mean_reversion", "aggressive"), ("atr_fraction",))


def test_the_policy_trades_what_was_learned() -> None:
    """A head that lets Chop count as much as Bull makes a chop worth entering."""
    choice = choose_preset("hmm_policy", "aggressive")
    learned = under_head(choice, PolicyHead({"Bull": 1.0, "Chop": 0.9, "Bear": 0.0}))
    row = RuleRow(100.0, False, 0, 0.1, 0.9, 0.0, (0.01,))  # noqa: FBT003 - a row of a rule
    wishes = [RULES["hmm_policy"].step((), row, numbers_of(c))[1] for c in (choice, learned)]

    check_choice(learned)

    assert [wish.action == ENTER for wish in wishes] == [False, True]
    assert learned.config_id == choice.config_id
    assert under_head(choose_preset("trend", "aggressive"), PolicyHead({})).name == "trend"

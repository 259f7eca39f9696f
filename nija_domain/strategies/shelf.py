"""The rule strategies by name, and whether a choice of one can be traded."""

from collections.abc import Collection
from math import isfinite

from nija_domain.errors import NotFound, ReleaseInvalid
from nija_domain.policies.head import PolicyHead
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import Parameters, Rule
from nija_domain.strategies.rules import breakout, hmm_policy, mean_reversion, trend

RULES: dict[str, Rule] = {
    rule.name: rule for rule in (trend.RULE, mean_reversion.RULE, breakout.RULE, hmm_policy.RULE)
}


def rule_named(name: str) -> Rule:
    if name not in RULES:
        known = ", ".join(sorted(RULES))
        raise ReleaseInvalid(f"strategy {name!r} is unknown to this version; known: {known}")
    return RULES[name]


def numbers_of(choice: StrategyChoice) -> Parameters:
    """The choice's parameters in the order in which the rule's step reads them."""
    return tuple(map(choice.parameters.__getitem__, rule_named(choice.name).bounds))


def features_read() -> tuple[str, ...]:
    """What any rule reads, each feature once, in the order of the rules."""
    return tuple(dict.fromkeys(name for rule in RULES.values() for name in rule.reads))


def choose_preset(name: str, preset: str) -> StrategyChoice:
    """A strategy under one of its presets, for any symbol."""
    presets = rule_named(name).presets
    if preset not in presets:
        raise NotFound(
            f"strategy preset {preset!r} is unknown; known of {name} are {', '.join(presets)}"
        )
    return StrategyChoice(name, f"{name}:*:{preset}", dict(presets[preset]))


def under_head(choice: StrategyChoice, head: PolicyHead) -> StrategyChoice:
    """An HMM policy that expects the exposures of this head; any other choice as it is."""
    if choice.name != hmm_policy.RULE.name:
        return choice
    learned = {
        parameter: head.exposure_by_regime[regime]
        for regime, parameter in hmm_policy.EXPOSURE_OF.items()
        if regime in head.exposure_by_regime
    }
    return StrategyChoice(choice.name, choice.config_id, {**choice.parameters, **learned})


def check_choice(choice: StrategyChoice) -> None:
    """Raises `ReleaseInvalid` if the strategy is unknown or one of its numbers cannot be traded."""
    for name, (low, high) in rule_named(choice.name).bounds.items():
        value = choice.parameters.get(name)
        if value is None or not isfinite(value):
            raise ReleaseInvalid(
                f"parameter {name} of strategy {choice.name} is {value}; give it a finite number"
            )
        if not low <= value <= high:
            raise ReleaseInvalid(
                f"parameter {name} of strategy {choice.name} is {value:g}; give it a number from"
                f" {low:g} to {high:g}"
            )


def check_reads(choice: StrategyChoice, feature_names: Collection[str]) -> None:
    """Raises `ReleaseInvalid` if a feature that the strategy reads is not among these."""
    missing = [name for name in rule_named(choice.name).reads if name not in feature_names]
    if missing:
        raise ReleaseInvalid(
            f"strategy {choice.name} reads {', '.join(missing)}, which feature_names of the release"
            " lack; train a new release"
        )

"""A rule asked by views, as a generated module is: stateless, one bar at a time."""

from nija_domain.events.position_id import agent_of
from nija_domain.events.records import SignalGiven
from nija_domain.strategies.contract import StrategyChoice, SymbolView
from nija_domain.strategies.rule import ENTER, NONE, Rule, RuleRow
from nija_domain.strategies.shelf import numbers_of, rule_named


def row_of_view(view: SymbolView, rule: Rule, *, bars_held: int = 0) -> RuleRow:
    """The row that the rule reads; a regime that the release does not know has no probability."""
    probs = view.filtered_probs
    return RuleRow(
        price=view.price,
        is_held=view.is_held,
        bars_held=bars_held,
        bull=probs.get("Bull", 0.0),
        chop=probs.get("Chop", 0.0),
        bear=probs.get("Bear", 0.0),
        values=tuple(view.features[name] for name in rule.reads),
    )


def signals_of(
    views: tuple[SymbolView, ...], choice: StrategyChoice, at_us: int
) -> tuple[SignalGiven, ...]:
    """At most one signal per symbol, from the rule's initial state: no bar knows the one before.

    So a rule that needs it, such as `breakout`, never enters here. Target and age limit of a wish
    are no part of a signal.
    """
    rule, numbers = rule_named(choice.name), numbers_of(choice)
    signals = []
    for view in views:
        row = row_of_view(view, rule)
        _, wish = rule.step(rule.initial, row, numbers)
        if wish.action != NONE:
            signals.append(
                SignalGiven(
                    at_us=at_us,
                    symbol=view.symbol,
                    action="enter" if wish.action == ENTER else "exit",
                    share=wish.share,
                    stop_fraction=wish.stop_fraction,
                    config_id=choice.config_id.replace("*", view.symbol),
                    reasoning=rule.explain(row, wish),
                    agent=agent_of(choice.config_id),
                )
            )
    return tuple(signals)

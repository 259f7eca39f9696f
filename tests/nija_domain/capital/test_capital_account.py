"""What holds of an account whatever happens to it, over random lives of it."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.capital.account import SHARE_PARAMETER, Capital, fold_capital, with_preset
from nija_domain.capital.changes import (
    changes_after_trade,
    is_reopening_earned,
    learn_of_day,
    undo_last,
)
from nija_domain.capital.compounding import Buckets, in_cents
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.protection import LEVELS, prescribed_level
from nija_domain.capital.sizing import EntryRequest, size_entry
from nija_domain.capital.tuner import with_tuning
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US
from tests.fakes.capital_streams import RULES, CapitalStream, Step

SEEDS = st.integers(0, 2**32)
LIMITS = HardLimits()
RATIO_SLACK = Decimal("1e-18")


def _out_of_risk(buckets: Buckets) -> Decimal:
    return buckets.preserved + buckets.locked


def _check_money(step: Step) -> None:
    """Buckets are the realised equity in cents; only a withdrawal takes from what is kept safe."""
    before, after = step.before.buckets, step.after.buckets
    assert after.total == in_cents(step.after.realised)
    if not isinstance(step.event, ev.FundsMoved):
        assert _out_of_risk(after) >= _out_of_risk(before)
        assert after.locked >= before.locked


def _check_level(step: Step) -> None:
    """Up at once, down by one, out of HALT by an approval only; a flow moves no ratio."""
    before, after = step.before.protection, step.after.protection
    if isinstance(step.event, cap.ProtectionChanged):
        fall = LEVELS.index(before.level) - LEVELS.index(after.level)
        assert fall <= 1
        if before.level == "HALT":
            assert is_reopening_earned(step.before, RULES)
            assert step.event.reason.startswith("approved")
        return
    assert after.level == before.level
    if isinstance(step.event, ev.FundsMoved) and before.equity > 0:
        assert abs(after.drawdown - before.drawdown) <= RATIO_SLACK
        assert prescribed_level(after, RULES) == prescribed_level(before, RULES)


def _check_tuning(step: Step) -> None:
    """Shares and tuned parameters stay within reach of what was chosen."""
    capital, preset = step.after, PRESETS[step.after.preset].sizing
    assert abs(capital.share - capital.chosen_share) <= Decimal("0.15")
    assert Decimal("0.25") <= capital.share <= 1
    tuned = with_tuning(preset, capital.tuned)
    for regime, share in tuned.allocation.items():
        prior = preset.allocation[regime]
        assert 0.5 * prior <= share <= 1.5 * prior
    assert 0.0 <= capital.milestones.bonus <= 1.0
    assert capital.milestones.rewarded <= capital.milestones.passed
    assert capital.milestones.passed >= step.before.milestones.passed


def _check_size(step: Step) -> None:
    """Whatever the state, a size passes no limit, no balance and no multiplier."""
    capital = step.after
    tradable, cash = float(capital.buckets.tradable), float(capital.protection.equity)
    level = capital.protection.level
    request = EntryRequest(
        tradable=tradable,
        portfolio_value=cash,
        free_cash=cash,
        annual_volatility=0.2,
        expected_return=0.9,
        regime_probs={"BULL_TRENDING": 1.0},
        protection_multiplier=RULES.multiplier(level),
        milestone_bonus=capital.milestones.bonus,
    )
    sizing = size_entry(request, parameters=PRESETS["aggressive"].sizing, limits=LIMITS)
    assert sizing.value <= min(tradable, LIMITS.max_trade_share * cash)
    assert sizing.value == 0.0 or (level != "HALT" and sizing.value >= LIMITS.min_notional)


CHECKS = (_check_money, _check_level, _check_tuning, _check_size)


def _live(seed: int, count: int) -> list[Step]:
    steps = list(CapitalStream(seed).steps(count))
    for step in steps:
        for check in CHECKS:
            check(step)
    return steps


def _check_settled(steps: list[Step]) -> None:
    """Once all that follows from a mark is done, the level is no lower than prescribed."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        is_last = following is None or not isinstance(following.event, cap.ProtectionChanged)
        if isinstance(step.event, ev.EquityMarked | cap.ProtectionChanged) and is_last:
            protection = step.after.protection
            prescribed = LEVELS.index(prescribed_level(protection, RULES))

            assert LEVELS.index(protection.level) >= prescribed


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_an_account_keeps_its_promises(seed: int) -> None:
    """Money, levels, tuning and sizes hold over every event of a random life."""
    _check_settled(_live(seed, 150))


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_replay_of_any_prefix_is_the_state_then(seed: int) -> None:
    """The fold of the records alone, after each of them."""
    folded = Capital()
    for step in CapitalStream(seed).steps(80):
        folded = fold_capital(folded, step.event)

        assert folded == step.after


@pytest.mark.prove
@given(seed=SEEDS)
@settings(max_examples=220, deadline=None)
def test_a_hundred_thousand_events_keep_every_promise(seed: int) -> None:
    """The same over 220 lives of 500 observed events each, and what followed from them."""
    steps = _live(seed, 500)
    _check_settled(steps)
    folded = Capital()
    for step in steps:
        folded = fold_capital(folded, step.event)

    assert folded == steps[-1].after


def test_random_lives_see_everything() -> None:
    """The promises are tested on levels up and down, approvals, milestones, tuning and undoing."""
    seen: Counter[str] = Counter()
    for seed in range(40):
        for step in CapitalStream(seed).steps(300):
            seen[type(step.event).__name__] += 1
            if isinstance(step.event, cap.ProtectionChanged):
                seen[f"{step.event.before} to {step.event.after}"] += 1
            if isinstance(step.event, cap.CapitalTuned) and step.event.reason == "undone":
                seen["undone"] += 1

    wanted = {"ProtectionChanged", "MilestoneReached", "CapitalTuned", "ShadowClosed", "undone"}
    assert wanted <= seen.keys()
    assert {"HALT to DANGER", "DANGER to WARNING", "CAUTION to NORMAL"} <= seen.keys()


@pytest.mark.parametrize(
    ("place", "plant"),
    [
        (
            "nija_domain.capital.account.compounding.book_trade",
            lambda buckets, net, *, share: Buckets(  # noqa: ARG005
                base=buckets.base,
                reinvested=buckets.reinvested,
                preserved=buckets.preserved + net,
                locked=buckets.locked,
            ),
        ),
        (
            "nija_domain.capital.account.protection.move_equity",
            lambda protection, amount: type(protection)(
                level=protection.level,
                equity=protection.equity + amount,
                peak=max(protection.peak, protection.equity + amount),
                trough=protection.trough,
            ),
        ),
    ],
)
def test_a_planted_fault_breaks_a_promise(
    place: str, plant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss taken from what is preserved, and a withdrawal that counts as a loss, are seen."""
    monkeypatch.setattr(place, plant)

    with pytest.raises(AssertionError):
        [_live(seed, 150) for seed in range(5)]


def _funds(amount: int, at_us: int = 0) -> ev.FundsMoved:
    return ev.FundsMoved(at_us=at_us, amount=Decimal(amount), reason="test")


def _trade(net: str, *, at_us: int = 0, regime: str = "Bull") -> ev.TradeClosed:
    return ev.TradeClosed(
        at_us=at_us,
        symbol="BTC/USD",
        opened_us=0,
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(100),
        gross=Decimal(net),
        fees=Decimal(0),
        regime=regime,
        config_id="c",
        release_id="r",
        position_id="trend/BTC/USD/core/1",
        reason="stop",
    )


def _folded(*events: ev.JournalEvent) -> Capital:
    capital = Capital()
    for event in events:
        capital = fold_capital(capital, event)
    return capital


def test_cents_that_fractions_add_up_to_are_not_lost() -> None:
    """Three trades of a third of a cent each make one cent, exactly when the sum does."""
    third = "0.0034"
    capital = _folded(_funds(100), _trade(third), _trade(third), _trade(third))

    assert capital.realised == Decimal("100.0102")
    assert capital.buckets.total == Decimal("100.01")


def _marks(returns: list[float], *, start_us: int = 0) -> list[ev.JournalEvent]:
    equity, events = 1_000.0, list[ev.JournalEvent]()
    for day, change in enumerate(returns):
        equity *= 1.0 + change
        amount = Decimal(repr(round(equity, 2)))
        at_us = start_us + day * DAY_US
        events.append(ev.EquityMarked(at_us=at_us, equity=amount, cash=amount))
    return events


def _paying_month() -> Capital:
    trades = [_trade("5", at_us=day * DAY_US + 1) for day in range(25)]
    marks = _marks([0.0] + [0.01, 0.02] * 13)
    timed = sorted([*trades, *marks], key=lambda event: event.at_us)
    return _folded(_funds(1_000), *timed)


def test_a_paying_month_raises_share_and_allocation_with_its_evidence() -> None:
    """25 trades and a high Sharpe ratio: 80 % reinvested, a tenth more in the bull."""
    moves = {move.parameter: move for move in learn_of_day(_paying_month(), at_us=27 * DAY_US)}

    assert moves[SHARE_PARAMETER].after == 0.80
    assert moves["allocation.BULL_TRENDING"].after == pytest.approx(1.1)
    assert moves[SHARE_PARAMETER].evidence["trades"] == 25.0


def test_undoing_goes_back_and_holds_for_a_window() -> None:
    """Share and allocation are as before, and the same evidence does not move them again."""
    before = _paying_month()
    moved = before
    for event in learn_of_day(before, at_us=27 * DAY_US):
        moved = fold_capital(moved, event)
    undone = moved
    for event in undo_last(moved, at_us=27 * DAY_US + 1):
        undone = fold_capital(undone, event)

    assert moved.share != before.share
    assert undone.share == before.share
    preset = PRESETS["moderate"].sizing
    assert with_tuning(preset, undone.tuned) == preset
    assert undone.moves == ()
    assert learn_of_day(undone, at_us=28 * DAY_US) == ()
    assert undone.held_until_us == 57 * DAY_US + 1
    assert undo_last(undone, at_us=29 * DAY_US) == ()


def test_another_preset_starts_from_its_own_share() -> None:
    """And the same preset again keeps what was learned."""
    capital = fold_capital(
        Capital(),
        cap.CapitalTuned(
            at_us=1, parameter=SHARE_PARAMETER, before=0.75, after=0.8, evidence={}, reason="t"
        ),
    )

    assert with_preset(capital, "moderate") is capital
    assert with_preset(capital, "aggressive").share == Decimal("0.90")


def test_a_deposit_passes_milestones_and_a_profit_reaches_them() -> None:
    """600 pass the rungs up to 500; 400 of profit reach 1,000 and lock 40."""
    capital = _folded(_funds(600), _trade("400"))
    (reached,) = changes_after_trade(capital, at_us=1)
    after = fold_capital(capital, reached)

    assert (reached.rung, reached.locked, reached.bonus) == (1_000, 40, pytest.approx(0.2))
    assert (after.buckets.locked, after.buckets.reinvested) == (40, 260)
    assert changes_after_trade(after, at_us=2) == ()

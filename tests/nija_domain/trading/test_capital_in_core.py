"""The account at work in the core: weights, levels, shadow trades, approvals, what is stored."""

import json
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.presets import PRESETS
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US, MINUTE_US
from nija_domain.policies.rewards import RewardModel
from nija_domain.releases.content import decode_content, encode_content
from nija_domain.trading.core import advance
from nija_domain.trading.fold import fold
from nija_domain.trading.signals import step_agents
from nija_domain.trading.state import State
from tests.fakes.sessions import (
    NOON_US,
    SYMBOL,
    fold_all,
    intended,
    known_candles,
    open_state,
    with_book,
)
from tests.fakes.stages import EAGER_SIZING, content_after
from tests.nija_domain.safety.test_restrictions import answer, directed

BAR_US = 5 * MINUTE_US
NO_SALE = Decimal(0)


def _level(before: str, after: str) -> cap.ProtectionChanged:
    return cap.ProtectionChanged(
        at_us=NOON_US, before=before, after=after, drawdown=0.2, reason="a test"
    )


def _factor(intent: ev.JournalEvent, step: str) -> float:
    assert isinstance(intent, ev.OrderIntended)
    return next(found.factor for found in intent.waterfall if found.step == step)


def _decided(state: State, action: str = "enter") -> tuple[ev.JournalEvent, ...]:
    wish = ev.SignalGiven(
        at_us=NOON_US,
        symbol=SYMBOL,
        action=action,
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:x:y",
        reasoning="a wish",
        agent="trend",
    )
    state = advance(state, wish).state
    return advance(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US)).records[1:]


def test_a_symbol_weight_changes_an_order() -> None:
    """Another weight, another quantity; a symbol that it does not name is not entered."""
    free = answer(open_state())
    small = answer(open_state(directed(1, "symbol_weights", weights={SYMBOL: 0.01})))
    other = answer(open_state(directed(1, "symbol_weights", weights={"OTHER/USD": 1.0})))

    assert isinstance(free, ev.OrderIntended)
    assert isinstance(small, ev.OrderIntended)
    assert small.quantity < free.quantity
    assert _factor(small, "symbol_weight") < 1.0
    assert isinstance(other, ev.EntryRefused)
    assert "symbol_weight" in other.reason


@pytest.mark.parametrize(("level", "factor"), [("CAUTION", 0.75), ("DANGER", 0.25)])
def test_a_level_of_protection_scales_every_entry(level: str, factor: float) -> None:
    """By its multiplier, which the stored waterfall tells."""
    assert _factor(answer(open_state(_level("NORMAL", level))), "protection") == factor


def test_a_milestone_grows_the_base() -> None:
    """One rung reached: 1.2 times the base."""
    reached = cap.MilestoneReached(
        at_us=NOON_US, rung=Decimal(25_000), locked=Decimal(0), bonus=0.2
    )

    assert _factor(answer(open_state(reached)), "milestones") == pytest.approx(1.2)


def test_a_tuned_parameter_changes_an_order() -> None:
    """What the day's evidence moved counts in the next size."""
    moved = cap.CapitalTuned(
        at_us=NOON_US,
        parameter="volatility_sensitivity",
        before=1.0,
        after=0.9,
        evidence={},
        reason="a test",
    )
    plain, tuned = answer(open_state()), answer(open_state(moved))

    assert _factor(tuned, "volatility") != _factor(plain, "volatility")


def _with_rewards(net_return: float | None) -> ev.ReleaseActivated:
    model = None
    if net_return is not None:
        table = dict.fromkeys(("Bull", "Chop", "Bear"), (0.0, *(net_return,) * 3))
        model = RewardModel(holding_us=DAY_US, net_returns=table)
    content = replace(
        content_after({SYMBOL: known_candles()}), sizing=replace(EAGER_SIZING, rewards=model)
    )
    return ev.ReleaseActivated(
        at_us=NOON_US, release_id="r2", fingerprint="f", content=encode_content(content)
    )


def test_the_releases_reward_model_decides_the_risk() -> None:
    """Nothing known: the least factor. Much expected: the most. A loss expected: refused."""
    unknown, rich = (answer(open_state(_with_rewards(net))) for net in (None, 0.05))
    refused = answer(open_state(_with_rewards(-0.001)))

    assert (_factor(unknown, "risk"), _factor(rich, "risk")) == (0.3, 1.5)
    assert isinstance(refused, ev.EntryRefused)
    assert "expected_return" in refused.reason


def test_a_mark_under_a_level_is_answered_at_once() -> None:
    """Twelve per cent down at the close of a bar: WARNING, before anything is decided on it."""
    paid = open_state()
    account = replace(paid.book.purse, cash=Decimal(8_800))
    bar = ev.BarClosed(at_us=NOON_US + BAR_US, ts_us=NOON_US)
    made = advance(with_book(paid, purse=account), bar)
    changes = [e for e in made.records if isinstance(e, cap.ProtectionChanged)]

    assert [(change.before, change.after) for change in changes] == [("NORMAL", "WARNING")]
    assert made.state.book.capital.protection.level == "WARNING"


def test_a_release_tightens_protection() -> None:
    """Under an envelope that warns at three per cent, four per cent down is a warning."""
    strict = replace(HardLimits().protection, caution_drawdown=0.02, warning_drawdown=0.03)
    content = content_after({SYMBOL: known_candles()}, envelope=HardLimits(protection=strict))
    release = ev.ReleaseActivated(
        at_us=NOON_US, release_id="r2", fingerprint="f", content=encode_content(content)
    )
    state = open_state(release)
    account = replace(state.book.purse, cash=Decimal(9_600))
    bar = ev.BarClosed(at_us=NOON_US + BAR_US, ts_us=NOON_US)
    made = advance(with_book(state, purse=account), bar)

    assert made.state.book.capital.protection.level == "WARNING"


def _halted(*events: ev.JournalEvent) -> State:
    """Down by a fifth, flat, and halted."""
    marked = ev.EquityMarked(at_us=NOON_US, equity=Decimal(8_000), cash=Decimal(8_000))
    return open_state(marked, _level("NORMAL", "HALT"), *events)


def _candle(**changes: float) -> ev.CandleClosed:
    close = float(known_candles().close[-1])
    prices = {"open": close, "high": close, "low": close, "close": close} | changes
    ts_us = NOON_US + BAR_US
    return ev.CandleClosed(at_us=ts_us + BAR_US, symbol=SYMBOL, ts_us=ts_us, volume=1.0, **prices)


def test_while_halted_the_strategy_makes_shadow_trades() -> None:
    """The entry is refused and made as a shadow trade; the strategy sees that it holds."""
    refused, entered = _decided(_halted())
    state = fold(_halted(), entered)
    assert state.release is not None

    assert isinstance(refused, ev.EntryRefused)
    assert "HALT" in refused.reason
    assert isinstance(entered, cap.ShadowEntered)
    assert entered.stop_price < entered.price
    assert entered.fee > 0
    assert [made.row.is_held for made in step_agents(state, ts_us=NOON_US, close_us=NOON_US)] == [
        True
    ]
    assert [type(record) for record in _decided(state)] == [ev.EntryRefused]


def test_a_shadow_trade_ends_by_signal_or_by_stop() -> None:
    """At the close of the signal; at the stop, or at the open of a bar that begins below it."""
    state = fold(_halted(), _decided(_halted())[1])
    shadow = state.book.capital.shadow
    assert shadow is not None
    held = shadow.positions[SYMBOL]
    (left,) = _decided(state, "exit")
    stop = float(held.stop_price)
    closed = [
        advance(state, _candle(**prices)).records[-1]
        for prices in ({"low": stop}, {"open": stop * 0.9, "low": stop * 0.8})
    ]

    assert isinstance(left, cap.ShadowClosed)
    assert left.gross - left.fees < 0
    assert [getattr(c, "reason", "") for c in closed] == ["stop", "stop"]
    assert isinstance(closed[0], cap.ShadowClosed)
    assert isinstance(closed[1], cap.ShadowClosed)
    assert closed[0].price == held.stop_price
    assert closed[1].price < held.stop_price
    after = fold(state, closed[0])
    assert after.book.capital.shadow is not None
    assert after.book.capital.shadow.positions == {}
    assert after.book.capital.shadow.equity == 8_000 + closed[0].gross - closed[0].fees
    assert after.book.purse == state.book.purse


def test_no_shadow_trade_is_made_while_something_real_is_held() -> None:
    """Halted and flat, both."""
    position_like = intended("e1", symbol="ETH/USD")

    assert [type(r) for r in _decided(_halted(position_like))] == [ev.EntryRefused]


def _shadow_win(gross: int) -> cap.ShadowClosed:
    return cap.ShadowClosed(
        at_us=NOON_US,
        symbol=SYMBOL,
        price=Decimal(100),
        gross=Decimal(gross),
        fees=NO_SALE,
        reason="exit",
    )


@pytest.mark.parametrize(
    ("wins", "opens"),
    [((400, 400, 400), True), ((1_100, 100), False), ((100, 100, 100), False)],
)
def test_an_approval_opens_danger_only_where_shadow_trades_have_earned_it(
    wins: tuple[int, ...], opens: bool
) -> None:
    """Three wins in a row, and half of the two thousand regained."""
    state = _halted(*map(_shadow_win, wins))
    made = advance(state, directed(7, "reopen", reason="I looked at it"))
    decision = made.records[1]

    assert isinstance(decision, cap.ApprovalDecided)
    assert (decision.is_granted, decision.directive) == (True, 7)
    assert made.state.book.capital.protection.level == ("DANGER" if opens else "HALT")
    assert (made.state.book.capital.shadow is None) is opens
    entries = _decided(made.state)
    assert isinstance(entries[0], ev.OrderIntended) is opens


def test_an_approval_that_comes_too_late_opens_nothing() -> None:
    """It is recorded as not granted."""
    state = _halted(*map(_shadow_win, (400, 400, 400)))
    late = directed(7, "reopen", expires_us=NOON_US)
    made = advance(state, msgspec.structs.replace(late, content=_expired(late)))

    assert isinstance(made.records[1], cap.ApprovalDecided)
    assert not made.records[1].is_granted
    assert made.state.book.capital.protection.level == "HALT"


def _expired(event: ev.DirectiveReceived) -> str:
    answer = json.loads(event.content)
    return json.dumps(answer | {"issued_us": NOON_US - 2, "expires_us": NOON_US - 1})


def test_undoing_travels_as_a_directive_and_holds_no_slot() -> None:
    """The last move goes back; what was suspended stays suspended."""
    moved = cap.CapitalTuned(
        at_us=NOON_US, parameter="reinvested_share", before=0.75, after=0.8, evidence={}, reason="t"
    )
    state = open_state(moved, directed(1, "suspend"))
    made = advance(state, directed(2, "undo"))

    assert made.state.book.capital.share == Decimal("0.75")
    assert made.state.restrictions.directive_number == 2
    assert isinstance(answer(made.state), ev.EntryRefused)


def test_a_closed_trade_is_booked_into_the_buckets() -> None:
    """The user's example: gross 50 and fee 2 of 1,000 leave 1,048, and 250 and 500 stay passed."""
    state = fold_all(State(), ev.FundsMoved(at_us=0, amount=Decimal(1_000), reason="starting cash"))
    trade = ev.TradeClosed(
        at_us=1,
        symbol=SYMBOL,
        opened_us=0,
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(150),
        gross=Decimal(50),
        fees=Decimal(2),
        regime="Bull",
        config_id="c",
        release_id="r",
        position_id="trend/BTC/USD/core/1",
        reason="stop",
    )
    buckets = fold(state, trade).book.capital.buckets

    assert (buckets.base, buckets.reinvested, buckets.preserved) == (1_000, 36, 12)
    assert buckets.total == 1_048


def test_a_release_names_the_preset_of_the_account() -> None:
    """Aggressive sizing compounds aggressively."""
    content = replace(content_after({SYMBOL: known_candles()}), sizing=PRESETS["aggressive"].sizing)
    release = ev.ReleaseActivated(
        at_us=NOON_US, release_id="r2", fingerprint="f", content=encode_content(content)
    )

    assert open_state(release).book.capital.share == Decimal("0.90")


def test_older_releases_and_limits_still_fold() -> None:
    """Sizing as it was before presets, and limits without protection, are read with defaults."""
    content = json.loads(encode_content(content_after({SYMBOL: known_candles()})))
    content["sizing"] = {
        "base_fraction": 0.05,
        "volatility_sensitivity": 1.0,
        "min_leverage": 0.5,
        "max_leverage": 2.0,
    }
    content["envelope"].pop("protection")
    limits = json.loads(msgspec.json.encode(HardLimits()))
    limits.pop("protection")
    answer = decode_content(json.dumps(content))
    state = fold(State(), ev.LimitsRead(at_us=0, content=json.dumps(limits)))

    assert answer.sizing == PRESETS["moderate"].sizing
    assert state.limits == HardLimits()

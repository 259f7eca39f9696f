"""A flat symbol draws its preset, trades under it, and learns from what it paid."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import Backtest, run_backtest
from nija_domain.evaluation.rehearsal import Stage, rehearse_presets
from nija_domain.events import records as ev
from nija_domain.events.position_id import agent_of
from nija_domain.policies.bandit import Observed, fold_rewards, prior
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import shipped_agents
from nija_domain.strategies.arms import Arms
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import RULES
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import INTERVAL_US, uniform_of
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.stages import (
    COMPETING,
    EAGER_HEAD,
    STARTING_CASH,
    TIMEFRAME_US,
    WARM_UP_BARS,
    draw_candles,
    instrument_of,
    plan_backtest,
)

BARS = 1_200
SEED = 6


@cache
def _run() -> Backtest:
    return run_backtest(plan_backtest(bars=BARS, seed=SEED, arms=COMPETING))


def _armed(content: ReleaseContent, arms: Arms) -> ReleaseContent:
    return replace(content, agents=(replace(content.agents[0], arms=arms),))


def _folded(events: tuple[ev.JournalEvent, ...]) -> State:
    state = State()
    for event in events:
        state = fold(state, event)
    return state


@dataclass
class Busy:
    """Which symbols hold a position, told by the records alone."""

    held: set[str]

    def note(self, event: ev.JournalEvent) -> None:
        if isinstance(event, ev.PositionOpened):
            self.held.add(event.symbol)
        if isinstance(event, ev.TradeClosed):
            self.held.discard(event.symbol)


def test_every_entry_trades_under_the_preset_that_its_symbol_drew_last() -> None:
    """The order carries the config id of the draw, and no held symbol ever draws."""
    drawn: dict[str, ev.PresetChosen] = {}
    busy, entries = Busy(set()), 0
    for event in _run().events:
        busy.note(event)
        if isinstance(event, ev.PresetChosen):
            assert event.symbol not in busy.held
            drawn[event.symbol] = event
        if isinstance(event, ev.OrderIntended) and event.role == "entry" and drawn:
            entries += 1
            assert event.config_id == drawn[event.symbol].config_id

    assert entries >= 10
    assert {d.config_id.rsplit(":", 1)[1] for d in drawn.values()} <= set(TREND.presets)


def test_a_flat_symbol_draws_once_an_interval_and_after_each_reward() -> None:
    """Two draws of a symbol lie in different intervals, unless a trade was paid between them."""
    last: dict[str, ev.PresetChosen] = {}
    for event in _run().events:
        if isinstance(event, ev.PresetRewarded):
            last.pop(event.symbol, None)
        if isinstance(event, ev.PresetChosen):
            before = last.get(event.symbol)
            assert before is None or before.at_us // INTERVAL_US < event.at_us // INTERVAL_US
            last[event.symbol] = event

    assert last


def test_every_closed_trade_pays_its_net_return_to_its_preset() -> None:
    """Fees are part of the reward, and each trade is rewarded once, right behind its record."""
    trades, rewards = _run().trades, _run().rewards

    assert len(trades) >= 10
    assert [(t.symbol, t.config_id) for t in trades] == [(r.symbol, r.config_id) for r in rewards]
    for trade, reward in zip(trades, rewards, strict=True):
        net = (trade.gross - trade.fees) / (trade.quantity * trade.entry_price)
        assert reward.reward == float(net)


def test_beliefs_are_the_fold_of_the_rewards() -> None:
    """What the state believes at the end is the prior after each reward, to the bit."""
    beliefs = _folded(_run().events).book.beliefs
    for config_id, belief in beliefs.items():
        paid = [Observed(r.context, r.reward) for r in _run().rewards if r.config_id == config_id]

        assert belief == fold_rewards(prior(), paid)
    assert sum(b.rewards for b in beliefs.values()) == len(_run().rewards)


def test_a_new_release_takes_in_every_reward_so_far() -> None:
    """Beliefs start from the new release's own and fold what this journal has seen."""
    state = _folded(_run().events)
    content = plan_backtest(bars=1, seed=SEED).content
    config_id = next(iter(state.book.beliefs))
    found = fold_rewards(prior(), [Observed((1.0, 0.0, 0.0, 0.5, 1.0), 0.25)])
    after = fold(
        state,
        ev.ReleaseActivated(
            at_us=_run().events[-1].at_us,
            release_id="next",
            fingerprint="next",
            content=encode_content(_armed(content, Arms(COMPETING.choices, {config_id: found}))),
        ),
    )
    paid = [Observed(r.context, r.reward) for r in _run().rewards if r.config_id == config_id]

    assert after.book.beliefs[config_id] == fold_rewards(found, paid)
    assert all(
        after.book.is_at_work("trend", chosen.symbol) for chosen in after.book.chosen.values()
    )


def test_without_arms_the_releases_own_strategy_trades() -> None:
    """Auto tuning off: no draw, no reward, one config id."""
    run = run_backtest(plan_backtest(bars=200, seed=SEED))
    entries = [e for e in run.events if isinstance(e, ev.OrderIntended) and e.role == "entry"]

    assert not run.rewards
    assert entries
    assert {e.config_id.rsplit(":", 1)[1] for e in entries} == {"aggressive"}


def test_an_arm_that_lost_is_drawn_less() -> None:
    """Beliefs of thirty losing trades against thirty winning ones decide nearly every draw."""
    context = (0.4, 0.3, 0.3, 0.5, 1.0)
    paid = {"aggressive": -0.05, "conservative": 0.05}
    plan = plan_backtest(bars=200, seed=SEED)
    beliefs = {
        f"trend:{symbol}:{preset}": fold_rewards(prior(), [Observed(context, reward)] * 30)
        for symbol in plan.histories
        for preset, reward in paid.items()
    }
    arms = Arms(COMPETING.choices, beliefs)
    run = run_backtest(replace(plan, content=_armed(plan.content, arms)))
    drawn = [e.config_id.rsplit(":", 1)[1] for e in run.events if isinstance(e, ev.PresetChosen)]

    assert drawn.count("conservative") > 0.9 * len(drawn)


def test_draws_are_uniform_and_an_occasion_always_draws_the_same() -> None:
    """Kolmogorov's distance of 20,000 draws stays under its 0.1 % point."""
    drawn = np.sort([uniform_of(f"release:{number}") for number in range(20_000)])
    steps = np.arange(1, 20_001) / 20_000

    assert uniform_of("a") == uniform_of("a")
    assert np.max(np.abs(drawn - steps)) < 1.95 / np.sqrt(20_000)


def test_each_preset_is_rehearsed_and_believed_by_what_it_paid() -> None:
    """A release's beliefs at its cut: every rewarded round trip of the slice, of each preset."""
    symbols = ("BTC/USD", "ETH/USD")
    whole = draw_candles(bars=WARM_UP_BARS + 600, seed=SEED, symbols=symbols)
    agents = rehearse_presets(
        Stage(
            recipe=Recipe(
                timeframe_us=TIMEFRAME_US,
                regimes=KNOWN_MODEL,
                policy=EAGER_HEAD,
                agents=shipped_agents("aggressive"),
                envelope=HardLimits(max_open_positions=8),
            ),
            instruments={symbol: instrument_of(symbol) for symbol in symbols},
            starting_cash=Decimal(STARTING_CASH),
        ),
        before={s: h.cut(WARM_UP_BARS) for s, h in whole.items()},
        slice_={s: h.between(WARM_UP_BARS, len(h)) for s, h in whole.items()},
    )
    believed = [key for agent in agents for key in agent.arms.beliefs]

    assert [agent.name for agent in agents] == list(RULES)
    for agent in agents:
        presets = RULES[agent.name].presets

        assert [c.config_id for c in agent.arms.choices] == [f"{agent.name}:*:{p}" for p in presets]
        assert all(agent_of(key) == agent.name for key in agent.arms.beliefs)
        assert all(belief.rewards > 0 for belief in agent.arms.beliefs.values())
    assert len({key.rsplit(":", 1)[1] for key in believed}) == 2
    assert len({agent_of(key) for key in believed}) >= 3
    assert agents[-1].arms.choices[0].parameters["exposure_bear"] == 0.5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_propensities_are_probabilities(seed: int) -> None:
    """Each draw's probability lies above zero and at most at one."""
    run = run_backtest(plan_backtest(bars=120, seed=seed, arms=COMPETING))
    drawn = [event for event in run.events if isinstance(event, ev.PresetChosen)]

    assert drawn
    assert all(0.0 < event.propensity <= 1.0 for event in drawn)

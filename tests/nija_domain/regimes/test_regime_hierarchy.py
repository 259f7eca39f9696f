"""The market's state over the symbol's: found, named, streamed, and unknown where nothing fits."""

from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from nija_domain.errors import SettingsInvalid
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.filter import FilterState, step_filter
from nija_domain.regimes.fitting.flat import fit_regimes
from nija_domain.regimes.fitting.hierarchical import expect_bars, fit_hierarchy, fit_macro
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.hierarchy import (
    HierarchicalModel,
    MacroState,
    initial_macro,
    initial_micro,
    is_unknown,
    joint_probs,
    macro_probs,
    marginal_probs,
    step_macro,
    step_micro,
)
from nija_domain.regimes.history.filtered import filter_history, trace_macro

BARS = 4_000
PLAN = FitPlan(restarts=4, iterations=100)
MARKET_DRIFT, MARKET_SPREAD = np.array([0.0, 0.002, 0.0]), np.array([0.001, 0.002, 0.008])
DRIFT, SPREAD = np.array([0.001, -0.001, 0.0]), np.array([0.001, 0.0015, 0.0005])


def _draw_states(rng: np.random.Generator, *, bars: int, stay: float, shares: list[float]):  # noqa: ANN202
    states = np.empty(bars, dtype=int)
    states[0] = 0
    for bar in range(1, bars):
        moves = rng.random() > stay
        states[bar] = rng.choice(3, p=shares) if moves else states[bar - 1]
    return states


def _table(symbol: str, name: str, values: np.ndarray) -> FeatureTable:
    stamps = np.arange(len(values), dtype=np.int64) * 300_000_000
    return FeatureTable(symbol, stamps, (name,), values[:, None], ())


def _draw(seed: int, *, chaos: float = 1 / 3, scale: float = 1.0):  # noqa: ANN202
    """A market, two symbols that are four times as wild in its chaos, and the market's states."""
    rng = np.random.default_rng(seed)
    shares = [(1 - chaos) / 2, (1 - chaos) / 2, chaos]
    macro = _draw_states(rng, bars=BARS, stay=0.98, shares=shares)
    market = MARKET_DRIFT[macro] + MARKET_SPREAD[macro] * rng.normal(size=BARS)
    tables = []
    for symbol in ("BTC/USD", "ETH/USD"):
        micro = _draw_states(rng, bars=BARS, stay=0.97, shares=[1 / 3] * 3)
        wildness = np.where(macro == 2, 4.0, 1.0)
        moves = wildness * (DRIFT[micro] + SPREAD[micro] * rng.normal(size=BARS))
        tables.append(_table(symbol, "log_return", scale * moves))
    return _table("market", "mean_return", scale * market), tables, macro


def _fit(market: FeatureTable, tables: list[FeatureTable]) -> HierarchicalModel:
    macro = fit_macro(market, spec=ModelSpec(("mean_return",)), plan=PLAN)
    pooled = fit_regimes(
        tables,
        feature_names=("log_return",),
        restarts=PLAN.restarts,
        seed=PLAN.seed,
        iterations=PLAN.iterations,
    )
    expected = expect_bars(macro, market)
    return fit_hierarchy(market, tables, macro=macro, expected=expected, pooled=pooled, plan=PLAN)


@pytest.fixture(scope="module")
def model() -> HierarchicalModel:
    market, tables, _ = _draw(1)
    return _fit(market, tables)


class Believed(NamedTuple):
    macro: MacroState
    micro: dict[str, FilterState]


def _stream(model: HierarchicalModel, market: FeatureTable, table: FeatureTable) -> list[Believed]:
    macro, micro, states = initial_macro(model), initial_micro(model), []
    for macro_row, row in zip(market.values.tolist(), table.values.tolist(), strict=True):
        macro = step_macro(model, macro, tuple(macro_row))
        micro = step_micro(model, micro, tuple(row))
        states.append(Believed(macro, micro))
    return states


def _joint(model: HierarchicalModel, state: Believed) -> dict[tuple[str, str], float]:
    return joint_probs(model, macro=state.macro, micro=state.micro)


def test_the_markets_states_are_found_and_named(model: HierarchicalModel) -> None:
    """On a market never seen, Calm, Trend and Chaos are mostly called by their names."""
    market, _, truth = _draw(2)
    likeliest = filter_history(model.macro, market).argmax(axis=1)

    assert model.macro.state_names == ("Calm", "Trend", "Chaos")
    assert (likeliest == truth).mean() > 0.8


def test_each_state_of_the_market_has_a_model_of_the_symbols(model: HierarchicalModel) -> None:
    """In chaos the same three names stand for wilder states."""
    spread = {name: micro.variances[0][0] for name, micro in model.micro.items()}

    assert model.sparse == ()
    assert {micro.state_names for micro in model.micro.values()} == {("Bull", "Bear", "Chop")}
    assert spread["Chaos"] > 3.0 * spread["Calm"]


def test_a_rare_state_falls_back_to_the_pooled_model_and_says_so() -> None:
    """Too few bars of chaos: its micro model is that of all bars, by name among the sparse."""
    market, tables, _ = _draw(3, chaos=0.02)
    few = [
        msgspec.structs.replace(t, ts_us=t.ts_us[:3_500], values=t.values[:3_500].copy())
        for t in tables
    ]
    for table in few:
        table.values[600:] = np.nan
    model = _fit(market, few)
    others = [micro for name, micro in model.micro.items() if name not in model.sparse]

    assert "Chaos" in model.sparse
    assert all(micro != model.micro["Chaos"] for micro in others)


def test_the_stream_is_the_filters(model: HierarchicalModel) -> None:
    """Each part is that of its own filter over the history, to the bit."""
    market, tables, _ = _draw(4)
    states = _stream(model, market, tables[0])
    macro = np.array([state.macro.filtered.probabilities for state in states])
    chaos = np.array([state.micro["Chaos"].probabilities for state in states])

    assert trace_macro(model, market) == states[-1].macro
    assert macro.tobytes() == filter_history(model.macro, market).tobytes()
    assert chaos.tobytes() == filter_history(model.micro["Chaos"], tables[0]).tobytes()


def test_the_joint_is_a_distribution(model: HierarchicalModel) -> None:
    """Over the nine pairs; its margins are the macro filter's."""
    market, tables, _ = _draw(5)
    state = _stream(model, market, tables[0])[500]
    joint = _joint(model, state)

    assert len(joint) == 9
    assert sum(joint.values()) == pytest.approx(1.0)
    assert sum(marginal_probs(joint).values()) == pytest.approx(1.0)
    for name, probability in macro_probs(model, state.macro).items():
        own = sum(share for (macro, _), share in joint.items() if macro == name)
        assert own == pytest.approx(probability)


def test_a_market_that_nothing_fits_is_unknown_and_met_as_chaos(model: HierarchicalModel) -> None:
    """Its own kind of market is known bar after bar; one ten times as wild is not for long."""
    market, tables, _ = _draw(6)
    foreign, others, _ = _draw(6, scale=10.0)
    home = _stream(model, market, tables[0])
    abroad = _stream(model, foreign, others[0])[60]
    as_chaos = dict(zip(("Bull", "Bear", "Chop"), abroad.micro["Chaos"].probabilities, strict=True))

    assert not any(is_unknown(state.macro) for state in home)
    assert macro_probs(model, abroad.macro) == {"Unknown": 1.0}
    assert marginal_probs(_joint(model, abroad)) == as_chaos


def test_a_bar_that_warms_up_says_nothing(model: HierarchicalModel) -> None:
    """Neither belief nor surprise moves."""
    macro, micro = initial_macro(model), initial_micro(model)

    assert step_macro(model, macro, (float("nan"),)) == macro
    assert step_micro(model, micro, (float("nan"),)) == micro


def test_other_numbers_of_states_are_refused() -> None:
    """A hierarchy is three by three."""
    market, _, _ = _draw(7)

    with pytest.raises(SettingsInvalid, match="states is 2"):
        fit_macro(market, spec=ModelSpec(("mean_return",)), plan=FitPlan(states=2))


def test_a_filter_state_is_no_row_of_a_smoother(model: HierarchicalModel) -> None:
    """What a step takes is a filter's state; a bare row of probabilities is none."""
    row = np.array([0.2, 0.3, 0.5])

    with pytest.raises(AttributeError):
        step_filter(model.macro, row, (0.0,))
    assert isinstance(initial_macro(model).filtered, FilterState)

from itertools import permutations

import numpy as np
import pytest

from nija_domain.errors import SettingsInvalid
from nija_domain.universe.symbols import DEFAULT_SYMBOLS
from nija_domain.worlds.profiles import profile_of
from nija_domain.worlds.regime_switching import (
    BEAR,
    BULL,
    CHOP,
    World,
    WorldSettings,
    generate_world,
)

COLUMNS = ("ts_us", "open", "high", "low", "close", "volume")


def world_of(bars: int, *, seed: int = 7, symbols: tuple[str, ...] = DEFAULT_SYMBOLS) -> World:
    settings = WorldSettings(bars=bars)
    return generate_world(symbols, settings=settings, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("bars", [1, 61, 500, 1_023])
def test_a_longer_world_begins_as_the_shorter_one_of_its_seed(bars: int) -> None:
    """To the bit, in every column and in the true regimes."""
    short, long = world_of(bars), world_of(2_000)

    assert all(
        np.array_equal(getattr(short.candles[s], c), getattr(long.candles[s], c)[:bars])
        for s in DEFAULT_SYMBOLS
        for c in COLUMNS
    )
    assert all(
        np.array_equal(short.true_regimes[s], long.true_regimes[s][:bars]) for s in DEFAULT_SYMBOLS
    )


def test_another_seed_is_another_world() -> None:
    """Nothing is shared but the start prices."""
    one, other = world_of(300, seed=1), world_of(300, seed=2)

    assert not np.array_equal(one.candles["BTC/USD"].close, other.candles["BTC/USD"].close)


def test_every_candle_holds_its_open_and_close_and_lies_on_the_steps_of_its_venue() -> None:
    """Low ≤ open, close ≤ high, all positive, and each number survives its printed text."""
    for symbol, candles in world_of(5_000).candles.items():
        decimals = profile_of(symbol).price_decimals
        printed = [float(f"{price:.{decimals}f}") for price in candles.close]
        volumes = [float(f"{volume:.8f}") for volume in candles.volume]

        assert np.all(candles.low > 0)
        assert np.all(candles.low <= np.minimum(candles.open, candles.close))
        assert np.all(candles.high >= np.maximum(candles.open, candles.close))
        assert np.all(candles.volume > 0)
        assert np.all(np.diff(candles.ts_us) == 300_000_000)
        assert printed == candles.close.tolist()
        assert volumes == candles.volume.tolist()


def test_a_bar_opens_where_the_last_one_closed_but_for_a_small_gap() -> None:
    """Gaps are a small part of what a bar moves."""
    candles = world_of(5_000).candles["ETH/USD"]
    gaps = np.log(candles.open[1:] / candles.close[:-1])
    moves = np.log(candles.close / candles.open)

    assert 0 < np.std(gaps) < 0.05 * np.std(moves)


def test_the_true_regimes_are_what_moves_the_price() -> None:
    """Bull rises, Bear falls, Chop goes nowhere and is the calmest."""
    world = world_of(20_000)
    for symbol, candles in world.candles.items():
        moves = np.log(candles.close / candles.open)
        regimes = world.true_regimes[symbol]
        bull, bear, chop = (moves[regimes == regime] for regime in (BULL, BEAR, CHOP))

        assert bull.mean() > 10 * abs(chop.mean())
        assert bear.mean() < -10 * abs(chop.mean())
        assert chop.std() < bull.std() < bear.std()


def test_a_regime_lasts_as_long_as_the_settings_say() -> None:
    """Every spell but the last, which the end of the world cuts, has an allowed length."""
    regimes = world_of(20_000).true_regimes["SOL/USD"]
    borders = np.flatnonzero(np.diff(regimes)) + 1
    spells = np.diff(np.concatenate([[0], borders]))

    assert set(np.unique(regimes)) == {BULL, BEAR, CHOP}
    assert spells.min() >= 60
    assert spells.max() <= 150


def test_symbols_move_together_and_their_moves_have_fat_tails() -> None:
    """Correlation near the setting; moves of six deviations, which no normal world has."""
    world = world_of(20_000)
    surprises = []
    for symbol, candles in world.candles.items():
        moves = np.log(candles.close / candles.open)
        regimes = world.true_regimes[symbol]
        parts = [(regimes == r, moves[regimes == r]) for r in (BULL, BEAR, CHOP)]
        surprise = np.zeros(len(moves))
        for chosen, part in parts:
            surprise[chosen] = (part - part.mean()) / part.std()
        surprises.append(surprise)
    correlations = np.corrcoef(surprises)[np.triu_indices(len(surprises), 1)]
    kurtosis = np.mean(np.power(surprises, 4), axis=1)

    assert abs(correlations.mean() - 0.35) < 0.05
    assert np.all(kurtosis > 3.5)
    assert np.abs(surprises).max() > 6


def test_volume_rises_with_volatility() -> None:
    """The wildest tenth of the bars trades more than the calmest."""
    candles = world_of(5_000).candles["ADA/USD"]
    order = np.argsort(np.abs(np.log(candles.close / candles.open)))

    assert candles.volume[order[-500:]].mean() > 1.5 * candles.volume[order[:500]].mean()


def rolling_mean(values: np.ndarray, *, bars: int) -> np.ndarray:
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return (sums[bars:] - sums[:-bars]) / bars


def test_a_model_of_three_states_finds_the_true_regimes() -> None:
    """The likeliest of three fits, blind to the truth, names five bars in six rightly."""
    from hmmlearn.hmm import GaussianHMM
    from threadpoolctl import threadpool_limits

    world = world_of(2_500)
    candles, bars = world.candles["BTC/USD"], 12
    moves = np.diff(np.log(candles.close))
    trend = rolling_mean(moves, bars=bars)
    temper = np.log(rolling_mean(moves**2, bars=bars))
    seen = np.column_stack([trend / trend.std(), (temper - temper.mean()) / temper.std()])
    fits = [GaussianHMM(3, "full", n_iter=15, random_state=seed) for seed in range(3)]
    with threadpool_limits(1):
        models = [model.fit(seen) for model in fits]
    states = max(models, key=lambda model: model.score(seen)).predict(seen)
    truth = world.true_regimes["BTC/USD"][bars:]
    agreement = max(np.mean(np.array(names)[states] == truth) for names in permutations(range(3)))

    assert agreement > 5 / 6


def test_a_plain_trend_rule_trades_often_and_earns_more_than_its_costs() -> None:
    """Held while the last two hours rose; every change of mind costs 30 basis points."""
    for candles in world_of(5_000).candles.values():
        moves = np.diff(np.log(candles.close))
        trend = rolling_mean(moves, bars=24)
        held = trend > 0.35 * np.sqrt(rolling_mean(moves**2, bars=24))
        changes = np.abs(np.diff(held.astype(int)))
        earned = np.sum(held[:-1] * moves[24:]) - 0.003 * changes.sum()

        assert changes.sum() > 30
        assert earned > 0


def test_a_symbol_that_is_not_listed_has_a_world_too() -> None:
    """It starts near 100 dollars."""
    candles = world_of(10, symbols=("NEW/USD",)).candles["NEW/USD"]

    assert 90 < candles.open[0] < 110


@pytest.mark.parametrize(
    "wrong",
    [
        {"bars": 0},
        {"start_us": 1},
        {"correlation": 1.0},
        {"tail_degrees": 2.0},
        {"drift": (0.0, float("nan"), 0.0)},
        {"volatility": (0.1, 0.0, 0.1)},
        {"regime_bars": (10, 5)},
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, object]) -> None:
    """The message names the setting and what it may be."""
    with pytest.raises(SettingsInvalid, match=next(iter(wrong))):
        WorldSettings(**wrong)

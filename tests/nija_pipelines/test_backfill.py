"""Days and symbols chosen on Dagster's page become stretches of candles in the lake."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_adapters.lake.lake import Lake
from nija_domain.market.timeframes import DAY_US, MINUTE_US, utc_date
from nija_pipelines.definitions import defs
from nija_pipelines.defs.backfill.candle_days import SYMBOLS, candle_days, spans_of
from nija_pipelines.jobs.sensors import symbols_to_fill
from nija_pipelines.resources import Installation
from simulator.settings import SimulatorSettings
from tests.fakes.releases import venue_histories
from tests.fakes.venue_process import running_venue

BAR_US = 5 * MINUTE_US
BARS = 1_500
PAIRS = ("BTC/USD", "ETH/USD")


def test_days_that_touch_are_one_span() -> None:
    """In any order, each symbol for itself."""
    days = [(date(2024, 1, day), symbol) for symbol in ("B", "A") for day in (3, 1, 2, 5)]
    spans = spans_of(days)

    assert [(s.symbol, utc_date(s.from_us), utc_date(s.until_us)) for s in spans] == [
        ("A", "2024-01-01", "2024-01-04"),
        ("A", "2024-01-05", "2024-01-06"),
        ("B", "2024-01-01", "2024-01-04"),
        ("B", "2024-01-05", "2024-01-06"),
    ]


@given(st.sets(st.tuples(st.dates(date(2024, 1, 1), date(2024, 2, 1)), st.sampled_from("AB"))))
def test_spans_hold_the_days_and_no_others(days: set[tuple[date, str]]) -> None:
    """Whatever is chosen, each day lies in exactly one span."""
    spans = spans_of(days)
    held = [
        (span.symbol, utc_date(at_us))
        for span in spans
        for at_us in range(span.from_us, span.until_us, DAY_US)
    ]

    assert sorted(held) == sorted((symbol, day.isoformat()) for day, symbol in days)


def test_a_range_of_days_is_filled_and_no_bar_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two chosen days of one symbol of a venue that told five; chosen again, nothing is new."""
    monkeypatch.setenv("NIJA_HOME", str(tmp_path))
    monkeypatch.setenv("NIJA_CONFIG", "config")
    settings = SimulatorSettings(seed=6, history_bars=BARS, symbols=PAIRS)
    truth = venue_histories(settings)["BTC/USD"].ts_us
    first_us = (int(truth[0]) // DAY_US + 1) * DAY_US
    days = [utc_date(first_us), utc_date(first_us + DAY_US)]
    flags = ("--seed", "6", "--history-bars", str(BARS), "--speed", "1")
    with (
        dg.DagsterInstance.ephemeral() as instance,
        running_venue(*flags, "--symbols", ",".join(PAIRS)) as url,
    ):
        monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", url)
        instance.add_dynamic_partitions(str(SYMBOLS.name), list(PAIRS))
        found = [_fill(instance, days, "BTC/USD") for _ in range(2)]
    with Lake(tmp_path / "lake") as lake:
        stored = lake.read_candles(
            PAIRS, venue="simulated", timeframe_us=BAR_US, snapshot=lake.snapshot()
        )
    chosen = truth[(truth >= first_us) & (truth < first_us + 2 * DAY_US)]

    assert found == [len(chosen), 0]
    assert stored["BTC/USD"].ts_us.tolist() == chosen.tolist()
    assert len(stored["ETH/USD"]) == 0


def _fill(instance: dg.DagsterInstance, days: list[str], symbol: str) -> int:
    """One run over a range of partitions, as a back-fill launches it."""
    keys = [dg.MultiPartitionKey({"day": day, "symbol": symbol}) for day in days]
    run = dg.materialize(
        [candle_days],
        instance=instance,
        tags={
            "dagster/asset_partition_range_start": str(keys[0]),
            "dagster/asset_partition_range_end": str(keys[-1]),
        },
        resources={
            name: resource
            for name, resource in (defs.resources or {}).items()
            if name in {"installation", "market", "lake", "ledger"}
        },
    )
    assert run.success
    (event, *_) = run.asset_materializations_for_node("candle_days")
    return int(str(event.metadata["written"].value))


def test_the_symbols_of_the_settings_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not known yet are asked for; then there is nothing to do."""
    monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", ",".join(PAIRS))
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(SYMBOLS.name), [PAIRS[0]])
        context = dg.build_sensor_context(instance=instance)
        installation = Installation(folder="config", home="/nowhere")
        found = symbols_to_fill(context, installation=installation)
        instance.add_dynamic_partitions(str(SYMBOLS.name), [PAIRS[1]])
        rest = symbols_to_fill(context, installation=installation)

    assert isinstance(found, dg.SensorResult)
    assert [list(r.partition_keys) for r in found.dynamic_partitions_requests or ()] == [[PAIRS[1]]]
    assert isinstance(rest, dg.SkipReason)

"""A ratio, a projection, an outlook: told of a sample that bears it, with an interval."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from rich.console import Console

from nija.actions.capital_outlook import (
    OutlookPlan,
    SimulatedFutures,
    check_plot,
    foresee_presets,
    outlook_table,
    print_outlooks,
)
from nija.reading import read_statement
from nija.tables.capital import projection_table, status_table
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import HistoryTooShort, QuestionInvalid
from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US
from nija_domain.statements.capital import describe_capital, describe_projection
from nija_domain.statements.statement import Statement

START_US = 20_000 * DAY_US
PLAN = OutlookPlan(preset=None, starting=1_000.0, trades=50, paths=100, seed=1)
NOWHERE = Path("/nowhere/journal.sqlite")


def _lived(tmp_path: Path, *, days: int, trades: int) -> Statement:
    """An account that grows by some thousandth a day, marked at each day's end."""
    rng, equity = np.random.default_rng(1), Decimal(1_000)
    events: list[ev.JournalEvent] = [
        ev.FundsMoved(at_us=START_US, amount=equity, reason="starting cash")
    ]
    for day in range(days + 1):
        at_us = START_US + day * DAY_US + DAY_US // 2
        if day < trades:
            events += [_closed(at_us)] * (trades // days + 1 if day == 0 else 1)
        equity += Decimal(f"{rng.normal(1.0, 10.0):.2f}")
        events.append(ev.EquityMarked(at_us=at_us, equity=equity, cash=equity))
    path = tmp_path / f"journal-{days}-{trades}.sqlite"
    journal = JournalWriter.open(path)
    journal.append(events)
    journal.close()
    return read_statement(path)


def _closed(at_us: int) -> ev.TradeClosed:
    return ev.TradeClosed(
        at_us=at_us,
        opened_us=at_us - 1,
        symbol="BTC/USD",
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(101),
        gross=Decimal(1),
        fees=Decimal(0),
        regime="Bull",
        config_id="trend:base",
        release_id="r",
        position_id="trend/BTC/USD/core/1",
        reason="stop",
    )


def _text(shown: Any) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


def _answer(answer: Any) -> Any:
    return json.loads(msgspec.json.encode(answer))


def test_nineteen_days_have_no_ratio_and_no_future(tmp_path: Path) -> None:
    """Null with a reason in JSON, the same words for people, and the numbers that there are."""
    lived = _lived(tmp_path, days=19, trades=12)
    status, ahead = describe_capital(lived), describe_projection(lived)
    lack = "too few to say: 12 of at least 30 closed trades and 19 of at least 60 days"

    assert _answer(status)["sample"] == {"trades": 12, "days": 19}
    for found in (status.sharpe, status.cagr, *ahead.projected.values()):
        assert _answer(found) == {"value": None, "interval": None, "why": lack}
    assert lack in _text(status_table(status))
    assert _text(projection_table(ahead)).count(lack) == 1
    assert "NaN" not in json.dumps([_answer(status), _answer(ahead)])


def test_enough_days_and_trades_have_intervals_around_each_number(tmp_path: Path) -> None:
    """Three months and forty trades: the ratio, the growth, and a cone that opens."""
    lived = _lived(tmp_path, days=90, trades=40)
    status, ahead = describe_capital(lived), describe_projection(lived)
    widths = []
    for found in (status.sharpe, status.cagr, *ahead.projected.values()):
        assert found.why is None
        assert found.value is not None
        assert found.interval is not None
        assert found.interval.low < found.value < found.interval.high
        widths.append(found.interval.high - found.interval.low)

    assert widths[2] < widths[3] < widths[4]
    assert "95 % interval" in _text(status_table(status))
    assert "95 % interval" in _text(projection_table(ahead))


def _returns(tmp_path: Path, *net: float) -> Path:
    path = tmp_path / "returns.json"
    path.write_text(json.dumps(net))
    return path


def _foresee(tmp_path: Path, *net: float) -> SimulatedFutures:
    return foresee_presets(PLAN, journal=NOWHERE, returns=_returns(tmp_path, *net))


def test_one_return_has_no_drawdown(tmp_path: Path) -> None:
    """A single gain has never fallen: that is no outlook, and is not told as one."""
    found = _foresee(tmp_path, 0.02)

    assert set(found.presets.values()) == {None}
    assert found.why == "too few to say: 1 of at least 30 closed trades"
    assert (found.seen.wins, found.seen.mean) == (1, 0.02)
    assert "drawdown" not in _text(outlook_table(found))


def test_an_outlook_has_intervals(tmp_path: Path) -> None:
    """Forty trades: each number of the table with what other trades would have made of it."""
    found = _foresee(tmp_path, *[0.1, -0.06, 0.03, -0.05] * 10)
    bounds = found.intervals["moderate"]

    assert found.why is None
    assert bounds is not None
    assert found.presets["moderate"] is not None
    assert bounds.equity_median.low < found.presets["moderate"].final_equities[2]
    assert "95 % interval" in _text(outlook_table(found))


@pytest.mark.parametrize(
    ("name", "mark"), [("p.png", b"\x89PNG"), ("p.svg", b"<?xml"), ("p.PDF", b"%PDF")]
)
def test_a_picture_has_the_format_that_its_name_says(
    tmp_path: Path, name: str, mark: bytes
) -> None:
    """Told by the bytes."""
    found = _foresee(tmp_path, *[0.1, -0.06, 0.03, -0.05] * 10)
    check_plot(tmp_path / name)
    print_outlooks(found, plot=tmp_path / name, as_json=True)

    assert (tmp_path / name).read_bytes().startswith(mark)


@pytest.mark.parametrize("name", ["p.jpg", "p", "png"])
def test_another_ending_is_refused_with_those_that_are_known(name: str) -> None:
    """Before anything is computed."""
    with pytest.raises(QuestionInvalid, match=r"end the name in \.png, \.svg, \.pdf"):
        check_plot(Path(name))


def test_there_is_no_picture_of_nothing(tmp_path: Path) -> None:
    """The answer is told, and that the file was not written."""
    found = _foresee(tmp_path, 0.02)
    with pytest.raises(HistoryTooShort, match="was not written: too few to say"):
        print_outlooks(found, plot=tmp_path / "p.png", as_json=True)

    assert not (tmp_path / "p.png").exists()

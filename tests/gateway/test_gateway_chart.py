"""The curve stays in its box and loses no peak and no trough."""

import re
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from gateway.page.chart import draw_chart, thin_points
from gateway.page.ribbons import draw_ribbons
from nija_domain.market.timeframes import DAY_US
from nija_domain.statements.statement import EquityPoint, Statement, extend_statement
from tests.fakes.traded import traded_session


def points_of(values: list[int]) -> list[EquityPoint]:
    return [
        EquityPoint(at_us=row * 1_000, equity=Decimal(value), cash=Decimal(0), drawdown=0.0)
        for row, value in enumerate(values)
    ]


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=300), buckets=st.integers(1, 20))
def test_thinning_keeps_both_ends_and_both_extremes(values: list[int], buckets: int) -> None:
    """In the order of time, and never more than two for a bucket and the two ends."""
    points = points_of(values)
    kept = thin_points(points, buckets=buckets)
    equities = [point.equity for point in kept]

    assert len(kept) <= 2 * buckets + 2
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert (min(equities), max(equities)) == (min(values), max(values))
    assert [point.at_us for point in kept] == sorted({point.at_us for point in kept})


@given(values=st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=60))
def test_every_corner_lies_in_the_box(values: list[int]) -> None:
    """Flat curves, losses below zero and lone jumps too; so do the ticks."""
    chart = draw_chart(points_of(values), ())

    assert chart is not None

    corners = [float(n) for n in re.findall(r"[0-9.]+", chart.line)]

    assert len(corners) == 2 * len(values)
    assert all(0 <= corner <= 1_000 for corner in corners)
    assert all(0 <= tick.at <= 100 for tick in (*chart.ticks, *chart.times))
    assert 2 <= len(chart.ticks) <= 8


def test_a_higher_equity_lies_higher() -> None:
    """The top of the box is the small number."""
    chart = draw_chart(points_of([100, 200]), ())

    assert chart is not None
    assert chart.probes[0].top > chart.probes[1].top
    assert (chart.probes[0].left, chart.probes[1].left) == (0.0, 100.0)


def test_no_line_is_drawn_through_one_moment() -> None:
    """Nothing, one point, and two points of the same moment have no curve."""
    one = points_of([100])

    assert [draw_chart(points, ()) for points in ([], one, one * 2)] == [None, None, None]


def test_each_trade_stands_on_the_curve_where_it_closed() -> None:
    """With the sign of its net profit."""
    statement = extend_statement(Statement(), enumerate(traded_session(), 1))
    chart = draw_chart(statement.equity, [trip.closed for trip in statement.trades])

    assert chart is not None
    assert [mark.net for mark in chart.marks] == [float(trip.net) for trip in statement.trades]

    on_curve = {(probe.left, probe.top) for probe in chart.probes}

    assert {(mark.left, mark.top) for mark in chart.marks} <= on_curve


def test_the_ribbons_show_the_regime_of_every_moment_of_the_last_day() -> None:
    """As a search through the raw changes finds it; the word beside it is the regime of now."""
    statement = extend_statement(Statement(), enumerate(traded_session(), 1))
    last_us = statement.equity[-1].at_us
    ribbons = draw_ribbons(statement)

    assert [ribbon.symbol for ribbon in ribbons] == sorted(statement.state.market.symbols)
    for ribbon in ribbons:
        changes = [change for change in statement.regimes if change.symbol == ribbon.symbol]
        for share in (0.003, 0.1, 0.37, 0.5, 0.734, 0.9, 0.997):
            at_us = last_us - DAY_US + int(share * DAY_US)
            shown = [s.regime for s in ribbon.spans if s.left <= 100 * share < s.left + s.width]

            assert shown == [[c.regime for c in changes if c.at_us <= at_us][-1]]

        assert ribbon.regime == statement.state.market.symbols[ribbon.symbol].regime

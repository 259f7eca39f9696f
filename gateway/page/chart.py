"""The equity curve and the drawdown below it, in relative coordinates."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from nija_domain.events.records import TradeClosed
from nija_domain.statements.statement import EquityPoint

BUCKETS = 240
MARGIN = 0.08
TICKS_AIMED = 5
TIMES_SHOWN = 5
MARKS_MAX = 40
BOX = 1_000.0


class Tick(msgspec.Struct, frozen=True):
    """`at` is a percentage of the box, from the left or from the top."""

    at: float
    value: float


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One closed trade on the curve."""

    left: float
    top: float
    net: float
    symbol: str


class Probe(msgspec.Struct, frozen=True):
    """The values shown for one point under the pointer."""

    left: float
    top: float
    at_us: int
    equity: float
    drawdown: float


class EquityChart(msgspec.Struct, frozen=True, kw_only=True):
    """Paths in a box of 1000 by 1000; everything else in percent."""

    line: str
    area: str
    drawdown: str
    deepest: float
    ticks: tuple[Tick, ...]
    times: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    probes: tuple[Probe, ...]


class _Scale(msgspec.Struct, frozen=True):
    first_us: int
    last_us: int
    low: float
    high: float

    def left(self, at_us: int) -> float:
        return (at_us - self.first_us) / (self.last_us - self.first_us)

    def top(self, value: float) -> float:
        return (self.high - value) / (self.high - self.low)


def draw_chart(points: Sequence[EquityPoint], trades: Sequence[TradeClosed]) -> EquityChart | None:
    """The chart; None if there are fewer than two points in time."""
    if not points or points[0].at_us >= points[-1].at_us:
        return None
    shown = thin_points(points, buckets=BUCKETS)
    scale = _scale_of(shown)
    corners = [(scale.left(point.at_us), scale.top(float(point.equity))) for point in shown]
    deepest = max(point.drawdown for point in shown)
    depths = [point.drawdown / deepest if deepest > 0 else 0.0 for point in shown]
    line = _path(corners)
    below = _path([(left, depth) for (left, _), depth in zip(corners, depths, strict=True)])
    return EquityChart(
        line=line,
        area=f"{line}V{BOX:.0f}H0Z",
        drawdown=f"M0,0L{below[1:]}V0Z",
        deepest=deepest,
        ticks=_ticks(scale),
        times=_times(scale),
        marks=_marks(scale, shown, trades),
        probes=tuple(
            Probe(round(100 * x, 2), round(100 * y, 2), p.at_us, float(p.equity), p.drawdown)
            for (x, y), p in zip(corners, shown, strict=True)
        ),
    )


def thin_points(points: Sequence[EquityPoint], *, buckets: int) -> list[EquityPoint]:
    """The lowest and the highest point of each bucket, and the first and last point.

    So no peak and no trough is lost.
    """
    if len(points) <= 2 * buckets:
        return list(points)
    kept = {0, len(points) - 1}
    edges = [round(i * len(points) / buckets) for i in range(buckets + 1)]
    for start, stop in pairwise(edges):
        rows = range(start, stop)
        kept.add(min(rows, key=lambda row: points[row].equity))
        kept.add(max(rows, key=lambda row: points[row].equity))
    return [points[row] for row in sorted(kept)]


def _scale_of(points: Sequence[EquityPoint]) -> _Scale:
    low = min(float(point.equity) for point in points)
    high = max(float(point.equity) for point in points)
    room = MARGIN * (high - low) or max(abs(high), 1.0) * MARGIN
    return _Scale(points[0].at_us, points[-1].at_us, low - room, high + room)


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{BOX * left:.1f},{BOX * top:.1f}" for left, top in corners)


def _ticks(scale: _Scale) -> tuple[Tick, ...]:
    """Round values: steps of one, two or five times a power of ten."""
    rough = (scale.high - scale.low) / TICKS_AIMED
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(scale.low / step)
    last = math.floor(scale.high / step)
    return tuple(
        Tick(round(100 * scale.top(step * n), 2), step * n) for n in range(first, last + 1)
    )


def _times(scale: _Scale) -> tuple[Tick, ...]:
    span_us = scale.last_us - scale.first_us
    return tuple(
        Tick(100 * part / (TIMES_SHOWN - 1), scale.first_us + span_us * part // (TIMES_SHOWN - 1))
        for part in range(TIMES_SHOWN)
    )


def _marks(
    scale: _Scale, points: Sequence[EquityPoint], trades: Sequence[TradeClosed]
) -> tuple[Mark, ...]:
    """A mark for each of the newest closed trades, at the first point after it."""
    inside = [t for t in trades if scale.first_us <= t.at_us <= scale.last_us]
    marks = []
    for trade in inside[-MARKS_MAX:]:
        point = next(point for point in points if point.at_us >= trade.at_us)
        marks.append(
            Mark(
                left=round(100 * scale.left(point.at_us), 2),
                top=round(100 * scale.top(float(point.equity)), 2),
                net=float(trade.gross - trade.fees),
                symbol=trade.symbol,
            )
        )
    return tuple(marks)

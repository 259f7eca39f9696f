"""`nija capital simulate`: what each preset may lead to, as a table and a picture."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from nija.capital_reports import sample_trades
from nija_domain.capital.bootstrap import QUANTILES, BootstrapPlan, Outlook, SampledTrade, foresee
from nija_domain.capital.presets import PRESETS
from nija_domain.errors import NumberInvalid, PlaceUnusable

WIDTH, ROW, LEFT, TOP = 640, 44, 130, 40
MIDDLE = len(QUANTILES) // 2


class OutlookPlan(msgspec.Struct, frozen=True, kw_only=True):
    """No preset means all of them."""

    preset: str | None
    starting: float
    trades: int
    paths: int
    seed: int


def foresee_presets(
    plan: OutlookPlan, *, journal: Path, returns: Path | None
) -> tuple[Outlook, ...]:
    """Every preset meets the same luck: each draws from the same seed."""
    if plan.preset is not None and plan.preset not in PRESETS:
        raise NumberInvalid(f"preset {plan.preset} is unknown; known are {', '.join(PRESETS)}")
    samples = sample_trades(journal) if returns is None else _read_returns(returns)
    try:
        bootstrap = BootstrapPlan(starting=plan.starting, steps=plan.trades, paths=plan.paths)
    except ValueError as error:
        raise NumberInvalid(str(error)) from error
    names = [plan.preset] if plan.preset else list(PRESETS)
    return tuple(
        foresee(samples, preset=PRESETS[name], plan=bootstrap, rng=np.random.default_rng(plan.seed))
        for name in names
    )


def _read_returns(path: Path) -> tuple[SampledTrade, ...]:
    try:
        told = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), tuple[float, ...])
    except (OSError, ValueError) as error:
        raise NumberInvalid(f"returns of {path} cannot be read: {error}") from error
    if not all(-1.0 <= net <= 1.0 for net in told):
        raise NumberInvalid(f"returns of {path} leave [-1, 1]; 0.02 is two per cent")
    return tuple(SampledTrade(net_return=net, regime="Bull") for net in told)


def print_outlooks(outlooks: Sequence[Outlook], *, plot: Path | None, as_json: bool) -> None:
    if plot is not None:
        try:
            plot.write_text(draw_outlooks(outlooks), encoding="utf-8")
        except OSError as error:
            raise PlaceUnusable(f"{plot} cannot be written ({error.strerror})") from error
    if as_json:
        told = {"quantiles": QUANTILES, "presets": {o.preset: o for o in outlooks}}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        Console().print(outlook_table(outlooks))


def outlook_table(outlooks: Sequence[Outlook]) -> Table:
    table = Table(title="What each preset may lead to", title_justify="left")
    table.add_column("preset")
    for column in ("ruin", "halt", "drawdown: median", "worst of 20", "equity: median"):
        table.add_column(column, justify="right")
    table.add_column("next milestone", justify="right")
    for told in outlooks:
        table.add_row(
            told.preset,
            f"{told.ruin_probability:.1%}",
            f"{told.halt_probability:.1%}",
            f"{told.drawdowns[MIDDLE]:.1%}",
            f"{told.drawdowns[-1]:.1%}",
            f"{told.final_equities[MIDDLE]:,.2f}",
            _milestone(told),
        )
    return table


def _milestone(told: Outlook) -> str:
    if told.milestone is None:
        return "all passed"
    if not told.milestone_trades:
        return f"{told.milestone:,.0f} never"
    trades = told.milestone_trades[MIDDLE]
    return (
        f"{told.milestone:,.0f} in {trades:.0f} trades, {told.milestone_probability:.0%} reach it"
    )


def draw_outlooks(outlooks: Sequence[Outlook]) -> str:
    """Drawdowns as bars from the 5 % to the 95 % quantile, the middle half bold, by preset."""
    deepest = max((told.drawdowns[-1] for told in outlooks), default=0.0) or 1.0
    height = TOP + ROW * len(outlooks) + 30
    rows = [_bar(told, place, deepest) for place, told in enumerate(outlooks)]
    ticks = [_tick(deepest * part / 4, deepest, height) for part in range(5)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">'
        f'<text x="{LEFT}" y="20" font-weight="bold">Deepest drawdown, 5 to 95 %</text>'
        f"{''.join(ticks)}{''.join(rows)}</svg>\n"
    )


def _left(drawdown: float, deepest: float) -> float:
    return LEFT + (WIDTH - LEFT - 40) * drawdown / deepest


def _tick(drawdown: float, deepest: float, height: int) -> str:
    x = _left(drawdown, deepest)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 25}" stroke="#ddd"/>'
        f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{drawdown:.0%}</text>'
    )


def _bar(told: Outlook, place: int, deepest: float) -> str:
    low, quarter, middle, three, high = (_left(d, deepest) for d in told.drawdowns)
    y = TOP + ROW * place + ROW / 2
    return (
        f'<text x="{LEFT - 10}" y="{y + 4:.0f}" text-anchor="end">{told.preset}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="#7a8" stroke-width="4"/>'
        f'<line x1="{quarter:.1f}" x2="{three:.1f}" y1="{y}" y2="{y}"'
        ' stroke="#274" stroke-width="14"/>'
        f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="white" stroke="#274"/>'
    )

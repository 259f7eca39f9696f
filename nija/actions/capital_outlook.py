"""`nija capital simulate`: the simulated future of each capital preset, as table and picture."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Group, RenderableType

from nija.bootstrap import PICTURE_FORMATS, write_outlooks
from nija.reading import read_events, read_statement
from nija.tables.console import console, counted, table
from nija_domain.capital.monte_carlo import (
    QUANTILES,
    BootstrapPlan,
    Outlook,
    OutlookBounds,
    SampledTrade,
    bound_outlook,
    foresee,
)
from nija_domain.capital.presets import PRESETS
from nija_domain.errors import HistoryTooShort, NotFound, NumberInvalid, QuestionInvalid
from nija_domain.statements.capital import sample_trades
from nija_domain.statistics.evidence import Sample, find_lack
from nija_domain.statistics.intervals import Interval

MIDDLE = len(QUANTILES) // 2


class OutlookPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Without a preset, all of them."""

    preset: str | None
    starting: float
    trades: int
    paths: int
    seed: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The closed trades so far, however few."""

    sample: Sample
    wins: int
    mean: float
    worst: float
    best: float


class SimulatedFutures(msgspec.Struct, frozen=True, kw_only=True):
    """The result per preset; None for each if `why` says what is missing."""

    quantiles: tuple[float, ...] = QUANTILES
    seen: Seen
    presets: dict[str, Outlook | None]
    intervals: dict[str, OutlookBounds | None]
    why: str | None


def foresee_presets(plan: OutlookPlan, *, journal: Path, returns: Path | None) -> SimulatedFutures:
    """Simulate each preset with the same seed, so that all get the same luck."""
    if plan.preset is not None and plan.preset not in PRESETS:
        raise NotFound(f"--preset {plan.preset} is unknown; use one of {', '.join(PRESETS)}")
    try:
        bootstrap = BootstrapPlan(starting=plan.starting, steps=plan.trades, paths=plan.paths)
    except ValueError as error:
        raise NumberInvalid(str(error)) from error
    samples = sample_trades(read_events(journal)) if returns is None else _read_returns(returns)
    if not samples:
        raise HistoryTooShort(
            "no closed trades yet to draw from; trade first with `make up`, or give --returns"
        )
    days = read_statement(journal).sample.days if returns is None else None
    seen = _seen(samples, days)
    why = find_lack(seen.sample)
    names = [plan.preset] if plan.preset else list(PRESETS)
    if why:
        nothing: dict[str, None] = dict.fromkeys(names)
        return SimulatedFutures(seen=seen, presets={**nothing}, intervals={**nothing}, why=why)
    futures = {name: _foresee(samples, name, bootstrap, plan.seed) for name in names}
    return SimulatedFutures(
        seen=seen,
        presets={name: outlook for name, (outlook, _) in futures.items()},
        intervals={name: bounds for name, (_, bounds) in futures.items()},
        why=None,
    )


def _foresee(
    samples: Sequence[SampledTrade], name: str, plan: BootstrapPlan, seed: int
) -> tuple[Outlook, OutlookBounds]:
    preset, rng = PRESETS[name], np.random.default_rng(seed)
    outlook = foresee(samples, preset=preset, plan=plan, rng=rng)
    return outlook, bound_outlook(samples, preset=preset, plan=plan, rng=rng)


def _seen(samples: Sequence[SampledTrade], days: int | None) -> Seen:
    net = [sample.net_return for sample in samples]
    return Seen(
        sample=Sample(len(net), days),
        wins=sum(one > 0.0 for one in net),
        mean=sum(net) / len(net),
        worst=min(net),
        best=max(net),
    )


def _read_returns(path: Path) -> tuple[SampledTrade, ...]:
    try:
        returns = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), tuple[float, ...])
    except (OSError, ValueError) as error:
        raise QuestionInvalid(
            f"--returns {path} cannot be read as a JSON list of numbers: {error}"
        ) from error
    if not all(-1.0 <= net <= 1.0 for net in returns):
        raise NumberInvalid(
            f"--returns {path} holds a return outside -1 to 1; write two per cent as 0.02"
        )
    return tuple(SampledTrade(net_return=net, regime="Bull") for net in returns)


def check_plot(plot: Path | None) -> None:
    """Refuse an unknown picture format before the simulation, not after."""
    if plot is not None and plot.suffix.removeprefix(".").lower() not in PICTURE_FORMATS:
        known = ", ".join(f".{form}" for form in PICTURE_FORMATS)
        raise QuestionInvalid(
            f"--plot {plot}: this picture format is unknown; end the name in {known}"
        )


def print_outlooks(foreseen: SimulatedFutures, *, plot: Path | None, as_json: bool) -> None:
    """Print the table, and write the picture if there is anything to draw."""
    outlooks = [outlook for outlook in foreseen.presets.values() if outlook is not None]
    if plot is not None and outlooks:
        write_outlooks(plot, outlooks)
    if as_json:
        sys.stdout.write(msgspec.json.encode(foreseen).decode() + "\n")
    else:
        console().print(outlook_table(foreseen))
    if plot is not None and foreseen.why:
        raise HistoryTooShort(f"--plot {plot} was not written: {foreseen.why}")


def outlook_table(foreseen: SimulatedFutures) -> RenderableType:
    seen = foreseen.seen
    days = "" if seen.sample.days is None else f" over {counted(seen.sample.days, 'day')}"
    head = (
        f"{counted(seen.sample.trades, 'trade')}{days}: {seen.wins} won,"
        f" {seen.mean:+.2%} on average,"
        f" {seen.worst:+.2%} the worst, {seen.best:+.2%} the best"
    )
    if foreseen.why:
        return Group(head, f"No outlook: {foreseen.why}.")
    shown = [
        (outlook, bounds)
        for outlook, bounds in zip(
            foreseen.presets.values(), foreseen.intervals.values(), strict=True
        )
        if outlook is not None and bounds is not None
    ]
    presets = [outlook.preset for outlook, _ in shown]
    made = table("", *presets, right=presets, title="Simulated future of each preset")
    for name, *cells in zip(LINES, *(_column(*one) for one in shown), strict=True):
        made.add_row(name, *cells)
    return Group(head, made, "Below each number is its 95 % interval.")


LINES = ("ruin", "halt", "drawdown: median", "worst of 20", "equity: median", "next milestone")


def _column(outlook: Outlook, bounds: OutlookBounds) -> tuple[str, ...]:
    return (
        _bounded(outlook.ruin_probability, bounds.ruin_probability, "{:.1%}"),
        _bounded(outlook.halt_probability, bounds.halt_probability, "{:.1%}"),
        _bounded(outlook.drawdowns[MIDDLE], bounds.drawdown_median, "{:.1%}"),
        f"{outlook.drawdowns[-1]:.1%}",
        _bounded(outlook.final_equities[MIDDLE], bounds.equity_median, "{:,.0f}"),
        _milestone(outlook),
    )


def _bounded(value: float, bounds: Interval, form: str) -> str:
    return f"{form.format(value)}\n{form.format(bounds.low)} to {form.format(bounds.high)}"


def _milestone(outlook: Outlook) -> str:
    if outlook.milestone is None:
        return "all passed"
    if not outlook.milestone_trades:
        return f"{outlook.milestone:,.0f} never reached"
    trades = outlook.milestone_trades[MIDDLE]
    share = f"{outlook.milestone_probability:.0%} reach it"
    return f"{outlook.milestone:,.0f} in {trades:.0f} trades, {share}"

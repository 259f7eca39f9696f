"""Regimes for a person or a program."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from nija_domain.regimes.fit_labels import Labelling
    from nija_domain.regimes.model import RegimeModel
    from nija_domain.regimes.selection import Gain
    from nija_domain.regimes.verdict import TrainedHierarchy, TrainedRegimes


def print_labelling(found: "Labelling", *, out: Path, as_json: bool) -> None:
    """Which features served, what each regime looks like and how often it was the likeliest."""
    labels, choice = found.labels, found.choice
    shares = {name: float((labels.likeliest == name).mean()) for name in labels.model.state_names}
    if as_json:
        told = {
            "out": str(out),
            "rows": len(labels.ts),
            "columns": dict(zip(labels.columns, labels.model.state_names, strict=True)),
            "features": choice.feature_names,
            "gains": choice.gains,
            "shares": shares,
        }
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    console = Console()
    console.print(f"{len(labels.ts)} bars in {out}, by {', '.join(choice.feature_names)}")
    console.print(model_table(labels.model, shares=shares))


def print_training(
    found: "TrainedRegimes", macro: "TrainedHierarchy | None", *, as_json: bool
) -> None:
    """What served, what it is worth in nats per bar, and what the regimes look like."""
    if as_json:
        told = {**msgspec.to_builtins(found), "macro": macro}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    console, verdict = Console(), found.verdict
    console.print(f"by {', '.join(found.model.feature_names)}, {found.model.bars_fitted} bars")
    if verdict is None:
        console.print("the history is too short to judge on")
    else:
        console.print(f"over one state: {_gain_text(verdict.over_one_state)}")
        if verdict.over_champion:
            kept = "kept the champion's" if found.is_champions else "replaces the champion's"
            console.print(f"over the champion: {_gain_text(verdict.over_champion)}; {kept}")
    console.print(model_table(found.model))
    if macro:
        print_macro(macro, console)


def print_macro(macro: "TrainedHierarchy", console: Console) -> None:
    """The market's states, or why there are none."""
    if macro.model is None:
        console.print(f"the market shows no states of its own: {macro.why_none}")
        return
    told = macro.told
    console.print(f"the market by {told['macro_features']}; sparse: {told['macro_sparse']}")
    if macro.verdict:
        console.print(f"over one state: {_gain_text(macro.verdict.over_one_state)}")
    console.print(model_table(macro.model.macro))


def _gain_text(gain: "Gain") -> str:
    return f"{gain.per_bar:+.4f} nats a bar ({gain.low:+.4f} to {gain.high:+.4f}, {gain.bars} bars)"


def model_table(model: "RegimeModel", *, shares: dict[str, float] | None = None) -> Table:
    """A row per state: the means and deviations of its features in their own units."""
    table = Table()
    for column in ("state", "share", "lasts (bars)", *model.feature_names):
        table.add_column(column, justify="left" if column == "state" else "right")
    for state, name in enumerate(model.state_names):
        leaves = 1.0 - model.transition[state][state]
        share = f"{shares[name]:.1%}" if shares else ""
        table.add_row(
            name, share, f"{1.0 / leaves:.0f}" if leaves else "ever", *_cells(model, state)
        )
    return table


def _cells(model: "RegimeModel", state: int) -> list[str]:
    parts = zip(model.center, model.scale, model.means[state], model.variances[state], strict=True)
    return [f"{c + s * mean:.4g} ± {s * variance**0.5:.4g}" for c, s, mean, variance in parts]

"""Prints regimes, as tables or JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from nija.tables.console import console, table

if TYPE_CHECKING:
    from rich.console import Console

    from nija.actions.regime_studies import RegimeStudy
    from nija_domain.regimes.fitting.gains import Gain
    from nija_domain.regimes.fitting.label_training import Labelling
    from nija_domain.regimes.fitting.training_verdict import FeatureChoice, TrainedHierarchy
    from nija_domain.regimes.model import RegimeModel


def print_labelling(found: "Labelling", *, out: Path, as_json: bool) -> None:
    """The chosen features, what each regime looks like, and how often each was likeliest."""
    labels, choice = found.labels, found.choice
    shares = {name: float((labels.likeliest == name).mean()) for name in labels.model.state_names}
    if as_json:
        answer = {
            "out": str(out),
            "rows": len(labels.ts),
            "columns": dict(zip(labels.columns, labels.model.state_names, strict=True)),
            "features": choice.feature_names,
            "gains": choice.gains,
            "covariance": choice.covariance,
            "covariance_gain": choice.covariance_gain,
            "shares": shares,
        }
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        return
    shown = console()
    shown.print(f"{len(labels.ts)} bars written to {out}; features: {_inputs_text(labels.model)}")
    shown.print(model_table(labels.model, shares=shares))


def print_study(study: "RegimeStudy", *, as_json: bool) -> None:
    """The chosen features, the gain in nats per bar, and what the regimes look like."""
    found, macro = study.regimes, study.market
    if as_json:
        answer = {**msgspec.to_builtins(found), "macro": macro, "studied": study.studied}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        return
    shown, verdict = console(), found.verdict
    if study.studied:
        shown.print(study.studied.sentence)
    shown.print(f"features: {_inputs_text(found.model)}; {found.model.bars_fitted} bars")
    _print_covariance(found.choice, shown)
    shown.print(f"warm start: {found.warm_start}")
    if verdict is None:
        shown.print("the history is too short to compare the models")
    else:
        shown.print(f"gain over one state: {_gain_text(verdict.over_one_state)}")
        if verdict.over_champion:
            kept = "the champion's is kept" if found.is_champions else "it replaces the champion's"
            shown.print(f"gain over the champion: {_gain_text(verdict.over_champion)}; {kept}")
    shown.print(model_table(found.model))
    if macro:
        print_macro(macro, shown)


def print_macro(macro: "TrainedHierarchy", shown: "Console") -> None:
    """The states of the market, or why there are none."""
    if macro.model is None:
        shown.print(f"no market states were found: {macro.why_none}")
        return
    sparse = macro.notes["macro_sparse"]
    shown.print(f"market states; features: {_inputs_text(macro.model.macro)}; sparse: {sparse}")
    if macro.choice:
        _print_covariance(macro.choice, shown)
    shown.print(f"warm start: {macro.warm_start}")
    if macro.verdict:
        shown.print(f"gain over one state: {_gain_text(macro.verdict.over_one_state)}")
    shown.print(model_table(macro.model.macro))


def _inputs_text(model: "RegimeModel") -> str:
    """The features and, if there are several, the kind of covariance."""
    names = ", ".join(model.feature_names)
    return names if len(model.feature_names) == 1 else f"{names} ({model.covariance} covariance)"


def _print_covariance(choice: "FeatureChoice", shown: "Console") -> None:
    if choice.covariance_gain:
        shown.print(f"gain of full covariance over diagonal: {_gain_text(choice.covariance_gain)}")


def _gain_text(gain: "Gain") -> str:
    return (
        f"{gain.per_bar:+.4f} nats per bar ({gain.low:+.4f} to {gain.high:+.4f}, {gain.bars} bars)"
    )


def model_table(model: "RegimeModel", *, shares: dict[str, float] | None = None) -> Table:
    """One column per state: mean and deviation of each feature in its own unit."""
    names = model.state_names
    made = table("", *names, right=names)
    if shares:
        made.add_row("share", *(f"{shares[name]:.1%}" for name in names))
    leaves = [1.0 - model.transition[state][state] for state in range(len(names))]
    made.add_row("lasts (bars)", *(f"{1.0 / each:.0f}" if each else "forever" for each in leaves))
    cells = [_cells(model, state) for state in range(len(names))]
    for feature, *texts in zip(model.feature_names, *cells, strict=True):
        made.add_row(feature, *texts)
    return made


def _cells(model: "RegimeModel", state: int) -> list[str]:
    parts = zip(model.center, model.scale, model.means[state], model.variances[state], strict=True)
    return [f"{c + s * mean:.4g} ± {s * variance**0.5:.4g}" for c, s, mean, variance in parts]

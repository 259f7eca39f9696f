"""Four pictures of a regime model: ribbon, transitions, emissions and calibration."""

import math
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.regimes.history.covariance import covariance_matrices
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.naming import RETURN_FEATURE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2a9d8f", "#d1495b", "#8d99ae", "#edae49", "#5f4b8b", "#3d5a80", "#9c6644", "#606c38")
BARS_SHOWN = 1_500
POINTS = 180


def draw_ribbon(model: RegimeModel, history: CandleHistory, filtered: FloatColumn) -> bytes:
    """The close over the last bars, on the colour of the likeliest regime at each."""
    figure, axes = _new_figure(f"{history.symbol}: regimes as known at each close")
    close, likeliest = history.close[-BARS_SHOWN:], filtered[-BARS_SHOWN:].argmax(axis=1)
    bars = np.arange(len(close))
    for state, name in enumerate(model.state_names):
        axes.fill_between(
            bars,
            0.0,
            1.0,
            where=(likeliest == state).tolist(),
            transform=axes.get_xaxis_transform(),
            color=_colour(state),
            alpha=0.35,
            step="mid",
            linewidth=0.0,
            label=name,
        )
    axes.plot(bars, close, color="#222222", linewidth=0.8)
    axes.set(xlabel="bar", ylabel="close", xlim=(0, max(len(close) - 1, 1)))
    axes.legend(loc="upper left", framealpha=0.9)
    return _as_png(figure)


def draw_transitions(model: RegimeModel) -> bytes:
    """The states on a circle: how long each lasts, and how often it moves to which."""
    figure, axes = _new_figure("Transitions per bar")
    places = _circle(len(model.state_names))
    for state, (x, y) in enumerate(places):
        lasts = 1.0 / max(1.0 - model.transition[state][state], 1e-9)
        for target, (to_x, to_y) in enumerate(places):
            share = model.transition[state][target]
            if target != state and share > 0.0:
                axes.annotate(
                    "",
                    xy=(to_x, to_y),
                    xytext=(x, y),
                    arrowprops={
                        "arrowstyle": "-|>",
                        "connectionstyle": "arc3,rad=0.2",
                        "shrinkA": 34,
                        "shrinkB": 36,
                        "linewidth": 0.6 + 40.0 * min(share, 0.1),
                        "color": _colour(state),
                    },
                )
                axes.text(
                    0.6 * x + 0.4 * to_x + 0.1 * (to_y - y),
                    0.6 * y + 0.4 * to_y - 0.1 * (to_x - x),
                    f"{share:.1%}",
                    fontsize=8,
                    ha="center",
                )
        axes.scatter([x], [y], s=3_000, color=_colour(state), alpha=0.6)
        axes.text(x, y, f"{model.state_names[state]}\n{lasts:.0f} bars", ha="center", va="center")
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    axes.axis("off")
    return _as_png(figure)


def draw_emissions(model: RegimeModel) -> bytes:
    """Where each state's bars lie: two deviations around its mean, in the features' own units.

    A model of the return alone is drawn as the density of each state's returns.
    """
    figure, axes = _new_figure("What the bars of each regime look like")
    if len(model.feature_names) == 1:
        _draw_densities(axes, model)
    else:
        _draw_ellipses(axes, model)
    axes.legend()
    return _as_png(figure)


def draw_calibration(places: FloatColumn) -> bytes:
    """How often returns fell into each tenth of what was foreseen; even for a right model."""
    figure, axes = _new_figure("Calibration: where returns fell in the predicted distribution")
    counts, edges = np.histogram(places, bins=10, range=(0.0, 1.0))
    shares = counts / max(counts.sum(), 1)
    axes.bar(edges[:-1], shares, width=0.1, align="edge", color="#8d99ae", edgecolor="white")
    axes.axhline(0.1, color="#d1495b", linewidth=1.0)
    axes.set(xlabel="predicted probability of a lower return", ylabel="share of bars", xlim=(0, 1))
    return _as_png(figure)


def _draw_densities(axes: "Axes", model: RegimeModel) -> None:
    reach = 4.0 * max(variance[0] for variance in model.variances) ** 0.5
    grid = np.linspace(-reach, reach, 400)
    for state, name in enumerate(model.state_names):
        mean, deviation = model.means[state][0], model.variances[state][0] ** 0.5
        density = np.exp(-0.5 * ((grid - mean) / deviation) ** 2) / deviation
        axes.plot(
            model.center[0] + model.scale[0] * grid, density, color=_colour(state), label=name
        )
    axes.set(xlabel=model.feature_names[0], ylabel="density", yticks=[])


def _draw_ellipses(axes: "Axes", model: RegimeModel) -> None:
    column = (
        model.feature_names.index(RETURN_FEATURE) if RETURN_FEATURE in model.feature_names else 0
    )
    other = next(c for c in range(len(model.feature_names)) if c != column)
    for state, name in enumerate(model.state_names):
        outline = trace_ellipse(model, state, columns=(column, other))
        axes.fill(*outline, color=_colour(state), alpha=0.35, label=name)
        axes.plot(*outline.mean(axis=1), marker="+", color=_colour(state))
    axes.set(xlabel=model.feature_names[column], ylabel=model.feature_names[other])


def trace_ellipse(model: RegimeModel, state: int, *, columns: tuple[int, int]) -> FloatColumn:
    """Two deviations around a state's mean, in the features' own units: a row per feature."""
    picked = list(columns)
    covariance = covariance_matrices(model)[state][np.ix_(picked, picked)]
    angles = np.linspace(0.0, 2.0 * np.pi, POINTS, endpoint=False)
    around = 2.0 * np.linalg.cholesky(covariance) @ np.array([np.cos(angles), np.sin(angles)])
    center, scale = np.array(model.center)[picked], np.array(model.scale)[picked]
    means = np.array(model.means[state])[picked]
    outline: FloatColumn = center[:, None] + scale[:, None] * (means[:, None] + around)
    return outline


def _new_figure(title: str) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 4.5), dpi=80, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11)
    return figure, axes


def _as_png(figure: "Figure") -> bytes:
    body = BytesIO()
    figure.savefig(body, format="png", metadata={"Software": None})
    return body.getvalue()


def _circle(states: int) -> list[tuple[float, float]]:
    angles = [math.pi / 2.0 - 2.0 * math.pi * state / states for state in range(states)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def _colour(state: int) -> str:
    return COLOURS[state % len(COLOURS)]

"""The answers of `nija capital size` and `allocate` against sums written anew from the words."""

import json
from typing import Any

import numpy as np
import pytest

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.questions import (
    AllocateQuestion,
    SizeQuestion,
    answer_allocation,
    answer_size,
    read_question,
)

LEVELS = ("NORMAL", "CAUTION", "WARNING", "DANGER", "HALT")
REGIMES = ("BULL_TRENDING", "RANGING", "VOLATILE", "BEAR_TRENDING", "CRISIS")
PRESETS = {
    "conservative": (1.2, 2.0, (1.0, 0.6, 0.4, 0.1, 0.1)),
    "moderate": (2.0, 2.0, (1.0, 0.6, 0.4, 0.3, 0.1)),
    "aggressive": (3.0, 1.5, (1.5, 0.6, 0.4, 0.3, 0.1)),
}
LEAST = 10.0
"""The smallest entry under the usual hard limits; a tenth and a quarter are the largest."""


def _draw_size(rng: np.random.Generator) -> dict[str, Any]:
    base, reinvested = rng.uniform(500.0, 9_000.0, 2)
    equity = base + reinvested
    unit = rng.uniform(size=5)
    open_ = rng.uniform(0.0, 0.1 * equity, 3)
    shares = ("policy_exposure", "signal_share", "preset_share", "agent_weight", "symbol_weight")
    return {
        **dict(zip(shares, map(float, unit), strict=True)),
        **dict(zip(("agent_open", "symbol_open", "total_open"), map(float, open_), strict=True)),
        "base_capital": base,
        "reinvested": reinvested,
        "equity": equity,
        "peak": equity * rng.choice([1.0, 1.04, 1.08, 1.13, 1.2, 1.3]),
        "preserved": 0,
        "locked": 0,
        "protection_level": str(rng.choice(LEVELS)),
        "milestones_passed": int(rng.integers(11)),
        "volatility": rng.uniform(0.01, 2.0),
        "sensitivity": rng.uniform(0.0, 2.0),
        "regime_probs": dict(zip(REGIMES, rng.dirichlet(np.ones(5)).tolist(), strict=True)),
        "expected_return": rng.uniform(0.001, 2.0),
        "portfolio_value": equity,
        "free_cash": rng.uniform(1.0, equity),
        "preset": str(rng.choice(list(PRESETS))),
        "fee_rate": rng.uniform(0.0, 0.01),
        "slippage_rate": rng.uniform(0.0, 0.01),
    }


def _size_by_hand(q: dict[str, Any]) -> float:
    """The five steps of the specification, one a line."""
    most, target, shares = PRESETS[q["preset"]]
    drawdown = (q["peak"] - q["equity"]) / q["peak"]
    prescribed = sum(drawdown >= bound for bound in (0.05, 0.10, 0.15, 0.20))
    protection = (1.0, 0.75, 0.5, 0.25, 0.0)[max(LEVELS.index(q["protection_level"]), prescribed)]
    tradable = q["base_capital"] + q["reinvested"]
    size = tradable * 0.05 * protection * (1.0 + min(0.2 * q["milestones_passed"], 1.0))
    size *= q["policy_exposure"] * q["signal_share"] * q["preset_share"]
    size *= np.clip((0.30 / q["volatility"]) ** q["sensitivity"], 0.5, most)
    size *= np.dot(list(q["regime_probs"].values()), shares)
    size *= np.clip((q["expected_return"] - 0.05) / q["volatility"] / target, 0.3, 1.5)
    rooms = (
        q["agent_weight"] * tradable - q["agent_open"],
        q["symbol_weight"] * tradable - q["symbol_open"],
        tradable - q["total_open"],
        q["free_cash"] / (1.0 + q["fee_rate"] + q["slippage_rate"]),
        0.10 * q["portfolio_value"],
        0.25 * q["portfolio_value"] - q["symbol_open"],
    )
    bounded = min(size, *rooms)
    return float(bounded) if bounded >= LEAST else 0.0


@pytest.mark.parametrize("seed", range(5))
def test_every_size_is_what_the_words_come_to(seed: int) -> None:
    """Two hundred accounts, markets and wishes a seed; refused ones and traded ones."""
    rng = np.random.default_rng(seed)
    questions = [_draw_size(rng) for _ in range(200)]
    answer = [
        answer_size(read_question(json.dumps(q), SizeQuestion), HardLimits())[0].size
        for q in questions
    ]

    assert answer == pytest.approx([_size_by_hand(q) for q in questions])
    assert 20 < sum(size > 0.0 for size in answer) < 200


def _draw_agents(rng: np.random.Generator) -> dict[str, Any]:
    names = [f"a{number}" for number in range(rng.integers(1, 25))]
    agents = {
        name: {
            "pnl_7d": rng.uniform(-0.08, 0.08),
            "sharpe_30d": rng.uniform(-2.0, 4.0),
            "winrate_30d": rng.uniform(),
            "max_dd_30d": rng.uniform(0.0, 0.4),
            "trades": int(rng.choice([0, 9, 10, 50])),
            "canary": bool(rng.uniform() < 0.1),
        }
        for name in names
    }
    daily = {
        name: rng.normal(rng.choice([-0.001, 0.002]), 0.03, rng.choice([5, 29, 30, 45])).tolist()
        for name in names
        if rng.uniform() < 0.5
    }
    market = dict(zip(("Calm", "Trend", "Chaos"), rng.dirichlet(np.ones(3)).tolist(), strict=True))
    return {"agents": agents, "daily_pnl": daily, "market": market}


def _score_by_hand(name: str, q: dict[str, Any]) -> float:
    found, daily = q["agents"][name], q["daily_pnl"]
    score = 1.0
    if any(agent["trades"] >= 10 for agent in q["agents"].values()):
        score = 0.40 * np.clip((found["pnl_7d"] + 0.05) / 0.10, 0.0, 1.0)
        score += 0.30 * np.clip((found["sharpe_30d"] + 1.0) / 4.0, 0.0, 1.0)
        score += 0.20 * found["winrate_30d"]
        score += 0.10 * (1.0 - np.clip(found["max_dd_30d"] / 0.25, 0.0, 1.0))
    others = [other for other in daily if other != name]
    if name not in daily or not others:
        return float(score)
    shared = [min(len(daily[name]), len(daily[other])) for other in others]
    together = [
        max(np.corrcoef(daily[name][-days:], daily[other][-days:])[0, 1], 0.0)
        for other, days in zip(others, shared, strict=True)
    ]
    return float(score / (1.0 + np.mean(together)))


def _cap_by_hand(name: str, q: dict[str, Any]) -> float:
    found, daily = q["agents"][name], q["daily_pnl"].get(name, ())
    has_record = any(other["trades"] >= 10 for other in q["agents"].values())
    cap = 0.05 if found["canary"] or (has_record and found["trades"] < 10) else 0.40
    if len(daily) >= 30:
        cap = min(cap, max(0.5 * np.mean(daily[-30:]) / np.var(daily[-30:], ddof=1), 0.0))
    return float(cap) if cap >= 0.05 else 0.0


def _weights_by_hand(scores: dict[str, float], caps: dict[str, float]) -> dict[str, float]:
    """λ by halving, among the twenty best that have a cap."""
    kept = sorted((n for n in scores if caps[n]), key=lambda n: (-scores[n], n))[:20]
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2.0
        total = sum(min(max(middle * scores[n], 0.05), caps[n]) for n in kept)
        low, high = (low, middle) if total > 1.0 else (middle, high)
    found = {n: min(max(low * scores[n], 0.05), caps[n]) for n in kept}
    return dict.fromkeys(scores, 0.0) | found


@pytest.mark.parametrize("seed", range(5))
def test_every_allocation_is_what_the_words_come_to(seed: int) -> None:
    """Forty companies of agents a seed: scores, caps, weights, the market's multiplier, cash."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        question = _draw_agents(rng)
        asked = read_question(json.dumps(question), AllocateQuestion)
        found = answer_allocation(asked, HardLimits())
        scores = {name: _score_by_hand(name, question) for name in question["agents"]}
        caps = {name: _cap_by_hand(name, question) for name in question["agents"]}
        unscaled = _weights_by_hand(scores, caps)
        multiplier = float(np.dot(list(question["market"].values()), (1.0, 0.9, 0.5)))

        assert found.scores == pytest.approx(scores)
        assert found.unscaled == pytest.approx(unscaled, abs=1e-9)
        assert found.weights == pytest.approx(
            {name: weight * multiplier for name, weight in unscaled.items()}, abs=1e-9
        )
        assert sum(found.weights.values()) + found.cash == pytest.approx(1.0, abs=1e-12)

"""`nija capital size` and `allocate`: JSON questions, answered with the executor's own code."""

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from math import inf, isfinite
from typing import Any, TypeVar

import msgspec

from nija_domain.capital.cash_reasons import why_cash
from nija_domain.capital.governor import MARKET_MULTIPLIER, AgentRecord, GovernorRules
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.milestones import LADDER, bonus_of
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.protection import LEVELS, Level, Protection, level_named, prescribed_level
from nija_domain.capital.reallocation import Applied, ReallocationOccasion, decide_reallocation
from nija_domain.capital.sizing import EntryRequest, Sizing, find_unusable, size_entry
from nija_domain.errors import NotFound, NumberInvalid, QuestionInvalid
from nija_domain.events.records import WaterfallStep

SUM_SLACK = 1e-6
ANY_KEY = "[...]"
Question = TypeVar("Question", bound=msgspec.Struct)


class SizeQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account, a market and a wish; rates are fractions, `expected_return` is annual."""

    base_capital: float
    equity: float
    peak: float
    reinvested: float
    preserved: float
    locked: float
    protection_level: str
    milestones_passed: int | tuple[float, ...]
    volatility: float
    sensitivity: float
    regime_probs: dict[str, float]
    expected_return: float
    portfolio_value: float
    free_cash: float
    preset: str
    policy_exposure: float = 1.0
    signal_share: float = 1.0
    preset_share: float = 1.0
    agent_weight: float = 1.0
    symbol_weight: float = 1.0
    agent_open: float = 0.0
    symbol_open: float = 0.0
    total_open: float = 0.0
    fee_rate: float = 0.0
    slippage_rate: float = 0.0


class SizeAnswer(msgspec.Struct, frozen=True):
    size: float
    waterfall: tuple[WaterfallStep, ...]


class AgentGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pnl_7d: float
    sharpe_30d: float
    winrate_30d: float
    max_dd_30d: float
    trades: int
    canary: bool = False
    suspended: bool = False


class AllocateQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`previous` is null, weights by agent, or an answer of this command.

    `now_us` and an `applied_us` in `previous` let a rise of the multiplier wait its hour.
    """

    agents: dict[str, AgentGiven]
    market: dict[str, float]
    daily_pnl: dict[str, tuple[float, ...]] = {}
    previous: dict[str, Any] | None = None
    paused: bool = False
    min_alloc: float = 0.05
    max_alloc: float = 0.40
    threshold: float = 0.10
    protection_level: str = "NORMAL"
    now_us: int | None = None


class AllocateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`why` says why cash is left by caps; null if it is not."""

    weights: dict[str, float]
    cash: float
    unscaled: dict[str, float]
    multiplier: float
    scores: dict[str, float]
    reallocated: bool
    reason: str
    why: str | None


def read_question(text: str | bytes, kind: type[Question]) -> Question:
    """Read the question; raises with the field that is unknown, missing or of the wrong type."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QuestionInvalid(f"the question is not JSON: {error}; give one JSON object") from error
    try:
        return msgspec.convert(given, kind)
    except (ValueError, OverflowError) as error:
        why = _with_key(str(error), given, kind)
        raise QuestionInvalid(f"the question cannot be read: {why}; correct that field") from error


def _with_key(why: str, given: object, kind: type[msgspec.Struct]) -> str:
    """The reader leaves out which entry of a dictionary it was: the first that fails alone."""
    if not isinstance(given, dict) or ANY_KEY not in why:
        return why
    field = why.partition("$.")[2].partition(ANY_KEY)[0]
    for key, entry in given[field].items():
        try:
            msgspec.convert({**given, field: {key: entry}}, kind)
        except ValueError as error:
            return str(error).replace(ANY_KEY, f".{key}", 1)
    return why


def answer_size(question: SizeQuestion, limits: HardLimits) -> tuple[SizeAnswer, str | None]:
    """The size with its waterfall and, if it is refused, the reason."""
    _check_account(question)
    sizing = _size(question, limits)
    return SizeAnswer(sizing.value, sizing.waterfall), sizing.refusal


def _check_account(question: SizeQuestion) -> None:
    for name in ("base_capital", "equity", "peak", "portfolio_value", "free_cash", "volatility"):
        _require(name, getattr(question, name), low=0.0, is_low_out=True)
    for name in ("reinvested", "preserved", "locked", "fee_rate", "slippage_rate"):
        _require(name, getattr(question, name), low=0.0)
    _require("expected_return", question.expected_return)
    _require("peak", question.peak, low=question.equity)
    _require_name("preset", question.preset, PRESETS)
    _require_name("protection_level", question.protection_level.upper(), LEVELS)
    _require("milestones_passed", _rungs(question), low=0, high=len(LADDER))
    _check_rungs(question.milestones_passed)


def _rungs(question: SizeQuestion) -> int:
    passed = question.milestones_passed
    return passed if isinstance(passed, int) else len(passed)


def _check_rungs(passed: int | tuple[float, ...]) -> None:
    if not isinstance(passed, int) and passed != tuple(map(float, LADDER[: len(passed)])):
        ladder = ", ".join(f"{rung:g}" for rung in LADDER)
        raise QuestionInvalid(
            f"milestones_passed is {passed}; name the first of {ladder}, in order"
        )


def _size(question: SizeQuestion, limits: HardLimits) -> Sizing:
    try:
        parameters = msgspec.structs.replace(
            PRESETS[question.preset].sizing, volatility_sensitivity=question.sensitivity
        )
    except ValueError as error:
        reason = str(error).replace("volatility_sensitivity", "sensitivity")
        raise NumberInvalid(reason) from error
    shared = {name: getattr(question, name) for name in SHARED}
    request = EntryRequest(
        tradable=question.base_capital + question.reinvested,
        annual_volatility=question.volatility,
        protection_multiplier=limits.protection.multiplier(_level(question, limits)),
        milestone_bonus=bonus_of(_rungs(question)),
        cost_rate=question.fee_rate + question.slippage_rate,
        **shared,
    )
    unusable = find_unusable(request)
    if unusable:
        raise NumberInvalid(unusable)
    return size_entry(request, parameters=parameters, limits=limits)


SHARED = sorted(set(SizeQuestion.__struct_fields__) & set(EntryRequest.__struct_fields__))


def _level(question: SizeQuestion, limits: HardLimits) -> Level:
    """The level of the question, or the stricter one that its drawdown prescribes."""
    given = level_named(question.protection_level.upper())
    equity, peak = (Decimal(repr(amount)) for amount in (question.equity, question.peak))
    marks = Protection(equity=equity, peak=peak)
    prescribed = prescribed_level(marks, limits.protection)
    return max(given, prescribed, key=LEVELS.index)


def answer_allocation(question: AllocateQuestion, limits: HardLimits) -> AllocateAnswer:
    rules = _rules(question)
    for market, probability in question.market.items():
        _require_name("market", market, MARKET_MULTIPLIER)
        _require(f"market.{market}", probability, low=0.0, high=1.0)
    total = sum(question.market.values())
    _require("sum of market", total, low=1.0 - SUM_SLACK, high=1.0 + SUM_SLACK)
    for name in question.daily_pnl:
        _require_name("daily_pnl", name, question.agents)
    _require_name("protection_level", question.protection_level.upper(), LEVELS)
    level = level_named(question.protection_level.upper())
    agents = {name: _record(name, given, question) for name, given in question.agents.items()}
    decided = decide_reallocation(
        agents,
        previous=_previous(question.previous),
        occasion=ReallocationOccasion(
            market_probs=question.market,
            is_paused=question.paused,
            protection_multiplier=limits.protection.multiplier(level),
            at_us=question.now_us,
        ),
        rules=rules,
    )
    made = decided.allocation
    return AllocateAnswer(
        weights=made.weights,
        cash=made.cash,
        unscaled=made.unscaled,
        multiplier=made.multiplier,
        scores=made.scores,
        reallocated=decided.is_moved,
        reason=decided.reason,
        why=why_cash(agents, made, rules),
    )


def _rules(question: AllocateQuestion) -> GovernorRules:
    try:
        return GovernorRules(
            min_alloc=question.min_alloc,
            max_alloc=question.max_alloc,
            threshold=question.threshold,
        )
    except ValueError as error:
        raise NumberInvalid(str(error)) from error


def _record(name: str, given: AgentGiven, question: AllocateQuestion) -> AgentRecord:
    for field in ("pnl_7d", "sharpe_30d"):
        _require(f"{name}.{field}", getattr(given, field))
    for field in ("winrate_30d", "max_dd_30d"):
        _require(f"{name}.{field}", getattr(given, field), low=0.0, high=1.0)
    _require(f"{name}.trades", given.trades, low=0)
    daily = question.daily_pnl.get(name, ())
    for result in daily:
        _require(f"daily_pnl.{name}", result)
    return AgentRecord(
        pnl_7d=given.pnl_7d,
        sharpe_30d=given.sharpe_30d,
        winrate_30d=given.winrate_30d,
        max_dd_30d=given.max_dd_30d,
        trades=given.trades,
        is_canary=given.canary,
        is_suspended=given.suspended,
        daily_pnl=daily,
    )


def _previous(given: dict[str, Any] | None) -> Applied | None:
    if not given:
        return None
    if not isinstance(given.get("unscaled"), dict):
        return Applied(
            unscaled=_weights({n: w for n, w in given.items() if n != "cash"}), multiplier=None
        )
    multiplier = given.get("multiplier")
    if multiplier is not None:
        _require("previous.multiplier", multiplier, low=0.0, high=1.0)
    applied_us = given.get("applied_us")
    if applied_us is not None and not isinstance(applied_us, int):
        raise QuestionInvalid(f"previous.applied_us is {applied_us}; give whole microseconds")
    return Applied(
        unscaled=_weights(given["unscaled"]), multiplier=multiplier, applied_us=applied_us
    )


def _weights(given: Mapping[str, Any]) -> dict[str, float]:
    for name, weight in given.items():
        _require(f"previous.{name}", weight, low=0.0, high=1.0)
    weights = {name: float(weight) for name, weight in given.items()}
    _require("sum of previous", sum(weights.values()), high=1.0 + SUM_SLACK)
    return weights


def _require(
    name: str,
    value: object,
    *,
    low: float = -inf,
    high: float = inf,
    is_low_out: bool = False,
) -> None:
    """A finite number of this range, or an error that names the field and the range."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_inside = low < value <= high if is_low_out else low <= value <= high
        if is_inside and isfinite(value):
            return
    bounds = [f"above {low:g}" if is_low_out else f"at least {low:g}"] if low > -inf else []
    bounds += [f"at most {high:g}"] if high < inf else []
    raise NumberInvalid(f"{name} is {value}; it must be {' and '.join(['finite', *bounds])}")


def _require_name(field: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise NotFound(f"{field} names {name}; known are {', '.join(known) or 'none'}")

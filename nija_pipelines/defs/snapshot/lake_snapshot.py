"""The state of the lake that a training reads, and whether its candles are fit for it."""

from collections.abc import Iterable, Mapping

import dagster as dg

from nija_domain.events.ledger import IncidentRecorded
from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import examine_history
from nija_domain.market.quality.fitness import FitnessRules, find_unfit
from nija_domain.market.quality.steps import text_with_remedy
from nija_domain.market.timeframes import HOUR_US, utc_minute
from nija_domain.releases.directive import DirectiveDraft
from nija_pipelines.passing.types import Snapshot
from nija_pipelines.resources import Channel, Installation, LakeFolder, LedgerFile
from nija_pipelines.settings import PipelineSettings

RESTRAINT_US = 24 * HOUR_US
REMEDY = (
    "import the right candles with `nija import FILE --venue {venue}`; they replace the stored ones"
)


@dg.asset(group_name="snapshot", kinds={"duckdb"}, deps=["candles", "feedback"])
def lake_snapshot(lake: LakeFolder) -> Snapshot:
    """The state of the lake that this training reads, so that it can be repeated exactly."""
    with lake.open() as store:
        pinned = store.snapshot()
        rows = len(store.read_fills(snapshot=pinned)) + len(store.read_trades(snapshot=pinned))
        return Snapshot(pinned, store.feedback_sequence(), rows)


@dg.asset_check(asset=lake_snapshot, blocking=True)
def candles_quality(
    context: dg.AssetCheckExecutionContext,
    lake_snapshot: Snapshot,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
    ledger: LedgerFile,
) -> dg.AssetCheckResult:
    """The candles of this training break no quality rule and are complete and recent enough.

    Otherwise the training stops, and the executor opens no position for 24 hours.
    """
    settings = installation.settings()
    frame_us = settings.timeframe_us
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    now_us = _now_us(context, histories.values(), frame_us)
    rules = FitnessRules(absent_share_max=settings.candles_absent_share_max)
    left_out, unfit = _without_candles(context, settings, histories)
    unfit += [
        reason
        for history in histories.values()
        for reason in find_unfit(history, timeframe_us=frame_us, now_us=now_us, rules=rules)
    ]
    broken, warnings = _examine(
        histories, settings, confirmed_us=ledger.confirmed_steps(settings), now_us=now_us
    )
    if broken or unfit:
        refusal = _refusal_text(broken, unfit, venue=settings.venue)
        _restrain(refusal, installation, channel, ledger)
    return dg.AssetCheckResult(
        passed=not broken and not unfit,
        metadata={
            "problems": broken[:20],
            "count": len(broken),
            "unfit": unfit,
            "left_out": left_out,
            "warnings": warnings[:20],
        },
    )


def _refusal_text(broken: list[str], unfit: list[str], *, venue: str) -> str:
    """Each unfit series names its own remedy; broken candles must be imported again."""
    remedy = REMEDY.format(venue=venue)
    first = "; ".join(broken[:3])
    reasons = [f"candles break the quality rules: {first}; {remedy}"] if broken else []
    return "; ".join([*reasons, *unfit[:3]])


def _without_candles(
    context: dg.AssetCheckExecutionContext,
    settings: PipelineSettings,
    histories: Mapping[str, CandleHistory],
) -> tuple[dict[str, str], list[str]]:
    """Symbols that the venue refused, which the others are learned without, and what is amiss else.

    Where it refused all of them there is nothing to learn from.
    """
    lines = _last_ingestion(context).get("refused")
    refused = dict(str(line).split(": ", 1) for line in (lines if isinstance(lines, list) else ()))
    absent = [symbol for symbol in settings.symbols if symbol not in histories]
    left_out = {symbol: refused[symbol] for symbol in absent if symbol in refused}
    reasons = [f"{symbol}: {why}" for symbol, why in left_out.items() if not histories]
    reasons += [
        f"{symbol} has no {settings.timeframe} candles; ingest them, or remove it from symbols"
        for symbol in absent
        if symbol not in refused
    ]
    return left_out, reasons


def _now_us(
    context: dg.AssetCheckExecutionContext, histories: Iterable[CandleHistory], frame_us: int
) -> int:
    """When the venue was last asked; a source that fell silent for all symbols shows by that."""
    newest_us = max((int(h.ts_us[-1]) + frame_us for h in histories if len(h)), default=0)
    asked_us = _last_ingestion(context).get("venue_time_us")
    return max(newest_us, asked_us) if isinstance(asked_us, int) else newest_us


def _last_ingestion(context: dg.AssetCheckExecutionContext) -> dict[str, object]:
    asked = context.instance.get_latest_materialization_event(dg.AssetKey("candles"))
    found = asked.asset_materialization if asked else None
    return {name: value.value for name, value in found.metadata.items()} if found else {}


def _examine(
    histories: Mapping[str, CandleHistory],
    settings: PipelineSettings,
    *,
    confirmed_us: Mapping[str, frozenset[int]],
    now_us: int,
) -> tuple[list[str], list[str]]:
    """What breaks the contract, and what is only to be known."""
    problems: dict[bool, list[str]] = {True: [], False: []}
    for symbol, history in histories.items():
        if len(history):
            examined = examine_history(
                history,
                timeframe_us=settings.timeframe_us,
                now_us=now_us,
                confirmed_us=confirmed_us.get(symbol, frozenset()),
            )
            for problem in examined.problems:
                when = "" if problem.ts_us is None else f" at {utc_minute(problem.ts_us)}"
                text = problem.text
                if problem.rule == "step":
                    text = text_with_remedy(problem, symbol=symbol, venue=settings.venue)
                problems[problem.level != "warning"].append(f"{symbol}{when}: {text}")
    return problems[True], problems[False]


def _restrain(
    reason: str, installation: Installation, channel: Channel, ledger: LedgerFile
) -> None:
    """The executor opens nothing more on this market, and the ledger says since when and why."""
    at_us = installation.venue_now_us()
    channel.direct(
        installation.settings().channel,
        DirectiveDraft.lasting(
            "reduce_only",
            at_us=at_us,
            lifetime_us=RESTRAINT_US,
            reason=reason,
            authority="data",
        ),
    )
    ledger.append(IncidentRecorded(at_us=at_us, kind="candles refused", text=reason, run_id=""))

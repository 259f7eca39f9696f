"""The calibrated policy on the slice that neither fit nor calibration has seen."""

from collections.abc import Sequence

import dagster as dg
import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.evaluation.merit import MeritRules
from nija_domain.events.ledger import TrialRecorded
from nija_domain.events.records import EquityMarked, TradeClosed
from nija_domain.market.timeframes import HOUR_US, utc_minute
from nija_domain.releases.recipe import Recipe
from nija_domain.statistics.evidence import Sample, find_drawdown_lack, find_lack
from nija_pipelines.passing.pictures import as_markdown, draw_line
from nija_pipelines.passing.types import BacktestReport, Listing, Snapshot
from nija_pipelines.resources import Installation, LakeFolder, LedgerFile
from nija_pipelines.settings import PipelineSettings

MAX_DRAWDOWN_ALLOWED = MeritRules().drawdown_max
RATIOS = ("win_rate", "sharpe_per_bar", "profit_factor")
TRADES_SHOWN = 50
TRADE_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn(name, kind, description=meaning)
        for name, kind, meaning in (
            ("closed", "string", "UTC, as venue time runs"),
            ("symbol", "string", ""),
            ("hours", "float", "from the first fill to the last"),
            ("quantity", "float", ""),
            ("entry", "float", "mean price"),
            ("exit", "float", "mean price"),
            ("net", "float", "after fees"),
            ("regime", "string", "regime at the entry"),
        )
    ]
)


@dg.asset(group_name="evaluation")
def backtest(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    instruments: Listing,
    recipe: Recipe,
    installation: Installation,
    lake: LakeFolder,
    ledger: LedgerFile,
) -> BacktestReport:
    """Trade the last quarter of history with the executor's own core; counts as a trial."""
    from nija_domain.evaluation.merit import judge_merit
    from nija_domain.evaluation.outcome import outcome_of
    from nija_domain.evaluation.performance import measure_performance
    from nija_domain.evaluation.rehearsal import Stage, rehearse
    from nija_domain.evaluation.slices import slice_histories

    settings = installation.settings()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    slices = slice_histories(histories)
    stage = Stage(
        recipe=recipe,
        instruments=instruments.by_symbol(),
        starting_cash=settings.backtest_cash,
    )
    run = rehearse(stage, before=slices.known_before_test(), slice_=slices.test)
    performance = measure_performance(run.trades, run.equity, starting_cash=settings.backtest_cash)
    outcome = outcome_of(run, starting_cash=settings.backtest_cash)
    merit = judge_merit(outcome, rng=np.random.default_rng(settings.seed))
    report = replace(
        msgspec.convert(performance, BacktestReport, from_attributes=True),
        merit=merit,
        subject=recipe.subject(lake_snapshot.snapshot_id),
    )
    context.add_output_metadata(_shown(report, run.trades, run.equity))
    commit = installation.code()[1]
    ledger.append(
        _trial(report, settings, lake_snapshot, at_us=run.events[-1].at_us, commit=commit)
    )
    return report


def _trial(
    report: BacktestReport,
    settings: PipelineSettings,
    snapshot: Snapshot,
    *,
    at_us: int,
    commit: str,
) -> TrialRecorded:
    return TrialRecorded(
        at_us=at_us,
        kind="training_line",
        parameters={"strategy_preset": settings.strategy_preset, "seed": float(settings.seed)},
        metrics={
            "total_return": report.total_return,
            "max_drawdown": report.max_drawdown,
            "trades": float(report.trades),
        },
        data_snapshot=snapshot.snapshot_id,
        commit=commit,
    )


def _shown(
    report: BacktestReport, trades: Sequence[TradeClosed], equity: Sequence[EquityMarked]
) -> dict[str, object]:
    """The numbers, how the money went, and the newest trades one by one."""
    marks = [float(mark.equity) for mark in equity]
    return {
        "trades": report.trades,
        "days": report.days,
        "net_profit": round(float(report.net_profit), 2),
        "total_return": round(report.total_return, 4),
        "max_drawdown": find_drawdown_lack(report.marks) or round(report.max_drawdown, 4),
        **_ratios(report),
        "equity": dg.MetadataValue.md(as_markdown(draw_line(marks), title="equity")),
        "newest_trades": dg.MetadataValue.table(
            [dg.TableRecord(_row_of(trade)) for trade in reversed(trades[-TRADES_SHOWN:])],
            schema=TRADE_COLUMNS,
        ),
    }


def _ratios(report: BacktestReport) -> dict[str, str | float]:
    lack = find_lack(Sample(report.trades, report.days))
    values = {name: getattr(report, name) for name in RATIOS}
    return {
        name: lack or ("none" if value is None else round(value, 4))
        for name, value in values.items()
    }


def _row_of(trade: TradeClosed) -> dict[str, str | float]:
    return {
        "closed": utc_minute(trade.at_us),
        "symbol": trade.symbol,
        "hours": round((trade.at_us - trade.opened_us) / HOUR_US, 1),
        "quantity": float(trade.quantity),
        "entry": float(trade.entry_price),
        "exit": float(trade.exit_price),
        "net": round(float(trade.gross - trade.fees), 2),
        "regime": trade.regime,
    }


@dg.asset_check(asset=backtest, blocking=True)
def backtest_survives(backtest: BacktestReport) -> dg.AssetCheckResult:
    """Stops a release that lost a quarter of the account or more on unseen history."""
    return dg.AssetCheckResult(
        passed=backtest.max_drawdown <= MAX_DRAWDOWN_ALLOWED,
        metadata={
            "max_drawdown": find_drawdown_lack(backtest.marks) or backtest.max_drawdown,
            "allowed": MAX_DRAWDOWN_ALLOWED,
            "trades": backtest.trades,
            "ratios": find_lack(Sample(backtest.trades, backtest.days)) or "enough to compute them",
        },
    )


@dg.asset_check(asset=backtest)
def backtest_earns_promotion(backtest: BacktestReport) -> dg.AssetCheckResult:
    """Enough trades and a significant profit on unseen history; else it stays a challenger."""
    merit = backtest.merit
    if merit is None:
        return dg.AssetCheckResult(
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"why": "this back-test is older than the check; run calibration"},
        )
    bound = merit.return_lower_bound
    return dg.AssetCheckResult(
        passed=merit.is_earned,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "why": list(merit.reasons),
            "trades": merit.trades,
            "mean_return_bps_a_bar": merit.mean_return * 1e4,
            "lower_bound_bps_a_bar": "unknown" if bound is None else bound * 1e4,
        },
    )

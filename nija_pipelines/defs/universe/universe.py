"""What to trade now: from the scanner or from lists in the settings, sent as a directive."""

from collections.abc import Mapping

import dagster as dg

from nija_domain.market.timeframes import HOUR_US, SECOND_US
from nija_domain.releases.directive import Directive, DirectiveDraft
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.universe.chain import SCANNER, ChosenSymbols, choose_symbols
from nija_domain.universe.scanner import Scan, ScanRules, SymbolMetrics, scan_universe
from nija_pipelines.resources import Channel, Installation, LakeFolder
from nija_pipelines.settings import PipelineSettings

LIFE_US = 24 * HOUR_US
OWN_SYMBOLS = "symbols"


@dg.asset(group_name="universe", deps=["candles"])
def universe(installation: Installation, lake: LakeFolder, channel: Channel) -> dg.Output[Scan]:
    """The symbols in which positions may be opened; open positions in others are kept managed."""
    settings = installation.settings()
    metrics, at_us = _measure(settings, lake), installation.venue_now_us()
    before = channel.newest_directive(settings.channel, "universe")
    scan = scan_universe(
        metrics,
        rules=ScanRules(
            top_n=settings.symbol_scanner_top_n,
            quote_volume_min=settings.symbol_scanner_quote_volume_min,
            atr_fraction_min=settings.symbol_scanner_atr_fraction_min,
        ),
        members=before.symbols if before else (),
    )
    halted = {symbol: why for symbol, why in scan.dropped.items() if "halted" in why}
    chosen = _choose(scan, halted, settings)
    if not chosen.source and before and not settings.symbol_scanner_enabled:
        chosen = _own_symbols(halted, settings)
    number = None
    if chosen.symbols and _is_due(before, at_us, halted, settings):
        number = channel.direct(settings.channel, _directive(chosen, at_us)).number
    metadata = {
        "source": chosen.source or "none; the release's own universe applies",
        "symbols": list(chosen.symbols),
        "left_out": {**scan.dropped, **chosen.left_out},
        "directive": number or "none",
    }
    return dg.Output(scan, metadata=metadata)


def _measure(settings: PipelineSettings, lake: LakeFolder) -> list[SymbolMetrics]:
    """Each symbol that has candles, beside the newest one of them all."""
    from nija_domain.features.history.feature_rows import compute_features
    from nija_domain.universe.history.symbol_metrics import measure_symbol

    with lake.open() as store:
        snapshot = store.snapshot()
    scanned = settings.symbol_scanner_universe or settings.symbols
    known = lake.read_histories(settings, snapshot)
    histories = [known[symbol] for symbol in scanned if len(known.get(symbol, ()))]
    newest_us = max((int(history.ts_us[-1]) for history in histories), default=0)
    return [
        measure_symbol(
            history,
            compute_features(history),
            window_bars=settings.scan_bars,
            age_bars=(newest_us - int(history.ts_us[-1])) / settings.timeframe_us,
        )
        for history in histories
    ]


def _choose(scan: Scan, halted: Mapping[str, str], settings: PipelineSettings) -> ChosenSymbols:
    kind = TREND.name
    lists = {
        SCANNER: tuple(ranked.symbol for ranked in scan.kept),
        f"{kind}_symbols": settings.trend_symbols,
        "strategy_symbols": settings.strategy_symbols,
        "trade_symbols": settings.trade_symbols,
    }
    if not settings.symbol_scanner_enabled:
        del lists[SCANNER]
    return choose_symbols(lists, kind=kind, obstacles=halted)


def _own_symbols(halted: Mapping[str, str], settings: PipelineSettings) -> ChosenSymbols:
    """A person has switched every list off: said aloud, since the last directive does not lapse."""
    symbols = tuple(symbol for symbol in settings.symbols if symbol not in halted)
    return ChosenSymbols(OWN_SYMBOLS, symbols, dict(halted))


def _is_due(
    before: Directive | None, at_us: int, halted: Mapping[str, str], settings: PipelineSettings
) -> bool:
    """Not before the interval is over, save for a symbol that can be traded no longer."""
    if before is None or set(before.symbols) & set(halted):
        return True
    age_us = at_us - before.issued_us
    # One from a later time was issued by another clock: it would hold for ever.
    return not 0 <= age_us < settings.symbol_scanner_interval_sec * SECOND_US


def _directive(chosen: ChosenSymbols, at_us: int) -> DirectiveDraft:
    return DirectiveDraft.lasting(
        "universe",
        at_us=at_us,
        lifetime_us=LIFE_US,
        reason=f"from {chosen.source}",
        symbols=chosen.symbols,
    )

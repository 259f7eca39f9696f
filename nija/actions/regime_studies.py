"""`nija regimes fit` and `show`: regimes of any candles in the lake, and of the last training."""

from collections.abc import Mapping

import msgspec

from nija.bootstrap import (
    LakeStatus,
    open_lake,
    read_champion,
    read_lake_status,
    read_pipeline_settings,
)
from nija.home import Home
from nija_domain.errors import CandlesInvalid, NijaError
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import format_timeframe, parse_timeframe_us, utc_minute
from nija_domain.market.venues import parse_venue
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy, TrainedRegimes


class Studied(msgspec.Struct, frozen=True, kw_only=True):
    """The candles that were read; `snapshot` is the lake's."""

    venue: str
    timeframe: str
    symbols: tuple[str, ...]
    bars: int
    oldest_us: int
    newest_us: int
    snapshot: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.bars:,} bars of {self.timeframe}, {', '.join(self.symbols)} of {self.venue},"
            f" {utc_minute(self.oldest_us)} to {utc_minute(self.newest_us)} UTC,"
            f" snapshot {self.snapshot} of the lake"
        )


class RegimeStudy(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted models, and their candles; those of a training are recorded elsewhere."""

    studied: Studied | None
    regimes: TrainedRegimes
    market: TrainedHierarchy | None


class StudyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which candles of the lake; what is not given comes from the settings."""

    venue: str | None = None
    timeframe: str | None = None
    symbols: tuple[str, ...] = ()


def study_regimes(home: Home, plan: StudyPlan) -> RegimeStudy:
    """Fit and compare; fetches nothing and leaves the pipelines' records unchanged."""
    settings = read_pipeline_settings()
    venue = parse_venue(plan.venue or settings.venue)
    timeframe = plan.timeframe or settings.timeframe
    histories, snapshot = _read_candles(home, plan, venue=venue, timeframe=timeframe)

    import numpy as np

    from nija_domain.evaluation.regime_study import fit_market, fit_regimes

    # a champion of another venue has seen other candles: nothing is to be learned beside it
    is_own = venue == settings.venue
    champion = read_champion(home, settings.channel) if is_own else None
    regimes = fit_regimes(
        histories,
        champion.regimes if champion else None,
        plan=settings.fit_plan(),
        drift=settings.drift_rules(),
        rng=np.random.default_rng(settings.seed),
    )
    market = fit_market(
        histories,
        regimes.model,
        champion.hierarchy if champion else None,
        plan=settings.fit_plan(),
        rng=np.random.default_rng(settings.seed),
    )
    studied = Studied(
        venue=venue,
        timeframe=format_timeframe(parse_timeframe_us(timeframe)),
        symbols=tuple(histories),
        bars=sum(map(len, histories.values())),
        oldest_us=min(int(history.ts_us[0]) for history in histories.values()),
        newest_us=max(int(history.ts_us[-1]) for history in histories.values()),
        snapshot=snapshot,
    )
    study = RegimeStudy(studied=studied, regimes=regimes, market=market)
    _keep(home, study, venue)
    return study


def read_study(home: Home, venue: str | None) -> RegimeStudy:
    """The last study of a venue; without a venue, the last training."""
    if venue is None:
        return _read_training(home)
    path = home.study(parse_venue(venue))
    if not path.exists():
        raise NijaError(
            f"no study of {venue} in {home.folder}; make one with `nija regimes fit --venue"
            f" {venue}`"
        )
    return msgspec.json.decode(path.read_bytes(), type=RegimeStudy)


def _read_training(home: Home) -> RegimeStudy:
    regimes, market = home.record("regime_training"), home.record("macro_regimes")
    if not regimes.exists():
        raise NijaError(
            f"no finished training in {home.folder} yet; start one with `make up`, or fit regimes"
            " on candles in the lake with `nija regimes fit`"
        )
    return RegimeStudy(
        studied=None,
        regimes=msgspec.json.decode(regimes.read_bytes(), type=TrainedRegimes),
        market=msgspec.json.decode(market.read_bytes(), type=TrainedHierarchy)
        if market.exists()
        else None,
    )


def _read_candles(
    home: Home, plan: StudyPlan, *, venue: str, timeframe: str
) -> tuple[Mapping[str, CandleHistory], int]:
    timeframe_us = parse_timeframe_us(timeframe)
    held = read_lake_status(home)
    known = [
        reach.symbol
        for reach in held.reaches
        if (reach.venue, reach.timeframe_us) == (venue, timeframe_us)
    ]
    symbols = plan.symbols or tuple(known)
    if not symbols or set(symbols) - set(known):
        asked = "".join(f"{symbol} of " for symbol in sorted(set(symbols) - set(known)))
        raise CandlesInvalid(
            f"the lake holds no {timeframe} candles of {asked}{venue}; {_what_it_holds(held)}"
        )
    with open_lake(home) as lake:
        snapshot = lake.snapshot()
        histories = lake.read_candles(
            symbols, venue=venue, timeframe_us=timeframe_us, snapshot=snapshot
        )
    return histories, snapshot


def _what_it_holds(held: LakeStatus) -> str:
    if not held.reaches:
        return "it is empty; run `nija ingest` or `nija import` first"
    series = [
        f"{reach.symbol} {format_timeframe(reach.timeframe_us)} of {reach.venue}"
        for reach in held.reaches
    ]
    more = f" and {len(series) - 5} more" if series[5:] else ""
    return f"it holds {', '.join(series[:5])}{more}; choose with --venue and --timeframe"


def _keep(home: Home, study: RegimeStudy, venue: str) -> None:
    path = home.study(venue)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(study), indent=2))
    draft.replace(path)

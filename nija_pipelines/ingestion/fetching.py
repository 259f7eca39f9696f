"""What the lake misses, fetched from the venue: far stretches in pieces, the newest at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from nija_domain.errors import VenueRefused
from nija_domain.market.backfill import FetchRange, find_missing, oldest_served_us, plan_ranges
from nija_domain.market.candles import CandleHistory, history_of
from nija_domain.market.quality.delivery import Delivery
from nija_domain.market.quality.examination import Examination
from nija_domain.market.quality.neighbours import ReadSince, judge_page
from nija_domain.market.quality.prices import SCALE_BARS
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.quality.steps import text_with_remedy
from nija_domain.market.timeframes import DAY_US
from nija_pipelines.ingestion.plan import Ingested, IngestPlan, Kept
from nija_pipelines.ingestion.ports import CandleStore, VenueMarket

CANDLES_MAX = 720
RANGE_BARS, RANGE_US_MAX = 288, 7 * DAY_US
"""A piece is kept by itself: few commits for long bars, and never the trades of many weeks."""
SPARE_BARS = 12
"""So many bars may close while all symbols are asked for, one after the other."""
OVERLAP_BARS = 50
"""So many stored bars are asked for again with the newest: they come in the same page."""


class Visit(msgspec.Struct, frozen=True):
    """One ingestion at one moment of the venue."""

    plan: IngestPlan
    market: VenueMarket
    store: CandleStore
    now_us: int

    def read_since(self, symbols: Sequence[str], since_us: int) -> Mapping[str, CandleHistory]:
        """What the lake holds of these series by now."""
        return self.store.read_candles(
            symbols,
            venue=self.plan.venue,
            timeframe_us=self.plan.timeframe_us,
            since_us=since_us,
        )

    @property
    def until_us(self) -> int:
        asked_us = self.plan.until_us
        return self.now_us if asked_us is None else min(asked_us, self.now_us)

    @property
    def oldest_served_us(self) -> int:
        frame_us = self.plan.timeframe_us
        candles_max = CANDLES_MAX - SPARE_BARS
        return oldest_served_us(now_us=self.now_us, timeframe_us=frame_us, candles_max=candles_max)


async def ingest_symbols(
    plan: IngestPlan,
    market: VenueMarket,
    store: CandleStore,
    *,
    notify: Callable[[Ingested], None],
) -> tuple[list[Ingested], int]:
    """What became of each symbol, and the venue's time; an ended ingestion goes on where it was.

    Ranges of long ago are kept one by one. What the venue serves as candles is kept last and
    together, so that the everyday page of all symbols is one commit. But it is fetched first: while
    older stretches are rebuilt the venue goes on, and serves its oldest candles no longer.
    """
    visit = Visit(plan, market, store, await market.fetch_time_us())
    ranges = _missing_ranges(visit)
    fetched = await asyncio.gather(
        *(
            _fetch_candles(_begun(symbol, asked, visit), asked, visit)
            for symbol, asked in ranges.items()
        )
    )
    filled = await asyncio.gather(
        *(
            _fill_from_history(ingested, ranges[ingested.symbol], visit, notify=notify)
            for ingested, _ in fetched
        )
    )
    pages = [
        history_of(ingested.symbol, []) if ingested.refused else page
        for ingested, (_, page) in zip(filled, fetched, strict=True)
    ]
    kept = _keep(pages, visit, until_us=visit.until_us)
    done = [
        ingested.with_kept(added, asked_bars=ingested.missing_bars - ingested.asked_bars)
        for ingested, added in zip(filled, kept, strict=True)
    ]
    for ingested in done:
        notify(ingested)
    return done, visit.now_us


def _begun(symbol: str, ranges: Sequence[FetchRange], visit: Visit) -> Ingested:
    missing_us = sum(fetched.stretch.until_us - fetched.stretch.from_us for fetched in ranges)
    return Ingested(symbol=symbol, missing_bars=missing_us // visit.plan.timeframe_us)


def _missing_ranges(visit: Visit) -> dict[str, list[FetchRange]]:
    """One look at the lake tells it for all series but those that have nothing recent."""
    asked_us = visit.plan.since_us
    recent_us = visit.oldest_served_us if asked_us is None else asked_us
    stored = visit.read_since(visit.plan.symbols, recent_us)
    return {
        symbol: _ranges_between(
            history,
            recent_us if len(history) or asked_us is not None else _since_us(symbol, visit),
            visit,
        )
        for symbol, history in stored.items()
    }


def _ranges_between(stored: CandleHistory, since_us: int, visit: Visit) -> list[FetchRange]:
    frame_us = visit.plan.timeframe_us
    missing = find_missing(
        stored.ts_us, since_us=since_us, now_us=visit.until_us, timeframe_us=frame_us
    )
    return [
        fetched
        for stretch in missing
        for fetched in plan_ranges(
            stretch,
            oldest_served_us=visit.oldest_served_us,
            timeframe_us=frame_us,
            range_us=_range_us(frame_us),
        )
    ]


def _range_us(frame_us: int) -> int:
    return max(DAY_US, min(RANGE_BARS * frame_us, RANGE_US_MAX))


def _since_us(symbol: str, visit: Visit) -> int:
    """After the newest stored candle, of long ago; a new series begins as far back as is set."""
    frame_us = visit.plan.timeframe_us
    latest_us = visit.store.latest_candle_us(symbol, venue=visit.plan.venue, timeframe_us=frame_us)
    if latest_us is None:
        return min(visit.oldest_served_us, visit.now_us - visit.plan.history_bars * frame_us)
    return min(visit.oldest_served_us, latest_us + frame_us)


async def _fill_from_history(
    ingested: Ingested,
    ranges: Sequence[FetchRange],
    visit: Visit,
    *,
    notify: Callable[[Ingested], None],
) -> Ingested:
    """A symbol that the venue refused is left as it is: newer candles alone would leave a hole."""
    symbol, frame_us = ingested.symbol, visit.plan.timeframe_us
    notify(ingested)
    if ingested.refused:
        return ingested
    for fetched in ranges:
        span_us = fetched.stretch.until_us - fetched.stretch.from_us
        if fetched.source == "history":
            try:
                history = await visit.market.fetch_history(
                    symbol,
                    timeframe_us=frame_us,
                    from_us=fetched.stretch.from_us,
                    # The bar after it tells whether a leap at its end came back.
                    until_us=fetched.stretch.until_us + frame_us,
                )
            except VenueRefused as error:
                return ingested.with_kept(Kept(refused=(str(error),)), asked_bars=0)
            (kept,) = _keep([history], visit, until_us=fetched.stretch.until_us)
            ingested = ingested.with_kept(kept, asked_bars=span_us // frame_us)
            notify(ingested)
    return ingested


async def _fetch_candles(
    ingested: Ingested, ranges: Sequence[FetchRange], visit: Visit
) -> tuple[Ingested, CandleHistory]:
    """From shortly before the first gap on, in one answer, so that a revision is noticed.

    What is stored alike leaves no trace. A symbol that the venue lists no longer costs the others
    nothing.
    """
    frame_us = visit.plan.timeframe_us
    symbol, nothing = ingested.symbol, history_of(ingested.symbol, [])
    starts_us = [fetched.stretch.from_us for fetched in ranges if fetched.source == "candles"]
    if not starts_us:
        return ingested, nothing
    try:
        candles = await visit.market.fetch_candles(
            symbol,
            timeframe_us=frame_us,
            # What was built of trades lies before: its volumes differ by roundings alone.
            since_us=max(visit.oldest_served_us, min(starts_us) - OVERLAP_BARS * frame_us),
            now_us=visit.now_us,
        )
    except VenueRefused as error:
        return ingested.with_kept(Kept(refused=(str(error),)), asked_bars=0), nothing
    # A stamp beyond now is in a unit that the contract tells; but for the bar after them, those
    # until now were not asked for.
    after_us = visit.until_us + frame_us
    asked = [c for c in candles if not after_us <= c.ts_us < visit.now_us]
    return ingested, history_of(symbol, asked)


def _stored_beside(pages: Sequence[CandleHistory], visit: Visit) -> Callable[[str], ReadSince]:
    """One look at the lake serves several pages, but for one that reaches further back."""
    recent_us = visit.oldest_served_us - SCALE_BARS * visit.plan.timeframe_us
    symbols = [page.symbol for page in pages]
    recent = visit.read_since(symbols, recent_us) if len(pages) > 1 else {}

    def read_since(symbol: str, since_us: int) -> CandleHistory:
        if symbol in recent and since_us >= recent_us:
            history = recent[symbol]
            return history.at(history.ts_us >= since_us)
        return visit.read_since([symbol], since_us)[symbol]

    return lambda symbol: partial(read_since, symbol)


def _judge(
    page: CandleHistory, read_since: ReadSince, visit: Visit, *, until_us: int
) -> tuple[Delivery, Examination]:
    return judge_page(
        page,
        read_since,
        until_us=until_us,
        occasion=Occasion(
            visit.plan.timeframe_us,
            visit.now_us,
            visit.plan.confirmed_us.get(page.symbol, frozenset()),
        ),
    )


def _keep(histories: Sequence[CandleHistory], visit: Visit, *, until_us: int) -> list[Kept]:
    """Under the quality contract, as every candle, and in one commit."""
    frame_us, now_us = visit.plan.timeframe_us, visit.now_us
    filled = [history for history in histories if len(history)]
    stored = _stored_beside(filled, visit)
    judged = [_judge(page, stored(page.symbol), visit, until_us=until_us) for page in filled]
    deliveries = [delivery for delivery, _ in judged]
    counts = visit.store.ingest(
        deliveries,
        venue=visit.plan.venue,
        timeframe_us=frame_us,
        source=visit.plan.source,
        known_at_us=now_us,
    )
    refusals = (
        tuple(
            text_with_remedy(problem, symbol=delivery.symbol, venue=visit.plan.venue)
            for problem in found.problems
            if problem.level == "refuse"
        )
        for delivery, found in judged
    )
    kept = {
        delivery.symbol: Kept(count.written, count.restated, count.quarantined, refused)
        for delivery, count, refused in zip(deliveries, counts, refusals, strict=True)
    }
    return [kept.get(history.symbol, Kept()) for history in histories]

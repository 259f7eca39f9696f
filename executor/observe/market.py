"""Reads closed candles bar by bar, judges them, and lets the core decide at the newest close."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import structlog

from executor.observe.pages import Stretch, closed_candle, judged_page
from executor.observe.time import read_time_us
from executor.session import Session
from nija_domain.errors import NijaError, VenueRefused
from nija_domain.events import records as ev
from nija_domain.market.quality.live import LiveVerdict, RefusedCandle
from nija_domain.market.timeframes import floor_to_bar_us
from nija_domain.trading.state import State

log = structlog.get_logger("executor")

TOLD_MAX = 1_000


class Look(msgspec.Struct):
    """What the venue answered of one symbol after `known_us`, asked when `newest_us` had closed.

    `last_us` is the newest candle of the answer, whatever was judged of it. A look that `is_final`
    is not repeated before the next bar.
    """

    known_us: int
    newest_us: int
    last_us: int
    verdict: LiveVerdict
    is_final: bool
    is_recorded: bool = False


class MarketWatch:
    """What it knows of the newest bar, and which refused candles it has told."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._told: dict[tuple[str, int], None] = {}

    async def observe_market(self, session: Session) -> None:
        """Fetch closed candles, then decide once at the newest closed bar.

        Older bars only update the state. If a symbol's candle is late, the decision waits for a
        grace time and then goes on without it. A symbol that missed the bar before as well (halted
        or delisted) is not waited for, nor is one whose candle is refused or held.
        """
        release = session.state.release
        if release is None:
            return
        frame_us = release.content.timeframe_us
        now_us = session.clock.now_us()
        newest_us = floor_to_bar_us(now_us, timeframe_us=frame_us) - frame_us
        is_undecided = newest_us > session.state.book.decided_us
        looks, venue_us = await self._look(session, newest_us, is_undecided=is_undecided)
        if all(look.is_recorded for look in looks.values()):
            return
        arrived = sum(look.last_us == newest_us for look in looks.values())
        awaited = sum(look.last_us == newest_us - frame_us for look in looks.values())
        grace_us = int(session.settings.candle_grace_bars * frame_us)
        if awaited and now_us < newest_us + frame_us + grace_us:
            return
        close_us = newest_us + frame_us
        fresh = {symbol: look.verdict for symbol, look in looks.items() if not look.is_recorded}
        closed = [*self._refusals(fresh, close_us), *_closings(fresh.values(), frame_us)]
        if arrived and is_undecided:
            closed += _decision(newest_us, close_us, venue_us)
        await session.observe(closed)
        self._remember(looks, closed)

    async def _look(
        self, session: Session, newest_us: int, *, is_undecided: bool
    ) -> tuple[dict[str, Look], int | None]:
        """Of every symbol that lacks the newest bar; and the venue's clock, if a decision is due.

        Our own clock follows it: it may have stood still while the machine slept.
        """
        symbols = session.state.market.symbols
        behind = {
            symbol: symbols[symbol].ts_us
            for symbol in sorted(_asked_symbols(session.state))
            if symbol in symbols and symbols[symbol].ts_us < newest_us
        }
        kept = {
            s: self._looks[s] for s, at_us in behind.items() if self._holds(s, at_us, newest_us)
        }
        asked = [symbol for symbol in behind if symbol not in kept]
        is_due = is_undecided and not all(look.is_recorded for look in kept.values())
        if not asked and not is_due:
            return kept, None
        found, venue_us = await asyncio.gather(
            asyncio.gather(*(_look_at(session, symbol, newest_us) for symbol in asked)),
            _read_clock(session) if is_undecided else _no_clock(),
        )
        looks = kept | dict(zip(asked, found, strict=True))
        self._looks = {symbol: look for symbol, look in looks.items() if look.is_final}
        return looks, venue_us

    def _holds(self, symbol: str, known_us: int, newest_us: int) -> bool:
        look = self._looks.get(symbol)
        return look is not None and (look.known_us, look.newest_us) == (known_us, newest_us)

    def _refusals(
        self, fresh: Mapping[str, LiveVerdict], close_us: int
    ) -> Iterator[ev.JournalEvent]:
        for symbol, verdict in fresh.items():
            for refused in verdict.refused:
                if (symbol, refused.ts_us) not in self._told:
                    yield _refusal(symbol, refused, close_us)

    def _remember(self, looks: Mapping[str, Look], recorded: Iterable[ev.JournalEvent]) -> None:
        for look in looks.values():
            look.is_recorded = True
        refusals = (event for event in recorded if isinstance(event, ev.CandleRefused))
        self._told |= {(event.symbol, event.ts_us): None for event in refusals}
        for known in [*self._told][:-TOLD_MAX]:
            del self._told[known]


def _asked_symbols(state: State) -> frozenset[str]:
    """The followed symbols, without those halted after a price jump."""
    return (state.followed_symbols & state.instruments.keys()) - state.restrictions.stepped.keys()


async def _read_clock(session: Session) -> int | None:
    """The venue's clock, read anew; a leap counts once a second answer tells the same."""
    known_us = session.clock.now_us()
    venue_us = await read_time_us(session.exchange, known_us=known_us, pace=session.state.pace)
    behind_us = venue_us - session.clock.now_us()
    if behind_us > 0:
        session.clock.sync(venue_us)
    return venue_us


async def _no_clock() -> int | None:
    return None


async def _look_at(session: Session, symbol: str, newest_us: int) -> Look:
    """The candles of one symbol with their verdict; none if the venue no longer lists it."""
    known, release = session.state.market.symbols[symbol], session.state.release
    if release is None:
        return Look(known.ts_us, newest_us, known.ts_us, LiveVerdict(()), is_final=True)
    try:
        stretch = Stretch(symbol, known.ts_us, known.close, newest_us)
        page, verdict = await judged_page(session, stretch, release.content)
    except VenueRefused as error:
        log.warning("no candles for this symbol", symbol=symbol, why=str(error))
        return Look(known.ts_us, newest_us, known.ts_us, LiveVerdict(()), is_final=True)
    except NijaError:
        raise
    except Exception as error:  # one odd answer must not stop the other symbols
        log.exception("candles could not be judged", symbol=symbol)
        odd = RefusedCandle(newest_us, "unreadable", f"{type(error).__name__}: {error}")
        return Look(known.ts_us, newest_us, newest_us, LiveVerdict((), (odd,)), is_final=True)
    last_us = max((candle.ts_us for candle in page), default=known.ts_us)
    return Look(known.ts_us, newest_us, last_us, verdict, is_final=last_us == newest_us)


def _closings(verdicts: Iterable[LiveVerdict], timeframe_us: int) -> Iterator[ev.JournalEvent]:
    taken = (candle for verdict in verdicts for candle in verdict.taken)
    for candle in sorted(taken, key=lambda c: (c.ts_us, c.symbol)):
        yield closed_candle(candle, timeframe_us)


def _refusal(symbol: str, refused: RefusedCandle, close_us: int) -> ev.CandleRefused:
    return ev.CandleRefused(
        at_us=close_us, symbol=symbol, ts_us=refused.ts_us, rule=refused.rule, text=refused.text
    )


def _decision(ts_us: int, close_us: int, venue_us: int | None) -> tuple[ev.JournalEvent, ...]:
    """Recorded together with the bar's candles: a bar is decided whole or not at all."""
    return (
        ev.BarClosed(at_us=close_us, ts_us=ts_us),
        ev.DecisionDue(at_us=close_us, ts_us=ts_us, venue_us=venue_us),
    )

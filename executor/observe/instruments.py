"""Reads what the venue says of the pairs that are traded, and records what is new."""

import msgspec
import structlog

from executor.session import Session
from nija_domain.errors import VenueRefused, VenueUnreachable
from nija_domain.events.records import InstrumentListed
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US

log = structlog.get_logger("executor")

READ_PAUSE_US = HOUR_US
"""A list of all pairs is long: it is read again each hour, and when something calls for it."""

CALLED_PAUSE_US = MINUTE_US
DOUBTED_PAUSE_US = 5 * SECOND_US
"""After an order was refused for its steps: it may have been a stop."""


class InstrumentWatch:
    """Remembers when the pairs were read, and which the venue does not list."""

    def __init__(self) -> None:
        self._read_us: int | None = None
        self._unlisted: frozenset[str] = frozenset()

    async def observe_instruments(self, session: Session) -> None:
        """Each hour, for a symbol that is new, and after an order was refused for its steps."""
        now_us, state = session.clock.now_us(), session.state
        wanted = state.followed_symbols | {*session.settings.symbols}
        is_called = bool(session.doubted or wanted - state.instruments.keys() - self._unlisted)
        if self._read_us is None:
            # The start has just read those of the settings.
            self._read_us = now_us - (CALLED_PAUSE_US * state.pace if is_called else 0)
        pause_us = CALLED_PAUSE_US if is_called else READ_PAUSE_US
        if session.doubted:
            pause_us = DOUBTED_PAUSE_US
        if now_us - self._read_us < pause_us * state.pace:
            return
        self._read_us = now_us
        await self._read(session, tuple(sorted(wanted)), now_us)

    async def _read(self, session: Session, wanted: tuple[str, ...], now_us: int) -> None:
        try:
            found = await session.exchange.fetch_instruments(wanted)
        except (VenueRefused, VenueUnreachable) as error:
            log.warning("the pairs could not be read; trying again", why=str(error))
            return
        known = session.state.instruments
        session.doubted.clear()
        unlisted = frozenset(wanted) - {each.symbol for each in found}
        if unlisted - self._unlisted:
            log.warning("not listed at the venue; will not be traded", symbols=sorted(unlisted))
        self._unlisted = unlisted
        await session.observe(
            InstrumentListed(at_us=now_us, **msgspec.structs.asdict(each))
            for each in found
            if known.get(each.symbol) != each
        )

"""Asks what the account holds; the core explains it, asset by asset."""

from collections.abc import Iterator

import structlog
from msgspec.structs import replace

from executor.observe.orders import OrderWatch
from executor.session import Session
from nija_domain.errors import VenueRefused, VenueUnreachable
from nija_domain.events.records import AnswerUnreadable, BalancesSeen
from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from nija_domain.trading.account_changes import counts, differences
from nija_domain.trading.reports import BalanceReport
from nija_domain.trading.state import State
from nija_domain.trading.waits import BALANCES_APART_US

log = structlog.get_logger("executor")

BALANCES_PAUSE_US = MINUTE_US


class BalanceWatch:
    """Remembers when the balances were asked for: at the start, and each minute."""

    def __init__(self) -> None:
        self._asked_us: int | None = None
        self._is_void = False
        self._told: BalancesSeen | None = None

    async def observe_balances(self, orders: OrderWatch, session: Session) -> None:
        """The balances first, then the orders: so a fill that the balances know is told before.

        If anything happened to an order meanwhile, the look is worth nothing, and the next one
        comes soon.
        """
        now_us, state = session.clock.now_us(), session.state
        if self._asked_us is not None and now_us - self._asked_us < self._pause_us(state):
            return
        self._asked_us, moves = now_us, state.account.moves
        try:
            held = await session.exchange.fetch_balances()
        except (VenueRefused, VenueUnreachable) as error:
            log.warning("the balances could not be read; trying again", why=str(error))
            return
        await orders.look(session)
        await session.observe(_odd(session.state, held, now_us))
        self._is_void = moves != session.state.account.moves
        unread = tuple(row.venue_id for row in held.odd)
        seen = BalancesSeen(
            at_us=now_us, totals=held.totals, moves=moves, unread=unread, held=held.held
        )
        if not self._is_void and self._is_news(session.state, seen):
            self._told = replace(seen, at_us=0)
            await session.observe([seen])

    def _is_news(self, state: State, seen: BalancesSeen) -> bool:
        """Once all was compared, balances that agree are not recorded again and again.

        Nor are those that are told already, while what they are about waits for other things.
        """
        account = state.account
        is_waiting = account.compared_us is None or bool(account.suspects or account.unexplained)
        if is_waiting or account.refused:
            return True
        is_different = bool(differences(state, seen))
        if account.free:
            is_new = self._told != replace(seen, at_us=0)
            return is_new or (is_different and counts(state, seen))
        return is_different

    def _pause_us(self, state: State) -> int:
        """A difference that is new is looked at again soon, and a refused sale at once."""
        account = state.account
        if account.refused:
            return SECOND_US * state.pace
        is_new = account.suspects.keys() - account.unexplained.keys()
        is_open = self._is_void or is_new or account.free
        return (BALANCES_APART_US if is_open else BALANCES_PAUSE_US) * state.pace


def _odd(state: State, held: BalanceReport, now_us: int) -> Iterator[AnswerUnreadable]:
    """Amounts that cannot be read: each is told once."""
    for row in held.odd:
        if row.venue_id not in state.account.told:
            yield AnswerUnreadable(
                at_us=now_us, what=row.what, venue_id=row.venue_id, reason=row.reason
            )

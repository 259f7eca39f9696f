"""Explains the account asset by asset: what the venue has is ours, dust, foreign, or unexplained.

Nothing is guessed: what could still be a fill of ours is unexplained until it no longer can.
"""

from collections.abc import Iterator
from decimal import Decimal

from nija_domain.events import records as ev
from nija_domain.events.session_records import SWIFT_COVER
from nija_domain.market.money import ZERO, mean_price
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.account_changes import (
    Rests,
    base_of,
    confirmed,
    counts,
    differences,
)
from nija_domain.trading.book import Position
from nija_domain.trading.cover import uncovered
from nija_domain.trading.rounding import price_to_decimal
from nija_domain.trading.state import State
from nija_domain.trading.waits import LOST_WATCH_US

Events = tuple[ev.JournalEvent, ...]

CENT = Decimal("0.01")
THERE_BEFORE = "it was there before Nija"
CAME = "it came without an order of Nija: a deposit, a reward, or bought by hand"
WENT = "it went without an order of Nija: withdrawn or sold by hand"
FEES = "fees were paid with it"
DEPOSIT, WITHDRAWAL = "a deposit", "a withdrawal"
EARNED, SPENT = "a deposit, or a sale by hand", "a withdrawal, or a purchase by hand"
PROCEEDS = "what the sale by hand brought, against the last price"
ROUNDING = "the venue's rounding"
BELOW_NOTHING = "the venue says less than nothing"
MAY_BE_FILLED = "an order that was given up may have been filled after all"
COINS_FIRST = "coins are unexplained, and the cash may belong to them"


def after_balances(before: State, after: State, event: ev.BalancesSeen) -> Events:
    """What two looks agree upon is booked, or told as unexplained."""
    if not counts(before, event):
        return ()
    found = differences(before, event)
    sure = confirmed(before, found, at_us=event.at_us)
    unread = {*event.unread}
    agreeing = tuple(
        ev.BalanceExplained(at_us=event.at_us, asset=asset)
        for asset in sorted(before.account.unexplained.keys() - found.keys() - unread)
    )
    if CASH_ASSET in unread or CASH_ASSET in found.keys() - sure.keys():
        # Coins and what they brought are booked together.
        return agreeing
    return (*agreeing, *_explanations(after, before, event, sure))


def _explanations(after: State, before: State, event: ev.BalancesSeen, sure: Rests) -> Events:
    in_doubt = _lost_lately(before, sure, at_us=event.at_us)
    made = list[ev.JournalEvent]()
    is_open = False
    for asset, rest in sure.items():
        if asset == CASH_ASSET:
            continue
        why = _why_unexplained(event, asset, in_doubt)
        is_open = is_open or bool(why)
        if why:
            gap = rest - before.account.foreign.get(asset, ZERO)
            made += _unexplained(after, asset, gap, why, at_us=event.at_us)
        else:
            made += _coins(before, asset, rest, at_us=event.at_us)
            made += _explained(after, asset, at_us=event.at_us)
    why = COINS_FIRST if is_open else MAY_BE_FILLED if in_doubt else ""
    return (*made, *_cash(after, event, made, why=why))


def _lost_lately(state: State, rests: Rests, *, at_us: int) -> frozenset[str]:
    """The assets of orders that were given up and may have been filled after all.

    A purchase brings coins and takes cash, a sale the other way round: what moved otherwise, or
    alone, was none.
    """
    cash = _gap(state, rests, CASH_ASSET)
    return frozenset(
        base_of(order.symbol)
        for order in state.book.orders.lost.values()
        if at_us - order.intended_us < LOST_WATCH_US
        and (
            state.rules < SWIFT_COVER
            or _fits(order.side, coins=_gap(state, rests, base_of(order.symbol)), cash=cash)
        )
    )


def _gap(state: State, rests: Rests, asset: str) -> Decimal:
    return rests.get(asset, ZERO) - (
        ZERO if asset == CASH_ASSET else state.account.foreign.get(asset, ZERO)
    )


def _fits(side: ev.Side, *, coins: Decimal, cash: Decimal) -> bool:
    return coins > 0 > cash if side == "buy" else coins < 0 < cash


def _why_unexplained(event: ev.BalancesSeen, asset: str, in_doubt: frozenset[str]) -> str:
    if event.totals.get(asset, ZERO) < 0:
        return BELOW_NOTHING
    return MAY_BE_FILLED if asset in in_doubt else ""


def _unexplained(
    state: State, asset: str, gap: Decimal, why: str, *, at_us: int
) -> Iterator[ev.JournalEvent]:
    if state.account.unexplained.get(asset) != gap:
        yield ev.BalanceUnexplained(at_us=at_us, asset=asset, quantity=gap, reason=why)


def _explained(state: State, asset: str, *, at_us: int) -> Iterator[ev.JournalEvent]:
    if asset in state.account.unexplained:
        yield ev.BalanceExplained(at_us=at_us, asset=asset)


def _coins(state: State, asset: str, rest: Decimal, *, at_us: int) -> Iterator[ev.JournalEvent]:
    """Foreign coins go first, then dust, then those of our positions."""
    foreign = state.account.foreign.get(asset, ZERO)
    dust = state.account.dust.get(asset, ZERO)
    free = rest + dust
    moved_foreign, moved_dust = max(rest, ZERO) - foreign, min(max(free, ZERO), dust) - dust
    if moved_foreign or moved_dust:
        yield ev.CoinsMoved(
            at_us=at_us,
            asset=asset,
            foreign=moved_foreign,
            dust=moved_dust,
            reason=_why_moved(state, rest, foreign),
        )
    yield from _hand_sales(state, asset, max(-free, ZERO), at_us=at_us)


def _why_moved(state: State, rest: Decimal, foreign: Decimal) -> str:
    if foreign < 0:
        return FEES
    if state.account.compared_us is None:
        return THERE_BEFORE
    return CAME if rest > foreign else WENT


def _hand_sales(
    state: State, asset: str, short: Decimal, *, at_us: int
) -> Iterator[ev.JournalEvent]:
    """Positions without a stop go first, since a stop keeps its coins; then the newest."""
    held = [each for each in state.book.positions.values() if base_of(each.symbol) == asset]
    for position in sorted(held, key=lambda each: _reach(state, each)):
        quantity = min(short, position.quantity)
        if quantity <= 0:
            continue
        short -= quantity
        yield ev.SoldByHand(
            at_us=at_us,
            position_id=position.name,
            symbol=position.symbol,
            asset=asset,
            quantity=quantity,
            price=_last_price(state, position),
        )


def _reach(state: State, position: Position) -> tuple[bool, int]:
    return uncovered(state.book, position) <= 0, -position.opened_us


def _last_price(state: State, position: Position) -> Decimal:
    known, instrument = (
        state.market.symbols.get(position.symbol),
        state.instruments.get(position.symbol),
    )
    if known is None or instrument is None:
        return mean_price(position.cost, quantity=position.entered_quantity)
    return price_to_decimal(known.mark_price, tick_size=instrument.tick_size, toward="nearest")


def _cash(
    state: State, event: ev.BalancesSeen, made: list[ev.JournalEvent], *, why: str
) -> Iterator[ev.JournalEvent]:
    """What came or went moves the marks with it, so that it is no gain and no loss."""
    sales = [each for each in made if isinstance(each, ev.SoldByHand)]
    brought = sum((each.quantity * each.price for each in sales), start=ZERO)
    total = event.totals.get(CASH_ASSET, ZERO)
    gap, at_us = total - state.book.purse.cash - brought, event.at_us
    if total < 0:
        why = BELOW_NOTHING
    if not gap:
        return
    if why:
        yield from _unexplained(state, CASH_ASSET, gap, why, at_us=at_us)
        return
    yield ev.FundsFound(at_us=at_us, amount=gap, reason=_why_cash(gap, made))
    yield from _explained(state, CASH_ASSET, at_us=at_us)


def _why_cash(gap: Decimal, made: list[ev.JournalEvent]) -> str:
    """Coins that came or went in the same look may be what the cash was for."""
    if any(isinstance(each, ev.SoldByHand) for each in made):
        return PROCEEDS
    if abs(gap) < CENT:
        return ROUNDING
    if any(isinstance(each, ev.CoinsMoved) for each in made):
        return EARNED if gap > 0 else SPENT
    return DEPOSIT if gap > 0 else WITHDRAWAL

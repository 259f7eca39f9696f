"""Reads the rows of an answer each on its own: an odd one stops none of the others."""

from collections.abc import Mapping
from decimal import Decimal

from nija_adapters.exchange.answers import Json, read_amount, read_fill, read_order
from nija_domain.errors import NijaError
from nija_domain.market.money import ZERO
from nija_domain.trading.reports import BalanceReport, FillReport, OddRow, OrderReport

_EARNING = ".F"
"""Coins that earn by themselves and can still be traded: Kraken names them apart."""

_REASON_CHARACTERS_MAX = 200
_FAILURES = (NijaError, KeyError, IndexError, TypeError, ValueError, AttributeError)


def read_order_row(
    venue_id: str, order: Json, *, symbols: Mapping[str, str]
) -> OrderReport | OddRow:
    """One order; people and other programs place kinds that Nija never does."""
    try:
        return read_order(venue_id, order=order, symbols=symbols)
    except _FAILURES as error:
        return OddRow(what="order", venue_id=venue_id, reason=_why(error))


def read_fill_row(trade_id: str, trade: Json, *, symbols: Mapping[str, str]) -> FillReport | OddRow:
    """One fill."""
    try:
        return read_fill(trade_id, trade=trade, symbols=symbols)
    except _FAILURES as error:
        return OddRow(what="fill", venue_id=trade_id, reason=_why(error))


def read_balances(balances: Json, *, assets: Mapping[str, str]) -> BalanceReport:
    """By our names of the assets; what earns by itself counts to its coin."""
    totals = dict.fromkeys((_asset(code, assets) for code in balances), ZERO)
    held = dict(totals)
    odd: list[OddRow] = []
    for code, row in balances.items():
        asset = _asset(code, assets)
        try:
            totals[asset] += read_amount(row["balance"])
            held[asset] += read_amount(row["hold_trade"])
        except _FAILURES as error:
            odd.append(OddRow(what="balance", venue_id=asset, reason=_why(error)))
    unread = {row.venue_id for row in odd}
    return BalanceReport(
        totals=_without_nothing(totals, unread), held=_without_nothing(held, unread), odd=tuple(odd)
    )


def _without_nothing(amounts: Mapping[str, Decimal], unread: set[str]) -> dict[str, Decimal]:
    return {asset: amount for asset, amount in amounts.items() if amount and asset not in unread}


def _asset(code: str, assets: Mapping[str, str]) -> str:
    plain = code.removesuffix(_EARNING)
    return assets.get(plain, plain)


def _why(error: Exception) -> str:
    text = str(error) if isinstance(error, NijaError) else f"{type(error).__name__}: {error}"
    return text[:_REASON_CHARACTERS_MAX]

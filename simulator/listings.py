"""The pairs that the venue lists, under Kraken's names."""

from decimal import Decimal

import msgspec

from nija_domain.market.instruments import Instrument
from nija_domain.worlds.profiles import profile_of

LOT_DECIMALS = 8
CASH_ASSET = "ZUSD"

# Old assets carry an X before their name; Kraken never renamed them.
_LEGACY_ASSETS = {"BTC": "XXBT", "ETH": "XETH", "XRP": "XXRP", "DOGE": "XXDG"}
_LEGACY_PAIRS = {"BTC": "XXBTZUSD", "ETH": "XETHZUSD", "XRP": "XXRPZUSD"}
_LEGACY_NAMES = {"BTC": "XBT", "DOGE": "XDG"}

_MIN_QUANTITIES = {
    "BTC": "0.00005",
    "ETH": "0.001",
    "SOL": "0.02",
    "XRP": "2",
    "DOGE": "13",
    "ADA": "5",
    "LINK": "0.2",
    "AVAX": "0.1",
    "DOT": "0.5",
}
_MIN_QUANTITY_UNLISTED = "0.05"
_MIN_NOTIONAL = Decimal("0.5")


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument and its three Kraken names, with the asset that its base is booked in."""

    instrument: Instrument
    pair: str
    altname: str
    wsname: str
    base_asset: str
    base_altname: str
    price_decimals: int


def listing_of(symbol: str, *, taker_fee_rate: Decimal) -> Listing:
    base, quote = symbol.split("/")
    name = _LEGACY_NAMES.get(base, base)
    price_decimals = profile_of(symbol).price_decimals
    instrument = Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        tick_size=Decimal(1).scaleb(-price_decimals),
        lot_size=Decimal(1).scaleb(-LOT_DECIMALS),
        min_quantity=Decimal(_MIN_QUANTITIES.get(base, _MIN_QUANTITY_UNLISTED)),
        min_notional=_MIN_NOTIONAL,
        taker_fee_rate=taker_fee_rate,
    )
    return Listing(
        instrument=instrument,
        pair=_LEGACY_PAIRS.get(base, f"{name}{quote}"),
        altname=f"{name}{quote}",
        wsname=f"{name}/{quote}",
        base_asset=_LEGACY_ASSETS.get(base, base),
        base_altname=name,
        price_decimals=price_decimals,
    )

"""What columns are called elsewhere, and what a file's own name tells."""

import re

import msgspec

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
_ALIASES = {
    "ts": ("ts", "timestamp", "time", "date", "datetime", "open_time", "opentime", "unix"),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
    "volume": ("volume", "vol", "v", "base_volume", "volume_base"),
}
COLUMN_OF = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}

_KRAKEN = re.compile(r"^([A-Z0-9]{2,8}?)(USDT|USDC|USD|EUR|GBP|JPY|CAD|AUD|CHF|XBT|ETH)_(\d+)$")
_BINANCE = re.compile(
    r"^([A-Z0-9]{2,10}?)(USDT|USDC|FDUSD|BUSD|USD|BTC|ETH|EUR|TRY)-(\d+)([smhdw])-\d{4}-\d{2}"
)
_KRAKEN_ASSETS = {"XBT": "BTC", "XDG": "DOGE"}


class NamedMarket(msgspec.Struct, frozen=True):
    """What a file is about, as far as its name says."""

    symbol: str | None = None
    timeframe: str | None = None


def market_of(stem: str) -> NamedMarket:
    """Kraken names `XBTUSD_1`, in minutes; Binance `BTCUSDT-1m-2024-01`."""
    if found := _KRAKEN.match(stem):
        base, quote, minutes = found.groups()
        base, quote = (_KRAKEN_ASSETS.get(asset, asset) for asset in (base, quote))
        return NamedMarket(f"{base}/{quote}", _timeframe_of(int(minutes)))
    if found := _BINANCE.match(stem):
        base, quote, count, unit = found.groups()
        return NamedMarket(f"{base}/{quote}", f"{count}{unit}")
    return NamedMarket()


def _timeframe_of(minutes: int) -> str:
    for unit, length in (("d", 1_440), ("h", 60)):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"

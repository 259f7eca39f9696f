"""Names of columns and of files, as exchanges and other tools write them."""

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

_KRAKEN = re.compile(r"^([A-Z0-9]{5,16})_(\d+)$")
_BINANCE = re.compile(r"^([A-Z0-9]{5,18})-(\d+)([smhdw])-\d{4}-\d{2}")
BASE_LENGTHS = range(2, 11)

_KRAKEN_QUOTES = (
    *("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "AED"),
    *("USDT", "USDC", "USDG", "USDQ", "USDR", "RLUSD", "PYUSD", "EURQ", "EURR", "DAI"),
    *("XBT", "ETH", "DOT", "SOL"),
)
_KRAKEN_OLD_QUOTES = ("ZUSD", "ZEUR", "ZGBP", "ZJPY", "ZCAD", "ZAUD", "XXBT", "XETH")
_KRAKEN_OLD_BASES = frozenset(
    ("XXBT", "XETH", "XETC", "XLTC", "XMLN", "XREP", "XXDG", "XXLM", "XXMR", "XXRP", "XZEC", "USDT")
)
_KRAKEN_ASSETS = {"XBT": "BTC", "XDG": "DOGE"}

_BINANCE_QUOTES = (
    *("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "USDS", "USD1", "DAI", "PAX", "PYUSD"),
    *("RLUSD", "USD", "EUR", "AEUR", "EURI", "GBP", "AUD", "TRY", "BRL", "JPY", "RUB", "UAH"),
    *("NGN", "ZAR", "PLN", "RON", "ARS", "MXN", "COP", "CZK", "IDRT", "BIDR", "BKRW", "BVND"),
    *("BTC", "ETH", "BNB", "SOL", "XRP", "TRX", "DOGE", "DOT"),
)
_KNOWN = (
    "AAVE ADA ALGO APT ARB ATOM AVAX BAT BCH BNB BTC BTT CAKE COMP CRV DASH DOGE DOT EOS ETC ETH"
    " FET FIL FTM GALA GRT HBAR HNT ICP INJ IOTA KSM LINK LTC LUNA MANA MATIC NEAR NEO OP POL QNT"
    " QTUM RUNE SAND SEI SHIB SOL SUI THETA TIA TON TRX UNI USDC USDT VET WBTC WIN XLM XMR XRP XTZ"
    " YFI ZEC"
)
_KNOWN_BASES = frozenset(_KNOWN.split())
"""They settle BTC/TUSD against BTCT/USD, and DOT/USD against DO/TUSD."""


class NamedMarket(msgspec.Struct, frozen=True):
    """Venue, symbol and timeframe, as far as the file name says them."""

    symbol: str | None = None
    timeframe: str | None = None
    venue: str | None = None


def market_of(stem: str) -> NamedMarket:
    """Read the file name: Kraken's `XBTUSD_1` (minutes), Binance's `BTCUSDT-1m-2024-01`."""
    if found := _KRAKEN.match(stem):
        pair, minutes = found.groups()
        symbol = _kraken_symbol(pair)
        return (
            NamedMarket(symbol, _timeframe_of(int(minutes)), "kraken") if symbol else NamedMarket()
        )
    if found := _BINANCE.match(stem):
        pair, count, unit = found.groups()
        return NamedMarket(_binance_symbol(pair), f"{count}{unit}", "binance")
    return NamedMarket()


def _splits_of(pair: str, quotes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every base and quote that the pair may be; the longest quote first."""
    splits = [(pair.removesuffix(quote), quote) for quote in quotes if pair.endswith(quote)]
    known = [(base, quote) for base, quote in splits if len(base) in BASE_LENGTHS]
    return sorted(known, key=lambda split: len(split[0]))


def _kraken_symbol(pair: str) -> str | None:
    """A quote of the old names, as in `XXBTZUSD`, stands only beside a base of the old names."""
    splits = _splits_of(pair, _KRAKEN_QUOTES)
    old = [s for s in _splits_of(pair, _KRAKEN_OLD_QUOTES) if s[0] in _KRAKEN_OLD_BASES]
    if not splits and not old:
        return None
    if old:
        base, quote = (asset[1:] if asset[0] in "XZ" else asset for asset in old[0])
    else:
        base, quote = splits[0]
    return "/".join(_KRAKEN_ASSETS.get(asset, asset) for asset in (base, quote))


def _binance_symbol(pair: str) -> str | None:
    """Where two quotes differ by one letter only a known base tells which one it is."""
    splits = _splits_of(pair, _BINANCE_QUOTES)
    if not splits:
        return None
    longest = len(splits[0][1])
    rivals = [split for split in splits if longest - len(split[1]) <= 1]
    likely = [split for split in rivals if split[0] in _KNOWN_BASES] if rivals[1:] else rivals
    return "/".join(likely[0]) if len(likely) == 1 else None


def _timeframe_of(minutes: int) -> str:
    for unit, length in (("d", 1_440), ("h", 60)):
        if minutes and minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"

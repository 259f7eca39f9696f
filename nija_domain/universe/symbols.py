"""The symbols that are traded unless the settings say otherwise."""

DEFAULT_SYMBOLS: tuple[str, ...] = (
    "BTC/USD",
    "ETH/USD",
    "SOL/USD",
    "XRP/USD",
    "DOGE/USD",
    "ADA/USD",
    "LINK/USD",
    "AVAX/USD",
    "DOT/USD",
)

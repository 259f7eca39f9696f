"""What an asset of a world is like: its price, its decimals, its temper and its turnover."""

import msgspec


class AssetProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`volatility_scale` multiplies the world's drift and volatility; volume is in base units."""

    start_price: float
    price_decimals: int
    volatility_scale: float
    bar_volume: float


_UNLISTED = AssetProfile(
    start_price=100.0, price_decimals=4, volatility_scale=1.0, bar_volume=5_000.0
)


def _profile(price: float, decimals: int, scale: float, volume: float) -> AssetProfile:
    return AssetProfile(
        start_price=price, price_decimals=decimals, volatility_scale=scale, bar_volume=volume
    )


_PROFILES = {
    "BTC/USD": _profile(64_000.0, 1, 0.8, 40.0),
    "ETH/USD": _profile(3_200.0, 2, 0.95, 500.0),
    "SOL/USD": _profile(150.0, 3, 1.15, 8_000.0),
    "XRP/USD": _profile(0.55, 5, 1.05, 1_500_000.0),
    "DOGE/USD": _profile(0.15, 7, 1.25, 5_000_000.0),
    "ADA/USD": _profile(0.45, 6, 1.1, 1_200_000.0),
    "LINK/USD": _profile(15.0, 5, 1.1, 40_000.0),
    "AVAX/USD": _profile(32.0, 4, 1.2, 15_000.0),
    "DOT/USD": _profile(6.5, 5, 1.05, 60_000.0),
}


def profile_of(symbol: str) -> AssetProfile:
    """The profile of a default symbol; any other symbol is an asset of 100 dollars."""
    return _PROFILES.get(symbol, _UNLISTED)

"""Whose market a series of candles tells: no two venues share one."""

import re

import msgspec

from nija_domain.errors import SettingsInvalid

SIMULATED = "simulated"
"""The venue in a box, whichever address it answers on."""

IMPORTED = "imported"
"""Files of candles whose venue nobody has named."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Candles that belong together: one market, one venue, one length of bar."""

    venue: str
    symbol: str
    timeframe_us: int


def parse_venue(text: str) -> str:
    """The name as it stands beside each candle."""
    if not _NAME.fullmatch(text):
        raise SettingsInvalid(
            f"venue {text!r} is not a name of small letters, digits and underscores;"
            " write it like kraken, binance or imported"
        )
    return text

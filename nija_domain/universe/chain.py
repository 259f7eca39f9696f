"""Which list of symbols is in use: the first that names any."""

from collections.abc import Mapping

import msgspec

SCANNER = "scanner"
CHAIN = (SCANNER, "{kind}_symbols", "strategy_symbols", "trade_symbols")


class ChosenSymbols(msgspec.Struct, frozen=True):
    """`source` is empty where no list names a symbol: then the release's own universe stands."""

    source: str
    symbols: tuple[str, ...]
    left_out: dict[str, str]


def choose_symbols(
    lists: Mapping[str, tuple[str, ...]], *, kind: str, obstacles: Mapping[str, str]
) -> ChosenSymbols:
    """The scanner's, else those of the strategy's kind, of all strategies, of all trading.

    A list of a person's passes over what cannot be traded now, and says so.
    """
    for place in CHAIN:
        source = place.format(kind=kind)
        named = tuple(dict.fromkeys(lists.get(source, ())))
        if named:
            return ChosenSymbols(
                source,
                tuple(symbol for symbol in named if symbol not in obstacles),
                {symbol: obstacles[symbol] for symbol in named if symbol in obstacles},
            )
    return ChosenSymbols("", (), {})

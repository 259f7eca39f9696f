"""What is wrong with the candles that the venue shows: missing, late, frozen, or not a price."""

from typing import Any

_WILD = 1_000.0


class Feed:
    """Rows of Kraken's shape: seconds, open, high, low, close, average, volume, count."""

    def __init__(self) -> None:
        self._missing: set[tuple[str, int]] = set()
        self._wild: dict[tuple[str, int], float] = {}
        self._hidden: dict[str, tuple[int, float]] = {}

    def lose(self, symbol: str, ts_s: int) -> None:
        """The candle of this moment is in no answer, ever."""
        self._missing.add((symbol, ts_s))

    def spoil(self, symbol: str, ts_s: int, *, is_zero: bool) -> None:
        self._wild[symbol, ts_s] = 0.0 if is_zero else _WILD

    def hide(self, symbol: str, *, after_s: int, until_s: float) -> None:
        """Candles that open later are not shown before `until_s`."""
        self._hidden[symbol] = (after_s, until_s)

    def shown(self, symbol: str, rows: list[list[Any]], *, now_s: float) -> list[list[Any]]:
        after_s, until_s = self._hidden.get(symbol, (0, 0.0))
        is_hiding = now_s < until_s
        return [
            self._told(symbol, row)
            for row in rows
            if (symbol, row[0]) not in self._missing and not (is_hiding and row[0] > after_s)
        ]

    def _told(self, symbol: str, row: list[Any]) -> list[Any]:
        factor = self._wild.get((symbol, row[0]))
        if factor is None:
            return row
        prices = [f"{float(price) * factor:.4f}" for price in row[1:5]]
        return [row[0], *prices, row[5], row[6], row[7]]

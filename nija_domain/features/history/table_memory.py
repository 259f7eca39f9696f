"""Memory for feature tables, used again once nobody can read the table that lay in it."""

import weakref
from collections import deque

import numpy as np

from nija_domain.market.candles import FloatColumn


class TableMemory:
    """Memory that is new must be cleared by the kernel first: a sixth of a table's time."""

    def __init__(self) -> None:
        self._free: deque[FloatColumn] = deque()

    def empty(self, shape: tuple[int, int]) -> FloatColumn:
        """As numpy.empty; the memory comes back when the last view of the array is gone."""
        cells = shape[0] * shape[1]
        memory = self._take(cells)
        # All views share the first array over a buffer as their base, so it lives as long as they.
        root = np.frombuffer(memory.data, count=cells)
        weakref.finalize(root, _give_back, weakref.ref(self._free), memory)
        return root.reshape(shape)

    def _take(self, cells: int) -> FloatColumn:
        """What is too small for this table is let go."""
        while self._free:
            memory = self._free.pop()
            if len(memory) >= cells:
                return memory
        return np.empty(cells)


def _give_back(free: "weakref.ref[deque[FloatColumn]]", memory: FloatColumn) -> None:
    """A table that outlives the others keeps no more than its own memory."""
    shelf = free()
    if shelf is not None:
        shelf.append(memory)

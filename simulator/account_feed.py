"""The account's own channel of the stream: every change of an order, in the order it happened."""

from collections.abc import Iterable, Iterator

from simulator import dialect_v2
from simulator.dialect import Json
from simulator.engine import Engine
from simulator.orders import Happening
from simulator.requests_v2 import Wish

_SNAPSHOT_TRADES = 50
_ONLY_IN_FULL = ("pending_new", "restated")


class AccountFeed:
    """The account channel of one client; its messages are numbered from 1."""

    def __init__(self, engine: Engine, *, wish: Wish) -> None:
        self._engine = engine
        self._wish = wish
        self._sequence = 0
        self._seen = len(engine.happenings)

    def snapshots(self) -> Iterator[Json]:
        """Fills and orders apart, since clients tell the kind of a message by its first entry."""
        listings = self._engine.listings
        if self._wish.snap_trades:
            fills = [h for h in self._engine.happenings[: self._seen] if h.trade is not None]
            yield self._message(map(self._report, fills[-_SNAPSHOT_TRADES:]), kind="snapshot")
        if self._wish.snap_orders:
            orders = self._engine.open_orders.values()
            rows = (dialect_v2.open_order(o, listing=listings[o.ticket.symbol]) for o in orders)
            yield self._message(rows, kind="snapshot")

    def updates(self) -> Iterator[tuple[int, Json]]:
        """What has happened since it was last asked."""
        news = self._engine.happenings[self._seen :]
        self._seen += len(news)
        for happening in news:
            if self._wish.order_status or happening.kind not in _ONLY_IN_FULL:
                yield happening.at_us, self._message([self._report(happening)], kind="update")

    def _report(self, happening: Happening) -> Json:
        listing = self._engine.listings[happening.order.ticket.symbol]
        return dialect_v2.execution(happening, listing=listing)

    def _message(self, rows: Iterable[Json], *, kind: str) -> Json:
        self._sequence += 1
        data = list(rows)
        return {"channel": "executions", "type": kind, "data": data, "sequence": self._sequence}

"""What one WebSocket client subscribes to and receives."""

from collections.abc import Callable, Iterator
from heapq import merge

from nija_domain.market.timeframes import MINUTE_US, YEAR_US
from simulator import dialect_v2
from simulator.account_feed import AccountFeed
from simulator.dialect import Json
from simulator.feeds import PublicFeed, Topic
from simulator.refusals import Refusal
from simulator.requests_v2 import Wish, read_request, read_wish
from simulator.venue import Venue


class Subscriptions:
    """One client's topics, and the moment up to which it has been told of them.

    Whoever is `admits`-ted by a token may hear of the account; without it nobody may.
    """

    def __init__(self, venue: Venue, *, admits: Callable[[str], bool] | None) -> None:
        self._engine = venue.engine
        self._admits = admits
        self._public = PublicFeed(venue)
        self._account: AccountFeed | None = None
        self._topics: dict[Topic, None] = {}
        self._sent_until_us = venue.engine.now_us

    @property
    def is_empty(self) -> bool:
        return not self._topics and self._account is None

    def news(self) -> Iterator[Json]:
        """Everything since the last news, in its order."""
        from_us, self._sent_until_us = self._sent_until_us, self._engine.now_us
        account = self._account.updates() if self._account is not None else iter(())
        public = self._public.updates(self._topics, from_us=from_us, to_us=self._sent_until_us)
        for _, message in merge(account, public, key=lambda moment: moment[0]):
            yield message

    def answer(self, text: str | bytes) -> list[Json]:
        """The answers to one request; what was still to be told comes before them.

        All of them speak of the same moment, however long they take to send.
        """
        return [*self.news(), *self._carry_out(text)]

    def _carry_out(self, text: str | bytes) -> Iterator[Json]:
        head: Json = {}
        try:
            request = read_request(text)
            head = {"method": request.method}
            if request.req_id is not None:
                head["req_id"] = request.req_id
            if request.method == "ping":
                yield self._timed(head | {"method": "pong"})
            else:
                wish = read_wish(request.params, method=request.method)
                yield from self._turn(wish, head)
        except Refusal as refusal:
            yield self._refused(head, refusal)

    def _turn(self, wish: Wish, head: Json) -> Iterator[Json]:
        if wish.channel == "executions":
            yield from self._turn_account(wish, head)
        elif wish.channel in ("ticker", "ohlc"):
            for symbol in wish.symbol:
                minutes = wish.interval if wish.channel == "ohlc" else 0
                topic = Topic(wish.channel, symbol, minutes)
                yield from self._turn_topic(topic, wish, head)
        else:
            raise Refusal("Subscription name invalid")

    def _turn_topic(self, topic: Topic, wish: Wish, head: Json) -> Iterator[Json]:
        is_new = head["method"] == "subscribe"
        result: Json = {"channel": topic.channel, "symbol": topic.symbol}
        try:
            self._check_topic(topic)
            _check_change(is_new=is_new, is_there=topic in self._topics)
        except Refusal as refusal:
            yield self._refused(head | {"symbol": topic.symbol}, refusal)
            return
        if topic.channel == "ohlc":
            result["interval"] = wish.interval
        if not is_new:
            del self._topics[topic]
            yield self._granted(head, result)
            return
        self._topics[topic] = None
        yield self._granted(head, result | {"snapshot": wish.snapshot})
        if wish.snapshot:
            yield from self._public.snapshot(topic, at_us=self._engine.now_us)

    def _check_topic(self, topic: Topic) -> None:
        if topic.symbol not in self._engine.tapes:
            raise Refusal(f"Currency pair not supported {topic.symbol}")
        if topic.channel == "ohlc" and not 1 <= topic.minutes <= YEAR_US // MINUTE_US:
            raise Refusal("Subscription ohlc interval not supported")

    def _turn_account(self, wish: Wish, head: Json) -> Iterator[Json]:
        is_new = head["method"] == "subscribe"
        if self._admits is None:
            raise Refusal("Private data and trading are unavailable on this endpoint")
        if not self._admits(wish.token):
            raise Refusal("ESession:Invalid session")
        _check_change(is_new=is_new, is_there=self._account is not None)
        result: Json = {"channel": "executions"}
        if not is_new:
            self._account = None
            yield self._granted(head, result)
            return
        self._account = AccountFeed(self._engine, wish=wish)
        snapped = {"snap_orders": wish.snap_orders, "snap_trades": wish.snap_trades}
        yield self._granted(head, result | {"maxratecount": 125} | snapped)
        yield from self._account.snapshots()

    def _granted(self, head: Json, result: Json) -> Json:
        return self._timed(head | {"result": result, "success": True})

    def _refused(self, head: Json, refusal: Refusal) -> Json:
        return self._timed(head | {"error": str(refusal), "success": False})

    def _timed(self, message: Json) -> Json:
        now = dialect_v2.timestamp(self._engine.now_us)
        return message | {"time_in": now, "time_out": now}


def _check_change(*, is_new: bool, is_there: bool) -> None:
    if is_new and is_there:
        raise Refusal("Already subscribed")
    if not is_new and not is_there:
        raise Refusal("Subscription Not Found")

"""An account that much happens to: fills of all kinds, and people who move its money and coins."""

from decimal import Decimal
from random import Random

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events.position_id import Slot
from nija_domain.events.session_records import NEWEST_RULES
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.account_changes import counts, known_total
from nija_domain.trading.commands import Action, SendCancel, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.order_changes import next_position
from nija_domain.trading.waits import BALANCE_LAG_US, BALANCES_APART_US
from tests.fakes.sessions import NOON_US, SYMBOL, accepted, filled, intended, open_state, seen

ZERO = Decimal(0)
LOT = Decimal("1e-8")
SLOT = Slot("trend", SYMBOL, "core")


class AccountStorm:
    """`totals` are the venue's; `told` is what the core has been told of them, kept by hand."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - a scenario, no secret
        self.at_us = NOON_US
        started = ev.SessionStarted(
            at_us=NOON_US, mode="paper", venue="v", version="0", commit="c", rules=NEWEST_RULES
        )
        self.state = open_state(started)
        self.totals = {"USD": Decimal(10_000), "KFEE": Decimal(1_000), "ETH": Decimal(3)}
        self.told = {"USD": Decimal(10_000)}
        self.seen_kinds: set[str] = set()
        self._untold: list[ev.OrderFilled] = []
        self._known: set[str] = set()
        self._count = 0

    def play(self, rounds: int) -> None:
        """Each round something happens; now and then the balances are looked at."""
        happenings = (self._enter, self._enter, self._stop_fills, self._people, self._people)
        for _ in range(rounds):
            self.rng.choice(happenings)()
            self._tell_fills()
            self.observe(ev.TimePassed(at_us=self.at_us))
            if self.rng.random() < 0.6:
                self._look_twice()

    def observe(self, event: ev.JournalEvent) -> None:
        """After every event the books hold what was told, to the last decimal."""
        made = advance(self.state, event)
        self.state = made.state
        self.seen_kinds |= {type(record).__name__ for record in made.records}
        self.check()
        for action in made.actions:
            self._answer(action)

    def check(self) -> None:
        assets = {*self.told, *self.totals}
        found = {asset: known_total(self.state, asset) for asset in sorted(assets)}

        assert found == {asset: self.told.get(asset, ZERO) for asset in sorted(assets)}

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _amount(self, most: int) -> Decimal:
        return self.rng.randint(1, most * 10**8) * LOT

    def _enter(self) -> None:
        if self.state.book.positions or self.state.book.orders.live:
            return
        order_id, quantity = self._next("e"), self._amount(3)
        name = str(next_position(self.state.book, SLOT))
        intent = intended(order_id, quantity=str(quantity), at_us=self.at_us, position_id=name)
        self.observe(intent)
        self.observe(accepted(order_id, at_us=self.at_us))
        bought = min(quantity, self._amount(3))
        for part in self._parts(bought):
            self._execute(order_id, "buy", part, name)
        end = self._report(
            order_id, bought, quantity, "filled" if bought == quantity else "expired"
        )
        if self.rng.random() < 0.5:
            self.observe(end)
        self._tell_fills()
        self.observe(end)
        stop = self.state.book.orders.get(f"{order_id}-stop")
        if stop is not None and stop.is_live and self.rng.random() < 0.8:
            self.observe(self._report(stop.order_id, ZERO, stop.quantity, "open"))

    def _stop_fills(self) -> None:
        """Sometimes of more than is held, as far as the venue has it."""
        stops = [each for each in self.state.book.orders.live.values() if each.role == "stop"]
        if not stops or not stops[0].venue_id:
            return
        stop = stops[0]
        most = min(stop.quantity, self.totals.get("BTC", ZERO) - LOT)
        sold = most if self.rng.random() < 0.7 else (most / 2 // LOT) * LOT
        if sold <= 0:
            return
        for part in self._parts(sold):
            self._execute(stop.order_id, "sell", part, str(stop.position_id), fee_asset="USD")
        self._tell_fills()
        self.observe(self._report(stop.order_id, sold, stop.quantity, "expired"))

    def _people(self) -> None:
        """Deposits, withdrawals, rewards, and coins sold or taken away by hand."""
        asset = self.rng.choice(("USD", "BTC", "ETH", "KFEE"))
        held = self.totals.get(asset, ZERO)
        moved = self._amount(5) if self.rng.random() < 0.5 else -min(held, self._amount(4))
        self.totals[asset] = held + moved
        if asset == "BTC" and moved < 0 and self.rng.random() < 0.7:
            self.totals["USD"] -= moved * 99

    def _look_twice(self) -> None:
        self.at_us += BALANCE_LAG_US
        told = dict(self.totals)
        for _ in range(2):
            self.at_us += BALANCES_APART_US
            look = ev.BalancesSeen(at_us=self.at_us, totals=told, moves=self.state.account.moves)
            if not counts(self.state, look):
                return
            made = advance(self.state, look)
            self.seen_kinds |= {type(record).__name__ for record in made.records}
            self.state = made.state
        self.told = told
        self.check()
        for action in made.actions:
            self._answer(action)

    def _parts(self, whole: Decimal) -> list[Decimal]:
        cuts = sorted(self.rng.randint(0, int(whole / LOT)) * LOT for _ in range(3))
        ends = [*cuts, whole]
        return [b - a for a, b in zip([ZERO, *cuts], ends, strict=True) if b > a]

    def _execute(
        self, order_id: str, side: ev.Side, quantity: Decimal, name: str, *, fee_asset: str = ""
    ) -> None:
        """The venue has traded; when it tells is another matter."""
        price = Decimal(self.rng.randint(9_000, 11_000)) / 100
        fill = replace(
            filled(order_id, self._next("t"), quantity="1", price=str(price), side=side),
            quantity=quantity,
            fee=(quantity / 100 // LOT) * LOT,
            fee_asset=fee_asset or self.rng.choice(("USD", "BTC", "KFEE")),
            position_id=name,
            at_us=self.at_us,
        )
        _settle(self.totals, fill)
        self._untold.append(fill)

    def _tell_fills(self) -> None:
        """In any order, some of them twice."""
        fills, self._untold = self._untold, []
        fills += [fill for fill in fills if self.rng.random() < 0.3]
        self.rng.shuffle(fills)
        for fill in fills:
            if fill.trade_id not in self._known:
                self._known.add(fill.trade_id)
                _settle(self.told, fill)
            self.observe(fill)

    def _answer(self, action: Action) -> None:
        """What the venue does with a cancel and with a sale."""
        self.at_us += SECOND_US
        if isinstance(action, SendCancel):
            order = self.state.book.orders.get(action.order_id)
            if order is not None and order.venue_id is not None and order.is_live:
                filled_so_far = order.filled_quantity
                self.observe(
                    self._report(order.order_id, filled_so_far, order.quantity, "canceled")
                )
            return
        if not isinstance(action, SendOrder) or action.order.side == "buy":
            return
        order_id, quantity = action.order.client_id, action.order.quantity
        if quantity > self.totals.get("BTC", ZERO):
            self.observe(ev.OrderRefused(at_us=self.at_us, order_id=order_id, reason="funds"))
            return
        self.observe(accepted(order_id, at_us=self.at_us))
        if action.order.trigger_price is not None:
            self.observe(self._report(order_id, ZERO, quantity, "open"))
            return
        order = self.state.book.orders.get(order_id)
        self._execute(order_id, "sell", quantity, str(order and order.position_id), fee_asset="USD")
        self._tell_fills()
        self.observe(self._report(order_id, quantity, quantity, "filled"))

    def _report(
        self, order_id: str, sold: Decimal, quantity: Decimal, status: ev.ReportedStatus
    ) -> ev.OrderSeen:
        return seen(
            order_id, status=status, quantity=str(quantity), filled=str(sold), at_us=self.at_us
        )


def _settle(totals: dict[str, Decimal], fill: ev.OrderFilled) -> None:
    """What a venue does with a trade: coins one way, money the other, and a fee."""
    sign = 1 if fill.side == "buy" else -1
    base, _, quote = fill.symbol.partition("/")
    for asset, moved in (
        (base, sign * fill.quantity),
        (quote, -sign * fill.quantity * fill.price),
        (fill.fee_asset, -fill.fee),
    ):
        totals[asset] = totals.get(asset, ZERO) + moved

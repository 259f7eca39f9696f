"""People who trade on the same account, and move its money and coins."""

from decimal import Decimal

from nija_domain.market.money import floor_to_step
from nija_domain.trading.rounding import price_to_decimal
from simulator.orders import Ticket, VenueOrder
from simulator.refusals import Refusal
from storm.course import Mishap
from storm.venue import VenueSide

_EIGHTH = Decimal("0.125")


class People:
    """`foreign` is what they brought of each asset; `sold_us` when they sold of a symbol."""

    def __init__(self, side: VenueSide) -> None:
        self._side = side
        self.foreign: dict[str, Decimal] = {}
        self.orders: set[str] = set()
        self.sold: dict[str, Decimal] = {}
        self.sales: list[tuple[int, str, Decimal]] = []

    def act(self, mishap: Mishap) -> bool:
        """Whether there was anything to do it with."""
        self._side.venue.catch_up()
        match mishap.kind:
            case "hand_sale":
                return self._sell(mishap)
            case "hand_cancel":
                return self._cancel_stop(mishap)
            case "hand_buy":
                return self._buy(mishap)
            case "foreign_order":
                return self._rest(mishap)
            case "deposit" | "withdrawal":
                sign = 1 if mishap.kind == "deposit" else -1
                self._side.engine.balances.move("ZUSD", Decimal(sign * 7 * mishap.number))
                return True
        self._side.engine.balances.move("XXBT", Decimal(mishap.number) / 100_000)
        self._bring("XXBT", Decimal(mishap.number) / 100_000)
        return True

    def _bring(self, asset: str, amount: Decimal, *, symbol: str = "") -> None:
        """Who sold the executor's coins and buys some again has put those back: coins are alike."""
        back = min(amount, self.sold.get(symbol, Decimal(0)))
        if back:
            self.sold[symbol] -= back
            amount -= back
        self.foreign[asset] = self.foreign.get(asset, Decimal(0)) + amount

    def _sell(self, mishap: Mishap) -> bool:
        """Coins of the executor: a person cancels its stops first, as the venue demands."""
        symbol = mishap.symbol
        engine, listing = self._side.engine, self._side.engine.listings[symbol]
        held = self._side.inventory(symbol)
        if held <= 0 or self.foreign.get(listing.base_asset):
            return False
        share = Decimal(1) if mishap.acts else _EIGHTH * (1 + mishap.number % 7)
        quantity = floor_to_step(held * share, step=listing.instrument.lot_size)
        for order in self._stops(symbol):
            engine.cancel(order)
        ticket = Ticket(symbol=symbol, side="sell", kind="market", quantity=quantity)
        if self._place(ticket) is None:
            return False
        self.sold[symbol] = self.sold.get(symbol, Decimal(0)) + quantity
        self.sales.append((engine.now_us, symbol, quantity))
        return True

    def _cancel_stop(self, mishap: Mishap) -> bool:
        stops = self._stops(mishap.symbol)
        if not stops:
            return False
        self._side.engine.cancel(stops[mishap.number % len(stops)])
        return True

    def _buy(self, mishap: Mishap) -> bool:
        listing = self._side.engine.listings[mishap.symbol]
        quantity = listing.instrument.min_quantity * mishap.number
        ticket = Ticket(symbol=mishap.symbol, side="buy", kind="market", quantity=quantity)
        if self._place(ticket) is None:
            return False
        self._bring(listing.base_asset, quantity, symbol=mishap.symbol)
        return True

    def _rest(self, mishap: Mishap) -> bool:
        """A limit far under the market, which nothing fills."""
        instrument = self._side.engine.listings[mishap.symbol].instrument
        now = float(self._side.engine.price_now(mishap.symbol))
        price = price_to_decimal(now * 0.5, tick_size=instrument.tick_size, toward="down")
        ticket = Ticket(
            symbol=mishap.symbol,
            side="buy",
            kind="limit",
            quantity=instrument.min_quantity * 2,
            price=price,
        )
        order = self._place(ticket)
        if order is not None:
            self.orders.add(order.txid)
        return order is not None

    def _place(self, ticket: Ticket) -> VenueOrder | None:
        try:
            return self._side.engine.place(ticket)
        except Refusal:
            return None

    def _stops(self, symbol: str) -> list[VenueOrder]:
        return [
            order
            for order in self._side.engine.open_orders.values()
            if order.ticket.symbol == symbol
            and order.ticket.kind == "stop-loss"
            and self._side.is_ours(order)
        ]

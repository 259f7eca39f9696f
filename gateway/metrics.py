"""The metrics for Prometheus."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gateway.build import Build
from gateway.watch import Reading
from nija_domain.statements.allotments import allotments_of
from nija_domain.statements.holdings import holdings_of, unrealized_of
from nija_domain.statements.regimes import regime_number

if TYPE_CHECKING:
    from decimal import Decimal


class ReadingCollector(Collector):
    """The metrics of one reading; a number that does not exist yet is left out."""

    def __init__(self, reading: Reading, build: Build) -> None:
        self._reading = reading
        self._build = build

    def collect(self) -> Iterator[Metric]:
        """All metric families."""
        code = msgspec.structs.asdict(self._build)
        yield InfoMetricFamily("build", "The code of the gateway", value=code)
        yield from self._executor()
        yield from self._account()
        yield from self._totals()
        yield from self._symbols()
        yield from self._candidates()

    def _executor(self) -> Iterator[Metric]:
        reading = self._reading
        yield GaugeMetricFamily(
            "journal_sequence",
            "Number of the last journal record read",
            value=reading.statement.sequence,
        )
        if reading.silent_s is not None:
            yield GaugeMetricFamily(
                "executor_last_event_age_seconds",
                "Seconds since the last journal record",
                value=reading.silent_s,
            )
        yield GaugeMetricFamily(
            "executor_stale",
            "1 if the executor is absent, or silent although a release is active",
            value=float(reading.health in ("stale", "absent")),
        )

    def _account(self) -> Iterator[Metric]:
        statement, account = self._reading.statement, self._reading.statement.state.book.purse
        numbers: dict[str, tuple[str, float | Decimal]] = {
            "equity": ("Cash plus every position at its last close", statement.equity_now),
            "cash": ("Money that is in no position", account.cash),
            "peak_equity": ("The highest equity so far", account.peak_equity),
            "pnl_realized": ("Profit of closed trades after fees", statement.counts.realized),
            "pnl_unrealized": (
                "Profit of open positions after fees, at their last closes",
                unrealized_of(holdings_of(statement.state)),
            ),
            "positions": ("Open positions", len(statement.state.book.positions)),
            "halts": (
                "Hard limits that stop entries now",
                len(statement.state.restrictions.halts),
            ),
        }
        for name, (meaning, value) in numbers.items():
            yield GaugeMetricFamily(name, meaning, value=float(value))
        if statement.counts.win_rate is not None:
            yield GaugeMetricFamily(
                "winrate", "Share of closed trades with a profit", value=statement.counts.win_rate
            )

    def _totals(self) -> Iterator[Metric]:
        counts = self._reading.statement.counts
        yield CounterMetricFamily("fills", "Fills that were booked", value=counts.fills)
        yield CounterMetricFamily("orders", "Orders that were intended", value=counts.orders)
        yield CounterMetricFamily("trades", "Round trips that were closed", value=counts.trades)
        refusals = CounterMetricFamily(
            "refusals", "Entries, orders and releases that were refused", labels=["kind"]
        )
        for kind in ("entry", "order", "release"):
            refusals.add_metric([kind], counts.refusals.get(kind, 0))
        yield refusals
        selections = CounterMetricFamily(
            "bandit_selection", "How often each preset was drawn for a symbol", labels=["config_id"]
        )
        for config_id, times in sorted(counts.selections.items()):
            selections.add_metric([config_id], times)
        yield selections

    def _symbols(self) -> Iterator[Metric]:
        state = self._reading.statement.state
        regimes = GaugeMetricFamily("hmm_regime_state", "0 Bull, 1 Bear, 2 Chop", labels=["symbol"])
        for symbol in sorted(state.market.symbols):
            number = regime_number(state, symbol)
            if number is not None:
                regimes.add_metric([symbol], number)
        values = GaugeMetricFamily(
            "position_value", "Value of a position at its last close", labels=["symbol"]
        )
        for holding in holdings_of(state):
            values.add_metric([holding.symbol], float(holding.value))
        yield from (regimes, values, self._weights())

    def _candidates(self) -> Iterator[Metric]:
        equity = GaugeMetricFamily(
            "candidate_equity", "Equity of a book on paper at the last close", labels=["candidate"]
        )
        trades = GaugeMetricFamily(
            "candidate_trades", "Round trips that a book on paper closed", labels=["candidate"]
        )
        for name, book in self._reading.statement.state.paper.books.items():
            equity.add_metric([name], float(book.book.purse.equity))
            trades.add_metric([name], book.tally.trades)
        yield from (equity, trades)

    def _weights(self) -> Metric:
        weights = GaugeMetricFamily(
            "allocation", "Share of the tradable capital", labels=["among", "name"]
        )
        statement = self._reading.statement
        for allotment in allotments_of(statement.state, at_us=statement.venue_us):
            for share in allotment.shares:
                weights.add_metric([allotment.among, share.name], share.weight)
        return weights


def metrics_text(reading: Reading, build: Build) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ReadingCollector(reading, build))
    return generate_latest(registry)

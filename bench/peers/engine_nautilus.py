"""The trend rule of `bench engine` in nautilus_trader; runs in the peers' environment.

`python -m bench.peers.engine_nautilus FOLDER` reads market.npz there: candles, and the two numbers
that the rule reads, worked out beforehand. Each entry is a market order with a stop at the venue;
an exit cancels the stop and sells. Logs, the risk engine and analysis are off: they only cost.
"""

import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, TriggerType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")
PRICE_DIGITS, SIZE_DIGITS = 2, 8
TIMEFRAME_US = 300_000_000


class TrendConfig(StrategyConfig, frozen=True):  # type: ignore[misc, call-arg] # not installed here
    instrument_id: InstrumentId
    bar_type: BarType
    folder: str


class Trend(Strategy):  # type: ignore[misc] # not installed here
    """Looks its two numbers up by the bar's place."""

    def __init__(self, config: TrendConfig) -> None:
        super().__init__(config)
        problem = np.load(Path(config.folder) / "market.npz")
        self.trend, self.atr = problem["trend"].tolist(), problem["atr"].tolist()
        self.entry, self.exit = float(problem["trend_entry"]), float(problem["trend_exit"])
        self.stop_multiple = float(problem["stop_multiple"])
        self.share = float(problem["share"])
        self.row = -1
        self.stop_price: Price | None = None

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.row += 1
        trend, instrument_id = self.trend[self.row], self.config.instrument_id
        if self.portfolio.is_flat(instrument_id):
            if trend > self.entry:
                self._enter(bar.close.as_double())
        elif trend < self.exit:
            self.cancel_all_orders(instrument_id)
            self.close_all_positions(instrument_id)

    def _enter(self, close: float) -> None:
        account = self.portfolio.account(VENUE)
        value = account.balance_total(USD).as_double() * self.share
        stop = close * (1.0 - self.stop_multiple * self.atr[self.row])
        self.stop_price = Price(stop, PRICE_DIGITS)
        entry = self.order_factory.market(
            self.config.instrument_id, OrderSide.BUY, Quantity(value / close, SIZE_DIGITS)
        )
        self.submit_order(entry)

    def on_order_filled(self, event: Any) -> None:  # noqa: ANN401 - its own event
        if event.order_side != OrderSide.BUY:
            return
        stop = self.order_factory.stop_market(
            self.config.instrument_id,
            OrderSide.SELL,
            event.last_qty,
            self.stop_price,
            trigger_type=TriggerType.LAST_PRICE,
            reduce_only=True,
        )
        self.submit_order(stop)


def main(folder: Path) -> None:
    problem = dict(np.load(folder / "market.npz"))
    instrument = _instrument()
    bar_type = BarType.from_str(f"{instrument.id}-5-MINUTE-LAST-EXTERNAL")
    engine = _engine(instrument, cash=float(problem["cash"]))
    engine.add_data(BarDataWrangler(bar_type, instrument).process(_frame(problem)))
    config = TrendConfig(instrument_id=instrument.id, bar_type=bar_type, folder=str(folder))
    engine.add_strategy(Trend(config))
    begun = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - begun
    closed = len(engine.cache.positions_closed()) + len(engine.cache.position_snapshots())
    equity = engine.portfolio.account(VENUE).balance_total(USD).as_double()
    print(json.dumps({"s": seconds, "trades": closed, "equity": equity}))


def _frame(problem: dict[str, Any]) -> pd.DataFrame:
    """A bar is told at its close."""
    columns = {name: problem[name] for name in ("open", "high", "low", "close", "volume")}
    closes_us = problem["ts_us"] + TIMEFRAME_US
    return pd.DataFrame(columns, index=pd.to_datetime(closes_us, unit="us", utc=True))


def _engine(instrument: CurrencyPair, *, cash: float) -> BacktestEngine:
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        risk_engine=RiskEngineConfig(bypass=True),
        run_analysis=False,
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=None,
        starting_balances=[Money(cash, USD)],
    )
    engine.add_instrument(instrument)
    return engine


def _instrument() -> CurrencyPair:
    btc = Currency.from_str("BTC")
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol("BTC/USD"), VENUE),
        raw_symbol=Symbol("BTCUSD"),
        base_currency=btc,
        quote_currency=USD,
        price_precision=PRICE_DIGITS,
        size_precision=SIZE_DIGITS,
        price_increment=Price(10.0**-PRICE_DIGITS, PRICE_DIGITS),
        size_increment=Quantity(10.0**-SIZE_DIGITS, SIZE_DIGITS),
        lot_size=None,
        max_quantity=None,
        min_quantity=None,
        max_notional=None,
        min_notional=None,
        max_price=None,
        min_price=None,
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
        ts_event=0,
        ts_init=0,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

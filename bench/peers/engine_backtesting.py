"""The trend rule of `bench engine` in backtesting.py; runs in the peers' environment.

`python -m bench.peers.engine_backtesting FOLDER` reads market.npz there: candles, and the two
numbers that the rule reads, worked out beforehand. An order trades at the next open, as ours does.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Strategy
from backtesting.lib import FractionalBacktest

UNIT = 1e-8


def main(folder: Path) -> None:
    problem = dict(np.load(folder / "market.npz"))
    columns = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame(
        {name.title(): problem[name] for name in columns},
        index=pd.to_datetime(problem["ts_us"], unit="us"),
    )
    test = FractionalBacktest(
        frame,
        _strategy(problem),
        fractional_unit=UNIT,
        cash=float(problem["cash"]),
        finalize_trades=True,
    )
    begun = time.perf_counter()
    stats = test.run()
    seconds = time.perf_counter() - begun
    trades, equity = int(stats["# Trades"]), float(stats["Equity Final [$]"])
    print(json.dumps({"s": seconds, "trades": trades, "equity": equity}))


def _strategy(problem: dict[str, Any]) -> type[Strategy]:
    trend, atr = problem["trend"], problem["atr"]
    names = ("trend_entry", "trend_exit", "stop_multiple", "share")
    entry, leave, multiple, share = (float(problem[name]) for name in names)

    class Trend(Strategy):  # type: ignore[misc] # not installed here
        def init(self) -> None:
            self.trend = self.I(lambda: trend, plot=False)
            self.atr = self.I(lambda: atr, plot=False)

        def next(self) -> None:
            lean = self.trend[-1]
            if self.position:
                if lean < leave:
                    self.position.close()
            elif lean > entry and not self.orders:
                close = self.data.Close[-1]
                self.buy(size=share, sl=close * (1.0 - multiple * self.atr[-1]))

    return Trend


if __name__ == "__main__":
    main(Path(sys.argv[1]))

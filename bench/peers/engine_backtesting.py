"""The trend rule of `bench engine` in backtesting.py; runs in the peers' environment.

`python -m bench.peers.engine_backtesting FOLDER` reads market.npz there: candles, and the two
numbers that the rule reads, worked out beforehand. An order trades at the next open, as ours does.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from backtesting import Strategy
from backtesting.lib import FractionalBacktest

UNIT = 1e-8


def main(folder: Path) -> None:
    problem = dict(np.load(folder / "market.npz"))
    frame = pd.DataFrame(
        {name.title(): problem[name] for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(problem["ts_us"], unit="us"),
    )
    trend, atr = problem["trend"], problem["atr"]
    entry, leave, multiple, share = (
        float(problem[name]) for name in ("trend_entry", "trend_exit", "stop_multiple", "share")
    )

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

    test = FractionalBacktest(
        frame,
        Trend,
        fractional_unit=UNIT,
        cash=float(problem["cash"]),
        finalize_trades=True,
    )
    begun = time.perf_counter()
    stats = test.run()
    print(
        json.dumps(
            {
                "s": time.perf_counter() - begun,
                "trades": int(stats["# Trades"]),
                "equity": float(stats["Equity Final [$]"]),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

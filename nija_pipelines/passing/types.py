"""The records that travel between the assets of one training."""

from decimal import Decimal

import msgspec

from nija_domain.evaluation.merit import Merit
from nija_domain.market.instruments import Instrument
from nija_domain.strategies.agents import Agent


class Listing(msgspec.Struct, frozen=True):
    """The instruments of the universe, as the venue listed them."""

    instruments: tuple[Instrument, ...]

    def by_symbol(self) -> dict[str, Instrument]:
        return {instrument.symbol: instrument for instrument in self.instruments}


class Lineup(msgspec.Struct, frozen=True):
    """The agents that a release lists."""

    agents: tuple[Agent, ...]


class Snapshot(msgspec.Struct, frozen=True):
    """The state of the lake that one training reads, and nothing later."""

    snapshot_id: int
    feedback_sequence: int
    feedback_rows: int


class RegimePictures(msgspec.Struct, frozen=True):
    """PNG bodies by file name."""

    files: dict[str, bytes]


class BacktestReport(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` names what was tested, as `Recipe.subject` does; records of before tell none."""

    trades: int
    net_profit: Decimal
    total_return: float
    max_drawdown: float
    win_rate: float | None
    merit: Merit | None = None
    days: int
    marks: int
    sharpe_per_bar: float | None = None
    profit_factor: float | None = None
    subject: str = ""


class TrainingRun(msgspec.Struct, frozen=True, kw_only=True):
    """The record in MLflow, the candles that the training read, and the trades it learned from."""

    run_id: str
    snapshot_id: int
    feedback_trades: int


class Kpis(msgspec.Struct, frozen=True, kw_only=True):
    """What may call for a retraining; both counted since the champion was trained."""

    release_id: str
    drift_score: float
    drift_bars: int
    new_trades: int


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A signed release in the store, not yet pointed at; `subject` names what it is made of."""

    release_id: str
    fingerprint: str
    run_id: str
    snapshot_id: int
    feedback_trades: int
    created_us: int
    subject: str = ""

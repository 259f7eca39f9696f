"""Random lives of an account: flows, marks, trades, approvals and days, with all that follows."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import numpy as np

from nija_domain.capital.account import Capital, fold_capital
from nija_domain.capital.changes import (
    changes_after_approval,
    changes_after_mark,
    changes_after_trade,
)
from nija_domain.capital.protection import ProtectionRules
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US

RULES = ProtectionRules()
STEP_US = 5 * HOUR_US
CENT = Decimal("0.01")


class Step(msgspec.Struct, frozen=True):
    """One event, observed or derived, with the account before and after it."""

    before: Capital
    event: ev.JournalEvent
    after: Capital


class CapitalStream:
    """The account's own rules drive it; luck is seeded and sometimes long on one side."""

    def __init__(self, seed: int, *, opening: Decimal = Decimal(900)) -> None:
        self._rng = np.random.default_rng(seed)
        self._opening = opening
        self._drift = float(self._rng.uniform(-0.02, 0.03))
        self.capital = Capital()
        self.at_us = 0

    def steps(self, count: int) -> Iterator[Step]:
        """So many observed events, and every record that each leads to."""
        yield from self._take(self._moved(self._opening))
        for _ in range(count):
            self.at_us += int(self._rng.integers(1, STEP_US))
            yield from self._take(self._draw())

    def _take(self, event: ev.JournalEvent) -> Iterator[Step]:
        waiting = [event]
        while waiting:
            current = waiting.pop(0)
            before, self.capital = self.capital, fold_capital(self.capital, current)
            yield Step(before, current, self.capital)
            waiting += self._follow(before, current)

    def _follow(self, before: Capital, event: ev.JournalEvent) -> tuple[ev.JournalEvent, ...]:
        match event:
            case ev.EquityMarked():
                return changes_after_mark(before, self.capital, RULES, at_us=self.at_us)
            case ev.TradeClosed():
                return changes_after_trade(self.capital, at_us=self.at_us)
            case cap.ApprovalDecided():
                return changes_after_approval(self.capital, event, RULES)
        return ()

    def _draw(self) -> ev.JournalEvent:
        kind = self._rng.choice(("trade", "mark", "flow", "approval"), p=(0.45, 0.45, 0.07, 0.03))
        if self.capital.shadow is not None and kind == "trade":
            return self._shadow_trade()
        return {
            "trade": self._trade,
            "mark": self._mark,
            "flow": self._flow,
            "approval": self._approval,
        }[str(kind)]()

    def _amount(self, share: float, *, of: Decimal, digits: int = 2) -> Decimal:
        return (Decimal(repr(share)) * of).quantize(Decimal(1).scaleb(-digits))

    def _trade(self) -> ev.TradeClosed:
        """Gross and fees with more digits than a cent has, as fills have them."""
        share = float(self._rng.normal(self._drift, 0.03))
        gross = self._amount(share, of=self.capital.buckets.tradable, digits=5)
        return ev.TradeClosed(
            at_us=self.at_us,
            symbol="BTC/USD",
            opened_us=self.at_us - 1,
            quantity=Decimal(1),
            entry_price=Decimal(100),
            exit_price=Decimal(100),
            gross=gross,
            fees=abs(gross) / 50 + CENT,
            regime=str(self._rng.choice(("Bull", "Bear", "Chop"))),
            config_id="trend:BTC/USD:moderate",
            release_id="r",
            position_id="trend/BTC/USD/core/1",
            reason="stop",
        )

    def _shadow_trade(self) -> cap.ShadowClosed:
        gross = self._amount(float(self._rng.normal(0.03, 0.02)), of=self.capital.realised)
        return cap.ShadowClosed(
            at_us=self.at_us,
            symbol="BTC/USD",
            price=Decimal(100),
            gross=gross,
            fees=CENT,
            reason="exit",
        )

    def _mark(self) -> ev.EquityMarked:
        """What is realised, and what an open position makes of it for now."""
        unrealised = self._amount(
            float(self._rng.normal(0, 0.02)), of=self.capital.buckets.tradable
        )
        equity = max(self.capital.realised + unrealised, CENT)
        return ev.EquityMarked(at_us=self.at_us, equity=equity, cash=self.capital.realised)

    def _flow(self) -> ev.FundsMoved:
        share = float(self._rng.uniform(-0.5, 0.5))
        return self._moved(self._amount(share, of=max(self.capital.protection.equity, CENT)))

    def _moved(self, amount: Decimal) -> ev.FundsMoved:
        return ev.FundsMoved(at_us=self.at_us, amount=amount, reason="a person's wish")

    def _approval(self) -> cap.ApprovalDecided:
        what = str(self._rng.choice(("reopen", "undo")))
        granted = bool(self._rng.random() < 0.8)
        return cap.ApprovalDecided(
            at_us=self.at_us, what=what, is_granted=granted, directive=1, why="a person"
        )

"""What a key of the account is used for, and what is never asked of it."""

import re
from pathlib import Path

from tests.fakes.programs import ROOT

PRIVATE = re.compile(r"privatePost(\w+)|private_post_(\w+)|/0/private/(\w+)")
ROOMS = ("executor", "gateway", "nija", "nija_adapters", "nija_domain", "nija_pipelines")
USED = {"AddOrder", "BalanceEx", "CancelOrder", "ClosedOrders", "OpenOrders", "TradesHistory"}
"""To trade and to read: nothing that withdraws or transfers."""


def _asked(root: Path) -> set[str]:
    """The private requests that are named anywhere in a program."""
    files = (path for room in ROOMS for path in (root / room).rglob("*.py"))
    found = (name for path in files for name in PRIVATE.findall(path.read_text()))
    return {name for names in found for name in names if name}


def test_no_program_can_move_money_out() -> None:
    """Orders and questions alone: no request withdraws, transfers or stakes."""
    assert _asked(ROOT) == USED


def test_a_planted_withdrawal_is_seen(tmp_path: Path) -> None:
    """In any of the ways in which the client names it."""
    (tmp_path / "nija").mkdir()
    (tmp_path / "nija" / "a.py").write_text("client.private_post_withdraw({})\n")
    (tmp_path / "nija" / "b.py").write_text('"/0/private/WalletTransfer"\n')

    assert _asked(tmp_path) == {"withdraw", "WalletTransfer"}

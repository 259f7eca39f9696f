"""What failed is told from journal and ledger alike, the newest first, with what to do."""

from decimal import Decimal

import pytest

from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.events.ledger import IncidentRecorded, ReleasePublished
from nija_domain.statements.incidents import newest_incidents, recorded_incidents
from nija_domain.statements.trail import INCIDENTS_MAX, Trail, follow


def failed(at_us: int, *, kind: str = "run failed: training_line") -> IncidentRecorded:
    return IncidentRecorded(at_us=at_us, kind=kind, text="Steps failed", run_id="0123456789abcdef")


def test_the_same_failure_is_one_incident_with_its_count() -> None:
    """A training that fails every minute must not push out everything else."""
    entries = [failed(1), failed(9), failed(5), failed(7, kind="candles refused")]
    found = newest_incidents(recorded_incidents(entries), most=5)

    assert [(i.at_us, i.kind, i.times) for i in found] == [
        (9, "run failed: training_line", 3),
        (7, "candles refused", 1),
    ]
    assert "run 01234567 on Dagster's page" in found[0].remedy
    assert "nija import FILE" in found[1].remedy


def test_other_entries_of_the_ledger_are_no_incidents() -> None:
    """A published release is none."""
    entry = ReleasePublished(at_us=1, release_id="r", fingerprint="f", parents=())

    assert recorded_incidents([entry]) == ()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ev.ReleaseRejected(at_us=3, release_id="r", reason="no signature"), "release refused"),
        (ev.DirectiveRejected(at_us=3, number=4, reason="no signature"), "directive refused"),
        (ev.HaltTripped(at_us=3, limit="max_drawdown_halt", value=0.5, bound=0.4), "halt"),
        (ses.VenueLost(at_us=3, reason="refused"), "venue lost"),
        (
            cap.ProtectionChanged(
                at_us=3, before="DANGER", after="HALT", drawdown=0.2, reason="drawdown"
            ),
            "protection HALT",
        ),
        (
            ev.CoinsMoved(
                at_us=3, asset="ETH", foreign=Decimal(3), dust=Decimal(0), reason="there before"
            ),
            "foreign ETH",
        ),
        (
            ev.SoldByHand(
                at_us=3,
                position_id="trend/BTC/USD/core/1",
                symbol="BTC/USD",
                asset="BTC",
                quantity=Decimal(1),
                price=Decimal(100),
            ),
            "sold by hand",
        ),
        (ev.FundsFound(at_us=3, amount=Decimal(-5), reason="a withdrawal"), "funds moved"),
        (
            ev.BalanceUnexplained(at_us=3, asset="USD", quantity=Decimal(-5), reason="why"),
            "USD unexplained",
        ),
        (
            ev.ForeignOrderSeen(at_us=3, venue_id="OX", symbol="BTC/USD", text="limit"),
            "foreign order",
        ),
        (ev.AnswerUnreadable(at_us=3, what="fill", venue_id="T", reason="KeyError"), "odd fill"),
    ],
)
def test_the_journals_own_failures_are_told(event: ev.JournalEvent, kind: str) -> None:
    """Each with its time, its words and a remedy."""
    (incident,) = follow(Trail(), event).incidents

    assert incident.at_us == 3
    assert incident.kind.startswith(kind)
    assert incident.text
    assert incident.remedy


def test_a_long_journal_keeps_its_newest_incidents() -> None:
    """There is a limit on everything."""
    trail = Trail()
    for number in range(INCIDENTS_MAX + 5):
        lost = ses.VenueLost(at_us=number, reason=f"{number}")
        trail = follow(trail, lost)

    assert len(trail.incidents) == INCIDENTS_MAX
    assert trail.incidents[-1].at_us == INCIDENTS_MAX + 4


def test_a_rounding_of_the_venue_is_no_incident() -> None:
    """Less than a cent of cash is booked in silence."""
    found = ev.FundsFound(at_us=3, amount=Decimal("-0.004"), reason="the venue's rounding")

    assert follow(Trail(), found).incidents == ()

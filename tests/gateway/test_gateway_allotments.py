"""Who may have how much money is told as it is in force: on the page, by address, as a metric."""

from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace

from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import (
    DirectiveReceived,
    EntryRefused,
    JournalEvent,
    SessionStarted,
)
from nija_domain.events.session_records import FIRST_RULES
from nija_domain.releases.directive import Directive, encode_directive
from nija_domain.statements.allotments import Allotment, Share, allotments_of, lapse_text
from nija_domain.statements.statement import Statement, extend_statement
from tests.gateway.test_gateway_page import part

Events = tuple[JournalEvent, ...]

LIFE_US = 60_000_000
WEIGHTS = {"agents": {"trend": 0.3, "grid": 0.35}, "symbols": {"BTC/USD": 0.6, "ETH/USD": 0.4}}
SLOTS = {"agents": "allocations", "symbols": "symbol_weights"}


def directive(among: str, number: int, *, at_us: int) -> DirectiveReceived:
    draft = {
        "kind": SLOTS[among],
        "number": number,
        "issued_us": at_us,
        "expires_us": at_us + LIFE_US,
        "reason": f"weights of {among} moved by 12 points",
        "weights": WEIGHTS[among],
    }
    content = encode_directive(msgspec.convert(draft, Directive)).decode()
    return DirectiveReceived(at_us=at_us, number=number, content=content)


def allotments_in(events: Events) -> tuple[Allotment, ...]:
    statement = extend_statement(Statement(), enumerate(events, 1))
    return allotments_of(statement.state, at_us=statement.venue_us)


@pytest.fixture
def directed(session: Events) -> Events:
    """The session, and two directives after its last event."""
    at_us = session[-1].at_us
    return (*session, directive("agents", 7, at_us=at_us), directive("symbols", 8, at_us=at_us))


def test_the_greatest_weight_stands_first_and_the_rest_is_nobodys(directed: Events) -> None:
    """Agents before symbols; symbols that take everything leave no rest."""
    agents, symbols = allotments_in(directed)

    assert agents.shares == (Share("grid", 0.35), Share("trend", 0.3))
    assert agents.rest == pytest.approx(0.35)
    assert symbols.shares[0] == Share("BTC/USD", 0.6)
    assert symbols.rest == 0.0


def test_what_has_lapsed_is_still_told(directed: Events) -> None:
    """By venue time, as the core counts it: the same weights, and since when they are old."""
    late_us = directed[-1].at_us + LIFE_US
    late = EntryRefused(
        at_us=late_us, symbol="X/USD", reason="late", release_id="r", agent="trend", tag="core"
    )

    before, after = allotments_in(directed), allotments_in((*directed, late))

    assert [each.lapsed_us for each in before] == [None, None]
    assert [each.lapsed_us for each in after] == [late_us, late_us]
    assert [each.shares for each in after] == [each.shares for each in before]


def test_an_older_journal_tells_what_its_core_counted(directed: Events) -> None:
    """By the first rules a lapsed directive bounded nothing."""
    old = replace(next(e for e in directed if isinstance(e, SessionStarted)), rules=FIRST_RULES)
    late_us = directed[-1].at_us + LIFE_US
    late = EntryRefused(
        at_us=late_us, symbol="X/USD", reason="late", release_id="r", agent="trend", tag="core"
    )

    assert allotments_in((*directed, old, late)) == ()


def test_page_address_and_metric_tell_the_same(
    client: TestClient,
    path: Path,
    directed: Events,
) -> None:
    """With the reason why they moved, and what nobody may have."""
    with JournalWriter.open(path) as writer:
        writer.append(directed)
    data = client.get("/v1/allocations").json()["data"]
    shown = part(client.get("/").text, "money")
    metrics = client.get("/metrics").text

    assert {each["among"]: each["shares"] for each in data} == WEIGHTS
    assert [each["directive"] for each in data] == [7, 8]
    assert "weights of agents moved by 12 points grid 35 % trend 30 % unused 35 %" in shown
    assert 'allocation{among="symbols",name="BTC/USD"} 0.6' in metrics


def test_every_door_says_since_when_weights_are_old(
    client: TestClient, path: Path, directed: Events
) -> None:
    """The page in words, the address as a time, the metric by the same weights."""
    late_us = directed[-1].at_us + LIFE_US
    late = EntryRefused(
        at_us=late_us, symbol="X/USD", reason="late", release_id="r", agent="trend", tag="core"
    )
    with JournalWriter.open(path) as writer:
        writer.append((*directed, late))
    data = client.get("/v1/allocations").json()["data"]

    assert [each["lapsed"] for each in data] == [each["expires"] for each in data]
    assert lapse_text(late_us) in part(client.get("/").text, "money")
    assert 'allocation{among="symbols",name="BTC/USD"} 0.6' in client.get("/metrics").text


@pytest.mark.usefixtures("written")
def test_without_directives_the_page_says_what_bounds_entries(client: TestClient) -> None:
    """And the address answers with an empty list."""
    assert client.get("/v1/allocations").json()["data"] == []
    assert "No shares in force" in part(client.get("/").text, "money")

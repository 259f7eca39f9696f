"""Every address answers from the journal: in one envelope, exactly, and never with a guess."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from gateway.watch import JournalWatch
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import HaltTripped, JournalEvent
from nija_domain.statements.holdings import holdings_of
from nija_domain.statements.league import league_of
from nija_domain.statements.statement import Statement, extend_statement
from tests.fakes.beside import session_with_candidate

if TYPE_CHECKING:
    from nija_domain.trading.state import State

ENVELOPED = (
    "/status",
    "/v1/positions",
    "/v1/orders",
    "/v1/incidents",
    "/v1/trades",
    "/v1/equity",
    "/v1/allocations",
    "/v1/candidates",
    "/v1/data/health",
)
ADDRESSES = (*ENVELOPED, "/metrics", "/", "/openapi.json", "/static/page.css")


@pytest.fixture
def statement(session: tuple[JournalEvent, ...]) -> Statement:
    return extend_statement(Statement(), enumerate(session, 1))


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("address", ENVELOPED)
def test_every_answer_says_when_in_which_mode_and_by_which_version(
    client: TestClient, address: str
) -> None:
    """And nothing else stands in the envelope."""
    answer = client.get(address)
    body = answer.json()

    assert answer.status_code == 200
    assert set(body) == {"data", "meta"}
    assert body["meta"]["mode"] == "paper"
    assert body["meta"]["version"] == "1.2.3"
    assert body["meta"]["build_id"] == "nija-1.2.3+0123456789ab"
    assert body["meta"]["timestamp"].startswith("2024-01-04T11:20:00")


@pytest.mark.usefixtures("written")
def test_the_status_tells_what_runs_and_how_it_is(client: TestClient, statement: Statement) -> None:
    """The last event is named with its sequence and its venue time."""
    data = client.get("/status").json()["data"]
    executor, standing = data.pop("executor"), data.pop("standing")

    assert data == {
        "mode": "paper",
        "version": "1.2.3",
        "build_id": "nija-1.2.3+0123456789ab",
        "branch": "main",
        "commit": "0123456789abcdef",
        "release": "backtest",
        "venue": "http://127.0.0.1:8801",
        "last_event": {
            "sequence": statement.sequence,
            "kind": "TimePassed",
            "at": "2024-01-04T11:20:00Z",
        },
        "halts": [],
        "venue_time": "2024-01-04T11:20:00Z",
        "speed": 60.0,
        "simulated": True,
        "incidents": [],
    }
    assert executor["health"] == "stale"
    assert executor["age_s"] > 600
    assert [each["what"] for each in standing["hindrances"]] == ["executor silent"]


def test_a_halt_is_told(client: TestClient, written: Path) -> None:
    """By the name of the limit that was passed."""
    with JournalWriter.open(written) as writer:
        halt = HaltTripped(at_us=1, limit="daily_loss_halt", value=0.2, bound=0.1)
        writer.append([halt])

    assert client.get("/status").json()["data"]["halts"] == ["daily_loss_halt"]


@pytest.mark.usefixtures("written")
def test_the_positions_are_the_cores_to_the_last_digit(
    client: TestClient, statement: Statement
) -> None:
    """Money is text, so that a reader gets back the very number."""
    state: State = statement.state
    answer = client.get("/v1/positions").json()["data"]

    assert len(answer) > 0
    for row, held in zip(answer, holdings_of(state), strict=True):
        position = next(p for p in state.book.positions.values() if p.entry_id == row["id"])

        assert Decimal(row["quantity"]) == position.quantity
        assert Decimal(row["stop_price"]) == position.stop_price
        assert Decimal(row["unrealized_pnl"]) == held.unrealized
        assert row["regime"] == state.market.symbols[row["symbol"]].regime
        assert row["release"] == "backtest"
        assert (row["agent"], row["tag"]) == (position.agent, "core")
        assert all(isinstance(row[name], str) for name in ("entry_price", "value", "fees"))


@pytest.mark.usefixtures("written")
def test_the_trades_come_newest_first_and_as_many_as_are_wanted(
    client: TestClient, statement: Statement
) -> None:
    """Gross, fees and net fit together exactly."""
    every = client.get("/v1/trades").json()["data"]
    two = client.get("/v1/trades?limit=2").json()["data"]

    assert two == every[:2]
    assert [row["closed"] for row in every] == sorted((r["closed"] for r in every), reverse=True)
    assert sum(Decimal(row["net_pnl"]) for row in every) == statement.counts.realized
    for row in every:
        assert Decimal(row["gross_pnl"]) - Decimal(row["fees"]) == Decimal(row["net_pnl"])


@pytest.mark.usefixtures("written")
def test_the_equity_ends_at_the_newest_mark(client: TestClient, statement: Statement) -> None:
    """In the order of time, as many of the newest points as are wanted."""
    points = client.get("/v1/equity?limit=3").json()["data"]

    assert [Decimal(p["equity"]) for p in points] == [p.equity for p in statement.equity[-3:]]
    assert [p["drawdown"] for p in points] == [p.drawdown for p in statement.equity[-3:]]
    assert points[-1]["at"] == "2024-01-04T11:20:00Z"


@pytest.mark.parametrize("address", ["/v1/trades", "/v1/equity"])
@pytest.mark.parametrize("query", ["limit=-1", "limit=0", "limit=many", "limit=999999", "limt=3"])
def test_a_wrong_question_is_refused_by_its_name(
    client: TestClient, address: str, query: str
) -> None:
    """A misspelt parameter is as wrong as a wrong value."""
    answer = client.get(f"{address}?{query}")

    assert answer.status_code == 422
    assert [e["loc"] for e in answer.json()["detail"]] == [
        ["query", query.split("=", maxsplit=1)[0]]
    ]


def test_without_a_journal_every_address_answers(client: TestClient) -> None:
    """The executor is absent, the lists are empty, and nothing is made up."""
    answers = {address: client.get(address) for address in ADDRESSES}
    status = answers["/status"].json()["data"]

    assert {answer.status_code for answer in answers.values()} == {200}
    assert status["executor"] == {"health": "absent", "age_s": None}
    assert (status["mode"], status["release"], status["last_event"]) == (None, None, None)
    assert [answers[a].json()["data"] for a in ENVELOPED[1:]] == [[], [], [], [], [], [], [], None]
    assert "Nothing recorded yet" in answers["/"].text


def test_a_broken_journal_is_503_with_its_reason_and_the_process_lives(
    watch: JournalWatch, written: Path, client_of: Callable[[JournalWatch], TestClient]
) -> None:
    """The same process answers again as soon as the file is whole."""
    client, whole = client_of(watch), written.read_bytes()
    written.write_bytes(whole.replace(b"ETH/USD", b"ETH/USE"))
    broken = {address: client.get(address) for address in (*ENVELOPED, "/metrics", "/")}
    written.write_bytes(whole)
    healed = client.get("/status")

    assert {answer.status_code for answer in broken.values()} == {503}
    assert all("the chain breaks at record" in answer.text for answer in broken.values())
    assert all("restore it from a copy" in answer.text for answer in broken.values())
    assert healed.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8800", "127.0.0.1.evil.example"])
def test_a_foreign_name_for_this_address_is_refused(client: TestClient, host: str) -> None:
    """So no page of another site can read what trades here."""
    assert client.get("/status", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_lets_a_browser_ask_elsewhere(client: TestClient, address: str) -> None:
    """The policy stands on every answer."""
    headers = client.get(address).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_can_be_changed(client: TestClient, address: str, method: str) -> None:
    """The gateway reads."""
    assert client.request(method, address).status_code == 405


def test_the_description_names_every_address_for_programs(client: TestClient) -> None:
    """With the shape of its answer."""
    paths = client.get("/openapi.json").json()["paths"]

    assert set(paths) == {*ENVELOPED, "/metrics"}
    for address in ENVELOPED:
        schema = paths[address]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

        assert schema["$ref"].startswith("#/components/schemas/Envelope")


def test_the_league_has_live_book_and_candidates(path: Path, client: TestClient) -> None:
    """As the command line shows it; ratios of a few trades are not told."""
    session = session_with_candidate()
    with JournalWriter.open(path) as writer:
        writer.append(session)
    rows = league_of(extend_statement(Statement(), enumerate(session, 1)))
    live, candidate = client.get("/v1/candidates").json()["data"]

    assert (live["name"], candidate["name"]) == ("live", "candidate-1")
    assert candidate["net_return"] == rows[1].net_return
    assert candidate["release"] == "backtest"
    assert candidate["win_rate"] is None
    assert "of at least 30 closed trades" in candidate["lack"]

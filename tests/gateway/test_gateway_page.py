"""The page shows the journal whole, escapes what it shows, and asks no other machine."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gateway.bootstrap import LedgerIncidents
from gateway.page.board import refusal_rows
from gateway.page.routes import STATIC
from gateway.page.wording import price, quantity, signed_money, whole_percent
from gateway.settings import GatewaySettings
from gateway.watch import JournalWatch
from nija.home import Home
from nija.reading import read_account
from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import IncidentRecorded
from nija_domain.events.records import DirectiveReceived, EntryRefused, JournalEvent
from nija_domain.releases.directive import Directive, encode_directive
from nija_domain.statements.holdings import holdings_of
from nija_domain.statements.regimes import read_mood
from nija_domain.statements.statement import Refusal, Statement, extend_statement
from nija_domain.trading.market_rows import market_probs_of
from nija_domain.worlds.regime_switching import JANUARY_2024_US
from tests.fakes.beside import session_with_candidate
from tests.fakes.candle_walks import BAR_US

TEMPLATES = STATIC.parent / "templates"
Events = tuple[JournalEvent, ...]


def words(html: str) -> str:
    """What a reader sees, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def part(html: str, name: str) -> str:
    """The words of one section of the page."""
    return words(html.partition(f'id="{name}"')[2].partition("</section>")[0])


@pytest.mark.usefixtures("written")
def test_every_position_stands_there_with_its_stop_and_its_profit(
    client: TestClient, session: Events
) -> None:
    """The profit bears its sign, not its colour alone."""
    state = extend_statement(Statement(), enumerate(session, 1)).state
    shown = part(client.get("/").text, "positions")

    assert len(state.book.positions) > 0
    for held in holdings_of(state):
        tick = state.instruments[held.symbol].tick_size
        parts = (held.symbol, quantity(held.quantity), price(held.stop_price, tick))

        assert all(text in shown for text in (*parts, signed_money(held.unrealized)))


@pytest.mark.usefixtures("written")
def test_every_symbols_regime_is_a_word(client: TestClient, session: Events) -> None:
    """Beside its colour and its shape."""
    state = extend_statement(Statement(), enumerate(session, 1)).state
    shown = part(client.get("/").text, "regimes")
    marks = {"Bull": "▲ Bull", "Bear": "▼ Bear", "Chop": "◆ Chop"}

    for symbol, market in state.market.symbols.items():
        assert f"{symbol} {marks[market.regime]}" in shown


@pytest.mark.usefixtures("written")
def test_the_markets_state_stands_over_the_symbols(client: TestClient, session: Events) -> None:
    """By its name and the filter's certainty; before any release there is none to tell."""
    state = extend_statement(Statement(), enumerate(session, 1)).state
    mood = read_mood(state)
    assert mood is not None
    shown = part(client.get("/").text, "regimes")

    assert f"The market: {mood.state} {whole_percent(mood.confidence)}" in shown
    assert mood.confidence == max(market_probs_of(state.market).values())
    assert read_mood(Statement().state) is None


@pytest.mark.usefixtures("written")
def test_mode_release_version_and_health_head_the_page(client: TestClient) -> None:
    """A stale executor is named so, with its age."""
    page = client.get("/").text
    head = words(page.partition('id="strip"')[2].partition("</header>")[0])

    assert re.search(
        r"PAPER SIMULATED Executor silent last record \d+ d ago"
        r" Venue time 2024-01-04 11:20 UTC at ×60 Release backtest",
        head,
    )
    assert "nija-1.2.3+0123456789ab" in words(page)


def test_a_stop_of_entries_stands_on_top_and_everywhere_alike(
    client_of: Callable[[JournalWatch], TestClient],
    written: Path,
    home: Path,
    clock,  # noqa: ANN001
) -> None:
    """Page, address and command line say one sentence; nothing claims that there is no halt."""
    at_us = BAR_US * (JANUARY_2024_US // BAR_US + 5_000)
    content = encode_directive(
        Directive(
            kind="reduce_only",
            number=9,
            issued_us=at_us,
            expires_us=at_us + BAR_US,
            reason="ETH/USD leaps [up]",
        )
    )
    with JournalWriter.open(written) as writer:
        writer.append([DirectiveReceived(at_us=at_us, number=9, content=content.decode())])
    watch = JournalWatch(
        JournalReader(written),
        LedgerIncidents(Home(home).ledger),
        settings=GatewaySettings(stale_after_s=1e12),
        wall_now_us=clock,
    )
    client = client_of(watch)
    page = client.get("/").text
    line = client.get("/status").json()["data"]["standing"]["line"]

    assert "directive 9 says reduce_only: ETH/USD leaps [up]" in line
    assert read_account(Home(home), stale_after_s=1e12).standing.line == line
    assert line in part(page, "standing")
    assert "No halt" not in page
    assert "reduce only" not in words(page)


def test_failed_trainings_stand_on_the_page(client: TestClient, written: Path, home: Path) -> None:
    """From the ledger, with their venue time and what to do."""
    assert written.exists()
    assert "Nothing failed." in part(client.get("/").text, "incidents")
    failed = IncidentRecorded(
        at_us=JANUARY_2024_US,
        kind="run failed: training_line",
        text="no bread",
        run_id="abcdef01",
    )
    Ledger(home / "ledger" / "ledger.jsonl").append([failed])
    shown = part(client.get("/").text, "incidents")

    assert "run failed: training_line 2024-01-01 00:00 no bread To do: open run abcdef01" in shown
    assert client.get("/v1/incidents").json()["data"][0]["text"] == "no bread"


def test_a_damaged_ledger_is_an_incident_and_no_dark_page(
    client: TestClient, written: Path, home: Path
) -> None:
    """The trading goes on being shown."""
    (home / "ledger").mkdir()
    (home / "ledger" / "ledger.jsonl").write_text("no record\n")
    page = client.get("/")

    assert written.exists()
    assert page.status_code == 200
    assert "ledger unreadable" in part(page.text, "incidents")


def test_what_the_journal_says_is_text_and_never_markup(client: TestClient, written: Path) -> None:
    """A reason that looks like a script is shown, not run."""
    evil = "<script>alert(1)</script>"
    with JournalWriter.open(written) as writer:
        writer.append(
            [
                EntryRefused(
                    at_us=1, symbol="X/USD", reason=evil, release_id="r", agent="trend", tag="core"
                )
            ]
        )
    page = client.get("/").text

    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_same_refusal_is_one_row_with_its_count() -> None:
    """The newest reason stands first."""
    given = [
        Refusal(at_us=at_us, kind="entry", subject=subject, reason="full")
        for at_us, subject in ((1, "A"), (2, "B"), (3, "A"))
    ]

    rows = [(row.subject, row.times, row.last_us) for row in refusal_rows(given)]

    assert rows == [("A", 2, 3), ("B", 1, 2)]


class AppearingReader(JournalReader):
    """The real reader; between its first and its second use the executor starts."""

    def __init__(self, path: Path, session: Events) -> None:
        super().__init__(path)
        self._file, self._session, self._uses = path, session, 0

    def last_written_us(self) -> int | None:
        self._uses += 1
        if self._uses == 2:
            with JournalWriter.open(self._file) as writer:
                writer.append(self._session)
        return super().last_written_us()


def test_the_stream_tells_each_change_once(
    path: Path,
    session: Events,
    clock,  # noqa: ANN001
    client_of: Callable[[JournalWatch], TestClient],
) -> None:
    """Two boards for three looks: before the journal, after it, and at the same journal again."""
    journal = AppearingReader(path, session)
    settings = GatewaySettings(stale_after_s=1e12)
    incidents = LedgerIncidents(Home(path.parents[1]).ledger)
    watch = JournalWatch(journal, incidents, settings=settings, wall_now_us=clock)
    output = client_of(watch).get("/board").text
    _, before, after = output.split("event: board")

    assert "Nothing recorded yet" in before
    assert "Executor running" in after


def test_the_stream_tells_a_broken_journal(client: TestClient, written: Path) -> None:
    """Once, as a notice with the reason."""
    whole = written.read_bytes()
    written.write_bytes(whole.replace(b"ETH/USD", b"ETH/USE"))
    answer = client.get("/board").text

    assert answer.count("event: failure") == 1
    assert "the chain breaks at record" in answer


def test_no_file_of_the_page_names_another_machine() -> None:
    """Nothing is fetched from elsewhere: the page works without any network."""
    files = [*STATIC.iterdir(), *TEMPLATES.iterdir()]
    namespace = "http://www.w3.org/2000/svg"
    foreign = [
        file.name
        for file in files
        if re.search(r"(https?:)?//[a-z]", file.read_text().replace(namespace, ""))
    ]

    assert len(files) >= 8
    assert foreign == []


@pytest.mark.usefixtures("written")
def test_every_file_that_the_page_asks_for_is_served(client: TestClient) -> None:
    """Style, script, icon, and the page of the data."""
    asked = re.findall(r'(?:href|src)="([^"]+)"', client.get("/").text)

    assert len(asked) == 4
    assert {client.get(address).status_code for address in asked} == {200}


def test_one_bar_is_no_curve_yet(client: TestClient, path: Path, session: Events) -> None:
    """The page says so instead of drawing a point."""
    first = session[0].at_us
    with JournalWriter.open(path) as writer:
        writer.append([event for event in session if event.at_us <= first + BAR_US])

    assert "The curve starts with the second closed bar" in client.get("/").text


def test_candidates_stand_beside_the_live_book(path: Path, client: TestClient) -> None:
    """With their returns; without candidates there is no such table."""
    alone = client.get("/").text
    with JournalWriter.open(path) as writer:
        writer.append(session_with_candidate())
    shown = part(client.get("/").text, "league")

    assert 'id="league"' not in alone
    assert "Candidates on paper" in shown
    assert "candidate-1" in shown
    assert "live meanwhile +0.00 %" in shown
    assert "too few to say" in shown

"""The metrics are well-formed and say what the journal says."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import JournalEvent
from nija_domain.statements.holdings import holdings_of
from nija_domain.statements.statement import Counts, Statement, extend_statement
from nija_domain.statistics.intervals import share_interval
from tests.fakes.beside import CANDIDATE, session_with_candidate

Labels = tuple[tuple[str, str], ...]


def samples_of(client: TestClient) -> dict[tuple[str, Labels], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.usefixtures("written")
def test_every_number_is_the_pictures(
    client: TestClient, session: tuple[JournalEvent, ...]
) -> None:
    """Account, totals and health, each under its own name."""
    statement = extend_statement(Statement(), enumerate(session, 1))
    account, counts = statement.state.book.purse, statement.counts
    samples = samples_of(client)
    expected = {
        "equity": float(statement.equity_now),
        "cash": float(account.cash),
        "peak_equity": float(account.peak_equity),
        "pnl_realized": float(counts.realized),
        "pnl_unrealized": float(sum(h.unrealized for h in holdings_of(statement.state))),
        "positions": len(statement.state.book.positions),
        "halts": 0,
        "fills_total": counts.fills,
        "orders_total": counts.orders,
        "trades_total": counts.trades,
        "journal_sequence": len(session),
        "executor_stale": 1,
    }

    assert {name: samples[name, ()] for name in expected} == expected
    assert samples["executor_last_event_age_seconds", ()] > 600
    assert samples["refusals_total", (("kind", "entry"),)] == counts.refusals["entry"]
    assert samples["refusals_total", (("kind", "release"),)] == 0
    assert counts.selections == {
        dict(labels)["config_id"]: value
        for (name, labels), value in samples.items()
        if name == "bandit_selection_total"
    }
    assert counts.selections


@pytest.mark.usefixtures("written")
def test_each_symbol_has_its_regime_and_each_position_its_value(
    client: TestClient, session: tuple[JournalEvent, ...]
) -> None:
    """Bull is 0, Bear is 1, Chop is 2."""
    state = extend_statement(Statement(), enumerate(session, 1)).state
    samples = samples_of(client)
    regimes = {labels: v for (name, labels), v in samples.items() if name == "hmm_regime_state"}
    values = {labels: v for (name, labels), v in samples.items() if name == "position_value"}

    assert regimes == {
        (("symbol", symbol),): ("Bull", "Bear", "Chop").index(market.regime)
        for symbol, market in state.market.symbols.items()
    }
    assert values == {(("symbol", h.symbol),): float(h.value) for h in holdings_of(state)}
    assert len(values) > 0


def test_the_build_is_named(client: TestClient) -> None:
    """Version, build id, branch and commit are labels of a constant."""
    labels = (
        ("branch", "main"),
        ("build_id", "nija-1.2.3+0123456789ab"),
        ("commit", "0123456789abcdef"),
        ("version", "1.2.3"),
    )

    assert samples_of(client)["build_info", labels] == 1


def test_a_win_rate_is_told_of_thirty_trades_and_no_fewer() -> None:
    """Nine of ten are no rate; with enough of them it has an interval."""
    few, enough = Counts(trades=29, wins=20), Counts(trades=30, wins=20)

    assert (few.win_rate, few.win_rate_bounds) == (None, None)
    assert enough.win_rate == 20 / 30
    assert enough.win_rate_bounds == share_interval(20, 30)


def test_a_rate_over_nothing_is_left_out(client: TestClient, path: Path) -> None:
    """Without a journal there is no age and no win rate, and the executor is not fresh."""
    samples = samples_of(client)

    assert not path.exists()
    assert ("winrate", ()) not in samples
    assert ("executor_last_event_age_seconds", ()) not in samples
    assert samples["executor_stale", ()] == 1
    assert samples["journal_sequence", ()] == 0


def test_each_candidate_has_its_equity_and_its_trades(path: Path, client: TestClient) -> None:
    """As its book on paper has them."""
    session = session_with_candidate()
    with JournalWriter.open(path) as writer:
        writer.append(session)
    state = extend_statement(Statement(), enumerate(session, 1)).state
    book, samples = state.paper.books[CANDIDATE], samples_of(client)
    label = (("candidate", CANDIDATE),)

    assert samples["candidate_equity", label] == float(book.book.purse.equity)
    assert samples["candidate_trades", label] == book.tally.trades > 0

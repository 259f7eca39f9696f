"""What this home's journal and ledger tell, as the page and the API tell it too."""

from collections.abc import Iterator
from pathlib import Path

from nija.bootstrap import journal_age_s, read_journal, read_ledger_incidents
from nija.home import Home
from nija_domain.errors import PlaceUnusable
from nija_domain.events.records import JournalEvent
from nija_domain.statements.account import AccountStatement, describe_account
from nija_domain.statements.standing import Silence
from nija_domain.statements.statement import Statement, extend_statement


def read_events(journal: Path) -> Iterator[JournalEvent]:
    return (event for _, event in read_journal(existing_journal(journal)))


def read_statement(journal: Path) -> Statement:
    return extend_statement(Statement(), read_journal(existing_journal(journal)))


def existing_journal(journal: Path) -> Path:
    """The same path; raises `PlaceUnusable` if there is no such file."""
    if not journal.exists():
        raise PlaceUnusable(
            f"no journal at {journal}; start trading with `make up`, or set NIJA_HOME"
        )
    return journal


def read_account(home: Home, *, stale_after_s: float) -> AccountStatement:
    """Of a home without a journal too: then it says that nothing was recorded yet."""
    age_s = journal_age_s(home.journal)
    return describe_account(
        extend_statement(Statement(), read_journal(home.journal)),
        Silence(age_s, age_s is not None and age_s > stale_after_s),
        recorded=read_ledger_incidents(home),
    )


class StatementReader:
    """Remembers where it stopped reading, so that a long journal costs nothing to watch."""

    def __init__(self, home: Home) -> None:
        self._path = home.journal
        self._statement = Statement()

    def look(self) -> Statement:
        known = self._statement
        self._statement = extend_statement(known, read_journal(self._path, known.sequence))
        return self._statement

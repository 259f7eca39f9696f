"""`nija journal verify`: follows the whole chain and says what it found."""

from pathlib import Path

import msgspec

from nija.bootstrap import check_journal
from nija.reading import existing_journal
from nija_domain.market.timeframes import utc_minute


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`broken_at` is the first record that does not fit; `records` is how many before it do."""

    journal: str
    is_whole: bool
    sentence: str
    records: int
    last_hash: str | None
    broken_at: int | None
    checked_until: int | None
    checked_us: int | None

    def as_line(self) -> str:
        return msgspec.json.encode(self).decode()


def verify_journal(path: Path) -> Verdict:
    """Raises `NijaError` if there is no journal, or no reading it."""
    found, before = check_journal(existing_journal(path))
    whole = f"{path}: {found.records} records, and each fits the one before"
    noted = (
        f"; the executor last followed the chain up to record {before.sequence},"
        f" at {utc_minute(before.at_us)} UTC"
        if before
        else ""
    )
    return Verdict(
        journal=str(path),
        is_whole=found.fault is None,
        sentence=str(found.fault or whole) + noted,
        records=found.records,
        last_hash=found.last.hash.hex() if found.last else None,
        broken_at=found.records + 1 if found.fault else None,
        checked_until=before.sequence if before else None,
        checked_us=before.at_us if before else None,
    )

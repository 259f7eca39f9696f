"""`nija journal export`: copies the journal to Parquet and says how far."""

from pathlib import Path

import msgspec

from nija.bootstrap import export_journal
from nija.reading import existing_journal


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """`last` is the number to give as `--after` next time."""

    file: str
    records: int
    last: int

    @property
    def sentence(self) -> str:
        counted = f"{self.records} record{'' if self.records == 1 else 's'}"
        return f"{self.file}: {counted}; the next export goes on with --after {self.last}"

    def as_line(self) -> str:
        return msgspec.json.encode(self).decode()


def export_records(journal: Path, to: Path, *, after: int) -> Exported:
    written = export_journal(existing_journal(journal), to, after=after)
    return Exported(file=str(to), records=written, last=after + written)

"""Prints what a replay found."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from nija.actions.replay import Replay
from nija.tables.console import console, table
from nija_domain.evaluation.differences import Difference
from nija_domain.market.timeframes import utc_minute


def print_replay(found: Replay) -> None:
    console().print(*_parts(found), sep="\n")


def _parts(found: Replay) -> Iterator[RenderableType]:
    yield Text(found.sentence, style="green" if found.is_equal else "red")
    if found.difference is None:
        return
    other = "the other journal" if found.against else "this code"
    made = table("", "", has_header=False)
    for name, value in _rows(found.difference, other):
        made.add_row(name, value)
    made.add_row("recorded by", found.recorded_by)
    made.add_row("other code" if found.against else "this code", found.other_code)
    made.add_section()
    made.add_row("what it means", found.meaning)
    made.add_row("what to do", found.remedy)
    yield made


def _rows(difference: Difference, other: str) -> Iterator[tuple[str, str]]:
    yield "class", difference.kind
    if difference.at_us is not None:
        yield "when", f"{utc_minute(difference.at_us)} UTC"
    if difference.subject:
        yield "of", difference.subject
    yield "field", difference.field
    yield "in the journal", difference.recorded
    yield f"in {other}", difference.other
    yield "the journal's record", difference.record
    yield f"{other}'s record", difference.other_record

"""All output: no text is read as markup, and a narrow window truncates nothing.

Rich would take `[up]` for a style and drop it, and it truncates columns that are too narrow.
"""

from collections.abc import Collection

from rich.console import Console
from rich.table import Table


def console(*, is_stderr: bool = False) -> Console:
    return Console(stderr=is_stderr, markup=False, emoji=False, highlight=False)


def table(
    *columns: str,
    right: Collection[str] = (),
    title: str | None = None,
    caption: str | None = None,
    has_header: bool = True,
) -> Table:
    """A table with these columns; `right` are aligned right, long cells wrap."""
    made = Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        show_header=has_header,
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def counted(number: int, noun: str) -> str:
    """`1 fill`, `2 fills`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

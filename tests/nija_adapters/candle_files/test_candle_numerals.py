"""Point or comma: one mark for a whole file, told by a cell that has one reading, never guessed."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_adapters.candle_files.numerals import numerals_of
from nija_adapters.candle_files.text import FileUnreadable
from tests.nija_adapters.candle_files.test_candle_files import (
    HEADER,
    START_MS,
    found,
    judge_bytes,
)


def body(prices: list[str], volume: str = "1", separator: str = ";") -> bytes:
    """A bar a minute whose four prices are written alike."""
    rows = [
        separator.join([str(START_MS + row * 60_000), *[price] * 4, volume])
        for row, price in enumerate(prices)
    ]
    return ("\n".join([HEADER.replace(",", separator), *rows]) + "\n").encode()


@pytest.mark.parametrize(
    ("volume", "prices"),
    [("1", ["42.000", "42.000,5", "42.001"]), ("12,5", ["42.000", "42.000", "42.001"])],
    ids=["the column tells", "another column tells"],
)
def test_a_point_groups_thousands_where_a_comma_is_the_mark(
    volume: str, prices: list[str], tmp_path: Path
) -> None:
    """`42.000` beside `42.000,5` or `12,5` is forty-two thousand, not forty-two."""
    judged = judge_bytes(tmp_path, body(prices, volume))

    assert judged.verdict == "repair"
    assert judged.clean.open.tolist() == [
        float(price.replace(".", "").replace(",", ".")) for price in prices
    ]


@pytest.mark.parametrize(
    ("prices", "volume", "expected"),
    [
        (["42000.5", "42000.5"], "12,5", "row 0"),
        (["1,234.5", "12,5"], "1", "row 1"),
        (["1.234,5", "1,234.5"], "1", "row 1"),
        (["42.000", "42.001"], "1", "is ambiguous"),
    ],
    ids=["between columns", "within a column", "both grouped", "nothing decides"],
)
def test_two_styles_or_none_refuse_the_file(
    prices: list[str], volume: str, expected: str, tmp_path: Path
) -> None:
    """The sentence shows the cells; no price is made of them."""
    judged = judge_bytes(tmp_path, body(prices, volume))

    assert judged.verdict == "refuse"
    assert found(judged) == [(None, "style")]
    assert expected in judged.problems[0].text
    assert judged.rows_in == len(prices)


def test_commas_between_cells_leave_the_point_to_decimals(tmp_path: Path) -> None:
    """Three decimals throughout are three decimals in a comma-separated file."""
    judged = judge_bytes(tmp_path, body(["42.000", "42.001"], separator=","))

    assert judged.verdict == "accept"
    assert judged.clean.open.tolist() == [42.0, 42.001]


@given(
    numbers=st.lists(st.decimals(0, 10**7, places=2), min_size=1, max_size=20),
    is_german=st.booleans(),
    is_grouped=st.booleans(),
)
def test_what_is_read_is_what_was_written(
    numbers: list[float], *, is_german: bool, is_grouped: bool
) -> None:
    """In either style, grouped or not, whole numbers written without decimals: exact or refused."""
    marks = str.maketrans(",.", ".,") if is_german else {}
    written = [
        f"{n:,.0f}" if n == int(n) else f"{n:,.2f}" if is_grouped else f"{n:.2f}" for n in numbers
    ]
    texts = pl.Series([text.translate(marks) for text in written])
    try:
        read, _ = numerals_of({"open": texts}, is_point_certain=False).read(texts)
    except FileUnreadable:
        assert all(n == int(n) for n in numbers)
        return

    wrong = [(r, n) for r, n in zip(read, numbers, strict=True) if r not in (None, float(n))]
    assert wrong == []

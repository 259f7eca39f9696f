"""docs/reliability.md answers for every incident, and what it names is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from storm.course import SHAPES
from tests.fakes.programs import ROOT

PAGE = ROOT / "docs" / "reliability.md"
ORDERS = ROOT / "docs" / "orders.md"
INCIDENTS = 74
STATUSES = {"tested", "cannot occur", "not yet"}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CASES = re.compile(r"test_the_page_says_what_follows` \(([^)]+)\)")
FAULT = re.compile(r"\bstorm ((?:`\w+`(?:, )?)+)")
CELLS = 5
PLAYED = "`tests/nija_domain/trading/test_order_cases.py::test_the_page_says_what_follows`"


def _rows() -> list[list[str]]:
    """Number, incident, threads, here, status."""
    table = PAGE.read_text().partition("\n| # |")[2]
    lines = [line for line in table.splitlines() if re.match(r"\| \d+ \|", line)]
    return [line.strip("| ").split(" | ") for line in lines]


def _faults(cell: str) -> set[str]:
    return {kind for found in FAULT.findall(cell) for kind in re.findall(r"`(\w+)`", found)}


@cache
def _tests_in(path: Path) -> frozenset[str]:
    """The tests that a file defines, by name."""
    if not path.is_file():
        return frozenset()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions))
    return frozenset(node.name for node in found if node.name.startswith("test_"))


def _missing_tests(text: str) -> list[str]:
    """Named anywhere on the page, and not to be found."""
    named = TEST.findall(text)
    return [f"{path}::{name}" for path, name in named if name not in _tests_in(ROOT / path)]


def _missing_cases(text: str) -> list[str]:
    """Cases in brackets behind the test that plays the table of docs/orders.md."""
    played = ORDERS.read_text()
    cases = (each for found in CASES.findall(text) for each in re.findall(r'"([^"]+)"', found))
    return [each for each in cases if f"\n| {each} |" not in played]


def _unknown_faults(rows: list[list[str]]) -> Iterator[str]:
    for row in rows:
        yield from (f"{row[0]}: {kind}" for kind in sorted(_faults(row[3]) - SHAPES.keys()))


def _unproved(rows: list[list[str]]) -> Iterator[str]:
    """A row that claims a proof and names none, or that says nothing at all."""
    for number, _, _, here, status in rows:
        is_named = bool(TEST.search(here) or _faults(here))
        if status not in STATUSES or (status == "tested" and not is_named) or not here.strip():
            yield f"{number}: {status}"


def test_every_incident_has_its_row() -> None:
    """Each number once, in order, with everything filled in."""
    rows = _rows()

    assert [row[0] for row in rows] == [str(number) for number in range(1, INCIDENTS + 1)]
    assert {row[0]: len(row) for row in rows if len(row) != CELLS or not all(row)} == {}


def test_what_proves_it_is_there() -> None:
    """Tests by file and name, faults by the kind that the storm draws."""
    text, rows = PAGE.read_text(), _rows()

    assert _missing_tests(text) == []
    assert _missing_cases(text) == []
    assert [*_unknown_faults(rows)] == []
    assert [*_unproved(rows)] == []


def test_no_name_of_a_test_or_a_case_escapes_the_check() -> None:
    """All that looks like one is matched by the patterns above."""
    text = PAGE.read_text()

    assert text.count("::") == len(TEST.findall(text))
    assert text.count('("') == len(CASES.findall(text)) > 0


@pytest.mark.parametrize(
    ("here", "status"),
    [
        ("`tests/architecture/test_reliability.py::test_that_is_gone`", "tested"),
        ("`tests/architecture/test_gone.py::test_every_incident_has_its_row`", "tested"),
        (f'{PLAYED} ("the moon fell")', "tested"),
        ("storm `crash`, `sunshine`", "tested"),
        ("it just works", "tested"),
        ("it just works", "surely"),
    ],
)
def test_a_planted_fault_is_seen(here: str, status: str) -> None:
    """A renamed test, a kind that is no longer drawn, a claim without proof, another status."""
    rows = [["1", "what happened", "FT 1", here, status]]

    assert [
        *_missing_tests(here),
        *_missing_cases(here),
        *_unknown_faults(rows),
        *_unproved(rows),
    ]

"""In a window of 80 columns every table is whole: nothing is cut, no text is taken for markup."""

import ast
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import RenderableType

from nija.running.doctor import Finding
from nija.running.supervisor import Condition
from nija.tables.console import console, table
from nija.tables.reports import findings_table, services_table
from nija_domain.statements.account import Totals
from tests.fakes.commands import nija
from tests.fakes.programs import ROOT

WIDTH = 80
CELLS = st.text(st.sampled_from("abc[]/:_-. \n"), max_size=60)


def shown(*parts: RenderableType, width: int = WIDTH) -> str:
    made = console()
    made.width, made.file = width, io.StringIO()
    made.print(*parts)
    return made.file.getvalue()


def is_whole(text: str, cells: list[str]) -> bool:
    """Every character of the cells stands there, no line is too long, and nothing is marked cut."""
    wanted = Counter("".join("".join(cells).split()))
    fits = all(len(line) <= WIDTH for line in text.splitlines())
    return fits and "…" not in text and wanted <= Counter(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 7).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n))))
def test_no_table_loses_a_character(rows: list[list[str]]) -> None:
    """Whatever stands in it: long cells go on below."""
    columns = [f"column {number}" for number in range(len(rows[0]) if rows else 1)]
    made = table(*columns, title="a title")
    for row in rows:
        made.add_row(*row)

    assert is_whole(shown(made), [*columns, *(cell for row in rows for cell in row)])


def test_nothing_else_makes_a_console_or_a_table() -> None:
    """So what holds for these two holds for every command."""
    makers = {
        f"{path.name}: {node.func.id}"
        for path in (ROOT / "nija").glob("*.py")
        if path.name != "console.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Console", "Table"}
    }

    assert makers == set()


def test_the_doctor_names_the_section(tmp_path: Path) -> None:
    """`[up]` is a section of the settings and no style."""
    remedy = "fine if Nija runs; else set venue_port in [up] of config/nija.toml"
    found = Finding("venue_port", "weak", f"8801 is taken by {tmp_path}", remedy)
    text = shown(findings_table([found]))

    assert "[up]" in text
    assert is_whole(text, [found.what, found.found, found.remedy])


def test_what_died_stands_under_the_services_whole() -> None:
    """The reason and the log are longer than any column."""
    dead = Condition(
        name="executor",
        state="waiting to restart",
        pid=None,
        restarts=12,
        up_s=0.0,
        page="http://127.0.0.1:8800/a/very/long/address/of/a/page",
        log=Path("/home/somebody/with/a/long/name/nija/.nija/logs/executor.log"),
        last_words="key mode of [executor] is invalid: Invalid enum value 'live'",
    )
    text = shown(services_table([dead], Totals()))

    assert is_whole(text, [dead.last_words, str(dead.log), dead.page or ""])


@pytest.mark.parametrize("command", ["doctor", "status", "features"])
def test_commands_keep_to_the_window(command: str, tmp_path: Path) -> None:
    """As a user with a narrow terminal sees them."""
    done = nija(command, home=tmp_path, environ={"COLUMNS": str(WIDTH)})

    assert done.stdout
    assert is_whole(done.stdout, [])


@pytest.mark.parametrize("command", ["doctor", "status"])
def test_programs_get_a_line_of_json(command: str, tmp_path: Path) -> None:
    """The same findings and the same sentence as people get."""
    done = nija(command, "--json", home=tmp_path)
    answer = json.loads(done.stdout)

    assert done.stdout.count("\n") == 1
    if command == "doctor":
        assert {"what", "verdict", "found", "remedy"} == set(answer[0])
    else:
        assert answer["line"].startswith("No entries: no executor has recorded anything yet")


def test_the_version_names_the_code() -> None:
    """One line, and nothing else is asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "nija", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("nija 0.")
    assert done.stdout.count("\n") == 1

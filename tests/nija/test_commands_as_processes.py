"""What `nija` answers within this process is what it answers as a process, to the byte."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.commands import PLAIN, Answer, nija
from tests.fakes.programs import ROOT
from tests.nija_adapters.candle_files.test_candle_files import text
from tests.nija_domain.capital.test_capital_questions import SIZE

MARKET = ("--symbol", "BTC/USD", "--timeframe", "1m")


def _as_process(*arguments: str, home: Path, said: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "nija", *arguments],
        cwd=ROOT,
        env={**PLAIN, "NIJA_HOME": str(home)},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of candles beside a home that has taken it in."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "c.csv").write_text(text())
    nija("import", str(folder / "c.csv"), *MARKET, home=folder / "home")
    return folder / "c.csv"


QUESTIONS = [
    (("candles", "check", "FILE", "--timeframe", "1m"), "", 0),
    (("candles", "confirm", "BTC/USD", "--at", "yesterday"), "", 2),
    (("import", "FILE", *MARKET, "--json"), "", 0),
    (("lake", "forget", "--venue", "imported", *MARKET), "n\n", 1),
    (("capital", "size", "--json"), json.dumps(SIZE), 0),
    (("regimes", "fit"), "", 1),
    (("status", "--json"), "", 0),
]
"""Each way of asking and answering: files, refusals, questions back, standard input, JSON."""

MORE_QUESTIONS = [
    (("lake", "status", "--json"), "", 0),
    (("regimes", "label", "FILE", "--out", "/nowhere/out.parquet"), "", 1),
    (("regimes", "show"), "", 1),
    (("capital", "status"), "", 1),
    (("allocations",), "", 1),
    (("why", "no-such-order"), "", 1),
    (("features",), "", 0),
]


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        *QUESTIONS,
        *(pytest.param(*question, marks=pytest.mark.prove) for question in MORE_QUESTIONS),
    ],
)
def test_a_process_answers_the_same(
    arguments: tuple[str, ...], said: str, code: int, table: Path, tmp_path: Path
) -> None:
    """Exit code and every character, each asked of a copy of one home."""
    asked = [str(table) if argument == "FILE" else argument for argument in arguments]
    answers = []
    for ask in (nija, _as_process):
        shutil.copytree(table.with_name("home"), tmp_path / "home")
        answers.append(ask(*asked, home=tmp_path / "home", said=said))
        shutil.rmtree(tmp_path / "home")

    assert answers[0] == answers[1]
    assert answers[0].returncode == code

"""`nija league` and `nija candidate` as a user meets them."""

import json
from pathlib import Path

from nija.tables.league import league_table
from nija_adapters.journal.writer import JournalWriter
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.statements.league import LeagueRow
from nija_domain.statistics.intervals import Interval
from tests.fakes.beside import session_with_candidate
from tests.fakes.commands import nija
from tests.fakes.releases import publish
from tests.fakes.stages import content_after, draw_candles
from tests.nija.test_narrow_tables import WIDTH, shown


def _home_with_session(home: Path) -> Path:
    with JournalWriter.open(home / "journal" / "journal.sqlite") as writer:
        writer.append(session_with_candidate())
    return home


def test_the_league_is_told_in_a_table_and_as_json(tmp_path: Path) -> None:
    """Live book first; what is too little to tell is said in words."""
    home = _home_with_session(tmp_path)
    told, table = nija("league", "--json", home=home), nija("league", home=home)
    rows = json.loads(told.stdout)

    assert [row["name"] for row in rows] == ["live", "candidate-1"]
    assert rows[1]["trades"] > 0
    assert "candidate-1 (backtest): too few to say" in table.stdout


def test_the_widest_league_fits_into_80_columns() -> None:
    """With large numbers, long faults and every ratio."""
    row = LeagueRow(
        name="candidate-3",
        release_id="r-1f3a5c7e9b0d-1234",
        since_us=1_704_067_200_000_000,
        bars=1_234_567,
        days=4_000,
        trades=12_345,
        open_positions=12,
        net_return=-0.98765,
        live_return=123.4567,
        win_rate=0.5,
        win_rate_interval=Interval(0.4, 0.6),
        profit_factor=1.25,
        max_drawdown=0.99,
        stopped="RuntimeError: " + "long " * 40,
    )
    text = shown(league_table([row, row]))

    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert "1,234,567" in text
    assert "win rate 50%, 95 % interval 40% to 60%, profit factor 1.25" in " ".join(text.split())


def test_a_release_is_put_on_paper_and_taken_off(tmp_path: Path) -> None:
    """By its id; an unknown one is refused with what to do."""
    content = content_after(draw_candles(bars=150, seed=1, symbols=("BTC/USD",)))
    release_id = publish(tmp_path, content, sequence=1)
    added = nija("candidate", "add", release_id, home=tmp_path)
    pointed = ReleaseStore(tmp_path / "releases").read_pointer("candidate-1")
    dropped = nija("candidate", "drop", "candidate-1", home=tmp_path)
    unknown = nija("candidate", "add", "r-000000000000-9", home=tmp_path)

    assert f"candidate-1 points at {release_id}" in added.stdout
    assert pointed is not None
    assert pointed.release_id == release_id
    assert dropped.stdout.startswith("candidate-1 is empty")
    assert unknown.returncode == 1
    assert "publish the release first" in unknown.stderr

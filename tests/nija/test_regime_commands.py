"""`nija regimes` as a user meets it: real files."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nija.commands.regimes import read_history
from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import COLUMNS
from tests.fakes.commands import nija
from tests.fakes.true_filters import draw_history, rand_index

BARS = 1_600


@pytest.fixture(scope="module")
def candles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    history, truth, _ = draw_history(degrees=6.0, bars=BARS, seed=5)
    path = tmp_path_factory.mktemp("candles") / "candles.parquet"
    columns = {name: getattr(history, name) for name in ("open", "high", "low", "close", "volume")}
    pl.DataFrame({"ts": history.ts_us // 1_000, **columns}).write_parquet(path)
    return path, truth


def test_the_second_half_is_labelled(candles: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    """A row for each bar, under its own stamp; probabilities by state, and the likeliest's name."""
    path, truth = candles
    out = tmp_path / "labels.parquet"
    done = nija("regimes", "label", str(path), "--states", "3", "--out", str(out), "--json")
    answer, labels = json.loads(done.stdout), pl.read_parquet(out)
    probabilities = labels.select("p0", "p1", "p2").to_numpy()

    assert done.returncode == 0
    assert labels.columns == ["ts", "p0", "p1", "p2", "name"]
    assert labels["ts"].to_list() == pl.read_parquet(path)["ts"].to_list()[BARS // 2 :]
    assert answer["columns"] == {"p0": "Bull", "p1": "Bear", "p2": "Chop"}
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert set(labels["name"]) == {"Bull", "Bear", "Chop"}
    assert rand_index(truth[BARS // 2 :], probabilities) > 0.5


def test_bad_questions_about_regimes_have_clear_answers(
    candles: tuple[Path, np.ndarray], tmp_path: Path
) -> None:
    """A missing file, a broken one, a place that cannot be written: a sentence, no traceback."""
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing else")
    for file, out in (
        (tmp_path / "no.parquet", tmp_path / "out.parquet"),
        (broken, tmp_path / "out.parquet"),
        (candles[0], tmp_path / "nowhere" / "out.parquet"),
        (candles[0], tmp_path),
        (candles[0], candles[0]),
    ):
        before = out.read_bytes() if out.is_file() else None
        done = nija("regimes", "label", str(file), "--out", str(out))

        assert done.returncode == 1
        assert done.stderr.startswith("nija: ")
        assert "Traceback" not in done.stderr
        assert before == (out.read_bytes() if out.is_file() else None)


def test_what_the_reader_repaired_is_a_history(tmp_path: Path) -> None:
    """A byte order mark and decimal commas change no price; a cell that is none ends it."""
    row = "1700000040000;1,5;1,5;1,5;1,5;2"
    path = tmp_path / "candles.csv"
    path.write_text(f"\ufeffts;open;high;low;close;volume\n{row}\n", encoding="utf-8")

    assert read_history(path).close.tolist() == [1.5]
    path.write_text(f"ts;open;high;low;close;volume\n{row}\n{row[:-1]}x\n", encoding="utf-8")
    with pytest.raises(CandlesInvalid, match=r"volume is 'x'.*--timeframe"):
        read_history(path)


def test_a_file_in_another_order_is_the_same_history(
    candles: tuple[Path, np.ndarray], tmp_path: Path
) -> None:
    """Newest first, or hours in the order of text: publishers do both."""
    path, _ = candles
    turned = tmp_path / path.name
    pl.read_parquet(path).reverse().write_parquet(turned)
    ours, theirs = read_history(turned), read_history(path)

    for name in COLUMNS:
        assert getattr(ours, name).tolist() == getattr(theirs, name).tolist()


def test_a_home_without_regimes_says_what_to_run(tmp_path: Path) -> None:
    """A sentence and its remedy."""
    shown = nija("regimes", "show", home=tmp_path)

    assert shown.returncode == 1
    assert "with `nija regimes fit`" in shown.stderr

"""Files as people have them: every layout is read, every damage is named at its row."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nija_adapters.candle_files.names import market_of
from nija_adapters.candle_files.reader import SheetRead, read_sheets
from nija_domain.market.quality.examination import Examination, examine
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.timeframes import MINUTE_US

START_MS = 1_700_000_040_000
ROWS = 30
FRAME = Occasion(MINUTE_US, None)
HEADER = "ts,open,high,low,close,volume"


def lines(rows: int = ROWS) -> list[str]:
    """A price that climbs by a hundredth a minute."""
    return [
        f"{START_MS + row * 60_000},{100 + row / 100:.2f},{100.5 + row / 100:.2f},"
        f"{99.5 + row / 100:.2f},{100.01 + row / 100:.2f},{1 + row % 3}"
        for row in range(rows)
    ]


def text(rows: list[str] | None = None) -> str:
    return "\n".join([HEADER, *(lines() if rows is None else rows)]) + "\n"


def read_one(path: Path) -> SheetRead:
    (read,) = read_sheets(path)
    return read


def judge(path: Path) -> Examination:
    read = read_one(path)
    return examine(
        read.sheet, symbol="BTC/USD", occasion=FRAME, rows_in=read.rows_in, reported=read.problems
    )


def judge_bytes(folder: Path, body: bytes, name: str = "candles.csv") -> Examination:
    path = folder / name
    path.write_bytes(body)
    return judge(path)


def found(judged: Examination) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.rule) for problem in judged.problems]


def test_a_plain_file_is_accepted(tmp_path: Path) -> None:
    """Every value comes out, stamps in microseconds."""
    judged = judge_bytes(tmp_path, text().encode())

    assert judged.verdict == "accept"
    assert found(judged) == []
    assert judged.clean.ts_us[0] == START_MS * 1_000
    assert judged.clean.close.tolist() == [round(100.01 + row / 100, 2) for row in range(ROWS)]


SPLIT = [line.split(",") for line in lines()]
SAME_CONTENT = {
    "no header": "\n".join(lines()) + "\n",
    "Windows line ends": text().replace("\n", "\r\n"),
    "tabs": text().replace(",", "\t"),
    "quotes": "\n".join(
        [HEADER, *(",".join(f'"{cell}"' for cell in cells) for cells in SPLIT), ""]
    ),
    "other names, other order, one column more": "\n".join(
        ["Volume,Close,Low,High,Open,trades,Timestamp"]
        + [",".join([c[5], c[4], c[3], c[2], c[1], "7", c[0]]) for c in SPLIT]
        + [""]
    ),
    "seconds": "\n".join([HEADER, *(",".join([c[0][:-3], *c[1:]]) for c in SPLIT), ""]),
    "nanoseconds": "\n".join([HEADER, *(",".join([c[0] + "000000", *c[1:]]) for c in SPLIT), ""]),
    "ISO in UTC": "\n".join(
        [HEADER]
        + [",".join([str(np.datetime64(int(c[0]), "ms")) + "Z", *c[1:]]) for c in SPLIT]
        + [""]
    ),
    "exponents": "\n".join(
        [HEADER, *(",".join([c[0], *(f"{float(x):.6e}" for x in c[1:])]) for c in SPLIT), ""]
    ),
    "Binance without a header": "\n".join(
        [",".join([*c, str(int(c[0]) + 59_999), "0", "5", "0", "0", "0"]) for c in SPLIT] + [""]
    ),
}


LAYOUT = "no header: the columns were taken as ts, open, high, low, close, volume"
ASSUMED = {
    "no header": [LAYOUT],
    "Binance without a header": [f"{LAYOUT}, and 6 more were left aside"],
    "seconds": ["the stamps were taken as seconds since 1970 UTC"],
    "nanoseconds": ["the stamps were taken as nanoseconds since 1970 UTC"],
}


@pytest.mark.parametrize("name", SAME_CONTENT)
def test_every_layout_holds_the_same_candles(tmp_path: Path, name: str) -> None:
    """Accepted value for value; what the file does not say is told as assumed, and only that."""
    plain = judge_bytes(tmp_path, text().encode(), "plain.csv")
    judged = judge_bytes(tmp_path, SAME_CONTENT[name].encode())

    assert judged.verdict == "accept"
    assert [problem.text for problem in judged.problems] == ASSUMED.get(name, [])
    assert all(
        np.array_equal(getattr(judged.clean, column), getattr(plain.clean, column))
        for column in ("ts_us", "open", "high", "low", "close", "volume")
    )


REPAIRED = {
    "a byte order mark": (b"\xef\xbb\xbf" + text().encode(), "marks"),
    "UTF-16": (text().encode("utf-16"), "marks"),
    "decimal commas": (text().replace(",", ";").replace(".", ",").encode(), "decimals"),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_is_repaired_is_said(tmp_path: Path, name: str) -> None:
    """All rows come out, and the rule stands in the report."""
    body, rule = REPAIRED[name]
    judged = judge_bytes(tmp_path, body)

    assert judged.verdict == "repair"
    assert {rule for _, rule in found(judged)} == {rule}
    assert judged.rows_out == ROWS


def test_separated_thousands_are_read(tmp_path: Path) -> None:
    """`"1,234.50"` is one number where a point tells."""
    rows = [
        f'{START_MS + r * 60_000},"1,234.50","1,235.50","1,233.50","1,234.75",3' for r in range(9)
    ]
    judged = judge_bytes(tmp_path, text(rows).encode())

    assert judged.verdict == "repair"
    assert judged.clean.open.tolist() == [1234.5] * 9


def test_a_comma_that_may_be_either_is_not_guessed(tmp_path: Path) -> None:
    """`1,234` alone is a thousand or one and a bit: the row is set aside."""
    rows = lines()
    rows[4] = f'{START_MS + 4 * 60_000},"1,234","1,235","1,233","1,234",3'
    judged = judge_bytes(tmp_path, text(rows).encode())

    assert judged.verdict == "quarantine"
    assert {row for row, rule in found(judged) if rule == "cells"} == {4}


ROW_DAMAGE = {
    "a word": (lambda line: line.replace(",10", ",ten", 1), "cells"),
    "an empty cell": (lambda line: line.rsplit(",", 1)[0] + ",", "cells"),
    "a cell too few": (lambda line: line.rsplit(",", 1)[0], "cells"),
    "a cell too many": (lambda line: line + ",7", "cells"),
    "a date of no calendar": (lambda line: "2024-02-31" + line[13:], "cells"),
    "a NUL byte": (lambda line: line[:20] + "\0" + line[20:], "nul"),
    "NaN": (lambda line: line.rsplit(",", 2)[0] + ",nan,3", "price"),
}


@pytest.mark.parametrize("row", [0, 11, ROWS - 1])
@pytest.mark.parametrize("name", ROW_DAMAGE)
def test_a_damaged_row_is_set_aside_alone(tmp_path: Path, name: str, row: int) -> None:
    """Its number counts data rows from 0, with the rows before and after untouched."""
    damage, rule = ROW_DAMAGE[name]
    rows = lines()
    rows[row] = damage(rows[row])
    judged = judge_bytes(tmp_path, text(rows).encode())

    assert judged.verdict == "quarantine"
    assert (row, rule) in found(judged)
    assert {p.row for p in judged.quarantined} == {row}
    assert (judged.rows_in, judged.rows_out) == (ROWS, ROWS - 1)


def test_a_file_that_was_cut_loses_its_last_row_only(tmp_path: Path) -> None:
    """Cut in the middle of a row it is set aside; cut at its end it is a warning."""
    cut = judge_bytes(tmp_path, text().rstrip("\n")[:-22].encode())
    unended = judge_bytes(tmp_path, text().rstrip("\n").encode())

    assert found(cut) == [(ROWS - 1, "truncated")]
    assert found(unended) == [(ROWS - 1, "unended")]
    assert unended.verdict == "accept"


def test_zones_are_converted_and_their_absence_is_said(tmp_path: Path) -> None:
    """An offset is a repair; a stamp without a zone is UTC, and a warning."""
    stamps = [np.datetime64(START_MS + row * 60_000, "ms") for row in range(ROWS)]
    tails = [line.split(",", 1)[1] for line in lines()]
    west = [f"{s - np.timedelta64(5, 'h')}-05:00,{t}" for s, t in zip(stamps, tails, strict=True)]
    bare = [f"{s},{t}".replace("T", " ") for s, t in zip(stamps, tails, strict=True)]
    converted = judge_bytes(tmp_path, text(west).encode())
    naive = judge_bytes(tmp_path, text(bare).encode())

    assert found(converted) == [(None, "offset")]
    assert found(naive) == [(None, "naive")]
    assert converted.clean.ts_us[0] == naive.clean.ts_us[0] == START_MS * 1_000


REFUSED = {
    "a page of HTML": (b"<!DOCTYPE html><html>busy</html>", "unreadable"),
    "JSON": (b'{"error": ["EGeneral:Internal error"]}', "unreadable"),
    "bytes": (bytes(range(128, 256)) * 20, "unreadable"),
    "nothing": (b"", "empty"),
    "a header alone": (f"{HEADER}\n".encode(), "empty"),
    "no volume": (text().replace("volume", "extra").encode(), "columns"),
    "two closes": (text().replace("volume", "close").encode(), "columns"),
    "five columns and no header": (b"1700000040,1,2,1,1\n", "columns"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_of_candles_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing comes out, and one sentence says why."""
    body, rule = REFUSED[name]
    judged = judge_bytes(tmp_path, body)

    assert judged.verdict == "refuse"
    assert found(judged) == [(None, rule)]
    assert judged.rows_out == 0


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    judged = judge(tmp_path / "nowhere.csv")

    assert judged.verdict == "refuse"
    assert "nowhere.csv" in judged.problems[0].text


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Datetime("ms", "UTC"), pl.String])
def test_parquet_is_read_as_it_is(tmp_path: Path, dtype: pl.DataType) -> None:
    """Stamps as numbers, moments or text."""
    frame = pl.read_csv(text().encode()).with_columns(pl.col("ts").cast(dtype))
    if dtype == pl.String:
        frame = frame.with_columns(pl.all().cast(pl.String))
    frame.write_parquet(tmp_path / "candles.parquet")
    judged = judge(tmp_path / "candles.parquet")

    assert judged.verdict == "accept"
    assert found(judged) == []
    assert judged.clean.ts_us[-1] == (START_MS + (ROWS - 1) * 60_000) * 1_000


def test_a_null_in_parquet_is_a_cell_that_cannot_be_read(tmp_path: Path) -> None:
    frame = pl.read_csv(text().encode()).with_columns(
        close=pl.when(pl.int_range(ROWS) == 7).then(None).otherwise(pl.col("close"))
    )
    frame.write_parquet(tmp_path / "candles.parquet")

    assert found(judge(tmp_path / "candles.parquet")) == [(7, "cells"), (8, "gap")]


@pytest.mark.parametrize("kept", [3, 100, -9])
def test_a_cut_parquet_file_is_refused(tmp_path: Path, kept: int) -> None:
    """Whatever is left of it, no traceback."""
    path = tmp_path / "candles.parquet"
    pl.read_csv(text().encode()).write_parquet(path)
    path.write_bytes(path.read_bytes()[:kept])

    assert judge(path).verdict == "refuse"
    assert judge(path).problems[0].rule == "unreadable"


def test_archives_give_a_sheet_for_each_table(tmp_path: Path) -> None:
    """Kraken's zip of CSVs without headers, with the number of trades as seventh column."""
    seconds = [",".join([line.split(",")[0][:-3], *line.split(",")[1:], "4"]) for line in lines()]
    with zipfile.ZipFile(tmp_path / "ohlcvt.zip", "w") as archive:
        archive.writestr("XBTUSD_1.csv", "\n".join(seconds) + "\n")
        archive.writestr("XDGUSD_60.csv", "<html>")
    reads = list(read_sheets(tmp_path / "ohlcvt.zip"))

    assert [(r.market.symbol, r.market.timeframe) for r in reads] == [
        ("BTC/USD", "1m"),
        ("DOGE/USD", "1h"),
    ]
    assert [r.rows_in for r in reads] == [ROWS, 0]
    assert reads[1].problems[0].rule == "unreadable"


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ohlcvt.zip").write_bytes(b"PK\x03\x04 and then nothing")

    assert read_one(tmp_path / "ohlcvt.zip").problems[0].rule == "unreadable"


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    judged = judge_bytes(tmp_path, gzip.compress(text().encode()), "candles.csv.gz")

    assert judged.verdict == "accept"


@pytest.mark.parametrize(
    ("stem", "symbol", "timeframe"),
    [
        ("XBTUSD_1", "BTC/USD", "1m"),
        ("ETHUSDT_240", "ETH/USDT", "4h"),
        ("ADAEUR_1440", "ADA/EUR", "1d"),
        ("BTCUSDT-1m-2024-01", "BTC/USDT", "1m"),
        ("1INCHUSDT-15m-2024-01-02", "1INCH/USDT", "15m"),
        ("my_candles", None, None),
        ("XBTUSD_0", "BTC/USD", "0m"),
        ("XRPRLUSD_1", "XRP/RLUSD", "1m"),
        ("RLUSDUSD_1", "RLUSD/USD", "1m"),
        ("XBTPYUSD_60", "BTC/PYUSD", "1h"),
        ("USDTZUSD_1", "USDT/USD", "1m"),
        ("XXBTZEUR_1", "BTC/EUR", "1m"),
        ("XETHXXBT_1", "ETH/BTC", "1m"),
        ("ETHXBT_1", "ETH/BTC", "1m"),
        ("XTZUSD_1", "XTZ/USD", "1m"),
        ("DOTUSD_1", "DOT/USD", "1m"),
        ("BTCTUSD-1m-2024-01", "BTC/TUSD", "1m"),
        ("BTCFDUSD-1m-2024-01", "BTC/FDUSD", "1m"),
        ("BTCUSD-1m-2024-01", "BTC/USD", "1m"),
        ("DOTUSD-1m-2024-01", "DOT/USD", "1m"),
        ("USDTUSD-1m-2024-01", "USDT/USD", "1m"),
        ("GALABUSD-1m-2024-01", "GALA/BUSD", "1m"),
        ("WOOBUSD-1m-2024-01", None, "1m"),
        ("SOLBTC-1h-2024-01", "SOL/BTC", "1h"),
    ],
)
def test_names_tell_the_market(stem: str, symbol: str | None, timeframe: str | None) -> None:
    """As the two exchanges name their archives; where two readings stay, none is chosen."""
    named = market_of(stem)

    assert (named.symbol, named.timeframe) == (symbol, timeframe)

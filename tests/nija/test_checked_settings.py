"""What any program would refuse is refused before anything starts: file, section, key, value."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nija.running.settings_check import check_settings
from tests.fakes.programs import ROOT


def config_with(folder: Path, file: str, section: str, line: str) -> Path:
    """The shipped settings, one key of a section set anew."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    text, key = (config / file).read_text(), line.split(" = ", maxsplit=1)[0]
    head, name, rest = text.partition(f"\n[{section}]")
    comment, _, own = rest.partition("\n")
    own, bracket, others = own.partition("\n[")
    kept = "\n".join(each for each in own.splitlines() if not each.startswith(f"{key} ="))
    (config / file).write_text(f"{head}{name}{comment}\n{line}\n{kept}\n{bracket}{others}")
    return config


BAD = [
    ("risk_limits.toml", "limits", "max_trade_share = 10", "must lie in (0, 1]"),
    ("risk_limits.toml", "limits", "max_trad_share = 0.1", "did you mean max_trade_share?"),
    ("risk_limits.toml", "limits.protection", "halt_drawdown = 2.0", "at most 1"),
    ("nija.toml", "executor", 'mode = "live"', "allowed: paper"),
    ("nija.toml", "executor", 'venue_url = "https://api.kraken.com"', "http://127.0.0.1"),
    ("nija.toml", "pipelines", 'timeframe = "5x"', "as in 5m"),
    ("nija.toml", "pipelines", "history_bars = 0", "must be positive"),
    ("nija.toml", "pipelines", 'strategy_preset = "bogus"', "allowed: conservative, aggressive"),
    (
        "nija.toml",
        "pipelines",
        'preset = "aggressive"',
        "did you mean capital_preset or strategy_preset?",
    ),
    ("nija.toml", "pipelines", "drift_bars = 0", "must be positive"),
    ("nija.toml", "pipelines", "drift_limit_nats = nan", "must lie in [0, inf]"),
    ("nija.toml", "pipelines", "risk_bars = -3", "must be positive"),
    ("nija.toml", "pipelines", "retrain_trades = 0", "must be positive"),
    ("nija.toml", "pipelines", 'backtest_cash = "NaN"', "must be positive"),
    ("nija.toml", "pipelines", "requests_per_second_max = 0.0", "must be positive"),
    ("nija.toml", "pipelines", "seed = -1", "must lie in [0, 2147483648]"),
    ("nija.toml", "pipelines", 'symbols = ["BTCUSD"]', "such as BTC/USD"),
    ("nija.toml", "pipelines", "symbols = []", "list at least one"),
    ("nija.toml", "pipelines", 'channel = "../x"', "a letter first"),
    ("nija.toml", "pipelines", 'channel = "other"', "set both to the same name"),
    ("nija.toml", "pipelines", 'exchange = "krakn"', "did you mean kraken"),
    ("nija.toml", "executor", "requests_per_second_max = 0.0", "must be positive"),
    ("nija.toml", "executor", "venue_speed = nan", "must be positive"),
    ("nija.toml", "executor", "candle_grace_bars = -1.0", "0 or more"),
    ("nija.toml", "up", "restarts_per_minute_max = 0", "must be at least 1"),
    ("nija.toml", "gateway", "port = 99999", "65535"),
    ("nija.toml", "governor", "max_alloc = 7.0", "must lie in [min_alloc, 1]"),
    ("nija.toml", "up", "venue_speed = 0.0", "must be positive"),
    ("nija.toml", "up", "venue_speed = 2e9", "at most 1000000"),
    ("nija.toml", "up", "venue_spede = 60.0", "did you mean venue_speed?"),
]


@pytest.mark.parametrize(("file", "section", "line", "remedy"), BAD)
def test_each_programs_settings_are_checked(
    tmp_path: Path, file: str, section: str, line: str, remedy: str
) -> None:
    """The sentence names where it stands, what stands there and what may."""
    checked = check_settings(config_with(tmp_path, file, section, line))
    key, value = line.split(" = ")
    (found,) = checked.bad

    assert str(tmp_path / "config" / file) in found
    assert f"[{section.split('.', maxsplit=1)[0]}]" in found
    assert key.split("_")[0] in found
    assert remedy in found
    assert "unknown" in found or re.search(rf"{re.escape(_number(value))}\b", found)


def _number(text: str) -> str:
    is_float = "." in text or re.fullmatch(r"\de\d", text) is not None
    return f"{float(text):.1f}" if is_float and text[0].isdigit() else text.strip('["]')


def test_the_shipped_settings_are_good() -> None:
    """Nothing is refused, and what `nija up` is set to comes with it."""
    checked = check_settings()

    assert checked.bad == ()
    assert checked.up is not None


def test_up_ends_at_once_and_starts_nothing(tmp_path: Path) -> None:
    """All that is wrong in one answer, exit 1, and no home is made."""
    done = subprocess.run(
        [sys.executable, "-m", "nija", "up"],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "NIJA_HOME": str(tmp_path / "home"),
            "NIJA_EXECUTOR_MODE": "live",
            "NIJA_PIPELINES_TIMEFRAME": "5x",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was started" in done.stderr
    assert "variable NIJA_EXECUTOR_MODE" in done.stderr
    assert "variable NIJA_PIPELINES_TIMEFRAME" in done.stderr
    assert not (tmp_path / "home").exists()

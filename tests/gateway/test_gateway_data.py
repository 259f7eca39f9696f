"""The page of the data shows what the pipelines measured, and says so when they did not."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

from nija_domain.market.health import CandleHealth, Shown, Stored, measure_health
from nija_domain.market.timeframes import DAY_US, HOUR_US

NOW_US = 20_000 * DAY_US + 6 * HOUR_US


@pytest.fixture
def health(home: Path) -> CandleHealth:
    """Two symbols; the second misses three hours about midnight, two rows are set aside."""
    whole = np.arange(NOW_US - 40 * DAY_US, NOW_US, HOUR_US)
    holed = np.delete(whole, [-30, -31, -32])
    made = measure_health(
        {
            symbol: Stored(opens_us, int(opens_us[0]), int(opens_us[-1]))
            for symbol, opens_us in (("BTC/USD", whole), ("ETH/USD", holed))
        },
        {"ETH/USD": {"spike": 2}},
        shown=Shown(timeframe_us=HOUR_US, now_us=NOW_US),
    )
    path = home / "records" / "candle_health.json"
    path.parent.mkdir()
    path.write_bytes(msgspec.json.encode(made))
    return made


def test_the_page_shows_coverage_gaps_and_quarantine(
    client: TestClient, health: CandleHealth
) -> None:
    """A cell for each symbol and day, the gap with its times, the rule with its rows."""
    page = client.get("/data").text

    cells, key = 2 * len(health.days_us), 1
    assert page.count('class="day whole"') == cells - 2 + key
    assert page.count('class="day partly"') == 2 + key
    assert "3 bars missing" in page
    assert "2 rows quarantined" in page
    assert "<td>spike</td><td>2</td>" in page


def test_programs_get_the_same(client: TestClient, health: CandleHealth) -> None:
    """Every share of every day, under the envelope of all answers."""
    data = client.get("/v1/data/health").json()["data"]
    second = data["symbols"][1]

    assert data["timeframe"] == "1h"
    assert second["shares"] == list(health.symbols[1].shares)
    assert second["gaps"][0]["bars"] == second["missing_bars"] == 3
    assert second["set_aside"] == {"spike": 2}


def test_before_the_first_ingestion_there_is_nothing(client: TestClient) -> None:
    """An empty page that says when it fills, and null for programs."""
    assert "Nothing measured yet" in client.get("/data").text
    assert client.get("/v1/data/health").json()["data"] is None


def test_a_torn_record_is_told(client: TestClient, home: Path, health: CandleHealth) -> None:
    """The page and the answer name the file and the remedy; the other pages stand."""
    path = home / "records" / "candle_health.json"
    path.write_bytes(path.read_bytes()[:50])
    page, answer = client.get("/data"), client.get("/v1/data/health")

    assert health.symbols
    assert (page.status_code, answer.status_code) == (503, 503)
    assert "materialise the asset candle_health again" in page.text
    assert "materialise the asset candle_health again" in answer.json()["detail"]
    assert client.get("/").status_code == 200

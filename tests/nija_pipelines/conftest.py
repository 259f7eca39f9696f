import pytest

NOBODY_URL = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_venue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a venue that happens to run on this machine; one that wants a venue names it."""
    monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", NOBODY_URL)

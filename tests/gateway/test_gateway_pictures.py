"""Pictures of the pipelines have an address; nothing else of the home has."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.page.pictures import picture_routes
from nija_pipelines.resources import Pictures

PNG = b"\x89PNG of four bars"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    app = FastAPI()
    app.include_router(picture_routes(tmp_path / "records" / "pictures"))
    return TestClient(app)


def test_a_picture_is_shown_at_the_address_that_the_asset_tells(
    tmp_path: Path, client: TestClient
) -> None:
    """In so few signs that Dagster's page shows it in its place."""
    found = Pictures(home=str(tmp_path)).keep({"ribbon.png": PNG}, page_url="http://testserver")
    markdown = found["ribbon.png"].md_str

    answer = client.get(str(markdown).split("(")[1].rstrip(")"))

    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert len(str(markdown)) < 1_000


def test_without_a_page_a_picture_is_carried_inside(tmp_path: Path) -> None:
    """As in the demo, where no gateway runs."""
    found = Pictures(home=str(tmp_path)).keep({"ribbon.png": PNG}, page_url="")

    assert str(found["ribbon.png"].md_str).startswith("![ribbon.png](data:image/png;base64,")


def test_old_pictures_make_room(tmp_path: Path) -> None:
    """The newest are kept, so that a year of trainings fills no disk."""
    pictures = Pictures(home=str(tmp_path), kept_max=3)
    for number in range(5):
        pictures.keep({"ribbon.png": PNG + bytes([number])}, page_url="http://testserver")

    assert len(list((tmp_path / "records" / "pictures").iterdir())) == 3


@pytest.mark.parametrize("name", ["../kpis.json", "%2e%2e%2fkpis.json", "kpis.json", "none.png"])
def test_nothing_else_is_shown(tmp_path: Path, client: TestClient, name: str) -> None:
    """Whatever a name tries."""
    (tmp_path / "records" / "pictures").mkdir(parents=True)
    (tmp_path / "records" / "kpis.json").write_text("{}")
    (tmp_path / "records" / "pictures" / "kpis.json").write_text("{}")

    assert client.get(f"/pictures/{name}").status_code == 404

"""Each station's docstring lists its public names, and they exist."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import nija_domain

STATIONS = sorted(path.parent for path in Path(nija_domain.__path__[0]).glob("*/__init__.py"))
LISTED = re.compile(r"^- `([\w.]+)`: \S", re.MULTILINE)


def listed_in(station: Path) -> list[str]:
    text = (station / "__init__.py").read_text()
    return LISTED.findall(ast.get_docstring(ast.parse(text)) or "")


@pytest.mark.parametrize("station", STATIONS, ids=lambda path: path.name)
def test_what_a_station_lists_is_there(station: Path) -> None:
    """At least one name, none twice, and each where the line says."""
    names = listed_in(station)
    missing = [name for name in names if not is_in(station, name)]

    assert names
    assert len(set(names)) == len(names)
    assert missing == []


def is_in(station: Path, name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    try:
        found = importlib.import_module(f"nija_domain.{station.name}.{module}")
    except ModuleNotFoundError:
        return False
    return hasattr(found, attribute)

"""Each station's docstring lists its public names, and they exist."""

import ast
import importlib
import re
from collections import defaultdict
from pathlib import Path

import pytest

import nija_domain

ROOT = Path(nija_domain.__path__[0]).parent
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


ROOMS = ("nija_domain", "nija_adapters", "nija_pipelines", "executor", "gateway", "storm", "nija")


def imported_by_others(root: Path) -> dict[str, set[str]]:
    """By station, the names that another station or another room imports from a module of it."""
    found: dict[str, set[str]] = defaultdict(set)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            own = path.relative_to(root).parts[1] if room == "nija_domain" else ""
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    top, *inner = node.module.split(".")
                    if top == "nija_domain" and len(inner) > 1 and inner[0] != own:
                        module = ".".join(inner[1:])
                        found[inner[0]] |= {f"{module}.{name.name}" for name in node.names}
    return found


def unlisted(root: Path) -> list[str]:
    """Names that others import although their station does not list them."""
    return [
        f"{station}: {name}"
        for station, names in sorted(imported_by_others(root).items())
        for name in sorted(names - set(listed_in(root / "nija_domain" / station)))
        if not (root / "nija_domain" / station / f"{name.replace('.', '/')}.py").exists()
    ]


def test_what_others_import_is_listed() -> None:
    """A station's docstring is the list of what it is for."""
    assert unlisted(ROOT) == []


def test_an_unlisted_name_is_found(tmp_path: Path) -> None:
    """The check above sees a planted one."""
    station, reader = tmp_path / "nija_domain" / "market", tmp_path / "executor"
    station.mkdir(parents=True)
    reader.mkdir()
    (station / "__init__.py").write_text('"""Candles.\n\n- `candles.Candle`: one bar\n"""\n')
    (reader / "turn.py").write_text("from nija_domain.market.candles import Candle, joined\n")

    assert unlisted(tmp_path) == ["market: candles.joined"]

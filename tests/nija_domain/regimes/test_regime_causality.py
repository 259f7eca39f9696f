"""Nothing that saw a later bar can reach a decision."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SMOOTHERS = {"predict_proba", "score_samples"}
"""hmmlearn's answers about a bar use the bars after it; `decode` is JSON's word here."""


def find_smoothers(root: Path) -> Iterator[str]:
    """Names of smoothed quantities in what decides, or makes what decides."""
    for room in ("nija_domain", "executor", "nija_pipelines"):
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                names = (getattr(node, kind, None) for kind in ("attr", "id", "arg", "name"))
                for name in filter(None, names):
                    if name in SMOOTHERS or "smoothed" in str(name).split("_"):
                        yield f"{path.relative_to(root)}: {name}"


def test_no_smoothed_quantity_is_named_where_decisions_are_made() -> None:
    """The domain, the executor and the pipelines know filtered and predicted states only."""
    assert list(find_smoothers(ROOT)) == []


@pytest.mark.parametrize(
    "text", ["smoothed_probs = 1\n", "hmm.predict_proba(rows)\n", "def f(smoothed): ...\n"]
)
def test_a_smoother_would_be_found(text: str, tmp_path: Path) -> None:
    """Planted in the trading station, it is named."""
    path = tmp_path / "nija_domain" / "trading" / "core.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)

    assert len(list(find_smoothers(tmp_path))) == 1

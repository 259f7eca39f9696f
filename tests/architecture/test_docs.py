"""What the documents list is what the code has."""

from pathlib import Path

from nija.features import list_features, write_markdown
from nija_domain.market.quality.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_quality_rules_are_listed_as_they_are() -> None:
    """Each rule with level, cause and remedy, and no rule that is gone."""
    told = (DOCS / "candle-quality.md").read_text().partition("| rule |")[2]
    listed = [line for line in told.splitlines() if line.startswith("| ")][1:]
    rules = [f"| {n} | {r.level} | {r.broken_by} | {r.remedy} |" for n, r in RULES.items()]

    assert [line for line in listed if not line.startswith("| ---")] == rules


def test_the_features_are_listed_as_they_are() -> None:
    """docs/features.md ends in the tables that `nija features --markdown` prints."""
    told = (DOCS / "features.md").read_text()

    assert told.endswith(write_markdown(list_features()))

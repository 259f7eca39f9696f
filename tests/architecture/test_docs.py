"""What the documents list is what the code has."""

import re
from pathlib import Path

import pytest

from nija.actions.feature_list import list_features, write_markdown
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.questions import (
    AllocateQuestion,
    SizeQuestion,
    answer_allocation,
    answer_size,
    read_question,
)
from nija_domain.market.quality.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_quality_rules_are_listed_as_they_are() -> None:
    """Each rule with level, cause and remedy, and no rule that is gone."""
    told = (DOCS / "candle-quality.md").read_text().partition("| rule |")[2]
    listed = [line for line in told.splitlines() if line.startswith("| ")][1:]
    rules = [f"| {n} | {r.level} | {r.broken_by} | {r.remedy} |" for n, r in RULES.items()]

    assert [line for line in listed if not line.startswith("| ---")] == rules


def test_there_is_one_way_to_call_the_command() -> None:
    """README and docs write what works from a fresh clone, and README says what messages mean.

    The list of the quality rules repeats messages.
    """
    pages = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    remedies = [rule.remedy for rule in RULES.values()]
    short = {
        f"{page.name}: {line}"
        for page in pages
        for line in page.read_text().splitlines()
        if re.search(r"(?:`|^ {4})nija [a-z]+", line)
        and not any(remedy in line for remedy in remedies)
    }

    assert short == set()
    assert "messages say\n`nija` for short" in pages[0].read_text()


def test_the_features_are_listed_as_they_are() -> None:
    """docs/features.md ends in the tables that `nija features --markdown` prints."""
    told = (DOCS / "features.md").read_text()

    assert told.endswith(write_markdown(list_features()))


def test_the_questions_of_capital_are_answered_as_they_are_shown() -> None:
    """docs/capital.md shows two whole questions; the first has the size that its table tells."""
    told = re.findall(r"```json\n(.*?)```", (DOCS / "capital.md").read_text(), re.DOTALL)
    size, refusal = answer_size(read_question(told[0], SizeQuestion), HardLimits())
    weighed = answer_allocation(read_question(told[1], AllocateQuestion), HardLimits())

    assert len(told) == 2
    assert refusal is None
    assert f"{size.size:.2f}" == "15.54"
    assert sum(weighed.weights.values()) + weighed.cash == pytest.approx(1.0)

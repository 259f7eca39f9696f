"""What the documents list is what the code has."""

import configparser
import importlib.util
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer
from typer.core import TyperGroup

from nija.__main__ import app
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
from nija_domain.strategies.shelf import RULES as STRATEGIES

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
GLOSSARY = DOCS / "glossary.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]

LINK = re.compile(r"\]\(([^)\s]+)\)")
WORD = re.compile(r"^### (.+)$", re.MULTILINE)
MODULE = re.compile(r"python -m ([\w.]+)|`((?:nija|executor|gateway)\w*(?:\.\w+)+)`")
IMPORT = re.compile(r"^from ((?:nija|executor|gateway)\S*) import (.+)$", re.MULTILINE)
COMMAND = re.compile(r"\.venv/bin/nija ((?:[a-z]+(?:-[a-z]+)* ?)+)")

HOME_FOLDERS = frozenset(
    f"{name}/"
    for name in ("dagster", "journal", "keys", "lake", "ledger", "logs", "records", "releases")
)
"""What architecture.md lists of NIJA_HOME."""

ORDINARY_WORDS = frozenset(("account", "command", "core", "full", "market", "trade", "unknown"))
"""README uses these as any newspaper does."""


def test_the_quality_rules_are_listed_as_they_are() -> None:
    """Each rule with level, cause and remedy, and no rule that is gone."""
    text = (DOCS / "candle-quality.md").read_text().partition("| rule |")[2]
    listed = [line for line in text.splitlines() if line.startswith("| ")][1:]
    rules = [f"| {n} | {r.level} | {r.broken_by} | {r.remedy} |" for n, r in RULES.items()]

    assert [line for line in listed if not line.startswith("| ---")] == rules


def test_the_hard_limits_are_listed_as_they_are() -> None:
    """Page and file give every limit with its default."""
    page = (DOCS / "limits.md").read_text()
    written = tomllib.loads((REPOSITORY / "config" / "risk_limits.toml").read_text())["limits"]
    defaults = msgspec.to_builtins(HardLimits())
    del written["protection"], defaults["protection"]
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", page, re.MULTILINE)

    assert written == defaults
    assert dict(rows) == {name: str(default) for name, default in defaults.items()}


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
    text = (DOCS / "features.md").read_text()

    assert text.endswith(write_markdown(list_features()))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_is_described_as_it_is(name: str) -> None:
    """docs/strategies.md names what it reads, and each parameter with its bounds and presets."""
    _, _, section = (DOCS / "strategies.md").read_text().partition(f"\n## {name}\n")
    section, rule = section.partition("\n## ")[0], STRATEGIES[name]
    lines = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    listed = {first.strip("| `"): [cell.strip("| ") for cell in rest[1:]] for first, *rest in lines}
    bounds = {key: [f"{low:g} to {high:g}"] for key, (low, high) in rule.bounds.items()}
    presets = ([f"{preset[key]:g}" for preset in rule.presets.values()] for key in rule.bounds)

    assert listed == {key: [*bounds[key], *of] for key, of in zip(bounds, presets, strict=True)}
    assert f"| {' | '.join(rule.presets)} |\n" in section
    assert all(f"`{feature}`" in section for feature in rule.reads)


def test_the_questions_of_capital_are_answered_as_they_are_shown() -> None:
    """docs/capital.md shows two whole questions; the first has the size that its table tells."""
    answer = re.findall(r"```json\n(.*?)```", (DOCS / "capital.md").read_text(), re.DOTALL)
    size, refusal = answer_size(read_question(answer[0], SizeQuestion), HardLimits())
    weighed = answer_allocation(read_question(answer[1], AllocateQuestion), HardLimits())

    assert len(answer) == 2
    assert refusal is None
    assert f"{size.size:.2f}" == "15.54"
    assert sum(weighed.weights.values()) + weighed.cash == pytest.approx(1.0)


def test_every_link_leads_somewhere() -> None:
    """Links and pictures of README and docs name files that exist and headings that stand there."""
    dead = {
        f"{page.name}: {target}"
        for page in PAGES
        for target in LINK.findall(prose_of(page))
        if not target.startswith("http") and not leads_somewhere(page, target)
    }

    assert dead == set()


def test_each_word_of_the_glossary_stands_once_in_its_place() -> None:
    """A list in the order of the alphabet, each word with what it means."""
    entries = re.findall(r"^### (.+)\n(\S)", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    words = [word for word, _ in entries]

    assert words == sorted(set(words), key=str.lower)
    assert len(words) == len(headings_of(DOCS / "glossary.md")) - 1


def test_a_word_of_the_glossary_is_linked_where_the_readme_uses_it_first() -> None:
    """Who reads README from the top finds each term explained at its first use."""
    found = prose_of(README)
    places = {word: first_use(found, word) for word in re.findall(WORD, GLOSSARY.read_text())}
    unlinked = {
        f"{word}: …{found[at - 20 : at + 40]}…"
        for word, at in places.items()
        if at is not None and word not in ORDINARY_WORDS and not is_linked(found, at, word)
    }

    assert unlinked == set()


def test_every_path_in_the_documents_exists() -> None:
    """What stands in backticks with a slash is a path of this repository, or one of a home."""
    gone = {
        f"{page.name}: {path}"
        for page in PAGES
        for path in re.findall(r"`([a-z_][\w.-]*/[\w./-]*)`", page.read_text())
        if path not in HOME_FOLDERS and not (REPOSITORY / path).exists()
    }

    assert gone == set()


def test_every_module_in_the_documents_exists() -> None:
    """What a reader starts with `python -m`, or finds by its dotted name."""
    text = {"".join(names) for page in PAGES for names in MODULE.findall(page.read_text())}

    assert {module for module in text if importlib.util.find_spec(module) is None} == set()


def test_every_import_in_the_documents_works() -> None:
    """Code that a reader copies names modules, and things in them, that exist."""
    text = {line for page in PAGES for line in IMPORT.findall(page.read_text())}

    assert text
    assert {
        f"{module}: {name}"
        for module, names in text
        for name in names.split(", ")
        if not hasattr(importlib.import_module(module), name)
    } == set()


def test_every_command_in_the_documents_exists() -> None:
    """Each `.venv/bin/nija …` of README and docs is a command of this version."""
    text = {words for page in PAGES for words in COMMAND.findall(page.read_text())}
    root = typer.main.get_command(app)
    known = commands_of(root) if isinstance(root, TyperGroup) else set()

    assert known
    assert {words for words in text if not any(is_call_of(words, each) for each in known)} == set()


def test_the_stations_are_listed_in_their_order() -> None:
    """docs/architecture.md lists the domain's stations as the contract of imports orders them."""
    contracts = configparser.ConfigParser()
    contracts.read(REPOSITORY / ".importlinter")
    layers = contracts["importlinter:contract:stations"]["layers"].split()
    ordered = [layer for layer in reversed(layers) if not layer.startswith("(")]
    listed = re.findall(r"^\| `(\w+)` \|", (DOCS / "architecture.md").read_text(), re.MULTILINE)

    assert listed == ordered


def prose_of(page: Path) -> str:
    """The page without its blocks of code and the words that stand for a picture."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"!\[[^\]]*\]", "![]", text)


def headings_of(page: Path) -> set[str]:
    """The anchors under which a page's headings are found."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    aim = (page.parent / path).resolve() if path else page
    return aim.exists() and (not anchor or anchor in headings_of(aim))


def first_use(text: str, word: str) -> int | None:
    """Where the word, or its plural, first stands in the text."""
    found = re.search(rf"(?<![\w/-]){re.escape(word)}(?:s|es)?(?![\w-])", text, re.IGNORECASE)
    return found.start() if found else None


def is_linked(text: str, at: int, word: str) -> bool:
    """To the word's entry, that of a longer term with the word in it, or the word's page."""
    link = re.match(r"[^\[\]]*\]\(docs/(?:glossary\.md#([\w-]+)|(\w+)\.md)\)", text[at:])
    return link is not None and word.replace(" ", "-") in (link[1] or link[2])


def commands_of(group: TyperGroup, before: str = "") -> set[str]:
    """Each command in words, with those of the groups inside."""
    found = set()
    for name, command in group.commands.items():
        words = f"{before} {name}".strip()
        found |= commands_of(command, words) if isinstance(command, TyperGroup) else {words}
    return found


def is_call_of(words: str, command: str) -> bool:
    """A command with what may follow it."""
    return f"{words} ".startswith(f"{command} ")

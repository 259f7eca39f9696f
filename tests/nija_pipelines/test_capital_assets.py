"""The governor and the symbol weights as assets: recorded, told as directives, drawn."""

from base64 import b64decode
from functools import cache
from pathlib import Path

import dagster as dg
import pytest
from msgspec.structs import replace

from nija_adapters.lake.lake import Lake
from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_trusted_keys
from nija_domain.capital.governor import market_multiplier
from nija_domain.capital.market_state import market_of_symbols
from nija_domain.errors import SettingsInvalid
from nija_domain.events.ledger import AllocationDecided
from nija_domain.regimes.hierarchy import macro_probs
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.directive import Directive
from nija_pipelines import resources
from nija_pipelines.defs.capital.weights import allocations, symbol_weights
from nija_pipelines.passing.pictures import draw_stacked_areas
from simulator.settings import SimulatorSettings
from tests.fakes.programs import ROOT
from tests.fakes.releases import promote, publish, train_content, venue_histories

SETTINGS = SimulatorSettings(seed=5, symbols=("BTC/USD", "ETH/USD", "SOL/USD"), history_bars=400)


@cache
def _content() -> ReleaseContent:
    return train_content(SETTINGS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A lake with candles and a promoted release."""
    with Lake(tmp_path / "lake") as lake:
        lake.append_candles(
            list(venue_histories(SETTINGS).values()),
            venue="simulated",
            timeframe_us=SETTINGS.world.timeframe_us,
            source="test",
            known_at_us=1_800_000_000_000_000,
        )
    promote(tmp_path, publish(tmp_path, _content(), sequence=1))
    return tmp_path


def _neighbours(home: Path) -> dict[str, object]:
    return {
        "installation": resources.Installation(folder=str(ROOT / "config"), home="/nowhere"),
        "lake": resources.LakeFolder(home=str(home)),
        "journal": resources.Journal(home=str(home)),
        "channel": resources.Channel(home=str(home)),
        "ledger": resources.LedgerFile(home=str(home)),
    }


def _materialised(asset: dg.AssetsDefinition, home: Path) -> dict[str, object]:
    with dg.instance_for_test() as instance:
        result = dg.materialize([asset], instance=instance, resources=_neighbours(home))
    (made,) = result.asset_materializations_for_node(asset.node_def.name)
    return {name: value.value for name, value in made.metadata.items()}


def _directives(home: Path) -> list[Directive]:
    channel = Directives(home / "releases" / "directives" / "champion")
    keys = load_trusted_keys(home / "keys")
    return [channel.load(number, trusted_keys=keys) for number in channel.numbers_after(0)]


def _svg(markdown: object) -> str:
    return b64decode(str(markdown).split("base64,")[1].rstrip(")")).decode()


def test_the_governor_records_and_tells_its_first_decision(home: Path) -> None:
    """A lone newcomer's 40 %, scaled by the market; the ledger keeps reason and scores."""
    found = _materialised(allocations, home)
    entries = [e for _, e in resources.LedgerFile(home=str(home)).read()]
    decided = [e for e in entries if isinstance(e, AllocationDecided)]
    (directive,) = _directives(home)

    assert [(e.is_moved, e.reason, e.source) for e in decided] == [
        (True, "the first allocation", "governor")
    ]
    assert decided[0].unscaled == {"trend": 0.4}
    assert directive.weights == decided[0].weights
    assert directive.weights["trend"] == pytest.approx(0.4 * decided[0].multiplier)
    assert sum(decided[0].market.values()) == pytest.approx(1.0)
    assert "<polygon" in _svg(found["history"])


def test_the_governor_reads_the_champions_model_of_the_market(home: Path) -> None:
    """At the cut's bar it believes what the release does; what that says scales the weights."""
    _materialised(allocations, home)
    content, entries = _content(), resources.LedgerFile(home=str(home)).read()
    (decided,) = [e for _, e in entries if isinstance(e, AllocationDecided)]
    assert content.hierarchy is not None
    assert content.market is not None

    assert decided.market == macro_probs(content.hierarchy, content.market.macro)
    assert decided.multiplier == pytest.approx(market_multiplier(decided.market))


def test_a_champion_from_before_is_read_by_its_symbols(home: Path) -> None:
    """Without a model of the market the governor goes on as it did."""
    old = replace(_content(), hierarchy=None, market=None)
    old = replace(old, cuts=tuple(replace(cut, micro={}) for cut in old.cuts))
    promote(home, publish(home, old, sequence=2))
    _materialised(allocations, home)
    entries = resources.LedgerFile(home=str(home)).read()
    (decided,) = [e for _, e in entries if isinstance(e, AllocationDecided)]
    names = old.regimes.state_names
    found = [dict(zip(names, cut.filtered.probabilities, strict=True)) for cut in old.cuts]

    assert decided.market == market_of_symbols(found)


def test_within_the_interval_nothing_is_decided_anew(home: Path) -> None:
    """The same bar again leaves ledger and channel as they were."""
    _materialised(allocations, home)
    _materialised(allocations, home)
    entries = [e for _, e in resources.LedgerFile(home=str(home)).read()]

    assert len([e for e in entries if isinstance(e, AllocationDecided)]) == 1
    assert len(_directives(home)) == 1


def test_symbols_share_their_risk_and_are_told(home: Path) -> None:
    """Equal contributions in the picture, weights of at most one in the directive."""
    found = _materialised(symbol_weights, home)
    (directive,) = _directives(home)

    assert directive.kind == "symbol_weights"
    assert directive.weights.keys() == set(SETTINGS.symbols)
    assert sum(directive.weights.values()) <= 1.0
    assert _svg(found["risk_contributions"]).count("33.3%") == 3
    assert "component 1" in _svg(found["eigen_risk"])


def test_the_environment_sets_the_governors_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names that users know; what is out of range is refused."""
    installation = resources.Installation(folder=str(ROOT / "config"), home="/nowhere")
    monkeypatch.setenv("CAPITAL_GOVERNOR_INTERVAL", "900")
    monkeypatch.setenv("CAPITAL_GOVERNOR_MAX_ALLOC", "0.3")
    rules = installation.governor_rules()
    monkeypatch.setenv("CAPITAL_GOVERNOR_MIN_ALLOC", "2")

    assert (rules.interval_s, rules.max_alloc, rules.threshold) == (900.0, 0.3, 0.1)
    with pytest.raises(SettingsInvalid, match="variable CAPITAL_GOVERNOR_MIN_ALLOC is invalid"):
        installation.governor_rules()


def test_a_governors_variable_by_another_prefix_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other section is set by NIJA_…: such a variable would be ignored in silence."""
    installation = resources.Installation(folder=str(ROOT / "config"), home="/nowhere")
    monkeypatch.setenv("NIJA_GOVERNOR_MIN_ALLOC", "0.1")

    with pytest.raises(SettingsInvalid, match="name it CAPITAL_GOVERNOR_MIN_ALLOC"):
        installation.governor_rules()


def test_areas_stack_and_names_are_escaped() -> None:
    """The second band begins where the first ends, and no name breaks the picture."""
    drawn = draw_stacked_areas([{"a": 0.4, "<b>": 0.6}, {"a": 0.2, "<b>": 0.8}], title="t")

    assert drawn.count("<polygon") == 2
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn

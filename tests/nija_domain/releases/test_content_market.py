"""A release's model of the market survives its files; what could not be continued is refused."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.errors import CandlesInvalid, ReleaseInvalid
from nija_domain.features.stream import initial_market_states
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import Expectation, MacroState
from nija_domain.releases.content import (
    ReleaseContent,
    decode_content,
    encode_content,
    pack_content,
    unpack_content,
)
from nija_domain.releases.history.cuts import cut_market, market_probs_after
from tests.fakes.hierarchies import MACRO_MODEL, hierarchical_after, known_hierarchy
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.stages import draw_candles

Change = Any


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    return draw_candles(bars=200, seed=3)


@pytest.fixture(scope="module")
def content(histories: dict[str, CandleHistory]) -> ReleaseContent:
    return hierarchical_after(histories)


def test_the_market_survives_text_and_files(content: ReleaseContent) -> None:
    """The same models and states come back; what was sparse is said in the content."""
    read = unpack_content(pack_content(content))

    assert read == content == decode_content(encode_content(content))
    assert read.hierarchy is not None
    assert read.hierarchy.sparse == ("Calm",)


def _hierarchy(**changes: Any) -> Change:
    return lambda c: replace(c, hierarchy=replace(c.hierarchy, **changes))


def _market(**changes: Any) -> Change:
    return lambda c: replace(c, market=replace(c.market, **changes))


MACRO = replace(MACRO_MODEL, state_names=("Calm", "Trend", "Storm"))
RESCALED = replace(KNOWN_MODEL, center=(0.5, 0.5, 0.5))
STRANGER = replace(MACRO_MODEL, feature_names=("mean_return", "moon", "dispersion", "tide"))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda c: replace(c, market=None), "market is missing"),
        (lambda c: replace(c, hierarchy=None), "micro of the cut|hierarchy is missing"),
        (_hierarchy(macro=MACRO), "macro of the hierarchy"),
        (_hierarchy(macro=replace(MACRO_MODEL, center=(0.0,))), "center"),
        (_hierarchy(macro=STRANGER), "moon, tide"),
        (_hierarchy(micro={}), "micro of the"),
        (_hierarchy(micro=dict.fromkeys(("Calm", "Trend", "Chaos"), MACRO)), "micro of the"),
        (_hierarchy(micro=dict.fromkeys(("Calm", "Trend", "Chaos"), RESCALED)), "scaler"),
        (_hierarchy(sparse=("Storm",)), "sparse of the hierarchy"),
        (_hierarchy(expected=Expectation(0.0, 0.0)), "expected of the hierarchy"),
        (_market(symbols=("BTC/USD",)), "symbols of the market"),
        (_market(symbols=("BTC/USD", "ETH/USD", "XRP/USD")), "symbols of the market"),
        (_market(features=((1.0,),)), "features of the market"),
        (_market(macro=MacroState(FilterState((1.0,)))), "macro of the market"),
    ],
)
def test_what_could_not_be_continued_is_refused(
    content: ReleaseContent, change: Change, word: str
) -> None:
    """Each fault is named when the release is read, not at the first bar."""
    with pytest.raises(ReleaseInvalid, match=word):
        decode_content(encode_content(change(content)))


def test_a_cut_without_its_micro_filters_is_refused(content: ReleaseContent) -> None:
    """A symbol that the hierarchy could not step is found."""
    bare = (replace(content.cuts[0], micro={}), *content.cuts[1:])

    with pytest.raises(ReleaseInvalid, match="micro of the cut"):
        decode_content(encode_content(replace(content, cuts=bare)))


def test_the_market_is_read_in_the_releases_order(
    content: ReleaseContent, histories: dict[str, CandleHistory]
) -> None:
    """Whoever asks later with the histories in another order gets the bits of the cut."""
    assert content.hierarchy is not None
    assert content.market is not None
    turned = list(histories.values())[::-1]
    believed = content.market.macro.filtered.probabilities

    assert tuple(market_probs_after(content, turned).values()) == believed


def test_a_market_that_has_not_begun_cannot_be_cut() -> None:
    """No candles, no cut; one that is still warming up believes what it began with."""
    brief = [history.cut(5) for history in draw_candles(bars=10, seed=1).values()]
    cut = cut_market(brief, hierarchy=known_hierarchy())

    assert cut.macro.filtered.probabilities == MACRO_MODEL.start_probs
    assert len(cut.features) == len(initial_market_states(MACRO_MODEL.feature_names))
    with pytest.raises(CandlesInvalid, match="no candles"):
        cut_market([], hierarchy=known_hierarchy())


def test_a_macro_state_is_json(content: ReleaseContent) -> None:
    """Not a number anywhere in a cut would end as null: there is none."""
    assert content.market is not None
    text = msgspec.json.encode(content.market)

    assert b"null" not in text

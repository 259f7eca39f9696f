"""A release carries covariances whole, refuses broken ones, and needs none."""

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.errors import ReleaseInvalid
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import (
    ReleaseContent,
    decode_content,
    encode_content,
    pack_content,
    unpack_content,
)
from nija_domain.releases.history.cuts import cut_histories
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.regime_worlds import KNOWN_MODEL, LEANING_MODEL
from tests.fakes.stages import content_after, draw_candles, stream_cut


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    return draw_candles(bars=200, seed=3)


def _with(content: ReleaseContent, model: RegimeModel) -> ReleaseContent:
    """The same release with this model of the symbols, pooled and within every macro state."""
    assert content.hierarchy is not None
    micro = dict.fromkeys(content.hierarchy.micro, model)
    return replace(content, regimes=model, hierarchy=replace(content.hierarchy, micro=micro))


def test_covariances_survive_text_and_files(histories: dict[str, CandleHistory]) -> None:
    """Pooled and micro models come back to the bit, and are known for what they are."""
    content = _with(hierarchical_after(histories), replace(LEANING_MODEL, seen_until_us=7))
    read = unpack_content(pack_content(content))
    assert read.hierarchy is not None

    assert read == decode_content(encode_content(content)) == content
    assert pack_content(read) == pack_content(content)
    assert {read.regimes.covariance, read.hierarchy.micro["Calm"].covariance} == {"full"}
    assert read.regimes.seen_until_us == 7


def test_a_release_without_covariances_names_none(histories: dict[str, CandleHistory]) -> None:
    """Its files are those of before the word was known, and so is what is read from them."""
    files = pack_content(hierarchical_after(histories))
    known = ("whitening", "seen_until_us", "warm_started")

    assert not [word for word in known for body in files.values() if word.encode() in body]
    assert msgspec.json.decode(files["regimes.json"], type=RegimeModel) == KNOWN_MODEL


@pytest.mark.parametrize("place", ["regimes", "hierarchy"])
def test_a_broken_covariance_ends_no_process_at_its_first_bar(
    histories: dict[str, CandleHistory], place: str
) -> None:
    """It is refused by its name when the release is read, wherever in it the model stands."""
    content = _with(hierarchical_after(histories), LEANING_MODEL)
    first, *others = LEANING_MODEL.whitening
    broken = replace(LEANING_MODEL, whitening=(tuple(row[:1] for row in first), *others))
    wrong = _with(content, broken)
    changed = replace(content, **{place: getattr(wrong, place)})

    with pytest.raises(ReleaseInvalid, match=r"whitening\[0\]\[1\] of the regime model"):
        decode_content(encode_content(changed))


def test_cuts_of_a_full_model_are_those_of_a_stream(histories: dict[str, CandleHistory]) -> None:
    """Compiled history and interpreted stream end alike, and not where the diagonal's do."""
    cuts = cut_histories(histories.values(), model=LEANING_MODEL)
    streamed = tuple(stream_cut(history, LEANING_MODEL) for history in histories.values())

    assert msgspec.json.encode(cuts) == msgspec.json.encode(streamed)
    assert cuts != content_after(histories).cuts

"""A release's content survives its files, and what could not be traded is refused when read."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.errors import CandlesInvalid, ReleaseInvalid, ReleaseUnreadable
from nija_domain.features.stream import step_features
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import step_filter
from nija_domain.regimes.model import feature_columns
from nija_domain.releases.content import (
    LIVE_FEATURES,
    ReleaseContent,
    SymbolCut,
    decode_content,
    encode_content,
    live_features,
    pack_content,
    unpack_content,
)
from nija_domain.releases.draft import Origin, draft_bundle
from nija_domain.releases.history.cuts import cut_histories
from nija_domain.releases.manifest import check_bundle
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.shelf import choose_preset
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.stages import SYMBOLS, content_after, draw_candles, stream_cut

BARS = 200
CAME_LATER = {"confirmed_steps", "hierarchy", "market"}


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    return draw_candles(bars=BARS, seed=3)


@pytest.fixture(scope="module")
def content(histories: dict[str, CandleHistory]) -> ReleaseContent:
    return content_after(histories)


def test_content_survives_text_and_files(content: ReleaseContent) -> None:
    """Encoded or packed, the same content comes back, and packing again gives the same bytes."""
    assert decode_content(encode_content(content)) == content
    assert unpack_content(pack_content(content)) == content
    assert pack_content(unpack_content(pack_content(content))) == pack_content(content)


def test_a_draft_is_a_whole_bundle(content: ReleaseContent) -> None:
    """Its manifest names its files; equal content and origin give equal bytes."""
    origin = Origin(
        sequence=1,
        created_us=1,
        parents=(),
        data_snapshot=1,
        code_version="0",
        code_commit="c",
        training_run_id="t",
        key_id="k",
    )
    manifest, bundle = draft_bundle(content, origin)

    assert check_bundle(bundle) == manifest
    assert draft_bundle(content, origin) == (manifest, bundle)


def test_a_release_from_before_presets_competed_still_trades(content: ReleaseContent) -> None:
    """Without arms its own strategy is the only choice."""
    files = _of_one_strategy(content)
    del files["arms.json"]

    assert unpack_content(files) == content


def test_a_release_from_before_agents_has_one(content: ReleaseContent) -> None:
    """Its strategy and its presets are the agent's that bears the strategy's name."""
    files = _of_one_strategy(content)
    (agent,) = unpack_content(files).agents

    assert "agents.json" not in files
    assert agent == content.agents[0]


def _of_one_strategy(content: ReleaseContent) -> dict[str, bytes]:
    """The files of this release as they were written before agents."""
    files = pack_content(content)
    (agent,) = msgspec.json.decode(files.pop("agents.json"))
    parts = {"strategy.json": agent["strategy"], "arms.json": agent["arms"]}
    return files | {name: msgspec.json.encode(part) for name, part in parts.items()}


@pytest.mark.parametrize("name", sorted({*ReleaseContent.__struct_fields__} - CAME_LATER))
def test_a_missing_part_is_named(content: ReleaseContent, name: str) -> None:
    """A bundle without one of its files is refused with the name of the part."""
    files = pack_content(content)
    del files[f"{name}.json"]

    with pytest.raises(ReleaseInvalid, match=name):
        unpack_content(files)


def test_a_capital_preset_that_nobody_knows_is_refused(content: ReleaseContent) -> None:
    """With the known ones; it was traded as the moderate one before."""
    text = encode_content(content).replace('"preset":"moderate"', '"preset":"bold"')

    with pytest.raises(ReleaseUnreadable, match="bold; it must be one of conservative, moderate"):
        decode_content(text)


def test_a_file_that_is_not_json_is_refused(content: ReleaseContent) -> None:
    """Bytes of another kind have their own sentence."""
    with pytest.raises(ReleaseInvalid, match="not JSON"):
        unpack_content({**pack_content(content), "policy.json": b"\xff"})


def _with_strategy(content: ReleaseContent, **changes: Any) -> ReleaseContent:
    agent = content.agents[0]
    return replace(content, agents=(replace(agent, strategy=replace(agent.strategy, **changes)),))


def _first_cut(content: ReleaseContent, **changes: Any) -> ReleaseContent:
    cut = replace(content.cuts[0], **changes)
    return replace(content, cuts=(cut, *content.cuts[1:]))


def _numbered(content: ReleaseContent, **numbers: float) -> ReleaseContent:
    parameters = content.agents[0].strategy.parameters
    return _with_strategy(content, parameters={**parameters, **numbers})


def _from_before(content: ReleaseContent, strategy: str) -> ReleaseContent:
    """With the four features that releases had when there was one strategy."""
    cuts = (replace(cut, features=cut.features[:4], values=cut.values[:4]) for cut in content.cuts)
    return replace(
        content,
        feature_names=content.feature_names[:4],
        cuts=tuple(cuts),
        agents=agent_alone(choose_preset(strategy, "aggressive")),
    )


def test_a_release_with_the_features_of_one_strategy_still_trades(content: ReleaseContent) -> None:
    """What no rule of it reads, it need not compute."""
    before = _from_before(content, "trend")

    assert decode_content(encode_content(before)) == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda c: replace(c, timeframe_us=0), "timeframe_us"),
        (lambda c: replace(c, feature_names=("close",)), "features"),
        (lambda c: replace(c, regimes=replace(c.regimes, center=(0.0,))), "center"),
        (lambda c: _with_strategy(c, name="oracle"), "oracle"),
        (lambda c: _with_strategy(c, parameters={}), "trend_entry"),
        (lambda c: _numbered(c, share=1.5), "share .* from 0.05 to 1"),
        (lambda c: _from_before(c, "breakout"), "breakout reads channel_position"),
        (lambda c: _with_strategy(c, config_id="other:*:aggressive"), "begin with its name"),
        (lambda c: replace(c, agents=()), "agents are none"),
        (lambda c: replace(c, agents=(*c.agents, *c.agents)), "named once"),
        (lambda c: replace(c, cuts=(c.cuts[0], c.cuts[0])), "twice"),
        (lambda c: _first_cut(c, features=((1.0,),)), "features of the cut"),
        (lambda c: _first_cut(c, values=(1.0,)), "values of the cut"),
        (lambda c: _first_cut(c, close=-1.0), "close of the cut"),
        (
            lambda c: _first_cut(c, filtered=replace(c.cuts[0].filtered, probabilities=(1.0,))),
            "filtered of the cut",
        ),
    ],
)
def test_what_could_not_be_traded_is_refused(
    content: ReleaseContent, change: Any, word: str
) -> None:
    """Each fault that would end the process at its first bar is named when the release is read."""
    with pytest.raises(ReleaseInvalid, match=word):
        decode_content(encode_content(change(content)))


def test_an_envelope_out_of_range_is_refused(content: ReleaseContent) -> None:
    """Limits in a release are checked like those of the house."""
    text = encode_content(content).replace('"max_trade_share":0.1', '"max_trade_share":7.0')

    with pytest.raises(ReleaseInvalid, match="max_trade_share"):
        decode_content(text)


def test_cuts_are_those_of_a_stream(histories: dict[str, CandleHistory]) -> None:
    """Compiled history and interpreted stream stop in the same states, to the bit."""
    cuts = cut_histories(histories.values(), model=KNOWN_MODEL)
    streamed = tuple(stream_cut(history) for history in histories.values())

    assert msgspec.json.encode(cuts) == msgspec.json.encode(streamed)


def test_a_release_computes_what_its_regimes_read() -> None:
    """A feature that only the regime model chose is computed live as well, after the others."""
    model = replace(KNOWN_MODEL, feature_names=("log_return", "rsi", "trend_strength"))

    assert live_features(KNOWN_MODEL) == LIVE_FEATURES
    assert live_features(model) == (*LIVE_FEATURES, "rsi")


def _continue(cut: SymbolCut, history: CandleHistory, start: int) -> SymbolCut:
    columns = feature_columns(KNOWN_MODEL, ("log_return", "ewma_volatility", "trend_strength"))
    states, values, filtered = cut.features, cut.values, cut.filtered
    for row in range(start, len(history)):
        states, values = step_features(states, history.bar(row), LIVE_FEATURES)
        filtered = step_filter(KNOWN_MODEL, filtered, tuple(values[c] for c in columns))
    return replace(
        cut,
        ts_us=int(history.ts_us[-1]),
        close=float(history.close[-1]),
        features=states,
        values=values,
        filtered=filtered,
    )


@pytest.mark.parametrize("stop", [BARS - 1, BARS - 60])
def test_a_stream_continued_from_a_cut_is_the_whole_fold(
    histories: dict[str, CandleHistory], stop: int
) -> None:
    """History up to a cut, through text, and the candles since: every bit of the whole."""
    early = cut_histories([h.cut(stop) for h in histories.values()], model=KNOWN_MODEL)
    whole = cut_histories(histories.values(), model=KNOWN_MODEL)
    for symbol, cut, expected in zip(SYMBOLS, early, whole, strict=True):
        read = msgspec.json.decode(msgspec.json.encode(cut), type=SymbolCut)
        continued = _continue(read, histories[symbol], stop)

        assert msgspec.json.encode(continued) == msgspec.json.encode(expected)


def test_a_state_off_by_a_little_would_be_seen(histories: dict[str, CandleHistory]) -> None:
    """The comparison above can fail: an average wrong in its twelfth digit never comes right."""
    history = histories["BTC/USD"]
    cut = stream_cut(history.cut(BARS - 5))
    count, average, *others = cut.features[2]
    nudged = (count, average * (1.0 + 1e-12), *others)
    wrong = replace(cut, features=(*cut.features[:2], nudged, *cut.features[3:]))

    assert _continue(wrong, history, BARS - 5).features != stream_cut(history).features


def test_a_history_that_is_not_warm_is_refused(histories: dict[str, CandleHistory]) -> None:
    """Too few candles cannot become a cut."""
    with pytest.raises(CandlesInvalid, match="too few"):
        cut_histories([histories["BTC/USD"].cut(10)], model=KNOWN_MODEL)


def test_the_envelope_travels(histories: dict[str, CandleHistory]) -> None:
    """A tighter envelope is part of the content."""
    tight = content_after(histories, envelope=HardLimits(max_open_positions=1))

    assert unpack_content(pack_content(tight)).envelope.max_open_positions == 1

"""A proposal is new, within its bounds, repeatable, and its source is its strategy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import ProposalInvalid
from nija_domain.events.ledger import ProposalJudged, TrialRecorded
from nija_domain.evolution import proposer
from nija_domain.evolution.archive import Archive, archive_of, tried_of
from nija_domain.evolution.proposer import BOUNDS, Bound, is_coherent, propose
from nija_domain.evolution.static_check import check_source
from nija_domain.strategies.contract import StrategyChoice, SymbolView
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import check_choice, choose_preset
from tests.fakes.rule_views import signals_of

PARENT = choose_preset("trend", "aggressive")


def run_nights(count: int, *, seed: int) -> list[proposer.Proposal]:
    """Each night's proposal, with all before it in the archive."""
    rng, archive, proposals = np.random.default_rng(seed), Archive(), []
    for _ in range(count):
        proposal = propose(PARENT, archive=archive, rng=rng)
        proposals.append(proposal)
        archive = Archive(archive.tried | {tried_of(proposal.parameters)})
    return proposals


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_nothing_is_proposed_twice(seed: int) -> None:
    """Forty nights in a row give forty sets, none of them the parent's, numbered in order."""
    proposals = run_nights(40, seed=seed)
    tried = {tried_of(proposal.parameters) for proposal in proposals}

    assert len(tried) == 40
    assert tried_of(PARENT.parameters) not in tried
    assert [proposal.number for proposal in proposals] == list(range(1, 41))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_every_proposal_may_run(seed: int) -> None:
    """Within the bounds, whole, accepted by the static check, and it says what it is."""
    for proposal in run_nights(20, seed=seed):
        check_choice(proposal.choice)

        assert is_coherent(proposal.parameters)
        assert check_source(proposal.source) == ()
        assert proposal.reasoning
        assert proposal.choice.config_id == f"trend:*:proposal-{proposal.number}"


def test_the_presets_come_first() -> None:
    """The first night tries the shipped preset that does not trade already."""
    (first,) = run_nights(1, seed=1)

    assert first.parameters == TREND.presets["conservative"]


def test_the_same_night_proposes_the_same() -> None:
    """Parent, archive and generator decide alone; another seed goes elsewhere."""
    again, other = run_nights(8, seed=5), run_nights(8, seed=6)

    assert run_nights(8, seed=5) == again
    assert again != other


def test_presets_lie_within_the_bounds() -> None:
    """What is shipped could have been proposed."""
    assert tuple(BOUNDS) == TREND.parameters
    assert all(is_coherent(preset) for preset in TREND.presets.values())


def test_the_search_stays_within_what_may_be_traded() -> None:
    """The first and the last step of each parameter lie within the strategy's own bounds."""
    ends = {name: (bound.at(0), bound.at(bound.steps)) for name, bound in BOUNDS.items()}

    assert all(
        TREND.bounds[name].low <= first < last <= TREND.bounds[name].high
        for name, (first, last) in ends.items()
    )


@pytest.mark.parametrize(
    "changed",
    [{"share": 1.2}, {"share": 0.5}, {"trend_entry": 0.2, "trend_exit": 0.3}, {"stop_multiple": 0}],
)
def test_what_is_out_of_bounds_is_not_coherent(changed: dict[str, float]) -> None:
    """Too far, off the grid, or left as soon as entered."""
    assert not is_coherent({**TREND.presets["aggressive"], **changed})


def test_a_used_up_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small grid is tried to its very last set, and then the night ends with a sentence."""
    narrow = {name: Bound(value, 0.1, 0) for name, value in PARENT.parameters.items()}
    narrow["share"] = Bound(0.2, 0.2, 4)
    monkeypatch.setattr(proposer, "BOUNDS", narrow)
    shares = [night.parameters["share"] for night in run_nights(4, seed=3)]

    assert sorted(shares) == pytest.approx([0.2, 0.4, 0.6, 0.8])
    with pytest.raises(ProposalInvalid, match="widen the bounds"):
        run_nights(5, seed=3)


def test_only_what_can_be_varied_is_varied() -> None:
    """Another strategy's parameters are not this grammar's."""
    with pytest.raises(ProposalInvalid, match="'oracle'"):
        propose(StrategyChoice("oracle", "o", {}), archive=Archive(), rng=np.random.default_rng(1))


def test_the_ledger_is_the_archive() -> None:
    """Trials of the night and refused proposals were tried; other trials were not proposals."""
    first, second = run_nights(2, seed=1)
    found: dict[str, Any] = {"at_us": 1, "metrics": {}}
    entries = [
        TrialRecorded(
            kind="evolution",
            parameters={"number": 1.0, **first.parameters},
            data_snapshot=1,
            commit="c",
            **found,
        ),
        TrialRecorded(
            kind="training_line", parameters={"preset": "x"}, data_snapshot=1, commit="c", **found
        ),
        ProposalJudged(
            number=2, parameters=second.parameters, verdict="nothing", reasons=("r",), **found
        ),
    ]
    archive = archive_of(entries)

    assert archive == Archive(frozenset({tried_of(first.parameters), tried_of(second.parameters)}))
    assert archive.next_number == 3
    assert archive.holds({**first.parameters, "share": first.parameters["share"] + 1e-13})


VIEWS = st.lists(
    st.builds(
        SymbolView,
        symbol=st.sampled_from(["BTC/USD", "ETH/USD"]),
        price=st.floats(1.0, 1e5),
        features=st.fixed_dictionaries(
            {
                "trend_strength": st.floats(-2.0, 2.0) | st.just(float("nan")),
                "atr_fraction": st.floats(-0.01, 0.05) | st.just(float("nan")),
            }
        ),
        filtered_probs=st.dictionaries(st.sampled_from(["Bull", "Bear"]), st.floats(0.0, 1.0)),
        is_held=st.booleans(),
    ),
    max_size=6,
).map(tuple)


@given(views=VIEWS, seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_the_source_signals_what_the_strategy_signals(
    views: tuple[SymbolView, ...], seed: int
) -> None:
    """The rendered module and the rule strategy answer alike, to the bit."""
    proposal = run_nights(2, seed=seed)[1]
    module: dict[str, Any] = {}
    exec(proposal.source, module)  # noqa: S102 - the text of our own template
    answers = module["signals"](views, module["PARAMETERS"])
    expected = signals_of(views, proposal.choice, 7)

    assert module["PARAMETERS"] == proposal.parameters
    assert answers == [{name: getattr(signal, name) for name in answers[0]} for signal in expected]

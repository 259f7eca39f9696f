"""`nija capital`, `why` and `allocations` as a user meets them: processes, JSON, exit codes."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nija.capital_questions import (
    AllocateQuestion,
    SizeQuestion,
    answer_allocation,
    answer_size,
    read_question,
)
from nija_adapters.journal.writer import JournalWriter
from nija_adapters.ledger.ledger import Ledger
from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_trusted_keys
from nija_domain.capital.limits import HardLimits
from nija_domain.errors import NumberInvalid
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.ledger import AllocationDecided
from tests.fakes.programs import ROOT
from tests.fakes.traded import traded_session

SIZE = {
    "base_capital": 1000,
    "equity": 1048,
    "peak": 1048,
    "reinvested": 36,
    "preserved": 12,
    "locked": 0,
    "protection_level": "NORMAL",
    "milestones_passed": 0,
    "volatility": 0.3,
    "sensitivity": 1.0,
    "regime_probs": {"BULL_TRENDING": 1.0},
    "expected_return": 0.15,
    "portfolio_value": 1048,
    "free_cash": 1048,
    "preset": "moderate",
}
AGENT = {
    "pnl_7d": 0.0,
    "sharpe_30d": 1.0,
    "winrate_30d": 0.5,
    "max_dd_30d": 0.1,
    "trades": 50,
}
ALLOCATE = {
    "agents": {"a": AGENT, "b": AGENT},
    "previous": None,
    "market": {"Calm": 1.0},
    "paused": False,
    "min_alloc": 0.05,
    "max_alloc": 0.40,
    "threshold": 0.10,
}


def nija(
    *arguments: str, home: Path | None = None, said: object = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nija", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NIJA_HOME": str(home or "/nowhere")},
        input=json.dumps(said),
        capture_output=True,
        text=True,
        check=False,
    )


def _size(**changes: Any) -> tuple[float, str | None]:
    answer, refusal = answer_size(
        read_question(json.dumps(SIZE | changes), SizeQuestion), HardLimits()
    )
    return answer.size, refusal


def test_the_users_example_as_a_process() -> None:
    """Base 1,000 with 36 reinvested, 30 % volatility, bull, 15 % expected: 15.54, exactly told."""
    done = nija("capital", "size", "--json", said=SIZE)
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert list(answer) == ["size", "waterfall"]
    assert answer["size"] == pytest.approx(15.54)
    assert all(list(step) == ["step", "factor", "value"] for step in answer["waterfall"])
    assert [step["step"] for step in answer["waterfall"]][:3] == [
        "base",
        "protection",
        "milestones",
    ]


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"protection_level": "DANGER", "expected_return": 0.65}, 1036 * 0.05 * 0.25),
        ({"equity": 943.2, "expected_return": 0.65}, 1036 * 0.05 * 0.5),
        ({"milestones_passed": 2, "expected_return": 0.65}, 1036 * 0.05 * 1.4),
        ({"milestones_passed": [100, 250], "expected_return": 0.65}, 1036 * 0.05 * 1.4),
        ({"volatility": 0.6, "expected_return": 1.25}, 1036 * 0.05 * 0.5),
        ({"preset": "aggressive", "expected_return": 0.5}, 1036 * 0.05 * 1.5),
        ({"expected_return": 9.0, "agent_weight": 0.05}, 1036 * 0.05),
        ({"expected_return": 9.0, "free_cash": 20.4, "fee_rate": 0.01, "slippage_rate": 0.01}, 20),
    ],
)
def test_each_field_has_its_step(changes: dict[str, Any], size: float) -> None:
    """By hand, one at a time; a drawdown prescribes its level whatever is told."""
    assert _size(**changes)[0] == pytest.approx(size)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"protection_level": "HALT"}, "protection"),
        ({"expected_return": 0.0}, "expected_return"),
        ({"free_cash": 9.0}, "minimum"),
    ],
)
def test_a_refused_entry_is_a_size_of_nothing_with_its_reason(
    changes: dict[str, Any], told: str
) -> None:
    """An answer, not an error."""
    size, refusal = _size(**changes)

    assert size == 0.0
    assert refusal is not None
    assert told in refusal


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", None, True])
@pytest.mark.parametrize(
    "field", ["base_capital", "equity", "peak", "volatility", "portfolio_value", "free_cash"]
)
def test_impossible_money_is_refused_by_name(field: str, value: object) -> None:
    """Zero, negative, no number at all."""
    with pytest.raises(NumberInvalid, match=field):
        _size(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reinvested", -1),
        ("expected_return", float("nan")),
        ("peak", 1000),
        ("preset", "reckless"),
        ("protection_level", "PANIC"),
        ("milestones_passed", 11),
        ("sensitivity", -1),
        ("policy_exposure", 1.1),
        ("signal_share", -0.1),
        ("agent_open", -1),
        ("fee_rate", float("inf")),
        ("regime_probs", {"BULL_TRENDING": 0.5}),
        ("regime_probs", {"MOON": 1.0}),
        ("leverage", 3),
    ],
)
def test_impossible_fields_are_refused_by_name(field: str, value: object) -> None:
    """Out of range, unknown, or both."""
    with pytest.raises(NumberInvalid, match=field):
        _size(**{field: value})


def test_a_missing_field_and_no_json_are_named() -> None:
    """What is not there, and what is no question."""
    with pytest.raises(NumberInvalid, match="volatility"):
        read_question(
            json.dumps({k: v for k, v in SIZE.items() if k != "volatility"}), SizeQuestion
        )
    with pytest.raises(NumberInvalid, match="question"):
        read_question("what?", SizeQuestion)


def test_an_impossible_question_ends_with_two() -> None:
    """One line that names the field, nothing on standard output, no traceback."""
    done = nija("capital", "size", "--json", said=SIZE | {"volatility": 0})

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nija: volatility is 0")
    assert done.stderr.count("\n") == 1


def test_two_agents_leave_a_fifth_in_cash_as_a_process() -> None:
    """The seven fields of an allocation."""
    done = nija("capital", "allocate", "--json", said=ALLOCATE)
    answer = json.loads(done.stdout)

    assert list(answer) == [
        "weights",
        "cash",
        "unscaled",
        "multiplier",
        "scores",
        "reallocated",
        "reason",
    ]
    assert answer["weights"] == {"a": 0.4, "b": 0.4}
    assert answer["cash"] == pytest.approx(0.2)
    assert answer["reallocated"] is True


def _allocate(**changes: Any) -> Any:
    return answer_allocation(read_question(json.dumps(ALLOCATE | changes), AllocateQuestion))


@pytest.mark.parametrize(
    "previous",
    [
        {"a": 0.4, "b": 0.4},
        {"a": 0.4, "b": 0.4, "cash": 0.2},
        {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": 1.0},
        {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": None, "reason": "an answer"},
    ],
)
def test_a_previous_allocation_stands(previous: dict[str, Any]) -> None:
    """Plain weights, or the answer of this command."""
    answer = _allocate(previous=previous)

    assert answer.reallocated is False
    assert answer.weights == {"a": 0.4, "b": 0.4}


def test_a_rise_waits_where_time_is_told() -> None:
    """Half an hour after the fall the weights stand, an hour after it they rise."""
    previous = {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": 0.5, "applied_us": 0}

    assert _allocate(previous=previous, now_us=1_800_000_000).reallocated is False
    assert _allocate(previous=previous, now_us=3_600_000_000).reallocated is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agents", {"a": AGENT | {"winrate_30d": 1.5}}),
        ("pnl_7d", {"agents": {"a": AGENT | {"pnl_7d": float("nan")}}}),
        ("trades", {"agents": {"a": AGENT | {"trades": -1}}}),
        ("luck", {"agents": {"a": AGENT | {"luck": 1}}}),
        ("market", {"Calm": 0.9}),
        ("market", {"Sideways": 1.0}),
        ("min_alloc", 0.0),
        ("max_alloc", 0.01),
        ("daily_pnl", {"stranger": [0.1]}),
        ("previous", {"a": 1.5}),
        ("previous", {"unscaled": {"a": 0.4}, "multiplier": 2}),
        ("mood", 1),
    ],
)
def test_impossible_allocations_are_refused_by_name(field: str, value: Any) -> None:
    """The field that cannot be is in the message."""
    changes = value if isinstance(value, dict) and "agents" in value else {field: value}
    with pytest.raises(NumberInvalid, match="winrate_30d" if field == "agents" else field):
        _allocate(**changes)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has traded, learned a little and been allocated twice."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "journal").mkdir()
    journal = JournalWriter.open(folder / "journal" / "journal.sqlite")
    session = traded_session()
    tuned = cap.CapitalTuned(
        at_us=session[-1].at_us,
        parameter="reinvested_share",
        before=0.75,
        after=0.8,
        evidence={"sharpe": 3.0},
        reason="a good month",
    )
    journal.append([*session, tuned])
    journal.close()
    (folder / "ledger").mkdir()
    Ledger(folder / "ledger" / "ledger.jsonl").append([_decided(1), _decided(2)])
    return folder


def _decided(at_us: int) -> AllocationDecided:
    return AllocationDecided(
        at_us=at_us,
        weights={"trend": 0.4},
        unscaled={"trend": 0.4},
        cash=0.6,
        multiplier=1.0,
        scores={"trend": 0.5},
        market={"Calm": 1.0},
        bounds=(0.05, 0.4),
        is_moved=at_us == 1,
        reason=f"decision {at_us}",
        source="governor",
    )


def _told(*arguments: str, home: Path) -> Any:
    done = nija(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_status_is_the_fold_of_the_journal(home: Path) -> None:
    """Buckets sum to what was deposited and earned, to the cent; one line for people."""
    told = _told("capital", "status", home=home)
    closed = [e for e in traded_session() if isinstance(e, ev.TradeClosed)]
    earned = sum((trade.gross - trade.fees for trade in closed), start=Decimal(0))
    buckets = sum(Decimal(told[name]) for name in ("base", "reinvested", "preserved", "locked"))

    assert buckets == (Decimal(told["deposits"]) + earned).quantize(Decimal("0.01"))
    assert told["reinvested_share"] == "0.8"
    assert told["level"] in told["line"]


def test_projection_and_allocations_are_told(home: Path) -> None:
    """Three horizons; the newest decision, or all of them."""
    projected = _told("capital", "project", home=home)["projected"]
    newest = _told("allocations", home=home)
    history = _told("allocations", "--history", home=home)

    assert list(projected) == ["30", "90", "365"]
    assert newest["reason"] == "decision 2"
    assert [entry["is_moved"] for entry in history] == [True, False]


def test_why_tells_every_step_of_an_order(home: Path) -> None:
    """The waterfall stored with the order, and its fills; an unknown order exits with 2."""
    intents = [e for e in traded_session() if isinstance(e, ev.OrderIntended)]
    entry = next(intent for intent in intents if intent.role == "entry")
    told = _told("why", entry.order_id, home=home)
    unknown = nija("why", "no-such-order", "--json", home=home)

    steps = {step["step"]: step["value"] for step in told["order"]["waterfall"]}
    assert steps["max_position_share"] == entry.waterfall[-1].value
    assert told["fills"][0]["order_id"] == entry.order_id
    assert unknown.returncode == 2
    assert "no-such-order" in unknown.stderr


def test_simulation_is_a_table_and_a_picture(home: Path, tmp_path: Path) -> None:
    """Every preset under the same luck; one preset alone comes out as among all."""
    plan = ("--paths", "200", "--trades", "100")
    everyone = _told("capital", "simulate", *plan, "--plot", str(tmp_path / "p.svg"), home=home)
    alone = _told("capital", "simulate", *plan, "--preset", "aggressive", home=home)

    assert list(everyone["presets"]) == ["conservative", "moderate", "aggressive"]
    assert alone["presets"]["aggressive"] == everyone["presets"]["aggressive"]
    assert (tmp_path / "p.svg").read_text().count("<circle") == 3
    assert nija("capital", "simulate", "--preset", "reckless", home=home).returncode == 2


def test_undo_is_a_signed_directive(home: Path) -> None:
    """The executor finds it in the channel, signed with this home's key."""
    told = _told("capital", "undo", "--why", "too bold", home=home)
    channel = Directives(home / "releases" / "directives" / "champion")
    issued = channel.load(told["number"], trusted_keys=load_trusted_keys(home / "keys"))

    assert (issued.kind, issued.reason) == ("undo", "too bold")
    assert "reinvested_share from 0.8 back to 0.75" in told["told"]


def test_what_has_no_ground_is_not_sent(home: Path) -> None:
    """No halt, no reopening; the sentence says at which level protection is."""
    done = nija("capital", "reopen", "--why", "please", home=home)

    assert done.returncode == 2
    assert "not at HALT" in done.stderr

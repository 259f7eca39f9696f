"""`nija capital`, `why` and `allocations` as a user meets them: JSON, exit codes."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nija.home import Home
from nija.reading import read_account
from nija_adapters.journal.writer import JournalWriter
from nija_adapters.ledger.ledger import Ledger
from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_trusted_keys
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.ledger import AllocationDecided
from nija_domain.statements.allotments import lapse_text
from nija_domain.statements.stories import find_story
from nija_domain.trading.order_ids import short_id
from tests.fakes.commands import nija
from tests.fakes.sessions import NOON_US
from tests.fakes.traded import traded_session
from tests.gateway.test_gateway_allotments import LIFE_US, directive
from tests.nija_domain.capital.test_capital_questions import ALLOCATE, SIZE


def test_the_users_example() -> None:
    """Base 1,000 with 36 reinvested, 30 % volatility, bull, 15 % expected: 15.54, exactly told."""
    done = nija("capital", "size", "--json", said=json.dumps(SIZE))
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


def test_an_impossible_question_ends_with_two() -> None:
    """One line that names the field, nothing on standard output, no traceback."""
    done = nija("capital", "size", "--json", said=json.dumps(SIZE | {"volatility": 0}))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nija: volatility is 0")
    assert done.stderr.count("\n") == 1


def test_two_agents_leave_a_fifth_in_cash() -> None:
    """The fields of an allocation; `why` says that the rule leaves it."""
    done = nija("capital", "allocate", "--json", said=json.dumps(ALLOCATE))
    answer = json.loads(done.stdout)

    assert list(answer) == [
        "weights",
        "cash",
        "unscaled",
        "multiplier",
        "scores",
        "reallocated",
        "reason",
        "why",
    ]
    assert answer["weights"] == {"a": 0.4, "b": 0.4}
    assert "a and b stand at the maximum of 40.0%" in answer["why"]
    assert answer["cash"] == pytest.approx(0.2)
    assert answer["reallocated"] is True


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


def _answer_of(*arguments: str, home: Path) -> Any:
    done = nija(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_status_is_the_fold_of_the_journal(home: Path) -> None:
    """Buckets sum to what was deposited and earned, to the cent; one line for people."""
    found = _answer_of("capital", "status", home=home)
    closed = [e for e in traded_session() if isinstance(e, ev.TradeClosed)]
    earned = sum((trade.gross - trade.fees for trade in closed), start=Decimal(0))
    buckets = sum(Decimal(found[name]) for name in ("base", "reinvested", "preserved", "locked"))

    assert buckets == (Decimal(found["deposits"]) + earned).quantize(Decimal("0.01"))
    assert found["reinvested_share"] == "0.8"
    assert found["level"] in found["line"]


def test_projection_and_allocations_are_told(home: Path) -> None:
    """Three horizons, of which few days say nothing; the newest decision, or all of them."""
    projected = _answer_of("capital", "project", home=home)["projected"]
    newest = _answer_of("allocations", home=home)
    history = _answer_of("allocations", "--history", home=home)

    assert list(projected) == ["30", "90", "365"]
    assert {found["value"] for found in projected.values()} == {None}
    assert all(found["why"].startswith("too few to say") for found in projected.values())
    assert newest["reason"] == "decision 2"
    assert [entry["is_moved"] for entry in history] == [True, False]


def test_weights_that_lapsed_are_told_as_in_force(tmp_path: Path) -> None:
    """As the page tells them: beside the last decision, since when they are old."""
    Ledger(tmp_path / "ledger" / "ledger.jsonl").append([_decided(1)])
    (tmp_path / "journal").mkdir()
    lapsed = directive("agents", 1, at_us=NOON_US)
    late = ev.FundsMoved(at_us=NOON_US + 2 * LIFE_US, amount=Decimal(1), reason="a gift")
    with JournalWriter.open(tmp_path / "journal" / "journal.sqlite") as journal:
        journal.append([lapsed, late])
    in_force = _answer_of("allocations", home=tmp_path)["in_force"]
    shown = " ".join(nija("allocations", home=tmp_path).stdout.split())

    assert in_force[0]["shares"][0] == {"name": "grid", "weight": 0.35}
    assert in_force[0]["lapsed_us"] == lapsed.at_us + LIFE_US
    assert f"{lapse_text(lapsed.at_us + LIFE_US)})" in shown


def test_why_tells_every_step_of_an_order(home: Path) -> None:
    """The waterfall stored with the order, and its fills; an unknown order exits with 2."""
    intents = [e for e in traded_session() if isinstance(e, ev.OrderIntended)]
    entry = next(intent for intent in intents if intent.role == "entry")
    found = _answer_of("why", entry.order_id, home=home)
    unknown = nija("why", "no-such-order", "--json", home=home)
    stop = _answer_of("why", f"{entry.order_id[:8]}-stop", home=home)

    steps = {step["step"]: step["value"] for step in found["order"]["waterfall"]}
    assert steps["max_position_share"] == entry.waterfall[-1].value
    assert found["fills"][0]["order_id"] == entry.order_id
    assert unknown.returncode == 2
    assert "no-such-order" in unknown.stderr
    assert (stop["kind"], stop["order_id"]) == ("stop", f"{entry.order_id}-stop")


def test_every_id_that_is_shown_can_be_asked_why(home: Path) -> None:
    """Status tells positions, their stops and trades; each of their ids has its story."""
    account = read_account(Home(home), stale_after_s=1.0)
    shown = [
        *((each.entry_id, "position") for each in account.positions),
        *((each.stop_id, "stop") for each in account.positions),
        *((each.symbol, "position") for each in account.positions),
        *((each.entry_id, "trade") for each in account.trades),
    ]

    assert len(shown) > 8
    for asked, kind in shown:
        assert find_story(traded_session(), short_id(asked)).kind == kind


def test_simulation_is_a_table_and_a_picture(home: Path, tmp_path: Path) -> None:
    """Every preset under the same luck; one preset alone comes out as among all."""
    returns = tmp_path / "returns.json"
    returns.write_text(json.dumps([0.1, -0.06, 0.03, -0.05] * 10))
    plan = ("--paths", "200", "--trades", "100", "--returns", str(returns))
    everyone = _answer_of(
        "capital", "simulate", *plan, "--plot", str(tmp_path / "p.svg"), home=home
    )
    alone = _answer_of("capital", "simulate", *plan, "--preset", "aggressive", home=home)

    assert list(everyone["presets"]) == ["conservative", "moderate", "aggressive"]
    assert alone["presets"]["aggressive"] == everyone["presets"]["aggressive"]
    assert "deepest drawdown" in (tmp_path / "p.svg").read_text()
    assert nija("capital", "simulate", "--preset", "reckless", home=home).returncode == 2


def test_undo_is_a_signed_directive(home: Path) -> None:
    """The executor finds it in the channel, signed with this home's key."""
    found = _answer_of("capital", "undo", "--why", "too bold", home=home)
    channel = Directives(home / "releases" / "directives" / "champion")
    issued = channel.load(found["number"], trusted_keys=load_trusted_keys(home / "keys"))

    assert (issued.kind, issued.reason) == ("undo", "too bold")
    assert "reinvested_share from 0.8 back to 0.75" in found["effect"]


def test_what_has_no_ground_is_not_sent(home: Path) -> None:
    """No halt, no reopening; the sentence says at which level protection is."""
    done = nija("capital", "reopen", "--why", "please", home=home)

    assert done.returncode == 2
    assert "not HALT" in done.stderr

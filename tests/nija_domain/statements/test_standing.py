"""Whatever stops entries is told in one sentence: why, since when, and what to do."""

from decimal import Decimal

import msgspec
import pytest

from nija_domain.capital.limits import HardLimits
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.events.ledger import IncidentRecorded, ReleaseKept
from nija_domain.market.timeframes import DAY_US, HOUR_US, utc_minute
from nija_domain.statements.incidents import recorded_incidents
from nija_domain.statements.standing import OPEN, Silence, Standing, standing_of
from nija_domain.statements.trail import Trail, follow
from nija_domain.trading.core import advance
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.candle_walks import BAR_US
from tests.fakes.sessions import NOON_US, SYMBOL, fold_all, opening
from tests.nija_domain.safety.test_restrictions import LIFE_US, directed

BUSY = Silence(1.0, is_long=False)
STARTED = ev.SessionStarted(
    at_us=NOON_US, mode="paper", venue="v", version="0", commit="c", rules=ses.NEWEST_RULES
)


def standing_after(*events: ev.JournalEvent, silence: Silence = BUSY) -> Standing:
    state, trail = State(), Trail()
    for event in events:
        state, trail = fold(state, event), follow(trail, event)
    return standing_of(state, trail, silence)


def later(event: ev.DirectiveReceived, us: int) -> ev.DirectiveReceived:
    return msgspec.structs.replace(event, at_us=event.at_us + us)


READY = (STARTED, *opening())
HALTED = ev.HaltTripped(at_us=NOON_US + 7, limit="daily_loss_halt", value=0.12, bound=0.1)
STOPS: dict[str, tuple[tuple[ev.JournalEvent, ...], str, str]] = {
    "reduce_only": (
        (*READY, directed(1, "reduce_only")),
        "directive 1 says reduce_only: a test",
        f"ends by itself at {utc_minute(NOON_US + LIFE_US)}",
    ),
    "suspend": ((*READY, directed(1, "suspend")), "says suspend", "ends by itself"),
    "daily_loss_halt": ((*READY, HALTED), "12.0% lost, 10.0% allowed", "midnight"),
    "daily_rollback": (
        (*READY, msgspec.structs.replace(HALTED, limit="daily_rollback", value=0.16, bound=0.15)),
        "16.0% lost, 15.0% allowed",
        "run the job `roll_back`",
    ),
    "protection HALT": (
        (
            *READY,
            cap.ProtectionChanged(
                at_us=NOON_US, before="DANGER", after="HALT", drawdown=0.2, reason="drawdown 20 %"
            ),
        ),
        "protection is HALT: drawdown 20 %",
        "nija capital reopen",
    ),
    "USD unexplained": (
        (
            *READY,
            ev.BalanceUnexplained(at_us=NOON_US, asset="USD", quantity=Decimal(-7), reason="why"),
        ),
        "the account differs by -7 USD, which nothing explains",
        "ends by itself once the balances agree",
    ),
    "no release": ((STARTED,), "no release is active", "the first training starts by itself"),
    "no executor": ((), "no executor has recorded anything", "make up"),
    "venue lost": (
        (*READY, ses.VenueLost(at_us=NOON_US, reason="refused")),
        "the venue does not answer (refused)",
        "keeps asking",
    ),
    "universe": (
        (*READY, directed(1, "universe", symbols=("OTHER/USD",))),
        "removes every symbol of the release",
        "Dagster",
    ),
    "allocations": (
        (*READY, directed(1, "allocations", weights={"trend": 0.0})),
        "gives the release no money",
        "Dagster",
    ),
    "symbol_weights": (
        (*READY, directed(1, "symbol_weights", weights={"OTHER/USD": 1.0})),
        "gives the release no money",
        "Dagster",
    ),
}


@pytest.mark.parametrize("what", STOPS)
def test_whatever_stops_entries_is_named(what: str) -> None:
    """With its reason, its beginning and the remedy in the one line."""
    events, reason, remedy = STOPS[what]
    standing = standing_after(*events)

    assert standing.entries == "stopped"
    assert [each.what for each in standing.hindrances if each.stops] == [what]
    assert reason in standing.line
    assert remedy in standing.line.partition("To do: ")[2]
    assert (what == "no executor") != standing.line.startswith(f"No entries since {NOON}")


NOON = utc_minute(NOON_US)


def test_a_symbol_that_warms_up_after_a_gap_is_named() -> None:
    """The only one of these tests: nothing is entered until its features are warm."""
    close = fold_all(State(), *READY).market.symbols[SYMBOL].close
    late = ev.CandleClosed(
        at_us=NOON_US + 1_001 * BAR_US,
        symbol=SYMBOL,
        ts_us=NOON_US + 1_000 * BAR_US,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1.0,
    )
    standing = standing_after(*READY, late)

    assert standing.entries == "stopped"
    assert [each.what for each in standing.hindrances] == ["missing candles"]
    assert f"candles of {SYMBOL} were missing" in standing.line


def test_a_halted_symbol_narrows_and_the_only_one_stops() -> None:
    """Its price stepped; the release of these tests trades nothing else."""
    state, trail = State(), Trail()
    for event in READY:
        state, trail = fold(state, event), follow(trail, event)
    close = state.market.symbols[SYMBOL].close
    leap = ev.CandleClosed(
        at_us=NOON_US + 2 * BAR_US,
        symbol=SYMBOL,
        ts_us=NOON_US + BAR_US,
        open=close,
        high=20 * close,
        low=close,
        close=20 * close,
        volume=1.0,
    )
    for record in advance(state, leap).records:
        state, trail = fold(state, record), follow(trail, record)
    standing = standing_of(state, trail, BUSY)

    assert [each.what for each in standing.hindrances] == ["halted symbols"]
    assert standing.entries == "stopped"
    assert "nija candles confirm" in standing.line
    assert [each.kind for each in trail.incidents] == [f"{SYMBOL} halted"]


def test_a_venue_whose_clock_stands_behind_the_journal_is_told() -> None:
    """Another world under the same journal: nothing is decided before its time comes, if ever."""
    anew = msgspec.structs.replace(STARTED, at_us=NOON_US - DAY_US)
    standing = standing_after(*READY, anew, silence=Silence(60.0, is_long=True))

    assert [each.what for each in standing.hindrances] == ["venue behind"]
    assert utc_minute(NOON_US - DAY_US) in standing.line


def test_restrictions_that_leave_nothing_together_stop_everything() -> None:
    """Each leaves a symbol by itself, and what the universe leaves the venue does not list."""
    unlisted = tuple(event for event in READY if not isinstance(event, ev.InstrumentListed))
    standing = standing_after(*unlisted, directed(1, "universe", symbols=(SYMBOL,)))

    assert standing.entries == "stopped"
    assert f"{SYMBOL}: not listed at the venue" in standing.line


def test_why_there_is_no_release_is_told() -> None:
    """By the newest that the ledger says of the trainings."""
    failed = IncidentRecorded(
        at_us=NOON_US, kind="run failed: t", text="no bread", run_id="0123456789"
    )
    kept = ReleaseKept(
        at_us=NOON_US + 1, channel="champion", release_id="r", reasons=("10 trades of 30",)
    )
    state, trail = fold(State(), STARTED), follow(Trail(), STARTED)
    one, other = (
        standing_of(state, trail, BUSY, recorded=recorded_incidents(entries)).line
        for entries in ([failed], [failed, kept])
    )

    assert "no release is active; run failed: t: no bread. To do: open run 01234567" in one
    assert "release kept as challenger: 10 trades of 30. To do: nothing" in other


def test_an_account_that_may_enter_says_so() -> None:
    """So the line is there at all times."""
    assert (standing_after(*READY).entries, standing_after(*READY).line) == ("open", OPEN)


def test_a_silent_executor_stops_entries() -> None:
    """Since the last venue time that it recorded; what the venue does is told before it.

    Before the first release there is nothing to record, so that silence tells nothing.
    """
    long = Silence(120.0, is_long=True)
    lost = ses.VenueLost(at_us=NOON_US, reason="refused")

    assert "recorded nothing for 2 min" in standing_after(*READY, silence=long).line
    assert [h.what for h in standing_after(*READY, lost, silence=long).hindrances] == ["venue lost"]
    assert [h.what for h in standing_after(STARTED, silence=long).hindrances] == ["no release"]


@pytest.mark.parametrize(
    "over",
    [ses.VenueFound(at_us=NOON_US), ev.HaltLifted(at_us=NOON_US, limit="x"), directed(2, "resume")],
)
def test_what_is_over_is_told_no_more(over: ev.JournalEvent) -> None:
    """Each by the record that ends it."""
    begun: dict[type, ev.JournalEvent] = {
        ses.VenueFound: ses.VenueLost(at_us=NOON_US, reason="refused"),
        ev.HaltLifted: ev.HaltTripped(at_us=NOON_US, limit="x", value=1.0, bound=0.5),
        ev.DirectiveReceived: directed(1, "suspend"),
    }

    assert standing_after(*READY, begun[type(over)]).entries == "stopped"
    assert standing_after(*READY, begun[type(over)], over).line == OPEN


def test_a_stop_that_is_renewed_counts_from_its_beginning() -> None:
    """Each failed training issues it anew; one after a gap begins anew."""
    first = directed(1, "reduce_only")
    renewed = later(directed(2, "reduce_only", expires_us=NOON_US + 2 * DAY_US), LIFE_US // 2)
    anew = later(directed(3, "reduce_only", expires_us=NOON_US + 9 * DAY_US), 3 * DAY_US)

    (one,), (other,) = (
        standing_after(*READY, first, renewed).hindrances,
        standing_after(*READY, first, renewed, anew).hindrances,
    )
    assert one.since_us == NOON_US
    assert other.since_us == NOON_US + 3 * DAY_US


def test_what_lapsed_narrows_and_is_told_after_what_stops() -> None:
    """Since its time ran out; another reason stands before it and names it."""
    bound = directed(1, "allocations", weights={"trend": 0.4})
    late = ev.RegimeChanged(at_us=NOON_US + HOUR_US, symbol=SYMBOL, regime="Bull", probability=1.0)
    narrowed = standing_after(*READY, bound, late)
    stopped = standing_after(*READY, bound, late, HALTED)

    assert narrowed.entries == "narrowed"
    assert narrowed.line.startswith(f"Entries are limited since {utc_minute(NOON_US + LIFE_US)}")
    assert stopped.hindrances[0].what == "daily_loss_halt"
    assert "Also: lapsed allocations." in stopped.line


@pytest.mark.parametrize("what", ["reduce_only", "daily_loss_halt", "universe", "allocations"])
def test_where_entries_are_stopped_the_core_refuses_them(what: str) -> None:
    """The sentence is no opinion of its own: the wish that it speaks of is refused."""
    state = State()
    for event in STOPS[what][0]:
        state = fold(state, event)
    wish = ev.SignalGiven(
        at_us=NOON_US,
        symbol=SYMBOL,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:x:y",
        reasoning="a wish",
        agent="trend",
    )
    state = advance(state, wish).state
    answered = advance(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US)).records[-1]

    assert isinstance(answered, ev.EntryRefused)


def test_each_restriction_names_who_restricts_until_when_and_who_may_lift_it() -> None:
    """The strictest first; the sentence has the command."""
    standing = standing_after(
        *READY,
        directed(1, "reduce_only", authority="data"),
        directed(2, "suspend", authority="ethics"),
        msgspec.structs.replace(HALTED, limit="max_drawdown_halt"),
    )
    halt, ethics, data = standing.hindrances
    until = utc_minute(NOON_US + LIFE_US)

    assert "by limits: the hard limit max_drawdown_halt was passed" in halt.sentence
    assert "`nija lift max_drawdown_halt --why REASON`; only a person may lift it" in halt.sentence
    assert f" until {until}, by ethics: directive 2 says suspend: a test." in ethics.sentence
    assert "`nija resume --why REASON` (person may lift it)" in ethics.sentence
    assert "(data or person may lift it)" in data.sentence


def test_a_looser_file_is_told_with_its_differences() -> None:
    """It stops nothing, and says how it comes to count."""
    loose = msgspec.json.encode(HardLimits(max_trade_share=0.5)).decode()
    standing = standing_after(*READY, ev.LimitsRead(at_us=NOON_US, content=loose))

    assert standing.entries == "narrowed"
    assert "max_trade_share 0.1 → 0.5" in standing.line
    assert "nija approve limits --why REASON" in standing.line

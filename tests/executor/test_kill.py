"""A kill sells everything within seconds, outlives restarts, and only a person ends it."""

import asyncio

import msgspec
import pytest
from msgspec.structs import replace

from executor.act import carry_out
from executor.observe.directives import observe_directives
from nija_domain.errors import OutcomeUnknown, ReleaseInvalid, VenueUnreachable
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.releases.directive import Directive
from nija_domain.trading.commands import SendOrder
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.stands import HOLD, SYMBOLS, Stand, holdings_in, run


def _is_closing(stand: Stand) -> bool:
    """No entry is open at the venue, and what is held is on its way out."""
    orders = [slip.order for symbol in SYMBOLS for slip in stand.venue.resting(symbol)]
    selling = {o.symbol for o in orders if o.side == "sell" and o.kind == "market"}
    return not any(o.side == "buy" for o in orders) and set(stand.venue.holdings) <= selling


def test_a_kill_sells_what_is_held_and_buys_nothing() -> None:
    """Within five seconds sales are under way; the bars after it are all refused."""
    stand, closing = Stand(bars=14, strategy=HOLD), list[bool]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        assert stand.venue.holdings
        stand.switch.ordered = "I saw something"
        for _ in range(5):
            await stand.turn()
        closing.append(_is_closing(stand))
        await stand.play(3)

    run(course())
    place = stand.kinds().index("KillOrdered")
    later = [e for e in stand.journal.events[place:] if isinstance(e, ev.OrderIntended)]
    refusals = [e.reason for e in stand.journal.events if isinstance(e, ev.EntryRefused)]

    assert closing == [True]
    assert stand.venue.holdings == {}
    assert {intent.role for intent in later} == {"exit"}
    assert any("trading was killed: I saw something" in reason for reason in refusals)
    assert find_first_difference(stand.journal.events) is None


def test_a_kill_before_the_fill_sells_what_still_comes() -> None:
    """The entry's cancel is lost, it fills all the same, and is sold at once."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1, turns=1)
        stand.venue.faults.lost_cancels = 2
        stand.switch.ordered = "now"
        await stand.turn()
        await stand.play(3, turns=20)

    run(course())

    assert stand.kinds().count("PositionOpened") >= 1
    assert stand.venue.holdings == {}


@pytest.mark.parametrize(
    "error", [VenueUnreachable("no route"), OutcomeUnknown("5xx, never arrived")]
)
def test_a_venue_that_fails_during_a_kill_is_asked_until_it_sells(error: Exception) -> None:
    """Four sales fail; once the venue takes orders again, they are there."""
    stand, failed = Stand(bars=14, strategy=HOLD), list[str]()
    place = stand.venue.place_order

    async def place_order(order: PlacedOrder) -> str:
        if order.side == "sell" and len(failed) < 4:
            failed.append(order.client_id)
            raise error
        return await place(order)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.venue.place_order = place_order  # type: ignore[method-assign]
        stand.switch.ordered = "now"
        for _ in range(250):
            await stand.turn()
        await stand.play(2)

    run(course())

    assert len(failed) == 4
    assert stand.venue.holdings == {}
    assert holdings_in(stand.session.state) == {}


def test_a_kill_outlives_a_restart_and_a_lost_file() -> None:
    """What is journaled holds: the absence of the file lifts nothing."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        stand.switch.ordered = "now"
        await stand.turn()
        stand.switch.ordered = None
        await stand.restart()
        await stand.play(3)
        assert stand.session.state.restrictions.killed == "now"
        assert stand.venue.holdings == {}
        stand.switch.is_lifted = True
        await stand.play(2)

    run(course())

    assert stand.session.state.restrictions.killed == ""
    assert stand.kinds().count("KillOrdered") == stand.kinds().count("KillLifted") == 1
    assert stand.venue.holdings != {}


def test_what_a_kill_began_goes_on_after_it() -> None:
    """Disarmed while sales are under way, they go on to their end."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.switch.ordered = "now"
        await stand.turn()
        stand.switch.is_lifted = True
        await stand.turn()
        await stand.play(1, turns=1)

    run(course())
    left = [e.position_id for e in stand.journal.events if isinstance(e, ev.ExitBegun)]

    assert len(left) == 2
    assert stand.kinds().count("TradeClosed") == 2


def kill_directive(number: int, **fields: object) -> Directive:
    told = {"issued_us": 1, "expires_us": 2, "reason": "from afar", "authority": "person"}
    return msgspec.convert({"kind": "kill", "number": number, **told, **fields}, Directive)


def test_a_signed_directive_kills_within_one_turn() -> None:
    """Behind one that cannot be verified, and however late it is read; it kills once."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.releases.directives = {1: ReleaseInvalid("forged"), 2: kill_directive(2)}
        await stand.turn()
        assert stand.session.state.restrictions.killed == "directive 2: from afar"
        assert stand.session.state.restrictions.directive_number == 2
        await stand.play(2)
        assert stand.venue.holdings == {}
        await stand.restart()
        stand.switch.is_lifted = True
        await stand.play(2)

    run(course())

    assert stand.kinds().count("KillOrdered") == stand.kinds().count("KillLifted") == 1
    assert stand.session.state.restrictions.killed == ""
    assert find_first_difference(stand.journal.events) is None


def test_who_disarms_ends_what_was_sent_before() -> None:
    """Killed by directive and disarmed while nothing ran: the next start sells nothing."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.releases.directives = {1: kill_directive(1)}
        stand.switch.is_lifted = True
        await stand.restart()
        await stand.play(2)

    run(course())

    assert "KillOrdered" not in stand.kinds()
    assert stand.session.state.restrictions.directive_number == 1
    assert stand.venue.holdings != {}


def test_a_directive_that_was_not_looked_at_is_not_passed_over() -> None:
    """It comes between the look for kills and the reading of directives: the next turn kills."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        await stand.watch.kill.observe_kill(stand.session)
        stand.releases.directives = {1: kill_directive(1)}
        await observe_directives(stand.watch.kill, stand.session)
        assert stand.session.state.restrictions.directive_number == 0
        await stand.turn()

    run(course())

    assert stand.session.state.restrictions.killed == "directive 1: from afar"


def test_an_entry_that_was_decided_before_the_kill_is_not_sent_after_it() -> None:
    """Its intent is durable and its turn to be sent comes late; a sale goes, without a deadline."""
    stand, answers = Stand(bars=14, strategy=HOLD), list[ev.JournalEvent | None]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        entry = next(order for order in stand.venue.sent if order.side == "buy")
        sent = len(stand.venue.sent)
        stand.switch.ordered = "now"
        await stand.watch.kill.observe_kill(stand.session)
        answers.append(await carry_out(SendOrder(replace(entry, client_id="late")), stand.session))
        assert len(stand.venue.sent) == sent
        await stand.play(1, turns=5)

    run(course())
    (refused,) = answers

    assert isinstance(refused, ev.OrderRefused)
    assert refused.reason == "trading was killed before it was sent"
    assert [o.deadline_us for o in stand.venue.sent if o.side == "sell"] == [None, None]


def test_a_kill_overtakes_what_waits_to_be_recorded() -> None:
    """It comes after a bar into the mailbox, and is recorded before it."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.turn()
        stand.switch.ordered = "now"
        await asyncio.gather(
            stand.session.observe([ev.BarClosed(at_us=stand.clock.at_us, ts_us=1)]),
            stand.watch.kill.observe_kill(stand.session),
        )

    run(course())

    assert stand.kinds().index("KillOrdered") < stand.kinds().index("BarClosed")

"""Any id of the journal leads to its round trip: orders, stops, fills, the venue's own names."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from nija_domain.errors import NotFound, QuestionInvalid
from nija_domain.events import records as ev
from nija_domain.statements.stories import Kind, Story, find_story
from nija_domain.trading.order_ids import short_id
from tests.fakes.sessions import NOON_US, POSITION, SYMBOL, accepted, closed, filled, intended

FIRST, EXIT, SECOND = "1111aaaa22223333ff", "2222bbbb33334444ee", "1111aaaa99990000dd"
STOP = f"{SECOND}-stop"


NEXT, OTHERS = "trend/BTC/USD/core/2", "breakout/BTC/USD/core/1"


def opened(position_id: str = POSITION) -> ev.PositionOpened:
    return ev.PositionOpened(
        at_us=NOON_US,
        symbol=SYMBOL,
        quantity=Decimal(1),
        price=Decimal(100),
        stop_price=Decimal(90),
        release_id="r",
        position_id=position_id,
    )


JOURNAL: tuple[ev.JournalEvent, ...] = (
    intended(FIRST),
    accepted(FIRST),
    filled(FIRST, "t-1", quantity="1", price="100"),
    opened(),
    closed(FIRST),
    accepted(f"{FIRST}-stop"),
    ev.CancelIntended(
        at_us=NOON_US,
        order_id=f"{FIRST}-stop",
        reason="the trend is over",
        position_id="trend/BTC/USD/core/1",
    ),
    closed(f"{FIRST}-stop", status="canceled"),
    replace(intended(EXIT), side="sell", role="exit", reason="the trend is over"),
    filled(EXIT, "t-2", quantity="1", price="110", side="sell"),
    ev.TradeClosed(
        at_us=NOON_US,
        symbol=SYMBOL,
        opened_us=NOON_US,
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(110),
        gross=Decimal(10),
        fees=Decimal(0),
        regime="Bull",
        config_id="c",
        release_id="r",
        position_id="trend/BTC/USD/core/1",
        reason="stop",
    ),
    intended(SECOND, position_id=NEXT),
    filled(SECOND, "t-3", quantity="1", price="100"),
    opened(NEXT),
)


def story_of(asked: str) -> Story:
    return find_story(JOURNAL, asked)


@pytest.mark.parametrize(
    ("asked", "order_id", "kind"),
    [
        (FIRST, FIRST, "trade"),
        (f"v-{FIRST}", FIRST, "trade"),
        ("t-1", FIRST, "trade"),
        (f"{FIRST}-stop", f"{FIRST}-stop", "stop"),
        (f"v-{FIRST}-stop", f"{FIRST}-stop", "stop"),
        (EXIT, EXIT, "order"),
        (short_id(EXIT), EXIT, "order"),
        ("t-2", EXIT, "order"),
        (SECOND, SECOND, "position"),
        ("1111aaaa9", SECOND, "position"),
        (STOP, STOP, "stop"),
        ("1111aaaa9-stop", STOP, "stop"),
        (SYMBOL, SECOND, "position"),
        (NEXT, SECOND, "position"),
        (POSITION, FIRST, "trade"),
    ],
)
def test_every_id_leads_to_its_round_trip(asked: str, order_id: str, kind: Kind) -> None:
    """Also the beginning of one, the stop that the venue has not shown yet, and the symbol."""
    story = story_of(asked)
    trips = {FIRST: [FIRST, f"{FIRST}-stop", EXIT], SECOND: [SECOND, STOP]}

    assert (story.order_id, story.kind) == (order_id, kind)
    assert [each.order_id for each in story.round_trip] in trips.values()
    assert order_id in [each.order_id for each in story.round_trip]


def test_a_story_tells_what_became_of_it() -> None:
    """Fills, ends, and the trade that it led to; a stop is told by the entry that it protects."""
    trade, stop = story_of(FIRST), story_of(f"{FIRST}-stop")

    assert trade.closed is not None
    assert trade.closed.gross == Decimal(10)
    assert [fill.trade_id for fill in trade.fills] == ["t-1"]
    assert stop.order.order_id == FIRST
    assert stop.ends == ("the trend is over", "canceled")


@pytest.mark.parametrize("asked", ["zzz", "ETH/USD", "v-none"])
def test_an_unknown_id_names_the_newest_that_are_known(asked: str) -> None:
    """With what they are, so that the next try needs no other command."""
    with pytest.raises(NotFound, match=rf"newest ids: {short_id(SECOND)} \(entry {SYMBOL}\)"):
        story_of(asked)


def test_what_may_mean_two_orders_is_not_guessed() -> None:
    """Two entries begin alike: both are named."""
    with pytest.raises(QuestionInvalid, match=r"fits several ids: .*; type more of the id"):
        story_of("1111aaaa")


def test_a_symbol_of_two_agents_names_both_positions() -> None:
    """Each can then be asked for by its name."""
    third = "3333cccc44445555bb"
    both = (*JOURNAL, intended(third, position_id=OTHERS), opened(OTHERS))

    with pytest.raises(QuestionInvalid, match=f"hold {SYMBOL}: {OTHERS}, {NEXT}; ask for one"):
        find_story(both, SYMBOL)
    assert find_story(both, OTHERS).order_id == third


def test_an_empty_journal_says_so() -> None:
    """There is nothing to choose from."""
    with pytest.raises(NotFound, match="newest ids: none yet"):
        find_story((), "x")

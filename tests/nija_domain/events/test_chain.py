"""The chain binds each record to all before it, whatever kind of file it stands in."""

from dataclasses import dataclass
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.errors import EventInvalid, JournalBroken
from nija_domain.events.chain import (
    GENESIS_HASH,
    Link,
    encode_event,
    follow_chain,
    link_all,
    verify_chain,
)
from nija_domain.events.ledger import LEDGER_GENESIS_HASH
from nija_domain.events.records import CandleClosed, EquityMarked

_BODIES = st.lists(st.binary(max_size=12), min_size=1, max_size=8)


@dataclass(frozen=True)
class Damage:
    """One way to change a chained file behind its writer's back."""

    row: int
    kind: str


_DAMAGES = st.builds(
    Damage,
    row=st.integers(0, 7),
    kind=st.sampled_from(["body", "hash", "sequence", "drop", "repeat", "swap"]),
)


def _damaged(links: tuple[Link, ...], damage: Damage) -> list[Link]:
    rows, at = list(links), damage.row % len(links)
    row = rows[at]
    if damage.kind == "body":
        rows[at] = msgspec.structs.replace(row, body=row.body + b"!")
    elif damage.kind == "hash":
        rows[at] = msgspec.structs.replace(row, hash=bytes([row.hash[0] ^ 1]) + row.hash[1:])
    elif damage.kind == "sequence":
        rows[at] = msgspec.structs.replace(row, sequence=row.sequence + 1)
    elif damage.kind == "drop":
        del rows[at]
    elif damage.kind == "repeat":
        rows.insert(at, row)
    else:
        rows[at], rows[at - 1] = rows[at - 1], rows[at]
    return rows


@given(bodies=_BODIES, cut=st.integers(0, 8))
def test_a_chain_grows_in_any_portions_to_the_same_rows(bodies: list[bytes], cut: int) -> None:
    """Rows do not depend on how many were appended at a time, and they verify."""
    whole = link_all(bodies)

    first = link_all(bodies[:cut])
    rest = link_all(bodies[cut:], previous=first[-1] if first else None)

    assert first + rest == whole
    assert verify_chain(whole) == whole[-1]
    assert list(follow_chain(rest, previous=first[-1] if first else None)) == list(rest)


@given(bodies=_BODIES, damage=_DAMAGES)
def test_every_damage_but_a_cut_tail_breaks_the_chain(bodies: list[bytes], damage: Damage) -> None:
    """A change, a gap, a copy or a swap anywhere is named; only a prefix is a whole chain."""
    links = link_all(bodies)
    rows = _damaged(links, damage)

    if rows == list(links[: len(rows)]):
        assert verify_chain(rows) == (rows[-1] if rows else None)
    else:
        with pytest.raises(JournalBroken, match="chain breaks at record"):
            verify_chain(rows)


def test_a_ledger_never_passes_for_a_journal() -> None:
    """Each kind of file starts from its own genesis."""
    links = link_all([b"same"], genesis=LEDGER_GENESIS_HASH)

    assert verify_chain(links, genesis=LEDGER_GENESIS_HASH) == links[0]
    with pytest.raises(JournalBroken, match="record 1"):
        verify_chain(links, genesis=GENESIS_HASH)


@pytest.mark.parametrize("price", [float("nan"), float("inf"), "7"])
def test_a_price_that_would_not_read_back_is_never_encoded(price: object) -> None:
    """JSON turns what is not finite into null: such a record would poison the file for ever."""
    candle = CandleClosed(
        at_us=1, symbol="BTC/USD", ts_us=1, open=1.0, high=1.0, low=1.0, close=price, volume=0.0
    )

    with pytest.raises(EventInvalid, match=r"close.*finite value"):
        encode_event(candle)


def test_money_that_is_not_a_number_is_never_encoded() -> None:
    """A NaN in a Decimal reads back as text would, yet equals nothing."""
    with pytest.raises(EventInvalid, match="EquityMarked does not read back"):
        encode_event(EquityMarked(at_us=1, equity=Decimal("NaN"), cash=Decimal(0)))

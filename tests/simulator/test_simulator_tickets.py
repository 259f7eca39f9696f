from decimal import Decimal

import pytest
from msgspec.structs import replace

from simulator.keyring import Keyring
from simulator.listings import listing_of
from simulator.refusals import Refusal
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET
from simulator.tickets import read_ticket
from simulator.tokens import Tokens

LISTING = listing_of("BTC/USD", taker_fee_rate=Decimal("0.0026"))
GOOD = {"pair": "XXBTZUSD", "type": "buy", "ordertype": "market", "volume": "0.01"}


def test_the_fields_of_an_order_become_a_ticket() -> None:
    """Amounts are read as text, the close part as the price of the stop."""
    ticket = read_ticket(
        GOOD | {"close[ordertype]": "stop-loss", "close[price]": "60000.1", "cl_ord_id": "a-1"},
        listing=LISTING,
    )

    assert ticket.quantity == Decimal("0.01")
    assert ticket.close_price == Decimal("60000.1")
    assert ticket.client_id == "a-1"


@pytest.mark.parametrize(
    "client_id", ["a", "x" * 18, "0123456789abcdef" * 2, "6d1b345e-2821-40e2-ad83-4ecb18a06876"]
)
def test_a_client_id_is_a_short_text_or_a_uuid(client_id: str) -> None:
    """What Kraken's own documents allow."""
    ticket = read_ticket(GOOD | {"cl_ord_id": client_id}, listing=LISTING)

    assert ticket.client_id == client_id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"leverage": "5"}, "EGeneral:Invalid arguments:leverage"),
        ({"stopLoss[triggerPrice]": "1"}, "EGeneral:Invalid arguments:stopLoss"),
        ({"type": "hold"}, "EGeneral:Invalid arguments:type"),
        ({"ordertype": "iceberg"}, "EGeneral:Invalid arguments:ordertype"),
        ({"ordertype": "limit"}, "EGeneral:Invalid arguments:price"),
        ({"price": "60000"}, "EGeneral:Invalid arguments:price"),
        ({"volume": "-1"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "NaN"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "1e99"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "0.000000001"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "one"}, "EGeneral:Invalid arguments:volume"),
        ({"ordertype": "limit", "price": "60000.01"}, "only be specified up to 1 decimals"),
        ({"close[price]": "60000"}, r"close\[ordertype\]"),
        ({"close[ordertype]": "stop-loss"}, r"close\[price\]"),
        ({"cl_ord_id": "x" * 19}, "cl_ord_id"),
        ({"cl_ord_id": "x" * 32}, "cl_ord_id"),
        ({"oflags": "viqc"}, "oflags"),
    ],
)
def test_a_field_that_is_not_understood_is_refused_by_name(
    change: dict[str, str], words: str
) -> None:
    """Nothing is dropped in silence: a stop that is not understood would leave a naked entry."""
    with pytest.raises(Refusal, match=words):
        read_ticket(GOOD | change, listing=LISTING)


def test_a_price_between_two_coarse_ticks_fails_the_tick_check() -> None:
    """Few enough decimals are not enough where the tick is coarser than they are."""
    coarse = replace(LISTING, instrument=replace(LISTING.instrument, tick_size=Decimal("0.5")))
    order = GOOD | {"ordertype": "limit"}
    with pytest.raises(Refusal, match="EOrder:Tick size check failed"):
        read_ticket(order | {"price": "60000.1"}, listing=coarse)

    assert read_ticket(order | {"price": "60000.5"}, listing=coarse).price == Decimal("60000.5")


def test_a_lenient_venue_drops_an_unknown_field_and_with_it_the_stop() -> None:
    """So does Kraken: the entry is naked, and only its description shows it."""
    raw = GOOD | {"stopLoss[triggerPrice]": "59000"}
    ticket = read_ticket(raw, listing=LISTING, is_strict=False)

    assert ticket.close_price is None


def test_a_token_is_good_for_a_quarter_of_an_hour_and_for_whoever_got_it() -> None:
    """Two nonces get two tokens; a token of another run of the venue opens nothing."""
    now_ns = 0
    tokens, others = (Tokens("secret", monotonic_ns=lambda: now_ns) for _ in range(2))
    first, second = tokens.give("1"), tokens.give("2")
    fresh = tokens.admits(first), tokens.admits(second), others.admits(first)
    now_ns = 900_000_000_000

    assert first != second
    assert fresh == (True, True, False)
    assert not tokens.admits(first)


def test_the_keyring_knows_krakens_published_signature() -> None:
    """The example of Kraken's own documentation, to the last character."""
    body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    keyring = Keyring(
        "key",
        api_secret="kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",  # noqa: S106
    )
    signature = (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )
    sent = {
        "path": "/0/private/AddOrder",
        "body": body.encode(),
        "nonce": "1616492376594",
        "key": "key",
    }
    keyring.check(**sent, signature=signature)

    with pytest.raises(Refusal, match="EAPI:Invalid nonce"):
        keyring.check(**sent, signature=signature)
    with pytest.raises(Refusal, match="EAPI:Invalid signature"):
        keyring.check(**{**sent, "body": body.encode() + b"0"}, signature=signature)
    with pytest.raises(Refusal, match="EAPI:Invalid key"):
        keyring.check(**{**sent, "key": "other"}, signature=signature)


def test_the_defaults_open_the_default_venue() -> None:
    """The shipped key and secret are a pair that a keyring accepts."""
    keyring = Keyring(SIMULATOR_API_KEY, api_secret=SIMULATOR_API_SECRET)

    with pytest.raises(Refusal, match="EAPI:Invalid signature"):
        keyring.check(path="/", body=b"", nonce="1", key=SIMULATOR_API_KEY, signature="")

"""Numbers and times as text; each colour also has a sign or a word."""

from datetime import UTC, datetime
from decimal import Decimal

from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_domain.statements.allotments import lapse_text
from nija_domain.trading.order_ids import short_id

DIGITS_SHOWN = 6
CENT = Decimal("0.01")
AGES = ((86_400, "d"), (3_600, "h"), (60, "min"))
MINUS = "\N{MINUS SIGN}"


def money(amount: Decimal) -> str:
    return _minus(f"{amount.quantize(CENT):,f}")


def signed_money(amount: Decimal) -> str:
    return _minus(f"{amount.quantize(CENT):+,f}")


def price(amount: Decimal, tick_size: Decimal) -> str:
    """With as many decimals as the venue quotes."""
    return f"{amount.quantize(tick_size):,f}"


def quantity(amount: Decimal) -> str:
    """Six significant digits; the API has the exact number."""
    decimals = max(0, DIGITS_SHOWN - 1 - amount.adjusted()) if amount else 0
    text = f"{amount:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: Decimal | float) -> str:
    return _minus(f"{100 * share:.2f} %")


def whole_percent(share: Decimal | float) -> str:
    return _minus(f"{100 * share:.0f} %")


def signed_percent(share: Decimal | float) -> str:
    return _minus(f"{100 * share:+.2f} %")


def axis(value: float) -> str:
    """A round number for an axis, with at most two decimals."""
    return _minus(f"{value:,.2f}".rstrip("0").rstrip("."))


def age(seconds: float) -> str:
    for length_s, unit in AGES:
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def day_time(at_us: int) -> str:
    return _moment(at_us).strftime("%d %b %H:%M")


def clock_time(at_us: int) -> str:
    return _moment(at_us).strftime("%H:%M:%S")


def iso_time(at_us: int) -> str:
    return _moment(at_us).isoformat()


def minute(at_us: int) -> str:
    """With the year, because venue time may be in another year."""
    return utc_minute(at_us)


def direction(amount: Decimal | float) -> str:
    """The word behind a colour: up, down or flat."""
    return "up" if amount > 0 else "down" if amount < 0 else "flat"


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC)


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


FILTERS = {
    each.__name__: each
    for each in (
        money,
        signed_money,
        price,
        quantity,
        percent,
        whole_percent,
        signed_percent,
        axis,
        age,
        day_time,
        clock_time,
        iso_time,
        direction,
        minute,
        short_id,
        lapse_text,
    )
}

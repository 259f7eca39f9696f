"""`nija candles confirm`: a person confirms a price step of ten times or more."""

import sys
from datetime import UTC, datetime

import msgspec

from nija.actions.candle_files import check_symbol
from nija.bootstrap import append_ledger, read_confirmed, read_pipeline_settings, wall_now_us
from nija.home import Home
from nija_domain.errors import SettingsInvalid
from nija_domain.events.ledger import StepConfirmed
from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_domain.market.venues import Series, parse_venue


def confirm_step(
    home: Home, symbol: str, *, at: str, venue: str | None, why: str, as_json: bool
) -> StepConfirmed:
    """Record it once in the ledger, which ingestion, import and training read."""
    check_symbol("SYMBOL", symbol)
    step_us = _parse_moment_us(at)
    name = read_pipeline_settings().venue if venue is None else parse_venue(venue)
    entry = StepConfirmed(at_us=wall_now_us(), venue=name, symbol=symbol, step_us=step_us, why=why)
    known = read_confirmed(home, Series(venue=name, symbol=symbol, timeframe_us=SECOND_US))
    if step_us not in known:
        append_ledger(home, entry)
    if as_json:
        sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
    else:
        sys.stdout.write(_confirmation_text(entry, is_new=step_us not in known))
    return entry


def _parse_moment_us(at: str) -> int:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise SettingsInvalid(
            f"--at {at!r} is not a time; copy it from the message that named the step, such as"
            " 2024-05-01T00:00, UTC"
        ) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND_US


def _confirmation_text(entry: StepConfirmed, *, is_new: bool) -> str:
    verb = "confirmed" if is_new else "already confirmed"
    return (
        f"{verb}: the price of {entry.symbol} at {entry.venue} steps in the bar that contains"
        f" {utc_minute(entry.step_us)} UTC.\nIngestion and import accept it from now on. The"
        " executor trades the symbol again with the next release that was trained beyond this"
        " bar.\n"
    )

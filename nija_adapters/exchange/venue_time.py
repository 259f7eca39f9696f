"""Asks the venue for its time."""

import asyncio

from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import OutcomeUnknown, VenueRefused, VenueUnreachable


def ask_venue_time_us(reach: ExchangeSettings) -> int | None:
    """The venue's time; None if it does not answer."""
    try:
        return asyncio.run(_ask(reach))
    except (VenueUnreachable, VenueRefused, OutcomeUnknown):
        return None


async def _ask(reach: ExchangeSettings) -> int:
    from nija_adapters.exchange.kraken import KrakenExchange

    exchange = KrakenExchange(reach)
    try:
        return await exchange.fetch_time_us()
    finally:
        await exchange.close()

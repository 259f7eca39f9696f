"""The ccxt client for Kraken, with the address of the settings and nonces that only grow."""

import time
from collections.abc import Callable
from typing import Any

from nija_adapters.exchange.loading import load_exchange_class
from nija_adapters.exchange.settings import ExchangeSettings


def open_client(settings: ExchangeSettings) -> Any:  # noqa: ANN401
    """A client as the settings say."""
    client = load_exchange_class("kraken")(
        {
            "apiKey": settings.api_key,
            "secret": settings.secret,
            "timeout": settings.timeout_ms,
            "enableRateLimit": False,
            "options": {"maxRetriesOnFailure": 0},
        }
    )
    client.nonce = _growing_nonce()
    if settings.api_url is not None:
        client.urls["api"] = dict.fromkeys(client.urls["api"], settings.api_url)
        client.timeout_on_exit = 0  # a plain connection has no TLS farewell to wait for
    return client


def _growing_nonce() -> Callable[[], int]:
    """Microseconds of wall time; where the clock stands or steps back, one more than the last."""
    last = 0

    def nonce() -> int:
        nonlocal last
        last = max(last + 1, time.time_ns() // 1_000)
        return last

    return nonce

"""A simulated venue in a process of its own, and the real adapter that talks to it."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET

ROOT = Path(__file__).parents[2]


def start_venue(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def greeting_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    return json.loads(process.stdout.readline())


@contextmanager
def running_venue(*arguments: str) -> Iterator[str]:
    """The address of a venue that ends with the block, having complained of nothing."""
    process = start_venue(*arguments)
    try:
        yield greeting_of(process)["listening"]
    finally:
        process.send_signal(signal.SIGTERM)
        complaints = process.communicate()[1]
    if complaints:
        raise AssertionError(complaints)


@asynccontextmanager
async def exchange_at(url: str, *, timeout_ms: int = 10_000) -> AsyncIterator[KrakenExchange]:
    exchange = KrakenExchange(
        ExchangeSettings(
            api_url=url,
            api_key=SIMULATOR_API_KEY,
            secret=SIMULATOR_API_SECRET,
            timeout_ms=timeout_ms,
            private_per_second=1_000.0,
            public_per_second=1_000.0,
        )
    )
    try:
        yield exchange
    finally:
        await exchange.close()


def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of a plain request; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(url, data=data) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text.startswith(b"{") else {}

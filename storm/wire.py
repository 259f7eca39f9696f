"""The wire between the executor and the venue: what gets lost, gets lost here.

It stands where the client would send HTTP: requests are built, signed, read and judged by the real
adapter, and answers pass through its real error handling.
"""

import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from simulator.refusals import Refusal
from storm.course import REQUESTS, Mishap
from storm.venue import WORDS, VenueSide

TIMEOUT_S = 5.0
ACTS = ("AddOrder", "CancelOrder")
_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


class Trouble:
    """Which requests go wrong next, and until when none gets through."""

    def __init__(self) -> None:
        self.armed: list[tuple[Mishap, int]] = []
        self.outage_until_s = 0.0
        self.is_outage_loud = False
        self.hits: dict[str, int] = {}
        self.shift_s = 0
        self.failed: list[tuple[str, str, float]] = []
        """The kind, the method and when: a request that did not come through."""

    def arm(self, mishap: Mishap) -> None:
        self.armed.append((mishap, mishap.count))

    def strike(self, method: str) -> Mishap | None:
        for index, (mishap, left) in enumerate(self.armed):
            if mishap.method in (None, method):
                self.armed[index : index + 1] = [(mishap, left - 1)] if left > 1 else []
                self.note(mishap.kind)
                return mishap
        return None

    def note(self, kind: str) -> None:
        self.hits[kind] = self.hits.get(kind, 0) + 1


class Wire:
    """One process's connection."""

    def __init__(
        self,
        side: VenueSide,
        trouble: Trouble,
        *,
        client: Any,  # noqa: ANN401
        pause: Callable[[str], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._side = side
        self._trouble = trouble
        self._client = client
        self._pause = pause
        self._sleep = sleep

    async def fetch(
        self,
        url: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: str | None = None,
    ) -> Any:  # noqa: ANN401
        """As the client's own `fetch`: the parsed answer, or one of its errors."""
        parts = urlsplit(url)
        name = parts.path.rpartition("/")[2]
        fields = dict(parse_qsl(body or parts.query))
        mishap = self._trouble.strike(name)
        if mishap is not None:
            self._trouble.failed.append((mishap.kind, name, self._side.moments.now_s))
        await self._pause(f"before {name}")
        if mishap is not None and mishap.kind == "never_sent":
            raise self._error("ExchangeNotAvailable", name) from socket.gaierror(-2, "unknown name")
        if self._side.moments.now_s < self._trouble.outage_until_s:
            await self._fail_in_outage(name)
        text, status = await self._answered(name, fields, mishap)
        await self._pause(f"after {name}")
        return self._read(text, status, url, method, headers, body)

    async def _fail_in_outage(self, name: str) -> None:
        if self._trouble.is_outage_loud:
            raise self._error("ExchangeNotAvailable", f"{name} 503 Service Unavailable")
        await self._sleep(TIMEOUT_S)
        raise self._error("RequestTimeout", name)

    async def _answered(
        self, name: str, fields: dict[str, str], mishap: Mishap | None
    ) -> tuple[str, int]:
        """The bytes that come back; a request may have its effect and no answer."""
        kind = mishap.kind if mishap is not None else ""
        if kind == "drop" or (kind in WORDS and not self._has_effect(mishap)):
            text = ""
        else:
            text = self._act(name, fields)
        if kind in ("drop", "lost_answer"):
            await self._sleep(TIMEOUT_S)
            raise self._error("RequestTimeout", name)
        if mishap is not None and kind == "slow":
            await self._sleep(min(mishap.seconds, TIMEOUT_S))
            if mishap.seconds >= TIMEOUT_S:
                raise self._error("RequestTimeout", name)
        if kind in WORDS:
            return _refusal(WORDS[kind]), 200
        if kind in ("error_5xx", "html_200"):
            return _PAGE, 502 if kind == "error_5xx" else 200
        return ('{"error":[],"result":{"odd":[]}}' if kind == "odd_answer" else text), 200

    @staticmethod
    def _has_effect(mishap: Mishap | None) -> bool:
        """Kraken has answered 'busy' and 'unavailable' to orders that lived."""
        return mishap is not None and mishap.kind in ("busy", "unavailable") and mishap.acts

    def _act(self, name: str, fields: dict[str, str]) -> str:
        try:
            result = self._side.answer(name, fields)
        except Refusal as refusal:
            return _refusal(str(refusal))
        if name == "Time" and self._trouble.shift_s:
            result = {**result, "unixtime": int(str(result["unixtime"])) + self._trouble.shift_s}
            self._trouble.shift_s = 0
            self._trouble.note("wrong_time")
        return msgspec.json.encode({"error": [], "result": result}).decode()

    def _read(
        self,
        text: str,
        status: int,
        url: str,
        method: str,
        headers: dict[str, str] | None,
        body: str | None,
    ) -> Any:  # noqa: ANN401
        """What the client makes of an HTTP answer, in its own order."""
        client, parsed = self._client, self._client.parse_json(text)
        client.handle_errors(status, "", url, method, {}, text, parsed, headers, body)
        client.handle_http_status_code(status, "", url, method, text)
        return text if parsed is None else parsed

    def _error(self, kind: str, details: str) -> Exception:
        from ccxt.base import errors

        error: Exception = getattr(errors, kind)(f"kraken {details}")
        return error


def _refusal(text: str) -> str:
    return msgspec.json.encode({"error": [text]}).decode()


REQUEST_KINDS = frozenset(REQUESTS)

"""How a fault looks to the client whose request it strikes, and the switch that arms it."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from nija_domain.errors import SettingsInvalid
from simulator import refusals
from simulator.faults import PAIR_KINDS, SOCKET_KINDS, Fault, FaultBoard

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
_ERRORS = {
    "busy": refusals.BUSY,
    "unavailable": refusals.UNAVAILABLE,
    "rate_limit": refusals.RATE_LIMIT,
    "nonce": refusals.INVALID_NONCE,
}


async def suffer(
    fault: Fault, *, request: web.Request, act: Callable[[], web.Response]
) -> web.Response:
    """What comes back, if anything; the request is carried out first where the fault says so."""
    answer = act() if fault.has_effect else web.Response()
    if fault.kind in _ERRORS:
        return error_answer(_ERRORS[fault.kind])
    if fault.kind in ("error_5xx", "html_200"):
        status = 502 if fault.kind == "error_5xx" else 200
        return web.Response(status=status, text=_PAGE, content_type="text/html")
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_ms / 1_000)
        return answer
    if request.transport is not None:
        request.transport.abort()
    return answer


def error_answer(text: str) -> web.Response:
    body = msgspec.json.encode({"error": [text]})
    return web.Response(body=body, content_type="application/json")


class FaultSwitch:
    """POST arms a fault and GET tells what is armed and what has fired."""

    def __init__(self, board: FaultBoard, *, cut_sockets: Callable[[], int]) -> None:
        self._board = board
        self._cut_sockets = cut_sockets

    async def arm(self, request: web.Request) -> web.Response:
        try:
            fault = msgspec.json.decode(await request.read(), type=Fault)
        except (msgspec.DecodeError, SettingsInvalid) as error:
            return _answer({"error": str(error)}, status=400)
        if fault.kind in SOCKET_KINDS:
            for _ in range(self._cut_sockets()):
                self._board.note(fault.kind, method="WebSocket")
        elif fault.kind in PAIR_KINDS:
            self._board.close_pair(fault)
        else:
            self._board.arm(fault)
        return _answer(self._board.report(), status=200)

    async def tell(self, _request: web.Request) -> web.Response:
        return _answer(self._board.report(), status=200)


def _answer(report: dict[str, object], *, status: int) -> web.Response:
    body = msgspec.json.encode(report)
    return web.Response(status=status, body=body, content_type="application/json")

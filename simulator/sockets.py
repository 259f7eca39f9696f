"""The venue's WebSockets: every client served at its own pace from the one venue."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count

from aiohttp import WSMsgType, web

from simulator import dialect_v2
from simulator.dialect import Json
from simulator.subscriptions import Subscriptions
from simulator.tokens import Tokens
from simulator.venue import Venue

_SERVE_EVERY_S = 0.02
_HEARTBEAT_S = 1.0
_MESSAGE_BYTES_MAX = 65_536


class Sockets:
    """Everyone who listens; `catch_up` brings the venue to its clock's moment."""

    def __init__(self, venue: Venue, *, tokens: Tokens, catch_up: Callable[[], None]) -> None:
        self._venue = venue
        self._tokens = tokens
        self._catch_up = catch_up
        self._numbers = count(1)
        self._lines: dict[int, asyncio.Transport] = {}

    async def serve_public(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, Subscriptions(self._venue, admits=None))

    async def serve_private(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, Subscriptions(self._venue, admits=self._tokens.admits))

    def cut(self) -> int:
        """How many clients have lost their connection, without a farewell."""
        for line in self._lines.values():
            line.abort()
        return len(self._lines)

    async def _serve(
        self, request: web.Request, subscriptions: Subscriptions
    ) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=_MESSAGE_BYTES_MAX)
        number = next(self._numbers)
        await socket.prepare(request)
        if request.transport is not None:
            self._lines[number] = request.transport
        session = _Session(socket, subscriptions=subscriptions, catch_up=self._catch_up)
        system = self._venue.system_status({})["status"]
        try:
            await session.hold(dialect_v2.status(connection_id=number, system=str(system)))
        except ConnectionError:
            pass  # the client, or a cut, ended it
        finally:
            self._lines.pop(number, None)
        return socket


class _Session:
    """One client: its requests answered and its news sent, one message at a time.

    A client that reads slowly holds up nobody else: its news are made when it can take them.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        subscriptions: Subscriptions,
        catch_up: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._subscriptions = subscriptions
        self._catch_up = catch_up
        self._sending = asyncio.Lock()
        self._sent_s = 0.0

    async def hold(self, greeting: Json) -> None:
        """Until the client leaves."""
        await self._send(lambda: [greeting])
        pushing = asyncio.create_task(self._push())
        try:
            async for message in self._socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._send(self._subscriptions.news)
                    await self._send(partial(self._subscriptions.answer, message.data))
        finally:
            pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pushing

    async def _push(self) -> None:
        now_s = asyncio.get_running_loop().time
        while not self._socket.closed:
            await asyncio.sleep(_SERVE_EVERY_S)
            if self._subscriptions.is_empty:
                continue
            await self._send(self._subscriptions.news)
            if now_s() - self._sent_s >= _HEARTBEAT_S:
                await self._send(lambda: [{"channel": "heartbeat"}])

    async def _send(self, make: Callable[[], Iterable[Json]]) -> None:
        async with self._sending:
            self._catch_up()
            for message in make():
                await self._socket.send_str(dialect_v2.encode(message))
                self._sent_s = asyncio.get_running_loop().time()

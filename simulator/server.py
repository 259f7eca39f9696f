"""The venue on a local port, with Kraken's paths and Kraken's answers."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from nija_domain.errors import SettingsInvalid
from simulator import refusals
from simulator.chronicle import Chronicle
from simulator.dialect import Json
from simulator.faults import REQUEST_KINDS, FaultBoard
from simulator.keyring import Keyring
from simulator.mishaps import FaultSwitch, error_answer, suffer
from simulator.opening import open_venue
from simulator.refusals import Refusal
from simulator.settings import SimulatorSettings
from simulator.sockets import Sockets
from simulator.tokens import TOKEN_LIFE_S, Tokens
from simulator.venue import Fields, Venue

_HOST = "127.0.0.1"


class VenueServer:
    """HTTP and WebSocket around a venue: reads, checks signatures, wraps answers and refusals."""

    def __init__(
        self,
        venue: Venue,
        *,
        settings: SimulatorSettings,
        faults: FaultBoard,
        chronicle: Chronicle | None,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._venue = venue
        self._faults = faults
        self._chronicle = chronicle
        last_nonce = chronicle.nonce if chronicle is not None else -1
        self._keyring = Keyring(
            settings.api_key, api_secret=settings.api_secret, last_nonce=last_nonce
        )
        self._tokens = Tokens(settings.api_secret, monotonic_ns=monotonic_ns)
        self._sockets = Sockets(venue, tokens=self._tokens, catch_up=self.catch_up)
        self._private = {**venue.private, "GetWebSocketsToken": self._give_token}
        self.app = web.Application()
        self._open_doors(has_faults=settings.has_faults)

    def catch_up(self) -> None:
        """The venue at its clock's moment; a restart never goes back behind what is told now."""
        self._venue.catch_up()
        if self._chronicle is not None:
            self._chronicle.mark(self._venue.engine.now_us, nonce=self._keyring.last_nonce)

    def _open_doors(self, *, has_faults: bool) -> None:
        router = self.app.router
        router.add_get("/0/public/{method}", self._answer_public)
        router.add_post("/0/private/{method}", self._answer_private)
        router.add_get("/v2", self._sockets.serve_public)
        router.add_get("/v2/private", self._sockets.serve_private)
        self.app.on_shutdown.append(self._hang_up)
        if has_faults:
            switch = FaultSwitch(self._faults, cut_sockets=self._sockets.cut)
            router.add_post("/faults", switch.arm)
            router.add_get("/faults", switch.tell)

    async def _hang_up(self, _app: web.Application) -> None:
        self._sockets.cut()

    async def _answer_public(self, request: web.Request) -> web.Response:
        method = self._venue.public.get(request.match_info["method"], _unknown_method)
        return await self._answer(request, method, lambda: dict(request.query))

    async def _answer_private(self, request: web.Request) -> web.Response:
        body = await request.read()
        method = self._private.get(request.match_info["method"], _unknown_method)
        return await self._answer(request, method, lambda: self._signed_fields(request, body))

    async def _answer(
        self, request: web.Request, method: Callable[[Fields], Json], read: Callable[[], Fields]
    ) -> web.Response:
        fault = self._faults.strike(REQUEST_KINDS, method=request.match_info["method"])
        if fault is not None:
            return await suffer(fault, request=request, act=lambda: self._act(method, read))
        return self._act(method, read)

    def _act(self, method: Callable[[Fields], Json], read: Callable[[], Fields]) -> web.Response:
        try:
            fields = read()
            self.catch_up()
            result = method(fields)
        except Refusal as refusal:
            return error_answer(str(refusal))
        body = msgspec.json.encode({"error": [], "result": result})
        return web.Response(body=body, content_type="application/json")

    def _signed_fields(self, request: web.Request, body: bytes) -> Fields:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise refusals.invalid_argument("body") from error
        fields = dict(pairs)
        self._keyring.check(
            path=request.path,
            body=body,
            nonce=fields.get("nonce", ""),
            key=request.headers.get("API-Key", ""),
            signature=request.headers.get("API-Sign", ""),
        )
        return fields

    def _give_token(self, fields: Fields) -> Json:
        return {"token": self._tokens.give(fields["nonce"]), "expires": TOKEN_LIFE_S}


async def serve(settings: SimulatorSettings) -> None:
    """Serve until SIGTERM or SIGINT; one line on stdout says where and since when."""
    chronicle = Chronicle(settings.home) if settings.home is not None else None
    faults = FaultBoard()
    venue = open_venue(settings, monotonic_ns=time.monotonic_ns, faults=faults, chronicle=chronicle)
    server = VenueServer(
        venue,
        settings=settings,
        faults=faults,
        chronicle=chronicle,
        monotonic_ns=time.monotonic_ns,
    )
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    stopped = _stop_signal()
    try:
        port = await _listen(runner, port=settings.port)
        server.catch_up()
        _announce(port=port, venue_time_us=venue.engine.now_us, speed=settings.speed)
        await stopped.wait()
        server.catch_up()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, *, port: int) -> int:
    try:
        await web.TCPSite(runner, _HOST, port).start()
    except OSError as error:
        raise SettingsInvalid(
            f"port {port} of {_HOST} cannot be used ({error.strerror}); stop the program that uses"
            " it, or start with --port 0 for any free one"
        ) from error
    return int(runner.addresses[0][1])


def _announce(*, port: int, venue_time_us: int, speed: float) -> None:
    listening = f"http://{_HOST}:{port}"
    line = {"listening": listening, "venue_time_us": venue_time_us, "speed": speed}
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _unknown_method(_fields: Fields) -> Json:
    raise Refusal(refusals.UNKNOWN_METHOD)

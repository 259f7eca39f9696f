"""The venue on a socket of this machine: Kraken's paths, Kraken's envelope."""

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
from simulator.clock import VenueClock
from simulator.dialect import Json
from simulator.keyring import Keyring
from simulator.refusals import Refusal
from simulator.settings import SimulatorSettings
from simulator.venue import Fields, Venue, open_venue

_HOST = "127.0.0.1"


class VenueServer:
    """HTTP around a venue: reads fields, checks signatures, wraps answers and refusals."""

    def __init__(self, venue: Venue, *, keyring: Keyring) -> None:
        self._venue = venue
        self._keyring = keyring
        self.app = web.Application()
        self.app.router.add_get("/0/public/{method}", self._answer_public)
        self.app.router.add_post("/0/private/{method}", self._answer_private)

    async def _answer_public(self, request: web.Request) -> web.Response:
        method = self._venue.public.get(request.match_info["method"], _unknown_method)
        return self._answer(method, lambda: dict(request.query))

    async def _answer_private(self, request: web.Request) -> web.Response:
        body = await request.read()
        method = self._venue.private.get(request.match_info["method"], _unknown_method)
        return self._answer(method, lambda: self._signed_fields(request, body))

    def _answer(self, method: Callable[[Fields], Json], read: Callable[[], Fields]) -> web.Response:
        try:
            fields = read()
            self._venue.catch_up()
            envelope: Json = {"error": [], "result": method(fields)}
        except Refusal as refusal:
            envelope = {"error": [str(refusal)]}
        return web.Response(body=msgspec.json.encode(envelope), content_type="application/json")

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


async def serve(settings: SimulatorSettings) -> None:
    """Answers until SIGTERM or SIGINT; one line on stdout says where and when it began."""
    keyring = Keyring(settings.api_key, api_secret=settings.api_secret)
    world = settings.world
    clock = VenueClock(
        origin_us=world.start_us + settings.history_bars * world.timeframe_us,
        end_us=world.start_us + world.bars * world.timeframe_us,
        speed=settings.speed,
        monotonic_ns=time.monotonic_ns,
    )
    venue = open_venue(settings, clock=clock)
    runner = web.AppRunner(VenueServer(venue, keyring=keyring).app, access_log=None)
    await runner.setup()
    stopped = _stop_signal()
    try:
        port = await _listen(runner, port=settings.port)
        venue.catch_up()
        _announce(port=port, venue_time_us=venue.engine.now_us, speed=settings.speed)
        await stopped.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, *, port: int) -> int:
    try:
        await web.TCPSite(runner, _HOST, port).start()
    except OSError as error:
        raise SettingsInvalid(
            f"port {port} of {_HOST} can't be had ({error.strerror}); stop what listens there,"
            " or start with --port 0 for any free one"
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

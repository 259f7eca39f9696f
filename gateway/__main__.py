"""The gateway's process: `python -m gateway`."""

import json
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from gateway.app import build_app
from gateway.bootstrap import HealthFile, Program, read_program, watch_journal
from gateway.page.pictures import picture_routes
from gateway.settings import GatewaySettings
from nija_domain.errors import NijaError, SettingsInvalid

CONNECTIONS_WAITING_MAX = 64
STOP_WAIT_S = 3


def listen(settings: GatewaySettings) -> socket.socket:
    """Open the port first, so that a used port is reported with its setting."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(CONNECTIONS_WAITING_MAX)
    except OSError as error:
        listener.close()
        raise SettingsInvalid(
            f"port {settings.port} of [gateway] cannot be used ({error.strerror});"
            " stop the program that uses it, or set NIJA_GATEWAY_PORT to another port, 0 for any"
            " free one"
        ) from error
    return listener


def serve(program: Program, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then finish the open answers."""
    app = build_app(
        watch_journal(program),
        HealthFile(program.home.record("candle_health")),
        settings=program.settings,
        build=program.build,
        is_stopping=lambda: server.should_exit,
    )
    app.include_router(picture_routes(program.home.pictures))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            limit_concurrency=program.settings.connections_max,
            timeout_graceful_shutdown=STOP_WAIT_S,
        )
    )

    def stop(*_: object) -> None:
        server.should_exit = True

    # The server raises again what it caught; here it finds that there is nothing left to end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    host, port = listener.getsockname()
    sys.stdout.write(json.dumps({"listening": f"http://{host}:{port}"}) + "\n")
    sys.stdout.flush()
    server.run([listener])


def main() -> int:
    """Serve, and return the exit code: 1 after an error, which is printed in one line."""
    config = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("config")
    try:
        program = read_program(config)
        serve(program, listen(program.settings))
    except NijaError as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The services of `make up`: command, address, and how to see that each is up."""

import os
import secrets
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import msgspec

from nija.bootstrap import load_section, read_pipeline_settings
from nija.home import ROOT, Home, environment_of
from nija.settings import UpSettings
from nija_domain.market.timeframes import SECOND_US, parse_timeframe_us
from nija_domain.universe.symbols import DEFAULT_SYMBOLS

LOOPBACK = "127.0.0.1"
FUTURE_BARS = 200_000
FIRST_TIMEFRAME = "5m"
"""Of the venues whose homes do not say: there was no choice when they were made."""
VENUE_HISTORY_BARS = 2_500
"""So many that a training can tell merit from luck."""
STALE_S_MIN, STALE_BARS = 15.0, 3


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One process; it is up once its `probe` answers or its log contains `ready_words`."""

    name: str
    command: tuple[str, ...]
    environ: dict[str, str]
    port: int | None = None
    port_setting: str = ""
    probe: str | None = None
    ready_words: str = ""
    page: str | None = None

    def url(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self.port}{path}"


class VenueKey(msgspec.Struct, frozen=True):
    """The API key of this home's simulated venue; it is valid nowhere else."""

    api_key: str
    api_secret: str


def venue_key(home: Home) -> VenueKey:
    """The key; created once, readable only by its owner."""
    path = home.venue_key
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = VenueKey(secrets.token_hex(16), b64encode(secrets.token_bytes(48)).decode())
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(key))
        draft.replace(path)
    return msgspec.json.decode(path.read_bytes(), type=VenueKey)


def services_of(home: Home, settings: UpSettings) -> tuple[Service, ...]:
    """All services in the order of their starts; they are stopped in reverse order."""
    environ = _environ(home, settings)
    return (
        _venue(home, settings, environ),
        _mlflow(home, settings, environ),
        _webserver(settings, environ),
        Service(
            name="daemon",
            command=(_script("dagster-daemon"), "run", "-w", str(ROOT / "workspace.yaml")),
            environ=environ,
            ready_words="configured with the following daemons",
        ),
        Service(
            name="gateway",
            command=(sys.executable, "-m", "gateway", str(ROOT / "config")),
            environ=environ,
            port=settings.gateway_port,
            port_setting="gateway_port",
            probe="/status",
            page="/",
        ),
        Service(
            name="executor",
            command=(sys.executable, "-m", "executor", str(ROOT / "config")),
            environ=environ,
            ready_words="the session is open",
        ),
    )


def trading_environ(home: Home, *, venue_url: str, venue_speed: float) -> dict[str, str]:
    """The environment variables that venue, pipelines and executor must share."""
    key = venue_key(home)
    return environment_of(home) | {
        "NIJA_VENUE_API_KEY": key.api_key,
        "NIJA_VENUE_API_SECRET": key.api_secret,
        "NIJA_EXECUTOR_VENUE_URL": venue_url,
        "NIJA_EXECUTOR_VENUE_SPEED": str(venue_speed),
        "NIJA_EXECUTOR_API_KEY": key.api_key,
        "NIJA_EXECUTOR_API_SECRET": key.api_secret,
        "NIJA_EXECUTOR_SYMBOLS": ",".join(executor_symbols()),
        "NIJA_PIPELINES_VENUE_URL": venue_url,
    }


def executor_symbols() -> tuple[str, ...]:
    """The pipelines' symbols as well, unless the executor's own were set."""
    from executor.settings import ExecutorSettings

    chosen = load_section(ExecutorSettings, "executor").symbols
    if chosen != DEFAULT_SYMBOLS:
        return chosen
    return tuple(dict.fromkeys((*chosen, *read_pipeline_settings().symbols)))


def stale_after_s(settings: UpSettings) -> float:
    """How long the journal may be silent: three bars, and at least a restart's time."""
    bar_s = parse_timeframe_us(read_timeframe()) / SECOND_US
    return max(STALE_S_MIN, STALE_BARS * bar_s / settings.venue_speed)


def _environ(home: Home, settings: UpSettings) -> dict[str, str]:
    venue_url = f"http://{LOOPBACK}:{settings.venue_port}"
    return trading_environ(home, venue_url=venue_url, venue_speed=settings.venue_speed) | {
        "NIJA_PIPELINES_TRACKING_URI": f"http://{LOOPBACK}:{settings.mlflow_port}",
        "NIJA_PIPELINES_PAGE_URL": f"http://{LOOPBACK}:{settings.gateway_port}",
        "NIJA_GATEWAY_PORT": str(settings.gateway_port),
        "NIJA_GATEWAY_STALE_AFTER_S": str(stale_after_s(settings)),
    }


def read_timeframe() -> str:
    """The length of the bars that are trained and traded on."""
    return read_pipeline_settings().timeframe


def venue_arguments(settings: UpSettings, *, home: Home) -> tuple[str, ...]:
    """The arguments of the simulated venue.

    Its home keeps the market that it was created with, bar length and start included. Candles of
    other lengths are made from those bars.
    """
    kept = _kept_flags(home.venue_acts)
    timeframe = kept.get("--timeframe", FIRST_TIMEFRAME) if kept else read_timeframe()
    return (
        *("--port", str(settings.venue_port)),
        *("--speed", str(settings.venue_speed)),
        *("--seed", str(settings.venue_seed)),
        *("--timeframe", timeframe),
        *("--history-bars", kept.get("--history-bars", str(VENUE_HISTORY_BARS))),
        *("--symbols", ",".join(settings.listed_symbols)),
        *("--future-bars", str(FUTURE_BARS)),
        *("--home", str(home.venue)),
    )


def _kept_flags(acts: Path) -> dict[str, str]:
    """The flags in the first line of a venue's home; empty for a new one."""
    with suppress(OSError, msgspec.DecodeError), acts.open("rb") as lines:
        return msgspec.json.decode(lines.readline(), type=_MadeWith).settings
    return {}


class _MadeWith(msgspec.Struct, frozen=True):
    settings: dict[str, str]


def _venue(home: Home, settings: UpSettings, environ: dict[str, str]) -> Service:
    return Service(
        name="venue",
        command=(
            *(sys.executable, "-m", "simulator"),
            *venue_arguments(settings, home=home),
        ),
        environ=environ,
        port=settings.venue_port,
        port_setting="venue_port",
        probe="/0/public/Time",
    )


def _mlflow(home: Home, settings: UpSettings, environ: dict[str, str]) -> Service:
    return Service(
        name="mlflow",
        command=(str(ROOT / "mlflow" / "start.sh"),),
        environ=environ
        | {
            "MLFLOW": _script("mlflow"),
            "MLFLOW_STORE": home.mlflow_store,
            "MLFLOW_ARTIFACTS": str(home.mlflow_artifacts),
            "HOST": LOOPBACK,
            "PORT": str(settings.mlflow_port),
        },
        port=settings.mlflow_port,
        port_setting="mlflow_port",
        probe="/health",
        # No setting of the server does it: its page opens for chats unless the address says so.
        page="/#/experiments?workflowType=machine_learning",
    )


def _webserver(settings: UpSettings, environ: dict[str, str]) -> Service:
    return Service(
        name="dagster",
        command=(
            *(_script("dagster-webserver"), "-w", str(ROOT / "workspace.yaml")),
            *("-h", LOOPBACK, "-p", str(settings.dagster_port)),
        ),
        environ=environ,
        port=settings.dagster_port,
        port_setting="dagster_port",
        probe="/server_info",
        page="/",
    )


def _script(name: str) -> str:
    """A console script of this environment, whatever PATH says."""
    return os.fspath(Path(sys.executable).with_name(name))

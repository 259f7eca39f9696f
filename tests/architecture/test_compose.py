"""The compose file would start, is closed to the network and tells no secret."""

import copy
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster._core.instance.config import dagster_instance_config

from tests.architecture import compose

ROOT = Path(__file__).parents[2]
PARSED = compose.read(ROOT / "docker-compose.yml")
WORKSPACE = compose.read(ROOT / "workspace.yaml")
SERVERS = compose.read(ROOT / "workspace.docker.yaml")
SERVICES = {
    "storage",
    "venue",
    "mlflow",
    "webserver",
    "daemon",
    "nija",
    "warehouse",
    "executor",
    "gateway",
}


def test_the_compose_file_has_no_fault() -> None:
    """Every service is there and passes every check."""
    assert set(PARSED["services"]) == SERVICES | {"door", "postgres"}
    assert compose.find_faults(ROOT, PARSED) == []


PLANTS: dict[str, tuple[str, Callable[[compose.Parsed], object]]] = {
    "gateway: has no health check": ("gateway", lambda s: s.pop("healthcheck")),
    "executor: runs as root": ("executor", lambda s: s.pop("user")),
    "venue: runs as root": ("venue", lambda s: s.update(user="0:0")),
    "daemon: has no restart policy": ("daemon", lambda s: s.update(restart="no")),
    "door: publishes 8800:18800 beyond the loopback": (
        "door",
        lambda s: s.update(ports=["8800:18800"]),
    ),
    "door: publishes 127.0.0.1:1:2, where the door": (
        "door",
        lambda s: s.update(ports=["127.0.0.1:1:2"]),
    ),
    "gateway: stands outside": ("gateway", lambda s: s.update(network_mode="host")),
    "webserver: listens on every address": (
        "webserver",
        lambda s: s["command"].append("0.0.0.0"),  # noqa: S104 - planted
    ),
    "executor: mounts ./: /opt": ("executor", lambda s: s.update(volumes=["./: /opt"])),
    "postgres: names an image without": ("postgres", lambda s: s.update(image="postgres")),
    "venue: is built from Nofile": ("venue", lambda s: s["build"].update(dockerfile="Nofile")),
    "venue: is built without GIT_COMMIT": (
        "venue",
        lambda s: s["build"]["args"].pop("GIT_COMMIT"),
    ),
    "venue: is told COLOUR, which its Dockerfile": (
        "venue",
        lambda s: s["build"]["args"].update(COLOUR="blue"),
    ),
    "mlflow: starts ./mlflow/run.sh": ("mlflow", lambda s: s.update(command=["./mlflow/run.sh"])),
    "daemon: starts 'cron'": ("daemon", lambda s: s.update(command=["cron"])),
    "executor: starts the module trader": (
        "executor",
        lambda s: s.update(command=["python", "-m", "trader"]),
    ),
    "webserver: reads nowhere.yaml": (
        "webserver",
        lambda s: s.update(command=["dagster-webserver", "-w", "nowhere.yaml"]),
    ),
    "executor: is told NIJA_EXECUTOR_COLOUR": (
        "executor",
        lambda s: s["environment"].update(NIJA_EXECUTOR_COLOUR="blue"),
    ),
    "venue: is told NIJA_VENUE_COLOUR": (
        "venue",
        lambda s: s["environment"].update(NIJA_VENUE_COLOUR="blue"),
    ),
    "executor: tells the secret": (
        "executor",
        lambda s: s["environment"].update(NIJA_EXECUTOR_API_SECRET="aGVsbG8="),  # noqa: S106
    ),
    "venue: tells the secret": (
        "venue",
        lambda s: s["environment"].update(NIJA_VENUE_API_KEY="${NIJA_VENUE_API_KEY:-demo}"),
    ),
    "nija: waits for oracle": (
        "nija",
        lambda s: s["depends_on"].update(oracle={"condition": "service_healthy"}),
    ),
    "nija: does not wait for the health of venue": (
        "nija",
        lambda s: s["depends_on"].update(venue={"condition": "service_started"}),
    ),
    "nija: does not wait for the end of storage": (
        "nija",
        lambda s: s["depends_on"].update(storage={"condition": "service_started"}),
    ),
    "gateway: keeps a dead network": ("gateway", lambda s: s.pop("depends_on")),
}


@pytest.mark.parametrize("fault", PLANTS)
def test_a_planted_fault_is_told(fault: str) -> None:
    """Each check sees its fault in the service that has it, and in no other."""
    name, plant = PLANTS[fault]
    parsed = copy.deepcopy(PARSED)
    # a parsed anchor is one object wherever it is used
    parsed["services"][name] = copy.deepcopy(parsed["services"][name])
    plant(parsed["services"][name])

    found = compose.find_faults(ROOT, parsed)

    assert found
    assert all(line.startswith(f"{name}: ") for line in found)
    assert any(line.startswith(fault) for line in found)


def test_every_code_location_has_its_server() -> None:
    """The workspace of the containers serves what the workspace of a checkout loads."""
    assert compose.find_location_faults(PARSED, workspace=WORKSPACE, servers=SERVERS) == []


def test_a_missing_or_misplaced_server_is_told() -> None:
    """A location without a server, at another port or on another address is a fault."""
    one = {"load_from": SERVERS["load_from"][:1]}
    moved = copy.deepcopy(SERVERS)
    moved["load_from"][1]["grpc_server"].update(port=4007, host="warehouse")

    assert compose.find_location_faults(PARSED, workspace=WORKSPACE, servers=one) == [
        "warehouse has no server"
    ]
    assert compose.find_location_faults(PARSED, workspace=WORKSPACE, servers=moved) == [
        "warehouse is not served at its port",
        "warehouse is served beyond the loopback address",
    ]


def test_dagster_knows_every_key_of_its_instance() -> None:
    """Dagster's own schema accepts the instance file; its storage is PostgreSQL."""
    config, _ = dagster_instance_config(str(ROOT), "dagster.docker.yaml")

    assert config["storage"]["postgres"]["postgres_db"]["scheme"] == "postgresql+psycopg2"


def test_each_door_leads_to_a_program() -> None:
    """Every server behind the door is one that listens at that port."""
    content = PARSED["configs"]["door"]["content"]
    targets = re.findall(r"server \w+ 127\.0\.0\.1:(\d+)", content)

    assert targets == ["3000", "5500", "8800"]
    for service, port in zip(("webserver", "mlflow", "gateway"), targets, strict=True):
        assert f":{port}/" in str(PARSED["services"][service]["healthcheck"])


def _has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.skipif(not _has_compose(), reason="docker compose is not installed")
def test_compose_itself_accepts_the_file() -> None:
    """Its own reading agrees, once the secrets are said."""
    names = ("NIJA_POSTGRES_PASSWORD", "NIJA_VENUE_API_KEY", "NIJA_VENUE_API_SECRET")
    checked = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(names, "said")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr

"""The checks of the compose file, as functions over its parsed form."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import yaml

from executor.settings import ExecutorSettings
from gateway.settings import GatewaySettings
from nija.settings import UpSettings
from nija_pipelines.settings import PipelineSettings

Parsed = dict[str, Any]

SETTINGS: dict[str, type[msgspec.Struct]] = {
    "EXECUTOR": ExecutorSettings,
    "GATEWAY": GatewaySettings,
    "PIPELINES": PipelineSettings,
    "UP": UpSettings,
}
ROOMS = ("executor", "gateway", "mlflow", "nija", "nija_adapters", "nija_pipelines", "simulator")
BUILD_ARGUMENTS = {"GIT_BRANCH", "GIT_COMMIT"}
ROOT_USERS = {"", "0", "root"}
SECRET_WORDS = ("PASSWORD", "SECRET", "API_KEY", "TOKEN")
FOREIGN_NAMES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
REFERENCE = re.compile(r"\$\{\w+:\?[^}]+\}")


def read(path: Path) -> Parsed:
    parsed = yaml.safe_load(path.read_text())
    assert isinstance(parsed, dict)
    return parsed


def find_faults(root: Path, parsed: Parsed) -> list[str]:
    """Everything that would not start, would be open to the network, or tells a secret."""
    return [
        f"{name}: {fault}"
        for name, service in parsed["services"].items()
        for fault in (
            *_keeping(service),
            *_network(service, parsed),
            *_origin(root, service),
            *_program(root, service),
            *_environment(root, service),
            *_order(service, parsed),
        )
    ]


def _keeping(service: Parsed) -> Iterator[str]:
    """A service is watched, restarted, and no root; one that ends is started again if it failed."""
    if str(service.get("user", "")).split(":")[0] in ROOT_USERS:
        yield "runs as root"
    if service.get("restart") == "on-failure":
        return
    if not service.get("healthcheck", {}).get("test"):
        yield "has no health check"
    if service.get("restart") != "unless-stopped":
        yield "has no restart policy"


def _network(service: Parsed, parsed: Parsed) -> Iterator[str]:
    """Only the loopback address of the host is published, through the door."""
    binds = re.findall(r"bind :(\d+)", parsed["configs"]["door"]["content"])
    for port in service.get("ports", ()):
        if not str(port).startswith("127.0.0.1:"):
            yield f"publishes {port} beyond the loopback address"
        if str(port).rsplit(":", 1)[-1] not in binds:
            yield f"publishes {port}, where the door does not listen"
    is_door = bool(service.get("ports"))
    if not is_door and service.get("network_mode") != "service:door":
        yield "stands outside the shared network"
    if "0.0.0.0" in str(service):  # noqa: S104 - what is looked for
        yield "listens on every address"
    for volume in service.get("volumes", ()):
        if volume.split(":")[0] not in parsed["volumes"]:
            yield f"mounts {volume}, which is no named volume"


def _origin(root: Path, service: Parsed) -> Iterator[str]:
    """An image of ours can be built and bears its commit; another's has a version."""
    build = service.get("build")
    if build is None:
        if ":" not in service.get("image", ""):
            yield "names an image without its version"
        return
    recipe = root / build["context"] / build["dockerfile"]
    if not recipe.is_file():
        yield f"is built from {build['dockerfile']}, which does not exist"
        return
    for argument in build.get("args", {}):
        if f"\nARG {argument}=" not in recipe.read_text():
            yield f"is told {argument}, which its Dockerfile does not take"
    for argument in sorted(BUILD_ARGUMENTS - build.get("args", {}).keys()):
        yield f"is built without {argument}"


def _program(root: Path, service: Parsed) -> Iterator[str]:
    """What a container of ours starts is there: a script, a module, a file it names."""
    if "build" not in service:
        return
    program, *arguments = map(str, service.get("command", [""]))
    if program.startswith("./"):
        if not (root / program).is_file():
            yield f"starts {program}, which does not exist"
    elif program not in {"python", "dagster", "dagster-webserver", "dagster-daemon"}:
        yield f"starts {program!r}, which is no program of ours"
    for flag, value in pairwise(arguments):
        if flag == "-m" and not _module_exists(root, value):
            yield f"starts the module {value}, which does not exist"
        if flag == "-w" and not (root / value).is_file():
            yield f"reads {value}, which does not exist"


def _module_exists(root: Path, module: str) -> bool:
    path = root.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def _environment(root: Path, service: Parsed) -> Iterator[str]:
    """Every variable is read by someone; every secret is a reference that must be filled."""
    for name, value in service.get("environment", {}).items():
        if not _is_read(root, name):
            yield f"is told {name}, which nothing reads"
        if any(word in name for word in SECRET_WORDS) and not REFERENCE.fullmatch(str(value)):
            yield f"tells the secret {name}"


def _is_read(root: Path, name: str) -> bool:
    if name in FOREIGN_NAMES:
        return True
    prefix, _, rest = name.partition("_")
    section, _, field = rest.partition("_")
    if prefix == "NIJA" and section in SETTINGS:
        return field.lower() in SETTINGS[section].__struct_fields__
    word = re.compile(rf"\b{name}\b")
    files = [root / "dagster.docker.yaml"]
    files += [path for room in ROOMS for path in (root / room).rglob("*.[ps][yh]")]
    return any(word.search(path.read_text()) for path in files if path.is_file())


def _order(service: Parsed, parsed: Parsed) -> Iterator[str]:
    """A service waits for the health of those that it needs, and they exist."""
    needs = service.get("depends_on", {})
    for name, wait in needs.items():
        if name not in parsed["services"]:
            yield f"waits for {name}, which does not exist"
        is_ending = parsed["services"].get(name, {}).get("restart") == "on-failure"
        if is_ending and wait.get("condition") != "service_completed_successfully":
            yield f"does not wait for the end of {name}"
        if not is_ending and wait.get("condition") != "service_healthy":
            yield f"does not wait for the health of {name}"
    if service.get("network_mode") == "service:door" and not needs.get("door", {}).get("restart"):
        yield "keeps a dead network when the door restarts"


def find_location_faults(parsed: Parsed, *, workspace: Parsed, servers: Parsed) -> list[str]:
    """Locations of the workspace that no container serves under their name, module and port."""
    served = {
        (name, _value(service, "-m"), _value(service, "-p"))
        for name, service in parsed["services"].items()
    }
    ports = {
        entry["grpc_server"]["location_name"]: entry["grpc_server"]
        for entry in servers["load_from"]
    }
    modules = {
        entry["python_module"]["location_name"]: entry["python_module"]["module_name"]
        for entry in workspace["load_from"]
    }
    faults = [f"{name} has no server" for name in sorted(modules.keys() ^ ports.keys())]
    for name in sorted(modules.keys() & ports.keys()):
        if (name, modules[name], str(ports[name]["port"])) not in served:
            faults.append(f"{name} is not served at its port")
        if ports[name]["host"] != "127.0.0.1":
            faults.append(f"{name} is served beyond the loopback address")
    return faults


def _value(service: Parsed, flag: str) -> str:
    command = [str(word) for word in service.get("command", ())]
    return command[command.index(flag) + 1] if flag in command else ""

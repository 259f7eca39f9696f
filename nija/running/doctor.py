"""`nija doctor`: checks this machine and the settings, and says how to fix what is wrong."""

import ctypes
import platform
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from nija.home import Home
from nija.running.settings_check import Checked
from nija.settings import UpSettings
from nija_domain.errors import NijaError

FREE_BYTES_MIN = 2 * 1024**3
CLOCK_EARLIEST_S = 1_767_225_600  # 2026-01-01: a clock before this code is wrong
SYS_LANDLOCK_CREATE_RULESET = 444
LANDLOCK_VERSION_FLAG = 1
PR_GET_SECCOMP = 21

Verdict = Literal["good", "weak", "bad"]


class Finding(msgspec.Struct, frozen=True):
    """One check; `remedy` is empty if there is nothing to do."""

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(home: Home, checked: Checked) -> list[Finding]:
    return [
        _python(),
        *_settings(checked),
        *(_ports(checked.up) if checked.up else ()),
        _disk(home),
        _clock(),
        _rights(home),
        _keys(home),
        *_sandbox_layers(),
    ]


def _python() -> Finding:
    """Always good: `make install` refuses Python before 3.11."""
    return Finding("python", "good", f"{platform.python_version()} at {sys.prefix}")


def _settings(checked: Checked) -> list[Finding]:
    """The same check that `nija up` makes."""
    if not checked.bad:
        return [Finding("settings", "good", "valid for every program")]
    return [Finding("settings", "bad", wrong, "correct it there") for wrong in checked.bad]


def _ports(settings: UpSettings) -> list[Finding]:
    import socket

    findings = []
    for name, port in settings.ports().items():
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            is_free = door.connect_ex(("127.0.0.1", port)) != 0
        found = f"{port} is {'free' if is_free else 'taken'}"
        remedy = (
            ""
            if is_free
            else f"nothing, if Nija is running; else set {name} in [up] of config/nija.toml"
        )
        findings.append(Finding(name, "good" if is_free else "weak", found, remedy))
    return findings


def _disk(home: Home) -> Finding:
    place = next(path for path in (home.folder, *home.folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < FREE_BYTES_MIN:
        return Finding(
            "disk",
            "bad",
            found,
            "free at least 2 GiB, or set NIJA_HOME to a folder on a larger disk",
        )
    return Finding("disk", "good", found)


def _clock() -> Finding:
    now_s = time.time()
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s))
    if now_s < CLOCK_EARLIEST_S:
        return Finding(
            "clock", "bad", found, "set the clock; request numbers and expiry times depend on it"
        )
    return Finding("clock", "good", found)


def _rights(home: Home) -> Finding:
    """Write and delete a file, since permission bits alone do not prove it."""
    try:
        home.folder.mkdir(parents=True, exist_ok=True)
        probe = home.write_probe
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        remedy = f"allow this user to write to {home.folder}, or set NIJA_HOME to another folder"
        return Finding("home", "bad", f"{home.folder}: {error.strerror}", remedy)
    return Finding("home", "good", f"{home.folder} can be written")


def _keys(home: Home) -> Finding:
    folder = home.keys
    if not folder.exists():
        return Finding("keys", "good", "none yet; the first training creates one")
    loose = [
        path.name
        for path in sorted(folder.iterdir())
        if not path.name.endswith(".pub.pem") and path.stat().st_mode & 0o077
    ]
    if loose:
        return Finding(
            "keys", "bad", f"others can read {', '.join(loose)}", f"chmod 600 {folder}/*"
        )
    return Finding("keys", "good", "only their owner can read them")


def _sandbox_layers() -> list[Finding]:
    """What generated code will be locked in. Paper can run without some of it."""
    return [
        _layer("landlock", _has_landlock, "use Linux 5.13 or newer with Landlock enabled"),
        _layer("seccomp", _has_seccomp, "use a kernel with CONFIG_SECCOMP"),
        _layer("user namespaces", _has_user_namespaces, "sysctl user.max_user_namespaces=10000"),
        _layer("bubblewrap", lambda: shutil.which("bwrap") is not None, "apt install bubblewrap"),
    ]


def _layer(name: str, is_there: Callable[[], bool], remedy: str) -> Finding:
    if is_there():
        return Finding(f"sandbox: {name}", "good", "on")
    return Finding(f"sandbox: {name}", "weak", "off", remedy)


def _has_landlock() -> bool:
    """Ask the kernel for the version of its interface."""
    if sys.platform != "linux":
        return False
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    version = syscall(SYS_LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION_FLAG)
    return bool(version >= 1)


def _has_seccomp() -> bool:
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)


def _has_user_namespaces() -> bool:
    limit = Path("/proc/sys/user/max_user_namespaces")
    return limit.exists() and int(limit.read_text()) > 0


def raise_if_bad(findings: list[Finding]) -> None:
    bad = [finding.what for finding in findings if finding.verdict == "bad"]
    if bad:
        raise NijaError(f"{', '.join(bad)}: see the column 'what to do' above")

"""The dbt project and its parsed manifest; whatever dbt writes lands in the home."""

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from nija_domain.errors import NijaError

PROJECT = Path(__file__).parents[2] / "dbt_models"
DBT = os.fspath(Path(sys.executable).with_name("dbt"))
PARSED = "partial_parse.msgpack"
PARSE_TIMEOUT_S = 120


def prepare_manifest(project: Path, *, home: Path) -> Path:
    """The project as dbt parsed it; parsed again only after a change of its files or of dbt."""
    folder = dbt_folder(home)
    manifest = folder / f"manifest-{_fingerprint(project)}.json"
    if not manifest.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # A folder of its own: the page and the daemon may load this at the same moment.
        with tempfile.TemporaryDirectory(dir=folder) as target:
            _parse(project, home=home, target=Path(target))
            build_folder(home).mkdir(exist_ok=True)
            # What dbt has parsed here it need not parse again in its first build.
            (Path(target) / PARSED).replace(build_folder(home) / PARSED)
            (Path(target) / "manifest.json").replace(manifest)
    return manifest


def dbt_folder(home: Path) -> Path:
    return home / "dbt"


def build_folder(home: Path) -> Path:
    """Where the compiled statements, results and logs of the last build lie."""
    return dbt_folder(home) / "build"


def _fingerprint(project: Path) -> str:
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb"):
        digest.update(f"{package}=={metadata.version(package)}\0".encode())
    for path in sorted(project.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(project)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _parse(project: Path, *, home: Path, target: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [
                *(DBT, "parse", "--quiet"),
                *("--target-path", os.fspath(target), "--log-path", os.fspath(target)),
                *("--profiles-dir", os.fspath(project)),
            ],
            cwd=project,
            env={**os.environ, "NIJA_HOME": os.fspath(home)},
            capture_output=True,
            text=True,
            timeout=PARSE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NijaError(f"dbt cannot be run: {error}; install the pinned requirements") from error
    if done.returncode != 0:
        raise NijaError(f"dbt cannot read {project}; mend it: {done.stdout}{done.stderr}")

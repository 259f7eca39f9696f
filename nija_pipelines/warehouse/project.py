"""The dbt project and its parsed manifest; whatever dbt writes lands in the home."""

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from nija_domain.errors import NijaError
from nija_pipelines.resources import Home

PROJECT = Path(__file__).parents[2] / "dbt_models"
DBT = os.fspath(Path(sys.executable).with_name("dbt"))
PARSED = "partial_parse.msgpack"
PARSE_TIMEOUT_S = 120


def prepare_manifest(project: Path, *, home: Home) -> Path:
    """The project as dbt parsed it; parsed again only after a change of its files or of dbt."""
    manifest = home.dbt_manifest(_fingerprint(project))
    if not manifest.exists():
        home.dbt.mkdir(parents=True, exist_ok=True)
        # A folder of its own: the page and the daemon may load this at the same moment.
        with tempfile.TemporaryDirectory(dir=home.dbt) as target:
            _parse(project, home=home, target=Path(target))
            home.dbt_build.mkdir(exist_ok=True)
            # What dbt has parsed here it need not parse again in its first build.
            (Path(target) / PARSED).replace(home.dbt_build / PARSED)
            (Path(target) / "manifest.json").replace(manifest)
    return manifest


def _fingerprint(project: Path) -> str:
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb"):
        digest.update(f"{package}=={metadata.version(package)}\0".encode())
    for path in sorted(project.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(project)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _parse(project: Path, *, home: Home, target: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [
                *(DBT, "parse", "--quiet"),
                *("--target-path", os.fspath(target), "--log-path", os.fspath(target)),
                *("--profiles-dir", os.fspath(project)),
            ],
            cwd=project,
            env={**os.environ, "NIJA_HOME": os.fspath(home.folder)},
            capture_output=True,
            text=True,
            timeout=PARSE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NijaError(f"dbt cannot be run: {error}; run `make install`") from error
    if done.returncode != 0:
        raise NijaError(f"dbt cannot read {project}; correct it: {done.stdout}{done.stderr}")

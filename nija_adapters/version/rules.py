"""A name for the rules that a state is computed by: it changes when any of them might have."""

import hashlib
import platform
from importlib import metadata
from pathlib import Path

DOMAIN = Path(__file__).parents[2] / "nija_domain"

LIBRARIES = ("msgspec", "numpy")
"""What the domain computes with beside Python; the offline packages' libraries fold nothing."""


def rules_fingerprint(domain: Path = DOMAIN) -> str:
    """Over every source file of the domain, so over types and rules alike, and its libraries.

    The version alone would not do: in a checkout code changes without it.
    """
    versions = [platform.python_version(), *(metadata.version(name) for name in LIBRARIES)]
    digest = hashlib.sha256(" ".join(versions).encode())
    for file in sorted(domain.rglob("*.py")):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(domain)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()

"""The hard limits, read alike by every program; no variable changes them."""

from collections.abc import Mapping
from pathlib import Path

from nija_adapters.settings.loading import load_settings
from nija_domain.capital.limits import HardLimits


def load_limits(config: Path, environ: Mapping[str, str]) -> HardLimits:
    """From risk_limits.toml in the folder of the settings."""
    return load_settings(
        HardLimits,
        path=config / "risk_limits.toml",
        section="limits",
        sections=("limits",),
        environ=environ,
        is_file_only=True,
    )

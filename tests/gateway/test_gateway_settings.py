"""What may be set, and what is refused by its name."""

from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_domain.errors import SettingsInvalid

ROOT = Path(__file__).parents[2]


def load(**environ: str) -> GatewaySettings:
    return load_settings(
        GatewaySettings,
        path=ROOT / "config" / "nija.toml",
        section="gateway",
        sections=SECTIONS,
        environ={f"NIJA_GATEWAY_{name.upper()}": text for name, text in environ.items()},
    )


def test_the_shipped_settings_are_the_defaults() -> None:
    """The file shows what holds anyway."""
    assert load() == GatewaySettings()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("host", "0.0.0.0", "NIJA_GATEWAY_HOST.*allowed: 127.0.0.1"),  # noqa: S104 - refused
        ("host", "::", "NIJA_GATEWAY_HOST.*allowed: 127.0.0.1"),
        ("host", "localhost", "NIJA_GATEWAY_HOST.*allowed: 127.0.0.1"),
        ("port", "65536", "port is 65536; it must be from 0"),
        ("port", "-1", "port is -1; it must be from 0"),
        ("stale_after_s", "0", "stale_after_s is 0.0; it must be positive"),
        ("stale_after_s", "inf", "stale_after_s is inf; it must be positive"),
        ("refresh_ms", "0", "refresh_ms is 0; it must be positive"),
        ("connections_max", "0", "connections_max is 0; it must be positive"),
        ("hots", "127.0.0.1", "NIJA_GATEWAY_HOTS is unknown; did you mean host?"),
    ],
)
def test_what_does_not_fit_is_named(name: str, text: str, said: str) -> None:
    """With what is allowed instead."""
    with pytest.raises(SettingsInvalid, match=said):
        load(**{name: text})

"""How to reach the exchange."""

from urllib.parse import urlsplit

import msgspec

from nija_domain.errors import SettingsInvalid

_LOCAL_HOSTS = ("127.0.0.1", "localhost")


class ExchangeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `api_url` the real venue; any other address must be a simulator on this machine."""

    api_url: str | None = None
    api_key: str = ""
    secret: str = ""
    timeout_ms: int = 10_000
    private_per_second: float = 1.0
    public_per_second: float = 1.0
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.api_url is not None:
            address = urlsplit(self.api_url)
            if address.scheme != "http" or address.hostname not in _LOCAL_HOSTS:
                raise SettingsInvalid(
                    f"api_url is {self.api_url!r}; only http://127.0.0.1 or http://localhost can"
                    " replace the real venue; leave it out to use the real one"
                )
        for name in ("timeout_ms", "private_per_second", "public_per_second"):
            if not 0 < getattr(self, name) < float("inf"):
                raise SettingsInvalid(f"{name} is {getattr(self, name)!r}; it must be positive")

    def __repr__(self) -> str:
        """Neither the key nor the secret may reach a log."""
        where = self.api_url or "the real venue"
        return f"ExchangeSettings(api_url={where!r}, dry_run={self.dry_run})"

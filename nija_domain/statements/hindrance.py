"""Something that stands against entries, as a sentence for people."""

import msgspec

from nija_domain.market.timeframes import utc_minute
from nija_domain.releases.directive import Authority


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stops entries or, if `stops` is false, only limits them.

    `authority` is who restricts, where somebody does; `until_us` is when it ends by itself.
    """

    what: str
    stops: bool
    reason: str
    since_us: int | None
    remedy: str
    authority: Authority | None = None
    until_us: int | None = None

    @property
    def sentence(self) -> str:
        since = "" if self.since_us is None else f" since {utc_minute(self.since_us)}"
        until = "" if self.until_us is None else f" until {utc_minute(self.until_us)}"
        by = "" if self.authority is None else f", by {self.authority}"
        head = "No entries" if self.stops else "Entries are limited"
        return f"{head}{since}{until}{by}: {self.reason.rstrip('.')}. To do: {self.remedy}."


def stop(
    what: str,
    reason: str,
    *,
    since_us: int | None,
    remedy: str,
    authority: Authority | None = None,
) -> Hindrance:
    return Hindrance(
        what=what,
        stops=True,
        reason=reason,
        since_us=since_us,
        remedy=remedy,
        authority=authority,
    )

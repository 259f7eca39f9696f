"""What a failed request proves: that it was refused, that it was not sent, or nothing."""

import json
import socket

from nija_domain.errors import (
    DeadlineRefused,
    FundsRefused,
    NijaError,
    OutcomeUnknown,
    StepsRefused,
    VenueRefused,
    VenueUnreachable,
)

# Texts after which Kraken has provably done nothing. What is missing here is an unknown outcome:
# EService:Unavailable, EService:Busy or EGeneral:Internal error have come with orders that lived.
_REFUSALS = (
    "EAPI:Invalid key",
    "EAPI:Invalid nonce",
    "EAPI:Invalid signature",
    "EAPI:Rate limit exceeded",
    "EGeneral:Invalid arguments",
    "EGeneral:Permission denied",
    "EGeneral:Temporary lockout",
    "EGeneral:Too many requests",
    "EGeneral:Unknown method",
    "EOrder:Cost minimum not met",
    "EOrder:Insufficient funds",
    "EOrder:Invalid price",
    "EOrder:Order minimum not met",
    "EOrder:Orders limit exceeded",
    "EOrder:Rate limit exceeded",
    "EOrder:Tick size check failed",
    "EOrder:Unknown order",
    "EQuery:Invalid asset pair",
    "EQuery:Unknown asset pair",
    "EService:Deadline elapsed",
    "EService:Market in cancel_only mode",
    "EService:Market in limit_only mode",
    "EService:Market in post_only mode",
)
_FUNDS_REFUSAL = "EOrder:Insufficient funds"
_DEADLINE_REFUSAL = "EService:Deadline elapsed"
# An order refused for one of these was made with steps or minimums that hold no more.
_STEP_REFUSALS = (
    "EOrder:Cost minimum not met",
    "EOrder:Invalid price",
    "EOrder:Order minimum not met",
    "EOrder:Tick size check failed",
    "EGeneral:Invalid arguments:price",
    "EGeneral:Invalid arguments:volume",
)
# A question refused for one of these will be refused for ever: asking again is no remedy.
_LASTING_REFUSALS = (
    "EAPI:Invalid key",
    "EAPI:Invalid signature",
    "EGeneral:Invalid arguments",
    "EGeneral:Permission denied",
    "EQuery:",
)

_REMEDIES = {
    "EAPI:Invalid nonce": (
        "the venue has seen a later nonce than this machine's clock gives: set the clock right,"
        " and give each program an API key of its own"
    ),
}


def failed_act(error: Exception, *, act: str) -> NijaError:
    """The error for a failed order or cancel; without proof of a refusal it is unknown."""
    texts = venue_errors(error)
    if texts and all(text.startswith(_REFUSALS) for text in texts):
        told = f"the venue refused to {act}: {', '.join(map(_with_remedy, texts))}"
        return _refusal_for(texts[0])(told)
    if was_never_sent(error):
        return VenueUnreachable(f"could not {act}: no connection to the venue, nothing was sent")
    return OutcomeUnknown(
        f"tried to {act}; unknown whether the venue accepted it ({_brief(error)});"
        " look it up by its client id, do not send it again"
    )


def _refusal_for(text: str) -> type[VenueRefused]:
    if text.startswith(_FUNDS_REFUSAL):
        return FundsRefused
    if text.startswith(_DEADLINE_REFUSAL):
        return DeadlineRefused
    return StepsRefused if text.startswith(_STEP_REFUSALS) else VenueRefused


def failed_read(error: Exception, *, method: str) -> NijaError:
    """The error for a failed read; it had no effect in any case."""
    if isinstance(error, NijaError):
        return error
    texts = venue_errors(error)
    if texts and all(text.startswith(_LASTING_REFUSALS) for text in texts):
        return VenueRefused(f"the venue refuses {method}: {', '.join(texts)}")
    cause = ", ".join(map(_with_remedy, texts)) or _brief(error)
    return VenueUnreachable(f"{method} got no usable answer ({cause}); ask again later")


def _with_remedy(text: str) -> str:
    remedy = _REMEDIES.get(text)
    return f"{text}, {remedy}" if remedy else text


def venue_errors(error: Exception) -> tuple[str, ...]:
    """Kraken's own error texts, which ccxt puts into its message."""
    name, _, envelope = str(error).partition(" ")
    if name != "kraken":
        return ()
    try:
        parsed = json.loads(envelope)
    except ValueError:
        return ()
    texts = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return ()
    return tuple(texts)


def was_never_sent(error: Exception) -> bool:
    """Whether no connection was made: refused, or an unknown host name."""
    from aiohttp import ClientConnectorError

    return isinstance(error.__cause__, ClientConnectorError | socket.gaierror)


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"

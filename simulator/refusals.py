"""What the venue says when it refuses, in Kraken's words."""

from nija_domain.errors import NijaError

UNKNOWN_METHOD = "EGeneral:Unknown method"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"
UNKNOWN_ORDER = "EOrder:Unknown order"
INSUFFICIENT_FUNDS = "EOrder:Insufficient funds"
VOLUME_MINIMUM = "EGeneral:Invalid arguments:volume minimum not met"
COST_MINIMUM = "EOrder:Cost minimum not met"
TICK_SIZE = "EOrder:Tick size check failed"
CANCEL_ONLY = "EService:Market in cancel_only mode"
INVALID_KEY = "EAPI:Invalid key"
INVALID_SIGNATURE = "EAPI:Invalid signature"
INVALID_NONCE = "EAPI:Invalid nonce"
RATE_LIMIT = "EAPI:Rate limit exceeded"
DEADLINE_ELAPSED = "EService:Deadline elapsed"
BUSY = "EService:Busy"
UNAVAILABLE = "EService:Unavailable"


class Refusal(NijaError):
    """The venue refuses a request and says why; nothing has changed."""


def invalid_argument(name: str) -> Refusal:
    return Refusal(f"EGeneral:Invalid arguments:{name}")

"""Tokens that let a WebSocket hear of the account, as REST gives them out."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable

TOKEN_LIFE_S = 900
_TOKENS_MAX = 1_000
_SECOND_NS = 1_000_000_000


class Tokens:
    """Tokens given out, each good for a quarter of an hour and for this run of the venue."""

    def __init__(self, secret: str, *, monotonic_ns: Callable[[], int]) -> None:
        self._secret = secret.encode()
        self._monotonic_ns = monotonic_ns
        self._given_ns: dict[str, int] = {}

    def give(self, nonce: str) -> str:
        """A token for the bearer of this nonce; past a thousand the oldest is forgotten."""
        now_ns = self._monotonic_ns()
        digest = hmac.digest(self._secret, f"{nonce} {now_ns}".encode(), hashlib.sha256)
        token = b64encode(digest).decode().rstrip("=")
        self._given_ns[token] = now_ns
        if len(self._given_ns) > _TOKENS_MAX:
            del self._given_ns[next(iter(self._given_ns))]
        return token

    def admits(self, token: str) -> bool:
        given_ns = self._given_ns.get(token)
        if given_ns is None:
            return False
        return self._monotonic_ns() - given_ns < TOKEN_LIFE_S * _SECOND_NS

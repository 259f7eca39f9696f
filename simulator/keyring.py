"""Who may trade: the key, the signature over what was sent, and a nonce that only grows."""

import base64
import binascii
import hashlib
import hmac

from nija_domain.errors import SettingsInvalid
from simulator import refusals
from simulator.refusals import Refusal

_NONCE_DIGITS = 20


class Keyring:
    """One key with its secret and the last nonce that it used."""

    def __init__(self, api_key: str, *, api_secret: str, last_nonce: int = -1) -> None:
        self._api_key = api_key
        try:
            self._secret = base64.b64decode(api_secret, validate=True)
        except binascii.Error as error:
            raise SettingsInvalid(
                "the simulator's API secret is not base64 text; give one in base64, as Kraken does"
            ) from error
        self.last_nonce = last_nonce

    def check(self, *, path: str, body: bytes, nonce: str, key: str, signature: str) -> None:
        """Kraken's HMAC-SHA512 over the path and the SHA-256 of nonce and body."""
        if not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise Refusal(refusals.INVALID_KEY)
        message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
        expected = base64.b64encode(hmac.digest(self._secret, message, "sha512"))
        if not hmac.compare_digest(signature.encode(), expected):
            raise Refusal(refusals.INVALID_SIGNATURE)
        if not nonce.isdecimal() or len(nonce) > _NONCE_DIGITS or int(nonce) <= self.last_nonce:
            raise Refusal(refusals.INVALID_NONCE)
        self.last_nonce = int(nonce)

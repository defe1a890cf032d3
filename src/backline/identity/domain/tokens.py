"""Opaque tokens that prove themselves: refresh tokens and device cookies.

Nothing about them is stored but a counter: a token is its own content and an HMAC-SHA256 of it
under a secret of the server, so the same content always gives the same token.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from uuid import UUID

from backline.identity.domain.sessions import SessionId
from backline.identity.domain.users import UserId

_MAC_BYTES = 32
_ID_BYTES = 16
_NUMBER_BYTES = 8
_LENGTH = _ID_BYTES + _NUMBER_BYTES + _MAC_BYTES
_REFRESH = "blr_"
_DEVICE = "bld_"


@dataclass(frozen=True, slots=True)
class OpaqueTokens:
    """Makes and reads both kinds; one never passes for the other."""

    secret: bytes = field(repr=False)

    def refresh_token(self, session_id: SessionId, counter: int) -> str:
        return self._make(_REFRESH, UUID(session_id), counter)

    def read_refresh_token(self, token: str) -> tuple[SessionId, int] | None:
        """The session and the counter; None if this server never made the token."""
        content = self._read(_REFRESH, token)
        return None if content is None else (SessionId(str(content[0])), content[1])

    def device_token(self, device_id: UUID, user_id: UserId) -> str:
        return self._make(_DEVICE, device_id, user_id)

    def read_device_token(self, token: str) -> tuple[UUID, UserId] | None:
        """The device and who has logged in there; None if this server never made the token."""
        content = self._read(_DEVICE, token)
        return None if content is None else (content[0], UserId(content[1]))

    def _make(self, prefix: str, identity: UUID, number: int) -> str:
        content = identity.bytes + number.to_bytes(_NUMBER_BYTES)
        return prefix + urlsafe_b64encode(content + self._mac(prefix, content)).decode().rstrip("=")

    def _read(self, prefix: str, token: str) -> tuple[UUID, int] | None:
        encoded = token.removeprefix(prefix)
        if not token.isascii() or encoded == token or len(encoded) != -(-_LENGTH * 4 // 3):
            return None
        try:
            raw = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except (Base64Error, ValueError):
            return None
        if len(raw) != _LENGTH:
            return None
        identity = UUID(bytes=raw[:_ID_BYTES])
        number = int.from_bytes(raw[_ID_BYTES:-_MAC_BYTES])
        # Base64 ignores stray characters and spare bits, so the token is made again and compared
        # as a whole: it has one spelling only.
        known = self._make(prefix, identity, number)
        return (identity, number) if hmac.compare_digest(known, token) else None

    def _mac(self, prefix: str, content: bytes) -> bytes:
        return hmac.digest(self.secret, prefix.encode() + content, hashlib.sha256)


def digest(token: str) -> bytes:
    """What is stored of a token that works once: tickets and links."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

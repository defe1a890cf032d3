"""The strict gate that every access token passes, before and behind the signature check.

No JWT library is strict enough alone: those tried ignore `typ`, take duplicate JSON keys, lists of
audiences and expiry times in a million years. So the shape of a token is checked here, and the
library (joserfc) is asked one question only: does this key's signature fit?
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from backline.kit.auth.keys import ALGORITHM, KeyRing
from backline.kit.auth.revocations import Revocation, Revocations
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.errors import Unauthenticated, Unavailable

ISSUER = "backline"
AUDIENCE = "backline-api"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's name for an access token, not a secret

MAX_TOKEN_LENGTH = 4096
MAX_ID_LENGTH = 64
MAX_NAME_LENGTH = 64
MAX_LIFETIME_S = 15 * 60
LEEWAY_S = 10
CACHED_TOKENS = 10_000

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_USER_ID = re.compile(r"[1-9][0-9]{0,15}")
_MAX_INTEGER = 2**53


class InvalidToken(Unauthenticated):
    """One answer for every fault: a forger learns nothing from it."""

    domain = "identity"

    def __init__(self) -> None:
        super().__init__("Log in again: the access token is missing, not valid, or has ended.")


class KeysUnknown(Unavailable):
    """Identity has not published its keys to this process yet."""

    domain = "identity"

    def __init__(self) -> None:
        super().__init__("Logins cannot be checked yet. Try again in a moment.")


class _Refused(Exception):
    """Why a token was refused; for the log, never for the caller."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token says, once it is known to be true.

    Attributes:
        expires_at: Unix time, in seconds.
    """

    actor: Actor
    expires_at: int


class Gate:
    """Turns an access token into the actor it speaks for, without any I/O.

    Args:
        keys: What tokens may be signed with; kept up to date by an `IdentityClient`.
        revocations: What has ended since; likewise.
        algorithms: Accepted values of `alg`; add `Ed25519` for issuers that follow RFC 9864.
        max_lifetime_s: A token that claims to live longer is refused.
    """

    def __init__(
        self,
        *,
        keys: KeyRing,
        revocations: Revocations,
        clock: Clock,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        algorithms: tuple[str, ...] = (ALGORITHM,),
        max_lifetime_s: int = MAX_LIFETIME_S,
    ) -> None:
        self.keys = keys
        self.revocations = revocations
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._algorithms = algorithms
        self._max_lifetime_s = max_lifetime_s
        self._cache: dict[bytes, VerifiedToken] = {}
        self._cached_for = keys.version

    def verify(self, token: str) -> Actor:
        """The actor that `token` speaks for.

        Raises:
            InvalidToken: Whatever is wrong with it; always the same answer.
            KeysUnknown: No key has been published to this process yet.
        """
        return self.inspect(token).actor

    def inspect(self, token: str) -> VerifiedToken:
        """As `verify`, with the time the token expires."""
        if self._cached_for != self.keys.version:
            self._cache.clear()
            self._cached_for = self.keys.version
        now = self._clock.now().timestamp()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._cache.get(digest)
        verified = known or self._verified(token, now)
        if verified.expires_at <= now - LEEWAY_S or self.revocations.refuses(verified.actor):
            raise InvalidToken
        if known is None:
            self._remember(digest, verified)
        return verified

    def on_revoked(self, callback: Callable[[Revocation], None]) -> None:
        """Call `callback` whenever a session ends or a role changes, so that sockets can close."""
        self.revocations.on_revoked(callback)

    @property
    def stale(self) -> bool:
        """Whether revocations may have been missed; then writes are confirmed with identity."""
        return self.revocations.stale

    def _remember(self, digest: bytes, verified: VerifiedToken) -> None:
        if len(self._cache) >= CACHED_TOKENS:
            del self._cache[next(iter(self._cache))]
        self._cache[digest] = verified

    def _verified(self, token: str, now: float) -> VerifiedToken:
        if not self.keys:
            raise KeysUnknown
        try:
            return self._check(token, now)
        except (_Refused, ValueError, RecursionError) as refusal:
            raise InvalidToken from refusal

    def _check(self, token: str, now: float) -> VerifiedToken:
        if len(token) > MAX_TOKEN_LENGTH:
            raise _Refused("longer than 4 KiB")
        segments = token.split(".")
        if len(segments) != 3:  # noqa: PLR2004 - header, payload, signature
            raise _Refused("not three segments")
        header, claims = _json_object(segments[0]), _json_object(segments[1])
        _decoded(segments[2])
        kid = self._checked_header(header)
        verified = self._checked_claims(claims, now)
        if not self.keys.verified(kid, token):
            raise _Refused("signature does not fit")
        return verified

    def _checked_header(self, header: dict[str, Any]) -> str:
        if header.keys() != {"alg", "typ", "kid"}:
            raise _Refused("header is not alg, typ and kid")
        if header["alg"] not in self._algorithms or header["typ"] != TOKEN_TYPE:
            raise _Refused("another algorithm or kind of token")
        kid = header["kid"]
        if not isinstance(kid, str) or kid not in self.keys:
            raise _Refused("unknown key")
        return kid

    def _checked_claims(self, claims: dict[str, Any], now: float) -> VerifiedToken:
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise _Refused("another issuer or audience")
        issued_at, expires_at = _time(claims, "iat"), _time(claims, "exp")
        not_before = _time(claims, "nbf") if "nbf" in claims else issued_at
        if max(issued_at, not_before) > now + LEEWAY_S:
            raise _Refused("from the future")
        if not 0 < expires_at - issued_at <= self._max_lifetime_s:
            raise _Refused("lives too long")
        _text(claims, "jti", MAX_ID_LENGTH)
        subject = _text(claims, "sub", MAX_ID_LENGTH)
        if not _USER_ID.fullmatch(subject) or int(subject) >= _MAX_INTEGER:
            raise _Refused("sub is not a user's number")
        role = Role(_text(claims, "role", MAX_ID_LENGTH))
        if role is Role.ANONYMOUS:
            raise _Refused("nobody's token")
        actor = Actor(
            id=int(subject),
            role=role,
            name=_text(claims, "name", MAX_NAME_LENGTH),
            session_id=_text(claims, "sid", MAX_ID_LENGTH),
        )
        return VerifiedToken(actor, expires_at)


def _decoded(segment: str) -> bytes:
    """Base64url without padding, in its one canonical form (RFC 4648 §3.5)."""
    if not _SEGMENT.fullmatch(segment):
        raise _Refused("not base64url")
    try:
        decoded = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except Base64Error as error:
        raise _Refused("not base64url") from error
    if urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise _Refused("not canonical base64url")
    return decoded


def _json_object(segment: str) -> dict[str, Any]:
    value = json.loads(
        _decoded(segment).decode("utf-8"),
        object_pairs_hook=_without_duplicates,
        parse_constant=_no_constant,
    )
    if not isinstance(value, dict):
        raise _Refused("not a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Refused("a key twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 < value < _MAX_INTEGER:
        raise _Refused(f"{name} is not a plain integer")
    return value


def _text(claims: dict[str, Any], name: str, longest: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise _Refused(f"{name} is not a short text")
    return value

"""Signing keys and the server's secret, in one file that only this service can read.

    <key dir>/keys.json   0600; replaced as a whole, never written in place
    <key dir>/keys.lock   held while the file is replaced

A key is first `next` (published, so that every door knows it before it is used), then `active`
(signs), then `retired` (published until the last token it signed has expired). A revoked key is
gone at once.
"""

import fcntl
import json
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey

from backline.identity.domain.sessions import SessionId
from backline.identity.domain.tokens import OpaqueTokens
from backline.identity.domain.users import User
from backline.kit.auth.gate import AUDIENCE, ISSUER, LEEWAY_S, TOKEN_TYPE
from backline.kit.auth.keys import ALGORITHM, sign
from backline.kit.core.clock import Clock
from backline.kit.core.errors import FailedPrecondition, NotFound
from backline.kit.core.ids import uuid7

_SECRET_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeysReadableByOthers(FailedPrecondition):
    """A signing key that somebody else can read is everybody's."""


class KeyNotFound(NotFound):
    """No such key."""


class KeyState(StrEnum):
    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One Ed25519 key.

    Attributes:
        kid: The RFC 7638 thumbprint.
        x: The public part, base64url.
        d: The private part, base64url.
        since: When it got into its state.
        until: When a retired key is dropped.
    """

    kid: str
    x: str
    d: str = field(repr=False)
    state: KeyState
    since: datetime
    until: datetime | None = None

    @property
    def public(self) -> dict[str, str]:
        """As a JWK (RFC 8037) to publish."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self.x,
            "kid": self.kid,
            "use": "sig",
            "alg": ALGORITHM,
        }

    @property
    def private(self) -> OKPKey:
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": self.x, "d": self.d})

    @classmethod
    def generate(cls, state: KeyState, at: datetime) -> "SigningKey":
        key = OKPKey.generate_key("Ed25519", private=True)
        parts: dict[str, Any] = key.as_dict(private=True)
        return cls(key.thumbprint(), parts["x"], parts["d"], state, at)


@dataclass(frozen=True, slots=True)
class KeySet:
    """All keys, and the secret behind refresh tokens and device cookies."""

    keys: tuple[SigningKey, ...]
    secret: bytes = field(repr=False)

    @property
    def active(self) -> SigningKey:
        return next(key for key in self.keys if key.state is KeyState.ACTIVE)

    def published(self, at: datetime) -> tuple[SigningKey, ...]:
        return tuple(key for key in self.keys if key.until is None or at < key.until)

    def rotated(self, at: datetime, keep: timedelta) -> "KeySet":
        """The next key signs from now on, and there is a new next one."""
        moved = [
            replace(key, state=KeyState.RETIRED, since=at, until=at + keep)
            if key.state is KeyState.ACTIVE
            else replace(key, state=KeyState.ACTIVE, since=at)
            if key.state is KeyState.NEXT
            else key
            for key in self.published(at)
        ]
        return replace(self, keys=(*moved, SigningKey.generate(KeyState.NEXT, at)))

    def without(self, kid: str, at: datetime) -> "KeySet":
        """As if that key had never been.

        Raises:
            KeyNotFound: There is none of that name.
        """
        gone = next((key for key in self.keys if key.kid == kid), None)
        if gone is None:
            raise KeyNotFound(f"There is no key {kid}.", kid=kid)
        left = replace(self, keys=tuple(key for key in self.keys if key is not gone))
        if gone.state is KeyState.ACTIVE:
            return left.rotated(at, timedelta())
        if gone.state is KeyState.NEXT:
            return replace(left, keys=(*left.keys, SigningKey.generate(KeyState.NEXT, at)))
        return left


class KeyFiles:
    """The key file, shared by every process of this service on this machine.

    Args:
        folder: Made for this user only, if it is not there.
        token_lifetime: How long a retired key must stay published.
    """

    def __init__(self, folder: Path, *, token_lifetime: timedelta, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._path = folder / "keys.json"
        self._keep = token_lifetime + timedelta(seconds=LEEWAY_S)
        self._seen: tuple[int, int] | None = None
        self._current: KeySet | None = None

    def current(self) -> KeySet:
        """The keys as they are in the file now; the file is read again only if it changed.

        Raises:
            KeysReadableByOthers: The file's permissions are too wide.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return self._create()
        if self._current is None or self._seen != (status.st_ino, status.st_mtime_ns):
            self._refuse_others(status)
            self._current = _loaded(self._path.read_text("utf-8"))
            self._seen = (status.st_ino, status.st_mtime_ns)
        return self._current

    def published(self) -> list[dict[str, str]]:
        """All public keys that count now, as JWKs."""
        return [key.public for key in self.current().published(self._clock.now())]

    def rotate(self, *, if_older_than: timedelta = timedelta()) -> bool:
        """Let the next key sign. Every door knows it already, so nobody notices.

        Args:
            if_older_than: Do nothing if the active key is younger.

        Returns:
            Whether it was done.
        """
        at = self._clock.now()
        self.current()  # There is a file from here on, so that nothing is created under the lock.
        with self._locked():
            keys = self.current()
            if at - keys.active.since < if_older_than:
                return False
            self._replace(keys.rotated(at, self._keep))
        return True

    def revoke(self, kid: str) -> None:
        """Forget a key that got into the wrong hands: what it signed is refused within a second.

        Raises:
            KeyNotFound: There is none of that name.
        """
        self.current()
        with self._locked():
            self._replace(self.current().without(kid, self._clock.now()))

    def _create(self) -> KeySet:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            if self._path.exists():  # Another process was faster.
                return self.current()
            at = self._clock.now()
            keys = KeySet(
                (
                    SigningKey.generate(KeyState.ACTIVE, at),
                    SigningKey.generate(KeyState.NEXT, at),
                ),
                secrets.token_bytes(_SECRET_BYTES),
            )
            return self._replace(keys)

    def _replace(self, keys: KeySet) -> KeySet:
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(_plain(keys), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        return self.current()

    def _refuse_others(self, status: os.stat_result) -> None:
        if status.st_mode & _OTHERS:
            raise KeysReadableByOthers(
                f"{self._path} can be read by others. Say `chmod 600 {self._path}`, and rotate"
                " the keys if somebody may have read it.",
                path=str(self._path),
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._folder / "keys.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class SignedTokens:
    """`AccessTokens` with the active key."""

    def __init__(self, keys: KeyFiles, *, lifetime: timedelta) -> None:
        self._keys = keys
        self._lifetime_s = int(lifetime.total_seconds())
        self._signer: tuple[str, OKPKey] | None = None

    @property
    def lifetime_s(self) -> int:
        return self._lifetime_s

    def issue(self, user: User, session_id: SessionId, *, at: datetime) -> str:
        kid, key = self._active()
        issued_at = int(at.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.id),
            "sid": session_id,
            "role": user.role.value,
            "name": user.display_name,
            "iat": issued_at,
            "exp": issued_at + self._lifetime_s,
            "jti": str(uuid7()),
        }
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        return sign({"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": kid}, payload, key)

    def _active(self) -> tuple[str, OKPKey]:
        active = self._keys.current().active
        if self._signer is None or self._signer[0] != active.kid:
            self._signer = (active.kid, active.private)
        return self._signer


class FileSecrets:
    """`Secrets` with the secret of the key file."""

    def __init__(self, keys: KeyFiles) -> None:
        self._keys = keys

    def opaque_tokens(self) -> OpaqueTokens:
        return OpaqueTokens(self._keys.current().secret)

    def token(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)

    def new_id(self) -> UUID:
        return uuid7()


def _plain(keys: KeySet) -> dict[str, Any]:
    return {
        "secret": urlsafe_b64encode(keys.secret).decode(),
        "keys": [
            {
                **asdict(key),
                "since": key.since.isoformat(),
                "until": None if key.until is None else key.until.isoformat(),
            }
            for key in keys.keys
        ],
    }


def _loaded(text: str) -> KeySet:
    plain = json.loads(text)
    return KeySet(
        tuple(
            SigningKey(
                kid=key["kid"],
                x=key["x"],
                d=key["d"],
                state=KeyState(key["state"]),
                since=datetime.fromisoformat(key["since"]),
                until=None if key["until"] is None else datetime.fromisoformat(key["until"]),
            )
            for key in plain["keys"]
        ),
        urlsafe_b64decode(plain["secret"]),
    )

"""What may no longer be used although its token has not expired yet."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from backline.kit.core.actor import Actor, Role

KEPT_S = 15 * 60
"""How long a revocation is remembered: longer than any access token lives."""

STALE_AFTER_S = 5.0
"""Silence of the feed after which writes are confirmed with identity, one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """One thing that ended.

    Attributes:
        id: Its number; a repetition changes nothing.
        user_id: Whose it was.
        session_id: The session that ended; empty when the user's role changed instead.
        role: The role that the user's tokens must carry from now on; None for an ended session.
        reason: For people: `logout`, `password changed`, `disabled`, `token reused`, …
    """

    id: int
    user_id: int
    session_id: str = ""
    role: Role | None = None
    reason: str = ""


class Revocations:
    """The sessions that ended and the roles that changed within the life of an access token.

    Args:
        monotonic: Seconds of a clock that never runs backwards.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: dict[int, float] = {}
        self._sessions: dict[str, float] = {}
        self._roles: dict[int, tuple[Role, float]] = {}
        self._callbacks: list[Callable[[Revocation], None]] = []
        self._heard_at: float | None = None

    def on_revoked(self, callback: Callable[[Revocation], None]) -> None:
        """Call `callback` at each new revocation, on the event loop's thread. It must not block."""
        self._callbacks.append(callback)

    def heard(self) -> None:
        """Note that the feed is alive."""
        self._heard_at = self._monotonic()

    @property
    def stale(self) -> bool:
        """Whether nothing was heard of the feed for too long, or ever."""
        return self._heard_at is None or self._monotonic() - self._heard_at > STALE_AFTER_S

    def add(self, revocation: Revocation) -> bool:
        """Refuse what `revocation` names from now on, and tell those who listen.

        Returns:
            Whether it was news.
        """
        if revocation.id in self._known:
            return False
        now = self._monotonic()
        self._forget(now)
        self._known[revocation.id] = now
        if revocation.session_id:
            self._sessions[revocation.session_id] = now
        if revocation.role is not None:
            self._roles[revocation.user_id] = (revocation.role, now)
        for callback in self._callbacks:
            callback(revocation)
        return True

    def refuses(self, actor: Actor) -> bool:
        """Whether a token of this session and role has been overtaken by events."""
        if actor.session_id in self._sessions:
            return True
        required = self._roles.get(actor.id)
        return required is not None and required[0] is not actor.role

    def _forget(self, now: float) -> None:
        oldest = now - KEPT_S
        self._known = {key: at for key, at in self._known.items() if at >= oldest}
        self._sessions = {key: at for key, at in self._sessions.items() if at >= oldest}
        self._roles = {key: pin for key, pin in self._roles.items() if pin[1] >= oldest}

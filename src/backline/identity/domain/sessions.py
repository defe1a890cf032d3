"""A login session: one row, however often its refresh token is renewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NewType

from backline.identity.domain.events import SessionRevoked
from backline.identity.domain.users import UserId
from backline.kit.core.errors import NotFound, PermissionDenied, Unauthenticated
from backline.kit.core.messages import Aggregate

SessionId = NewType("SessionId", str)

LONGEST_DEVICE = 200


class SessionNotFound(NotFound):
    """No such session among one's own."""


class SessionEnded(Unauthenticated):
    """One answer for a refresh token that is unknown, expired, ended or stolen."""

    def __init__(self) -> None:
        super().__init__("Log in again: your session has ended.")


class WrongCredentials(Unauthenticated):
    """One answer for an unknown name and for a wrong password."""

    def __init__(self) -> None:
        super().__init__("That name and password do not belong together.")


class AccountDisabled(PermissionDenied):
    """Told only to somebody who knows the password."""

    def __init__(self) -> None:
        super().__init__("This account is disabled. Ask an admin to enable it again.")


class InvalidTicket(Unauthenticated):
    """Unknown, used, expired, or meant for another origin."""

    def __init__(self) -> None:
        super().__init__("Ask for a new ticket: this one was used, has expired, or never was.")


@dataclass(frozen=True, slots=True)
class Client:
    """What asks, as far as it can be told.

    Attributes:
        ip: The address it came from.
        device: What it calls itself (User-Agent).
    """

    ip: str = ""
    device: str = ""


NOWHERE = Client()
"""For what is done by a program on the spot."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts.

    Attributes:
        idle: Without a refresh.
        absolute: With refreshes.
        guest: For somebody who gave nothing but a name.
    """

    idle: timedelta = timedelta(days=14)
    absolute: timedelta = timedelta(days=90)
    guest: timedelta = timedelta(hours=24)


class Rotation(Enum):
    """What became of a presented refresh token."""

    ROTATED = auto()
    """It was the current one; there is a new one."""
    REPEATED = auto()
    """It was the one before: the client never got the current one, and gets it now."""
    REUSED = auto()
    """It is older: somebody kept a copy. The session has ended for both."""


@dataclass(eq=False)
class Session(Aggregate):
    """One login on one device.

    Attributes:
        counter: The number of its current refresh token.
        expires_at: The last moment, whatever happens.
        idle_until: The last moment without a refresh.
    """

    id: SessionId
    user_id: UserId
    client: Client
    created_at: datetime
    last_seen_at: datetime
    idle_until: datetime
    expires_at: datetime
    counter: int = 0
    ended_at: datetime | None = None
    ended_reason: str = ""

    @classmethod
    def start(
        cls,
        *,
        id: SessionId,  # noqa: A002 - the field's name
        user_id: UserId,
        client: Client,
        idle: timedelta,
        absolute: timedelta,
        at: datetime,
    ) -> "Session":
        client = Client(client.ip, client.device[:LONGEST_DEVICE])
        return cls(id, user_id, client, at, at, at + min(idle, absolute), at + absolute)

    def alive(self, at: datetime) -> bool:
        return self.ended_at is None and at < min(self.idle_until, self.expires_at)

    def present(self, counter: int, *, idle: timedelta, client: Client, at: datetime) -> Rotation:
        """Take refresh token number `counter`; the next one is number `self.counter`.

        Raises:
            SessionEnded: It ended, or expired.
        """
        if not self.alive(at) or counter > self.counter:
            raise SessionEnded
        if counter < self.counter - 1:
            self.end("token reused", at=at)
            return Rotation.REUSED
        self.last_seen_at = at
        self.idle_until = min(at + idle, self.expires_at)
        self.client = Client(client.ip, client.device[:LONGEST_DEVICE])
        if counter == self.counter - 1:
            return Rotation.REPEATED
        self.counter += 1
        return Rotation.ROTATED

    def end(self, reason: str, *, at: datetime) -> bool:
        """Whether it was still going on."""
        if not self.alive(at):
            return False
        self.ended_at = at
        self.ended_reason = reason
        self.events.append(SessionRevoked(self.user_id, self.id, reason, at))
        return True

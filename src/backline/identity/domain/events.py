"""What identity tells the other services, on topic `identity.v1`."""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from backline.kit.core.actor import Role
from backline.kit.core.messages import Event


@dataclass(frozen=True, slots=True)
class _UserEvent(Event):
    user_id: int

    @property
    @override
    def key(self) -> str:
        return str(self.user_id)


@dataclass(frozen=True, slots=True)
class UserRegistered(_UserEvent):
    """Somebody new; `username` is empty for a guest."""

    username: str
    display_name: str
    role: Role
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class UserRenamed(_UserEvent):
    display_name: str


@dataclass(frozen=True, slots=True)
class RoleChanged(_UserEvent):
    former: Role
    role: Role
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class UserDisabled(_UserEvent):
    disabled_at: datetime


@dataclass(frozen=True, slots=True)
class UserEnabled(_UserEvent):
    enabled_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordChanged(_UserEvent):
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRevoked(_UserEvent):
    """A login session ended before its time; `reason` is for people."""

    session_id: str
    reason: str
    revoked_at: datetime

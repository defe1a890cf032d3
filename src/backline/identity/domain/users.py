"""A user: an account with a password, or a guest with nothing but a name."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from backline.identity.domain.events import (
    PasswordChanged,
    RoleChanged,
    UserDisabled,
    UserEnabled,
    UserRegistered,
    UserRenamed,
)
from backline.kit.core.actor import Role
from backline.kit.core.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
)
from backline.kit.core.messages import Aggregate

UserId = NewType("UserId", int)

ACCOUNT_ROLES = (Role.LISTENER, Role.HOST, Role.ADMIN)

GUESTS_KEPT = timedelta(days=1)
"""How long after a guest's last session somebody may still want to know who it was."""


class UserNotFound(NotFound):
    """No such user."""


class UsernameTaken(AlreadyExists):
    """Somebody has that username already."""


class GuestHasNoAccount(FailedPrecondition):
    """Only accounts have passwords and roles that can be changed."""


class RoleNotAssignable(InvalidArgument):
    """Accounts are listeners, hosts or admins."""


class LastAdmin(FailedPrecondition):
    """Without an admin nobody could make another one."""


class OwnAccount(FailedPrecondition):
    """Nobody shuts themselves out by accident."""


class RegistrationClosed(PermissionDenied):
    """Accounts are made by admins here."""

    def __init__(self) -> None:
        super().__init__("Registration is closed here. Ask an admin for an account.")


class GuestsNotAdmitted(PermissionDenied):
    """One needs an account here."""

    def __init__(self) -> None:
        super().__init__("Guests are not admitted tonight. Register, or log in.")


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may come in by themselves."""

    registration: bool = True
    guests: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """A user as others may see them."""

    id: UserId
    username: str | None
    display_name: str
    role: Role
    disabled: bool = False


@dataclass(eq=False)
class User(Aggregate):
    """Somebody who may ask for something.

    Attributes:
        username: What they log in with, normalised; None for a guest.
        password_hash: In the PHC string format; None for a guest.
        disabled_at: Since when they may not log in; None while they may.
        demo: What the demo knows them by; None for real people.
    """

    id: UserId
    username: str | None
    display_name: str
    role: Role
    created_at: datetime
    password_hash: str | None = field(default=None, repr=False)
    disabled_at: datetime | None = None
    demo: str | None = None

    @classmethod
    def register(
        cls,
        *,
        id: UserId,  # noqa: A002 - the field's name
        username: str,
        display_name: str,
        password_hash: str,
        role: Role,
        at: datetime,
    ) -> "User":
        user = cls(id, username, display_name, role, at, password_hash)
        user.events.append(UserRegistered(id, username, display_name, role, at))
        return user

    @classmethod
    def join(cls, *, id: UserId, display_name: str, at: datetime) -> "User":  # noqa: A002
        """A guest: no username, no password, gone when the session ends."""
        user = cls(id, None, display_name, Role.GUEST, at)
        user.events.append(UserRegistered(id, "", display_name, Role.GUEST, at))
        return user

    @classmethod
    def screen(cls, *, id: UserId, display_name: str, at: datetime) -> "User":  # noqa: A002
        """A projector or a stream: a name that hosts gave it, and nothing to log in with."""
        user = cls(id, None, display_name, Role.SCREEN, at)
        user.events.append(UserRegistered(id, "", display_name, Role.SCREEN, at))
        return user

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def profile(self) -> Profile:
        return Profile(self.id, self.username, self.display_name, self.role, self.disabled)

    def rename(self, display_name: str) -> None:
        if display_name != self.display_name:
            self.display_name = display_name
            self.events.append(UserRenamed(self.id, display_name))

    def change_role(self, role: Role, *, at: datetime) -> bool:
        """Whether that changed anything.

        Raises:
            RoleNotAssignable: `guest` and `anonymous` are no roles of an account.
            GuestHasNoAccount: A guest stays a guest.
        """
        if role not in ACCOUNT_ROLES:
            raise RoleNotAssignable(
                "An account is a listener, a host or an admin.", role=role.value
            )
        self.require_account("role")
        if role is self.role:
            return False
        former, self.role = self.role, role
        self.events.append(RoleChanged(self.id, former, role, at))
        return True

    def disable(self, *, at: datetime) -> bool:
        """Whether that changed anything."""
        if self.disabled:
            return False
        self.disabled_at = at
        self.events.append(UserDisabled(self.id, at))
        return True

    def enable(self, *, at: datetime) -> bool:
        """Whether that changed anything."""
        if not self.disabled:
            return False
        self.disabled_at = None
        self.events.append(UserEnabled(self.id, at))
        return True

    def set_password(self, password_hash: str, *, at: datetime) -> None:
        """Replace the password's hash.

        Raises:
            GuestHasNoAccount: A guest has no password.
        """
        self.require_account("password")
        self.password_hash = password_hash
        self.events.append(PasswordChanged(self.id, at))

    def rehash(self, password_hash: str) -> None:
        """The same password, hashed at today's cost."""
        self.password_hash = password_hash

    def require_account(self, what: str) -> None:
        """Refuse a guest.

        Raises:
            GuestHasNoAccount: A guest has no password, and no role but guest.
        """
        if self.username is None:
            raise GuestHasNoAccount(
                f"{self.display_name} is a guest and has no {what} of their own."
                " Registering an account gives one.",
                user_id=str(self.id),
            )

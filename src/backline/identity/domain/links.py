"""One-time links: the one that makes the first admin, and those that reset a password."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from backline.identity.domain.users import UserId
from backline.kit.core.errors import FailedPrecondition, PermissionDenied


class InvalidLink(PermissionDenied):
    """Unknown, used or expired: one answer for all three."""

    def __init__(self) -> None:
        super().__init__("This link was used or has expired. Ask for a new one.")


class AlreadySetUp(FailedPrecondition):
    """There is an admin."""

    def __init__(self) -> None:
        super().__init__("There is an admin already. Ask them to make you one as well.")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where links and QR codes lead; empty where nobody said.

    Attributes:
        public: As the box was told.
        network: In the same network, with nothing in front.
    """

    public: str = ""
    network: str = ""


class LinkKind(StrEnum):
    SETUP = "setup"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Link:
    """A permission to do one thing once.

    Attributes:
        token_hash: SHA-256 of the token; the token itself is nowhere but in the link.
        user_id: Whose password it resets; None for setup.
    """

    kind: LinkKind
    token_hash: bytes
    user_id: UserId | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """What whoever issued a link gets to see of it, once."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkRules:
    """How long a link works."""

    setup: timedelta = timedelta(hours=24)
    reset: timedelta = timedelta(hours=24)

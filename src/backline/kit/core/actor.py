"""On whose behalf a message is handled."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do. Ordered: each role may do all that the ones before it may."""

    ANONYMOUS = "anonymous"
    SCREEN = "screen"
    """A projector or a stream: it shows the room to people, and changes nothing."""
    GUEST = "guest"
    LISTENER = "listener"
    HOST = "host"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def at_least(self, other: "Role") -> bool:
        return self.rank >= other.rank


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks.

    Attributes:
        id: The user's number; 0 for nobody and for the system itself.
        role: As it stands in the access token.
        name: The display name, for people to read.
        session_id: The login session; empty where there is none.
    """

    id: int
    role: Role
    name: str = ""
    session_id: str = ""


ANONYMOUS = Actor(id=0, role=Role.ANONYMOUS)
SYSTEM = Actor(id=0, role=Role.ADMIN, name="Backline")

"""The three things a service is told or tells: commands, queries, events."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


class Command(Generic[R_co]):
    """Asks for a change. One command is one transaction; `R_co` is what it returns."""

    __slots__ = ()


class Query(Generic[R_co]):
    """Asks a question. Never writes; may read from a replica."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Event:
    """States that something happened. Past tense, immutable, published through the outbox.

    A service's event `TrackPlayed` is published as the protobuf message of the same name and
    the same fields.
    """

    @property
    def key(self) -> str:
        """The aggregate that it is about. Events of one key keep their order everywhere."""
        raise NotImplementedError


@dataclass(eq=False)
class Aggregate:
    """A consistency boundary: loaded, changed and saved as a whole.

    Attributes:
        version: Number of times it has been saved; guards against lost updates.
        events: What happened since it was loaded, oldest first.
    """

    version: int = field(default=0, init=False)
    events: list[Event] = field(default_factory=list, init=False)

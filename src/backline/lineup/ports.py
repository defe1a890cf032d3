"""What the line-up needs from outside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from backline.lineup.domain.acts import Act
from backline.lineup.domain.options import Options
from backline.lineup.domain.scores import Ballot, EventId, ScoreId


class ActRepository(Protocol):
    """The acts. Whoever gets one keeps others away from it until the transaction ends."""

    async def next_id(self) -> EventId: ...

    async def add(self, act: Act) -> None: ...

    async def get(self, event_id: EventId) -> Act:
        """Raises `EventNotFound`."""
        ...

    async def get_all(self, event_ids: Collection[EventId]) -> Mapping[EventId, Act]:
        """Those that exist."""
        ...

    async def due(self, now: datetime, *, most: int) -> Sequence[Act]:
        """Acts whose deadline has passed untold, the earliest first; not those others hold."""
        ...

    async def of_demo(self) -> Sequence[Act]: ...

    async def has_song(self, item_id: str) -> bool:
        """Whether this item of the queue is, or was, on the line-up."""
        ...

    async def save(self, acts: Iterable[Act]) -> None: ...

    async def remove(self, act: Act) -> None:
        """With everything that was counted."""
        ...

    async def recount(self) -> None:
        """Set every act's count and sum to what its scores come to."""
        ...


class BallotRepository(Protocol):
    """What has been seen of people's scores. Guarded by the lock on the act."""

    async def get_all(
        self, keys: Collection[tuple[EventId, ScoreId]]
    ) -> Mapping[tuple[EventId, ScoreId], Ballot]:
        """One for each key; an empty one where nothing has been seen."""
        ...

    async def save(self, ballots: Iterable[Ballot]) -> None:
        """Those of their versions that have changed."""
        ...


class OptionsRepository(Protocol):
    async def get(self) -> Options: ...

    async def save(self, options: Options) -> None: ...

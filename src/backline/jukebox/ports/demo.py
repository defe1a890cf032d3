"""What the demo needs from the outside."""

from collections.abc import Collection
from typing import Protocol

from backline.jukebox.domain.demo import Demo, DemoPlay, Made
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId


class DemoRepository(Protocol):
    """Content for trying, told apart from what people bring by a mark on each piece."""

    async def get(self) -> Demo:
        """Load and lock."""
        ...

    async def save(self, demo: Demo) -> None: ...

    async def room_is_in_use(self) -> bool:
        """Whether anything waits, plays or was heard that is not the demo's."""
        ...

    async def mark(self, what: Made, key: str, made: str) -> None: ...

    async def made(self, what: Made) -> dict[str, str]:
        """What it has made, by key."""
        ...

    async def add_played(self, play: DemoPlay) -> ItemId:
        """Write a song into the history."""
        ...

    async def live(self) -> list[ItemId]:
        """What it has made that waits or plays."""
        ...

    async def tracks_left(self) -> list[TrackId]:
        """Its tracks that nobody has deleted, in order of their ids."""
        ...

    async def forget_items(self, people: Collection[int]) -> None:
        """Delete what is over and was made by it, or by its people, and their votes."""
        ...

    async def forget_marks(self) -> None: ...

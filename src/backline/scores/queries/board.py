"""The line-up's events as they are known here: asked for over gRPC, kept for a while."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter

from backline.kit.cache.cache import Cache, CacheUnavailable
from backline.kit.core.clock import Clock
from backline.kit.core.errors import Unavailable
from backline.scores.domain import LineupEvent, LineupUnreachable, Window
from backline.scores.ports import Lineup, Phase
from backline.scores.queries.views import event_view

LIVE_FOR = timedelta(hours=24)
"""So long a closed event is still shown to those who watch."""

AT_ONCE_S = 0.5
"""Nobody who gives a score waits longer to hear that it cannot be scored."""

_PREFIX = "scores:events"
_LAST_WORD_TTL_S = 3600.0
_GENERATION_TTL_S = 86_400.0
_EVENT = TypeAdapter(LineupEvent)
_EVENTS = TypeAdapter(list[LineupEvent])


class EventBoard:
    """Events out of the cache. What the line-up said last is served while it does not answer.

    Args:
        note: Keeps when events take scores, so that it is known without the line-up, too.
        ttl_s: How old an answer may be that nothing new was heard about.
    """

    def __init__(
        self,
        lineup: Lineup,
        cache: Cache,
        note: Callable[[Collection[Window]], Awaitable[None]],
        clock: Clock,
        *,
        ttl_s: float,
    ) -> None:
        self._lineup = lineup
        self._cache = cache
        self._keep = note
        self._clock = clock
        self._ttl_s = ttl_s
        self._noted: dict[int, tuple[datetime, ...]] = {}

    async def page(self, *, phase: Phase | None, limit: int, cursor: str) -> bytes:
        """An `EventsView` without anybody's own scores.

        Raises:
            LineupUnreachable: It does not answer, and never said what this page holds.
        """

        async def load() -> bytes:
            found = await self._lineup.list_events(phase=phase, limit=limit, cursor=cursor)
            await self._note(found.events)
            return orjson.dumps(
                {
                    "items": [event_view(event) for event in found.events],
                    "next_cursor": found.next_cursor or None,
                    "as_of": self._clock.now(),
                },
                option=orjson.OPT_UTC_Z,
            )

        return await self._known(f"page:{phase or ''}:{limit}:{cursor}", load)

    async def find(self, event_id: int) -> LineupEvent | None:
        """The event; None if the line-up does not answer at once and never said.

        Raises:
            NoSuchEvent: The line-up has none of this id.
        """

        async def load() -> bytes:
            event = await self._lineup.get_event(event_id)
            await self._note([event])
            return _EVENT.dump_json(event)

        what = f"one:{event_id}"
        try:
            async with asyncio.timeout(AT_ONCE_S):
                return _EVENT.validate_json(await self._known(what, load))
        except (LineupUnreachable, TimeoutError):
            before = await self._read(f"{_PREFIX}:last:{what}")
            return None if before is None else _EVENT.validate_json(before)

    async def live(self) -> Sequence[LineupEvent]:
        """What is open, what comes, and what has closed of late; in this order.

        Raises:
            LineupUnreachable: As above.
        """

        async def load() -> bytes:
            found: list[LineupEvent] = []
            for phase in (Phase.OPEN, Phase.COMING, Phase.CLOSED):
                found += (await self._lineup.list_events(phase=phase)).events
            await self._note(found)
            return _EVENTS.dump_json(found)

        oldest = self._clock.now() - LIVE_FOR
        events = _EVENTS.validate_json(await self._known("live", load))
        return [event for event in events if event.deadline > oldest]

    async def forget(self) -> None:
        """The line-up has news: the next who asks gets it."""
        with contextlib.suppress(CacheUnavailable):
            await self._cache.incr(f"{_PREFIX}:generation", _GENERATION_TTL_S)

    async def _known(self, what: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        last_word = f"{_PREFIX}:last:{what}"

        async def ask() -> bytes:
            try:
                answer = await load()
            except LineupUnreachable:
                if (before := await self._read(last_word)) is not None:
                    return before
                raise
            with contextlib.suppress(CacheUnavailable):
                await self._cache.set(last_word, answer, _LAST_WORD_TTL_S)
            return answer

        generation = (await self._read(f"{_PREFIX}:generation") or b"0").decode()
        return await self._cache.remember(f"{_PREFIX}:{generation}:{what}", self._ttl_s, ask)

    async def _read(self, key: str) -> bytes | None:
        try:
            return await self._cache.get(key)
        except CacheUnavailable:
            return None

    async def _note(self, events: Sequence[LineupEvent]) -> None:
        known = self._noted
        news = {event.window for event in events if _times(event) != known.get(event.id)}
        if not news:
            return
        with contextlib.suppress(Unavailable):
            await self._keep(news)
            known |= {event.id: _times(event) for event in events}


def _times(event: LineupEvent) -> tuple[datetime, ...]:
    return event.opens_at, event.deadline


def with_own(page: bytes, own: dict[int, dict[str, Any]]) -> bytes:
    """A page of events with somebody's own scores, by event."""
    document = orjson.loads(page)
    for item in document["items"]:
        item["my_score"] = own.get(item["id"])
    return orjson.dumps(document)


def event_ids(page: bytes) -> tuple[int, ...]:
    return tuple(item["id"] for item in orjson.loads(page)["items"])

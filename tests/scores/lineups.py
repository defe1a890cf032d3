"""Line-ups to score against: one in memory, and what goes wrong on the way to any of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from backline.kit.core.errors import InvalidArgument
from backline.kit.testing.clock import FixedClock
from backline.scores.domain import LineupEvent, LineupUnreachable, NoSuchEvent
from backline.scores.ports import EventPage, Lineup, Phase, Verdict, Wish


@dataclass
class _Ballot:
    """What was seen of one score."""

    values: dict[int, int] = field(default_factory=dict)
    reverted: set[int] = field(default_factory=set)

    @property
    def standing(self) -> int | None:
        return max(self.values.keys() - self.reverted, default=None)

    @property
    def highest(self) -> int:
        return max(self.values.keys() | self.reverted, default=0)


class MemoryLineup:
    """A line-up in this process, which passes the contract of the port."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock
        self._events: dict[int, LineupEvent] = {}
        self._ballots: dict[tuple[int, int], _Ballot] = {}
        self.calls = 0

    async def add(
        self, title: str = "Lamplight", *, opens_in_s: float = 0, closes_in_s: float = 600
    ) -> int:
        now = self._clock.now()
        event_id = len(self._events) + 1
        self._events[event_id] = LineupEvent(
            id=event_id,
            title=title,
            description="",
            kind="act",
            created_at=now,
            opens_at=now + timedelta(seconds=opens_in_s),
            deadline=now + timedelta(seconds=closes_in_s),
            status="PROCESSING",
            score_count=0,
            score_mean=None,
            revision=1,
        )
        return event_id

    async def close(self, event_id: int) -> None:
        event = self._events[event_id]
        self._events[event_id] = replace(
            event, deadline=self._clock.now(), revision=event.revision + 1
        )

    async def list_events(
        self, *, phase: Phase | None = None, limit: int = 200, cursor: str = ""
    ) -> EventPage:
        self.calls += 1
        if cursor and not cursor.isdecimal():
            raise InvalidArgument("This cursor is not known.")
        now = self._clock.now()
        events = [self._told(each) for each in self._events.values()]
        events.sort(key=lambda event: (event.opens_at, event.id), reverse=True)
        if phase is not None:
            events = [event for event in events if _phase(event, now) is phase]
        start = int(cursor or 0)
        page = events[start : start + limit]
        more = start + limit < len(events)
        return EventPage(page, str(start + limit) if more else "")

    async def get_event(self, event_id: int) -> LineupEvent:
        self.calls += 1
        return self._told(self._known(event_id))

    async def apply(self, wish: Wish) -> Verdict:
        self.calls += 1
        event = self._known(wish.event_id)
        ballot = self._ballots.setdefault((wish.event_id, wish.score_id), _Ballot())
        if ballot.standing == wish.version:
            return Verdict(applied=True)
        if wish.version in ballot.reverted:
            return Verdict(applied=False, reason="REVERTED")
        if wish.version < ballot.highest:
            return Verdict(applied=False, reason="SUPERSEDED")
        phase = _phase(event, self._clock.now())
        if phase is Phase.CLOSED:
            return Verdict(applied=False, reason="DEADLINE_PASSED")
        if phase is Phase.COMING:
            return Verdict(applied=False, reason="NOT_OPEN_YET")
        ballot.values[wish.version] = wish.score
        return Verdict(applied=True)

    async def revert(self, wish: Wish) -> Verdict:
        self.calls += 1
        event = self._known(wish.event_id)
        ballot = self._ballots.setdefault((wish.event_id, wish.score_id), _Ballot())
        if _phase(event, self._clock.now()) is not Phase.CLOSED:
            ballot.reverted.add(wish.version)
        return Verdict(applied=ballot.standing == wish.version)

    def _known(self, event_id: int) -> LineupEvent:
        if event_id not in self._events:
            raise NoSuchEvent("There is no such event.", event_id=str(event_id))
        return self._events[event_id]

    def _told(self, event: LineupEvent) -> LineupEvent:
        values = [
            ballot.values[ballot.standing]
            for (event_id, _), ballot in self._ballots.items()
            if event_id == event.id and ballot.standing is not None
        ]
        if not values:
            return event
        mean = sum(values) / len(values)
        status = "HIGH_SCORE" if mean >= 3 else "LOW_SCORE"
        return replace(event, status=status, score_count=len(values), score_mean=mean)


def _phase(event: LineupEvent, now: datetime) -> Phase:
    if now >= event.deadline:
        return Phase.CLOSED
    return Phase.OPEN if now >= event.opens_at else Phase.COMING


class Wire:
    """The way to a line-up, with a hand on it.

    Attributes:
        away: Nothing gets there.
        answers_lost: What is applied gets there, and the answer does not come back.
        reverts_away: No revert gets there.
    """

    def __init__(self, lineup: Lineup) -> None:
        self._lineup = lineup
        self.away = False
        self.answers_lost = False
        self.reverts_away = False
        self.asked: list[tuple[str, int]] = []
        self._gate = asyncio.Event()
        self._gate.set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """What is asked while the context lasts gets there at its end."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    async def list_events(
        self, *, phase: Phase | None = None, limit: int = 200, cursor: str = ""
    ) -> EventPage:
        self._reach()
        return await self._lineup.list_events(phase=phase, limit=limit, cursor=cursor)

    async def get_event(self, event_id: int) -> LineupEvent:
        self._reach()
        await self._gate.wait()
        return await self._lineup.get_event(event_id)

    async def apply(self, wish: Wish) -> Verdict:
        self.asked.append(("apply", wish.version))
        self._reach()
        await self._gate.wait()
        verdict = await self._lineup.apply(wish)
        if self.answers_lost:
            raise _unreachable()
        return verdict

    async def revert(self, wish: Wish) -> Verdict:
        self.asked.append(("revert", wish.version))
        self._reach()
        if self.reverts_away:
            raise _unreachable()
        return await self._lineup.revert(wish)

    def _reach(self) -> None:
        if self.away:
            raise _unreachable()


def _unreachable() -> LineupUnreachable:
    return LineupUnreachable("The line-up does not answer.")

"""What every line-up behind the port does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest

from backline.kit.core.errors import BacklineError
from backline.kit.testing.clock import FixedClock
from backline.scores.domain import NoSuchEvent
from backline.scores.ports import Lineup, Phase, Verdict, Wish

APPLIED = Verdict(applied=True)


class Add(Protocol):
    def __call__(
        self, title: str = ..., *, opens_in_s: float = ..., closes_in_s: float = ...
    ) -> Awaitable[int]: ...


@dataclass(frozen=True, slots=True)
class Rig:
    """A line-up, and the hand that makes events in it."""

    lineup: Lineup
    add: Add
    close: Callable[[int], Awaitable[None]]
    clock: FixedClock


def wish(event_id: int, score: int = 4, *, version: int = 1, score_id: int = 90) -> Wish:
    return Wish(score_id, event_id, user_id=score_id + 1000, version=version, score=score)


class LineupContract:
    """Inherit, and provide the fixture `rig`."""

    async def test_an_event_is_told_as_it_is(self, rig: Rig) -> None:
        now = rig.clock.now()
        event_id = await rig.add("Lamplight", opens_in_s=0, closes_in_s=600)
        event = await rig.lineup.get_event(event_id)
        assert (event.id, event.title, event.kind) == (event_id, "Lamplight", "act")
        assert event.opens_at == event.created_at == now
        assert event.deadline == now + timedelta(seconds=600)
        assert (event.status, event.score_count, event.score_mean) == ("PROCESSING", 0, None)

    async def test_what_is_not_there_is_refused_for_good(self, rig: Rig) -> None:
        for asked in (
            rig.lineup.get_event(404),
            rig.lineup.apply(wish(404)),
            rig.lineup.revert(wish(404)),
        ):
            with pytest.raises(NoSuchEvent) as refused:
                await asked
            assert not refused.value.kind.retryable

    async def test_events_are_listed_page_by_page_and_by_phase(self, rig: Rig) -> None:
        events = {
            "open": await rig.add("open"),
            "coming": await rig.add("coming", opens_in_s=60),
            "closed": await rig.add("closed"),
        }
        await rig.close(events["closed"])

        seen: list[int] = []
        cursor = ""
        while True:
            page = await rig.lineup.list_events(limit=2, cursor=cursor)
            seen += [event.id for event in page.events]
            if not (cursor := page.next_cursor):
                break
        assert sorted(seen) == sorted(events.values())
        for phase in Phase:
            found = (await rig.lineup.list_events(phase=phase)).events
            assert [event.id for event in found] == [events[phase.value]]

    async def test_a_cursor_of_ones_own_making_is_refused(self, rig: Rig) -> None:
        with pytest.raises(BacklineError) as refused:
            await rig.lineup.list_events(cursor="mine")
        assert not refused.value.kind.retryable

    async def test_a_score_counts_once_however_often_it_is_applied(self, rig: Rig) -> None:
        event_id = await rig.add()
        for _ in range(3):
            assert await rig.lineup.apply(wish(event_id, 2)) == APPLIED
        event = await rig.lineup.get_event(event_id)
        assert (event.status, event.score_count, event.score_mean) == ("LOW_SCORE", 1, 2.0)

    async def test_a_newer_version_takes_the_place_of_an_older_one(self, rig: Rig) -> None:
        event_id = await rig.add()
        assert await rig.lineup.apply(wish(event_id, 2)) == APPLIED
        assert await rig.lineup.apply(wish(event_id, 5, version=2)) == APPLIED
        assert await rig.lineup.apply(wish(event_id, 2)) == Verdict(
            applied=False, reason="SUPERSEDED"
        )
        assert (await rig.lineup.get_event(event_id)).score_mean == 5.0

    async def test_a_revert_brings_back_what_was_before(self, rig: Rig) -> None:
        event_id = await rig.add()
        await rig.lineup.apply(wish(event_id, 2))
        await rig.lineup.apply(wish(event_id, 5, version=2))
        for _ in range(2):
            assert not (await rig.lineup.revert(wish(event_id, 5, version=2))).applied
        assert (await rig.lineup.get_event(event_id)).score_mean == 2.0

    async def test_a_revert_that_overtakes_keeps_the_score_from_counting(self, rig: Rig) -> None:
        event_id = await rig.add()
        assert not (await rig.lineup.revert(wish(event_id))).applied
        assert await rig.lineup.apply(wish(event_id)) == Verdict(applied=False, reason="REVERTED")
        assert (await rig.lineup.get_event(event_id)).score_count == 0

    async def test_after_the_deadline_what_stands_stands(self, rig: Rig) -> None:
        event_id = await rig.add(closes_in_s=60)
        await rig.lineup.apply(wish(event_id, 4))
        rig.clock.advance(timedelta(seconds=60))

        assert await rig.lineup.apply(wish(event_id, 4)) == APPLIED
        assert await rig.lineup.revert(wish(event_id, 4)) == APPLIED
        late = wish(event_id, 1, score_id=91)
        assert await rig.lineup.apply(late) == Verdict(applied=False, reason="DEADLINE_PASSED")
        assert not (await rig.lineup.revert(late)).applied
        assert (await rig.lineup.get_event(event_id)).score_mean == 4.0

    async def test_before_it_opens_nothing_counts(self, rig: Rig) -> None:
        event_id = await rig.add(opens_in_s=60)
        assert await rig.lineup.apply(wish(event_id)) == Verdict(
            applied=False, reason="NOT_OPEN_YET"
        )

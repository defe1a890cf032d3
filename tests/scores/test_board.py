"""What is known of the line-up's events: how old it may be, and what makes it older."""

from datetime import timedelta

import orjson
import pytest

from backline.kit.core.errors import BacklineError
from backline.kit.testing.eventually import eventually
from backline.scores.domain import LineupUnreachable, NoSuchEvent
from backline.scores.ports import Phase
from tests.scores.stage import Door


async def titles(door: Door, phase: Phase | None = None) -> list[str]:
    page = orjson.loads(await door.board.page(phase=phase, limit=50, cursor=""))
    return [event["title"] for event in page["items"]]


async def test_a_list_is_asked_for_once(door: Door) -> None:
    await door.stage.lineup.add("Lamplight")
    for _ in range(3):
        assert await titles(door) == ["Lamplight"]
    assert door.stage.lineup.calls == 1


async def test_news_of_the_line_up_make_what_is_known_old(door: Door) -> None:
    await door.stage.lineup.add("Lamplight")
    await titles(door)
    await door.stage.lineup.add("Northbound")
    assert await titles(door) == ["Lamplight"]
    await door.board.forget()
    assert sorted(await titles(door)) == ["Lamplight", "Northbound"]


async def test_without_news_it_is_asked_again_after_a_while(door: Door) -> None:
    brief = Door(door.stage, ttl_s=0.01)
    await door.stage.lineup.add("Lamplight")
    await titles(brief)
    await door.stage.lineup.add("Northbound")

    async def both() -> bool:
        return sorted(await titles(brief)) == ["Lamplight", "Northbound"]

    await eventually(both)
    await brief.client.aclose()


async def test_what_was_said_last_is_served_while_the_line_up_is_away(door: Door) -> None:
    event_id = await door.stage.lineup.add("Lamplight")
    first = orjson.loads(await door.board.page(phase=None, limit=50, cursor=""))
    await door.board.find(event_id)
    door.stage.wire.away = True
    door.stage.clock.advance(timedelta(minutes=1))
    await door.board.forget()
    assert orjson.loads(await door.board.page(phase=None, limit=50, cursor="")) == first
    event = await door.board.find(event_id)
    assert event is not None
    assert event.title == "Lamplight"
    with pytest.raises(LineupUnreachable):
        await door.board.page(phase=Phase.CLOSED, limit=50, cursor="")
    assert await door.board.find(event_id + 1) is None


async def test_what_is_not_there_is_not_kept(door: Door) -> None:
    with pytest.raises(NoSuchEvent):
        await door.board.find(1)
    assert await door.stage.lineup.add() == 1
    # Nobody waits for a slow line-up: on a busy machine it may be asked again.
    assert await eventually(lambda: door.board.find(1))


async def test_what_has_closed_long_ago_is_not_live(door: Door) -> None:
    lineup, clock = door.stage.lineup, door.stage.clock
    await lineup.add("old")
    clock.advance(timedelta(hours=24, minutes=10))
    await lineup.add("closed", closes_in_s=10)
    clock.advance(timedelta(seconds=10))
    await lineup.add("coming", opens_in_s=60)
    await lineup.add("open")
    assert [event.title for event in await door.board.live()] == ["open", "coming", "closed"]


async def test_a_cursor_of_ones_own_making_is_the_line_ups_to_refuse(door: Door) -> None:
    with pytest.raises(BacklineError) as refused:
        await door.board.page(phase=None, limit=50, cursor="mine")
    assert not refused.value.kind.retryable

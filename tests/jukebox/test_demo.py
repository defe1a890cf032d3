"""The demo fills a room as people would, is never there twice, and goes without a trace."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import soundfile
import tinytag

from backline.jukebox.commands.demo import RequestDemo
from backline.jukebox.commands.room import RenameRoom
from backline.jukebox.demo import content
from backline.jukebox.demo.content import LATELY, PEOPLE, QUEUE, SONGS, DemoPerson
from backline.jukebox.demo.job import FillRoom, sounds
from backline.jukebox.domain.demo import DemoAction, DemoBusy, DemoState, RoomInUse
from backline.jukebox.domain.queue import HostsOnly
from backline.jukebox.queries.demo import DemoView, FirstStepsView, GetDemo, GetFirstSteps
from backline.jukebox.queries.queue import GetHistory
from backline.jukebox.queries.tracks import ListTracks
from backline.kit.core.actor import Actor, Role
from backline.kit.jobs.queue import Job
from tests.jukebox.rooms import ANN, HAL, TestRoom

SHORT_S = 1.0
_KEYS = {
    "paper-lanterns", "kettle-song", "second-hand-moons", "northbound", "salt-on-the-window",
    "two-spoons",
}  # fmt: skip
FEW = tuple(song for song in SONGS if song.key in _KEYS)
HEARD = sum(key in _KEYS for key in (*content.EARLIER, *LATELY))
WISHED = sum(key in _KEYS for key, _, _ in QUEUE)


class FewPeople:
    """Accounts that are numbers."""

    def __init__(self) -> None:
        self.there: list[str] = []

    async def settle(self, people: Sequence[DemoPerson]) -> dict[str, Actor]:
        self.there += [each.name for each in people if each.name not in self.there]
        return {
            each.name: Actor(id=100 + self.there.index(each.name), role=each.role,
                             name=each.display_name)
            for each in people
        }  # fmt: skip

    async def remove(self) -> int:
        gone, self.there = len(self.there), []
        return gone


@pytest.fixture
def people() -> FewPeople:
    return FewPeople()


async def do(room: TestRoom, people: FewPeople, action: DemoAction) -> None:
    """What the worker does once it was asked for."""

    async def report(fraction: float, message: str) -> None:
        assert 0 <= fraction <= 1, message

    payload: dict[str, Any] = {"action": action.value, "most_s": SHORT_S}
    job = Job(uuid4(), "demo", payload, 1, 3, report)
    fill = FillRoom(room.mediator, room.jukebox.store, people, clock=room.clock, songs=FEW)
    await fill(job)


async def state(room: TestRoom) -> DemoView:
    return await room.send(GetDemo(), HAL)


async def steps(room: TestRoom) -> FirstStepsView:
    return await room.send(GetFirstSteps(), HAL)


async def test_a_room_is_filled_once_and_emptied(room: TestRoom, people: FewPeople) -> None:
    before = await steps(room)
    assert (before.named, before.songs, before.waiting, before.heard) == (False, 0, 0, False)

    await do(room, people, DemoAction.FILL)
    filled = await state(room)
    document = await room.document()
    await do(room, people, DemoAction.FILL)

    assert filled == await state(room)
    assert filled.state is DemoState.FILLED
    assert (filled.songs, filled.played) == (len(FEW), HEARD)
    assert document == await room.document()
    assert document.room.name == "The Valve Room"
    votes = {item.track.title: item.votes for item in document.items}
    assert votes["Kettle Song"] == 7
    assert len(document.items) == WISHED
    assert {item.added_by.display_name for item in document.items} >= {"Kofi", "Nina Kallas"}
    # Nobody has heard anything of it: the history is written.
    assert not (await steps(room)).heard
    history = await room.send(GetHistory(limit=100))
    assert len(history.items) == HEARD
    assert [row.state for row in history.items].count("skipped") == 1
    now = room.clock.now()
    assert all(datetime.fromisoformat(str(row.ended_at)) < now for row in history.items)

    await do(room, people, DemoAction.REMOVE)

    assert await steps(room) == before
    assert people.there == []
    assert not (await room.send(ListTracks(limit=50))).items


async def test_what_people_brought_stays(room: TestRoom, people: FewPeople) -> None:
    await room.send(RenameRoom(name="The Cellar", tagline=""), HAL)
    own = await room.add(ANN, "Mine")
    await do(room, people, DemoAction.FILL)
    document = await room.document()
    lanterns = next(item for item in document.items if item.track.title == "Paper Lanterns")
    assert document.room.name == "The Cellar"

    await do(room, people, DemoAction.REMOVE)

    document = await room.document()
    assert [item.id for item in document.items] == [own]
    assert document.room.name == "The Cellar"
    assert lanterns.id not in {row.id for row in (await room.send(GetHistory(limit=100))).items}


async def test_a_room_that_is_in_use_is_left_alone(room: TestRoom) -> None:
    await room.add(ANN)
    fill = RequestDemo(action=DemoAction.FILL)

    with pytest.raises(RoomInUse):
        await room.send(fill, HAL)

    await room.send(RequestDemo(action=DemoAction.FILL, force=True), HAL)
    assert (await state(room)).state is DemoState.FILLING
    with pytest.raises(DemoBusy):
        await room.send(RequestDemo(action=DemoAction.FILL, force=True), HAL)


async def test_only_hosts_may(room: TestRoom) -> None:
    with pytest.raises(HostsOnly):
        await room.send(RequestDemo(action=DemoAction.FILL), ANN)
    with pytest.raises(HostsOnly):
        await room.send(GetFirstSteps(), ANN)


async def test_what_plays_for_real_ends_the_first_steps(room: TestRoom) -> None:
    item = await room.add(ANN)
    assert (await room.play_next()) == item
    assert not (await steps(room)).heard

    await room.end(item)

    assert (await steps(room)).heard


async def test_a_demo_whose_worker_is_gone_says_so(room: TestRoom) -> None:
    await room.send(RequestDemo(action=DemoAction.FILL), HAL)
    room.clock.advance(timedelta(minutes=5))

    view = await state(room)

    assert view.state is DemoState.FAILED
    assert view.error
    await room.send(RequestDemo(action=DemoAction.FILL), HAL)


async def test_the_sounds_are_songs_with_titles_in_stereo(tmp_path: Path) -> None:
    covers = 0
    async for song, path in sounds(tmp_path, SHORT_S):
        tags = tinytag.TinyTag.get(path, image=True)
        covers += tags.images.any is not None
        if song.broken_at_s is None:
            assert (tags.title, tags.artist) == (song.title, song.artist)
            samples, _ = soundfile.read(path)
            assert samples.shape[1] == 2
            assert 0.3 < abs(samples).max() < 1
            assert (samples[:, 0] != samples[:, 1]).any()
    assert covers >= 10


def test_the_content_keeps_the_rules_of_the_room() -> None:
    names = {person.name for person in PEOPLE}
    keys = {song.key for song in SONGS}
    assert len(PEOPLE) == 12
    assert [person.role for person in PEOPLE].count(Role.HOST) == 1
    assert [person.role for person in PEOPLE].count(Role.GUEST) == 1
    assert {song.by for song in SONGS} <= names
    assert {key for key, _, _ in QUEUE} | set(LATELY) | set(content.EARLIER) <= keys
    # A song does not come back within the hour, and nobody votes twice or for their own song.
    assert not {key for key, _, _ in QUEUE} & set(LATELY)
    assert all(by not in voters and len(set(voters)) == len(voters) for _, by, voters in QUEUE)

"""`kill -9` of one process at a time during playback: nothing is lost, and soon all is whole."""

import random
from datetime import UTC, datetime
from typing import Any

from backline.kit.testing.eventually import eventually
from tests.audio import song
from tests.box import Box, Person

VICTIMS = ("api", "player", "worker", "postgres")
LENGTHS_S = (300.0, 2.0, 2.0, 2.0)
WITHIN_S = 60
# The position is an anchor in real time, told at most so late.
JUMP_S = 4.0


async def playing_room(box: Box) -> tuple[Person, list[str]]:
    """A room in which the first of four songs plays, and the last one has two votes."""
    host = await box.admin()
    tracks = [
        await host.upload(song(seconds=length, frequency=300 + 50 * number), f"{number}.flac")
        for number, length in enumerate(LENGTHS_S)
    ]
    items = [await host.add(track) for track in tracks]
    for name in ("ben", "cleo"):
        voter = await box.listener(name)
        await voter.call("PUT", f"/queue/{items[3]}/vote")
    if (await box.room())["playback"]["state"] != "playing":
        await host.call("POST", "/playback/play")
    await eventually(lambda: is_playing(box, items[0]), within=WITHIN_S)
    return host, items


async def is_playing(box: Box, item: str) -> bool:
    playback = (await box.room())["playback"]
    return bool(playback["state"] == "playing" and playback["item_id"] == item)


def position_now(playback: dict[str, Any]) -> float:
    """Where the song is at this moment, by the anchor."""
    as_of = datetime.fromisoformat(playback["as_of"])
    elapsed = (datetime.now(UTC) - as_of).total_seconds()  # noqa: TID251 - the box runs in real time
    return float(playback["position_s"] + elapsed * playback["rate"])


def waiting(room: dict[str, Any]) -> list[tuple[str, int]]:
    """Everything that waits, in order, with its votes."""
    current = room["playback"]["item_id"]
    return [(item["id"], item["votes"]) for item in room["items"] if item["id"] != current]


async def goes_on(box: Box, before: dict[str, Any], stopped_at: float) -> None:
    """The room is as it was, and its song between where it stopped and where it would be."""
    playing = before["playback"]
    await eventually(lambda: is_playing(box, playing["item_id"]))
    after = await box.room()
    assert waiting(after) == waiting(before)
    position = position_now(after["playback"])
    assert stopped_at - JUMP_S < position < position_now(playing) + JUMP_S


async def test_what_is_killed_or_stopped_costs_nothing_but_a_moment(fresh_box: Box):
    host, items = await playing_room(fresh_box)
    assert [votes for _, votes in waiting(await fresh_box.room())].count(2) == 1
    await host.call("PUT", "/playback/position", json={"position_s": 60})

    async def is_there() -> bool:
        return position_now((await fresh_box.room())["playback"]) >= 60

    await eventually(is_there)
    for victim in random.sample(VICTIMS, len(VICTIMS)):
        before = await fresh_box.room()
        stopped_at = position_now(before["playback"])
        killed = fresh_box.kill(victim)
        await fresh_box.is_whole(without=killed, within=WITHIN_S)
        await goes_on(fresh_box, before, stopped_at)

    before = await fresh_box.room()
    stopped_at = position_now(before["playback"])
    await fresh_box.stop()
    await fresh_box.start()
    await goes_on(fresh_box, before, stopped_at)

    # To the end: each is played once, none is skipped.
    order = [item for item, _ in waiting(await fresh_box.room())]
    host = await fresh_box.admin()
    await host.call("PUT", "/playback/position", json={"position_s": LENGTHS_S[0] - 2})

    async def all_played() -> bool:
        return len(await fresh_box.history()) == len(items)

    await eventually(all_played, within=WITHIN_S)
    history = await fresh_box.history()
    assert [item["id"] for item in history] == [items[0], *order]
    ends = [(item["state"], item["reason"], item["heard_s"]) for item in history]
    assert [end for end in ends if end[0] != "played"] == [], ends

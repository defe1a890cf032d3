"""An evening through the public doors: people join, queue, vote, and every screen says the same."""

import pytest
from websockets.exceptions import ConnectionClosed

from backline.kit.core.ids import uuid7
from backline.kit.testing.eventually import eventually
from tests import audio
from tests.journeys.doors import Doors, Screen, Visitor, now_playing, titles


def song(title: str, seconds: float = 60) -> bytes:
    """A sound that is like no other, so that it is nobody's duplicate."""
    unique = 200 + uuid7().int % 800
    return audio.flac(audio.tone(seconds, rate=8000, frequency=unique), 8000, title=title)


def name() -> str:
    return f"p{uuid7().hex[-12:]}"


async def quiet(host: Visitor, doors: Doors) -> None:
    """Leave an empty room that is silent, with the default rules."""
    await host.call("DELETE", "/queue")
    await host.call("POST", "/playback/stop")

    async def is_idle() -> bool:
        room = await doors.room()
        return room["playback"]["state"] == "idle" and not room["items"]

    await eventually(is_idle)


async def see_same(doors: Doors, *screens: Screen) -> None:
    """All screens show the room as it is asked for."""
    room = await doors.room()
    for screen in screens:
        seen = await screen.see(lambda shown: shown["revision"] >= room["revision"])
        assert titles(seen) == titles(room)
        assert now_playing(seen) == now_playing(room)


async def test_from_file_to_history_on_two_screens(doors: Doors) -> None:
    host, ann = await doors.log_in("ada"), await doors.register(name())
    await quiet(host, doors)
    one = await host.upload(song("One"), "one.flac")
    two = await ann.upload(song("Two"), "two.flac")
    three = await ann.upload(song("Three"), "three.flac")
    four = await host.upload(song("Four"), "four.flac")

    async with host.screen() as left, ann.screen() as right:
        await host.call("PUT", "/queue/policy", json={"kind": "fifo"})
        await host.add(one)
        await ann.add(two)
        third, fourth = await ann.add(three), await host.add(four)
        await right.see(lambda room: len(titles(room)) == 4)
        await see_same(doors, left, right)

        await host.call("POST", "/playback/play")
        await left.see(lambda room: now_playing(room) == "One")
        await left.see(lambda room: room["items"][0]["state"] == "locked")
        await see_same(doors, left, right)

        await host.call("PUT", f"/queue/{fourth}/position", json={"before": third})
        await right.see(lambda room: titles(room) == ["Two", "Four", "Three"])
        await see_same(doors, left, right)

        await host.call("PUT", f"/queue/{third}/vote")
        await right.see(lambda room: any(item["votes"] == 1 for item in room["items"]))
        await see_same(doors, left, right)

        await host.call("POST", "/playback/skip")
        await right.see(lambda room: now_playing(room) == "Two")
        await see_same(doors, left, right)

    played = (await host.call("GET", "/queue/history"))["items"]
    assert played[0]["track"]["title"] == "One"
    assert played[0]["state"] == "skipped"
    await quiet(host, doors)


async def test_a_guest_may_add_and_vote_but_not_steer(doors: Doors) -> None:
    host, guest = await doors.log_in("ada"), await doors.guest("Sam")
    await quiet(host, doors)
    track = await host.upload(song("Anything"), "anything.flac")

    item = await guest.add(track)
    refused = await guest.ask("POST", "/playback/skip")
    upload = await guest.ask("POST", "/tracks", files={"file": ("x.flac", song("Five", 1))})

    assert [each["added_by"]["display_name"] for each in (await doors.room())["items"]] == ["Sam"]
    assert (refused.status_code, refused.json()["reason"]) == (403, "HOSTS_ONLY")
    assert upload.status_code == 403
    await guest.call("DELETE", f"/queue/{item}")
    await quiet(host, doors)


async def test_logging_out_closes_every_door(doors: Doors) -> None:
    visitor = await doors.register(name())

    async with visitor.screen() as screen:
        await screen.see(lambda room: True)
        await visitor.call("POST", "/auth/logout")
        with pytest.raises(ConnectionClosed) as closed:
            await screen.see(lambda room: False)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401

    async def is_out() -> bool:
        return (await visitor.ask("POST", "/queue", json={"track_id": "x"})).status_code == 401

    await eventually(is_out)


async def test_refusals_say_why(doors: Doors) -> None:
    host, ann = await doors.log_in("ada"), await doors.register(name())
    await quiet(host, doors)
    sound = song("Six")
    track = await ann.upload(sound, "six.flac")
    item = await ann.add(track)

    again = await ann.ask("POST", "/tracks", files={"file": ("again.flac", sound)})
    queued = await ann.ask("POST", "/queue", json={"track_id": track})
    stale = await host.ask(
        "PUT", "/queue/policy", json={"kind": "fifo"}, headers={"If-Match": '"1"'}
    )
    await ann.call("DELETE", f"/queue/{item}")
    gone = await ann.ask("PUT", f"/queue/{item}/vote")
    unknown = await ann.ask("POST", "/queue", json={"track_id": str(uuid7())})

    assert (again.status_code, again.json()["metadata"]["track_id"]) == (409, track)
    assert (queued.status_code, queued.json()["reason"]) == (409, "ALREADY_QUEUED")
    assert (stale.status_code, stale.json()["reason"]) == (409, "STALE_REVISION")
    assert gone.status_code in {404, 409}
    assert unknown.status_code == 404
    for refusal in (again, queued, stale, gone, unknown):
        assert refusal.headers["content-type"] == "application/problem+json"
        assert refusal.json()["detail"]


async def test_the_same_key_is_the_same_request(doors: Doors) -> None:
    host = await doors.log_in("ada")
    await quiet(host, doors)
    track = await host.upload(song("Seven"), "seven.flac")
    key = {"Idempotency-Key": str(uuid7())}

    answers = [
        await host.call("POST", "/queue", json={"track_id": track}, headers=key) for _ in range(3)
    ]

    assert len({answer["id"] for answer in answers}) == 1
    assert len((await doors.room())["items"]) == 1
    await quiet(host, doors)


async def test_what_cannot_be_played_says_why(doors: Doors) -> None:
    ann = await doors.register(name())

    page = await ann.ask("POST", "/tracks", files={"file": ("song.mp3", b"<html></html>" * 99)})
    empty = await ann.ask("POST", "/tracks", files={"file": ("song.mp3", b"")})
    broken = await ann.upload(audio.flac(audio.noise(20))[:90_000], "broken.flac")

    assert page.status_code == 415
    assert empty.status_code == 400
    track = await ann.call("GET", f"/tracks/{broken}")
    assert track["status"] == "failed"
    assert track["error"]

"""What a client of the hub is told, and what it gets when it comes back."""

import json
from collections.abc import AsyncIterator
from typing import Any

import jsonpatch
import pytest

from backline.kit.core.actor import Actor, Role
from backline.kit.testing.eventually import eventually
from tests.kit.sockets import (
    Room,
    a_room,
    closed,
    told,
)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as room:
        yield room


async def test_a_client_is_greeted_and_shown_the_document(room: Room) -> None:
    room.publish(412, items=[])
    room.personal = [{"type": "mine", "voted": ["a"]}]

    async with room.joined() as client:
        hello = json.loads(await client.recv())
        snapshot = json.loads(await client.recv())
        presence = json.loads(await client.recv())
        mine = json.loads(await client.recv())

    assert client.subprotocol == "backline.v1"
    assert hello == {
        "type": "hello",
        "protocol": "backline.v1",
        "server_time": "2026-11-21T20:00:00Z",
        "revision": 412,
    }
    assert snapshot == {
        "type": "snapshot",
        "revision": 412,
        "queue": {"revision": 412, "items": []},
    }
    assert presence == {"type": "presence", "present": 1}
    assert mine == {"type": "mine", "voted": ["a"]}


async def test_changes_arrive_as_patches(room: Room) -> None:
    room.publish(1, items=[{"id": "a"}])

    async with room.joined() as client:
        document = (await told(client, "snapshot"))["queue"]
        room.publish(2, items=[{"id": "b"}, {"id": "a"}])
        patch = await told(client, "patch")

    assert (patch["base"], patch["revision"]) == (1, 2)
    assert jsonpatch.apply_patch(document, patch["changes"]) == {
        "revision": 2,
        "items": [{"id": "b"}, {"id": "a"}],
    }


async def test_who_comes_before_the_document_gets_it_when_it_is_there(room: Room) -> None:
    async with room.joined() as client:
        assert (await told(client, "hello"))["revision"] == 0
        room.publish(5, items=[])

        assert (await told(client, "snapshot"))["revision"] == 5


async def test_an_old_revision_changes_nothing(room: Room) -> None:
    room.publish(3, items=[])
    room.publish(2, items=[{"id": "stale"}])

    async with room.joined() as client:
        assert (await told(client, "snapshot"))["queue"] == {"revision": 3, "items": []}


async def test_a_reset_shows_everybody_the_new_document(room: Room) -> None:
    room.publish(9, items=[])

    async with room.joined() as client:
        await told(client, "snapshot")
        room.hub.reset({"revision": 4}, 4)

        assert (await told(client, "snapshot"))["queue"] == {"revision": 4}
    assert room.hub.revision == 4


@pytest.mark.parametrize(
    ("since", "kinds"),
    [
        ("?since=4", []),
        ("?since=3", ["patch"]),
        ("?since=2", ["patch", "patch"]),
        ("?since=1", ["snapshot"]),  # too old for a ring of two
        ("?since=99", ["snapshot"]),  # from the future of a backup that was restored
        ("?since=-1", ["snapshot"]),
        ("?since=²", ["snapshot"]),
        ("?since=" + "9" * 400, ["snapshot"]),
        ("", ["snapshot"]),
    ],
)
async def test_a_client_that_comes_back_gets_what_it_missed(since: str, kinds: list[str]) -> None:
    async with a_room(ring=2) as room:
        for revision in (1, 2, 3, 4):
            room.publish(revision, text="long enough to be worth a patch" * 9, plays=revision)

        async with room.join(room.pass_for("t"), query=since) as client:
            messages = [json.loads(await client.recv()) for _ in range(len(kinds) + 2)]

    assert [each["type"] for each in messages] == ["hello", *kinds, "presence"]


async def test_kept_patches_have_a_size(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    monkeypatch.setattr("backline.kit.realtime.hub.RING_BYTES", 2000)
    room.publish(0, text="", note="a" * 4000)
    for revision in range(1, 9):
        room.publish(revision, text="b" * 500 + str(revision), note="a" * 4000)

    async with room.join(room.pass_for("t"), query="?since=2") as late:
        assert await told(late, "snapshot")
    async with room.join(room.pass_for("t"), query="?since=6") as early:
        assert (await told(early, "patch"))["base"] == 6


async def test_patches_that_outweigh_the_document_become_a_snapshot(room: Room) -> None:
    room.publish(1, text="a" * 500)
    room.publish(2, text="b" * 500)
    room.publish(3, text="c")

    async with room.join(room.pass_for("t"), query="?since=1") as client:
        await told(client, "hello")
        assert json.loads(await client.recv())["type"] == "snapshot"


async def test_a_personal_message_reaches_every_socket_of_its_user_only(room: Room) -> None:
    async with room.joined(user=7) as one, room.joined(user=7) as two, room.joined(user=8) as other:
        for client in (one, two, other):
            await told(client, "presence")

        assert room.hub.send_to(7, {"type": "mine", "voted": []}) == 2
        assert room.hub.send_to(9, {"type": "mine"}) == 0
        room.hub.broadcast({"type": "last"})

        assert await told(one, "mine")
        assert await told(two, "mine")
        assert json.loads(await other.recv()) == {"type": "last"}


async def test_a_greeting_that_was_overtaken_is_read_again(room: Room) -> None:
    voted: list[str] = []
    asked: list[int] = []

    async def greeting(actor: Actor) -> list[dict[str, Any]]:
        asked.append(actor.id)
        seen = list(voted)
        if len(asked) == 1:  # A vote comes in while the greeting is on its way.
            voted.append("a")
            room.hub.send_to(actor.id, {"type": "mine", "voted": ["a"]})
        return [{"type": "mine", "voted": seen}]

    room.hub._greeting = greeting

    async with room.joined() as client:
        first = await told(client, "mine")
        second = await told(client, "mine")

    assert (first["voted"], second["voted"]) == (["a"], ["a"])


async def test_screens_are_told_but_are_no_people(room: Room) -> None:
    room.publish(1, name="The Valve Room")
    async with room.joined(user=7), room.joined(user=9, role=Role.SCREEN) as wall:
        assert (await told(wall, "snapshot"))["queue"]["name"] == "The Valve Room"
        assert (await told(wall, "presence"))["present"] == 1
        assert room.hub.present_users == {7}

        room.hub.revoke(9, "s1")

        assert (await closed(wall))[0] == 4401
    await eventually(lambda: room.hub.present == 0)


async def test_presence_counts_users_and_is_told_at_the_next_tick(room: Room) -> None:
    async with room.joined(user=7) as client:
        await told(client, "presence")
        async with room.joined(user=8), room.joined(user=8):
            await eventually(lambda: room.hub.present_users == {7, 8})
            room.hub.tick()

            assert (await told(client, "presence"))["present"] == 2
        await eventually(lambda: room.hub.present == 1)
        room.hub.tick()
        room.hub.tick()
        room.hub.broadcast({"type": "last"})

        assert (await told(client, "presence"))["present"] == 1
        assert json.loads(await client.recv()) == {"type": "last"}


async def test_a_ping_is_answered_with_the_servers_time(room: Room) -> None:
    async with room.joined() as client:
        await client.send('{"type": "ping", "t": 123}')

        assert await told(client, "pong") == {
            "type": "pong",
            "t": 123,
            "server_time": "2026-11-21T20:00:00Z",
        }

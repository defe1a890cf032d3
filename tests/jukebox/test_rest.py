"""The queue, playback and the room over HTTP: shapes, rights, refusals."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator

import pytest

from backline.jukebox.commands.room import ChangePolicy
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.domain.wishes import Wish
from backline.jukebox.feed import Feed
from backline.jukebox.ports import Player
from backline.jukebox.queries.board import Board
from backline.jukebox.queries.views import HistoryView, PlaybackView, QueueView, RoomView
from backline.jukebox.wiring import ROUTERS, gather_wishes
from backline.kit.cache.memory import MemoryCache
from backline.kit.core.actor import ANONYMOUS, Actor, Role
from backline.kit.http.app import build_app
from backline.kit.realtime.hub import Hub
from tests.jukebox.rooms import ANN, BOB, GUS, HAL, TestRoom
from tests.kit import doors
from tests.kit.doors import AnySession, a_gate, by_token

NOBODY = "00000000-0000-7000-8000-000000000000"


class Door(doors.Door):
    """The REST doors, and everybody's keys to them."""

    def __init__(self, room: TestRoom, player: Player | None = None) -> None:
        self.room = room
        gate = a_gate(room.clock)
        self.board = Board(room.mediator, MemoryCache())
        self.hub = Hub(
            name="jukebox.room",
            member="queue",
            authenticator=by_token(gate),
            clock=room.clock,
        )
        self.feed = Feed(room.mediator, self.hub, self.board, room.jukebox.doorbell)
        app = build_app(
            title="Jukebox",
            routers=ROUTERS,
            mediator=room.mediator,
            clock=room.clock,
            state={
                "gate": gate,
                "session_check": AnySession(),
                "board": self.board,
                "hub": self.hub,
                "player": player,
                "wishes": gather_wishes(room.mediator),
                "media_store": room.jukebox.store,
                "library_rules": room.jukebox.rules,
            },
        )
        super().__init__(app, room.clock)


@pytest.fixture
async def door(room: TestRoom) -> AsyncIterator[Door]:
    door = Door(room)
    async with door.client:
        yield door


async def test_the_room_is_there_for_everybody(door: Door) -> None:
    """As the Join page sees it: no token, and every field that was promised."""
    await door.room.add(ANN, "Night Bus")
    await door.room.play_next()
    await door.room.add(BOB, "Other")

    document = await door("GET", "/queue")
    QueueView.model_validate(document, strict=True)
    playback = await door("GET", "/playback")
    PlaybackView.model_validate(playback, strict=True)
    RoomView.model_validate(await door("GET", "/room"), strict=True)

    assert playback == document["playback"]
    assert playback["item"]["track"]["title"] == "Night Bus"
    assert playback["state"] == "playing"
    assert [item["starts_at"] for item in document["items"]] == ["2026-11-21T20:03:00Z"]
    assert document["items"][0]["starts_at_exact"]


async def test_what_follows_a_song_of_unknown_length_starts_about_then(door: Door) -> None:
    await door.room.add(HAL, "a")
    await door.room.play_next()
    await door.room.add(HAL, "b", duration_s=60)
    track = await door.room.track("c", ready=False)
    await door("POST", "/queue", HAL, json={"track_id": track}, expect=201)
    await door.room.add(HAL, "d")

    items = (await door("GET", "/queue"))["items"]

    assert [(i["track"]["title"], i["state"], i["starts_at_exact"]) for i in items] == [
        ("b", "queued", True),
        ("d", "queued", True),
        ("c", "pending", True),
    ]


async def test_adding_answers_with_the_item(door: Door) -> None:
    track = await door.room.track("Night Bus")

    added = await door("POST", "/queue", GUS, json={"track_id": track}, expect=201)

    assert (added["state"], added["votes"], added["voted"]) == ("queued", 0, False)
    assert added["added_by"] == {"id": GUS.id, "display_name": "Gus"}
    (item,) = (await door("GET", "/queue"))["items"]
    assert item == added


async def test_a_refusal_is_a_problem_document(door: Door) -> None:
    track = await door.room.track("Night Bus")
    await door("POST", "/queue", ANN, json={"track_id": track}, expect=201)

    refused = await door("POST", "/queue", BOB, json={"track_id": track}, expect=409)

    assert refused["type"] == "urn:backline:jukebox:already-queued"
    assert refused["reason"] == "ALREADY_QUEUED"
    assert refused["detail"] == "“Night Bus” is already next. Vote for it to hear it sooner."
    assert refused["metadata"]["position"] == "1"


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "/queue", {"track_id": NOBODY}),
        ("DELETE", f"/queue/{NOBODY}", None),
        ("PUT", f"/queue/{NOBODY}/vote", None),
        ("POST", "/playback/pause", None),
        ("PUT", "/queue/policy", {"open": False}),
        ("PUT", "/room", {"name": "x"}),
        ("POST", "/queue/undo", None),
    ],
)
async def test_nothing_is_changed_without_a_token(
    door: Door, method: str, path: str, json: object
) -> None:
    await door(method, path, json=json, expect=401)


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "/playback/play", None),
        ("POST", "/playback/pause", None),
        ("POST", "/playback/resume", None),
        ("POST", "/playback/stop", None),
        ("PUT", "/playback/position", {"position_s": 3}),
        ("PUT", "/playback/volume", {"volume": 0.3}),
        ("PUT", "/queue/policy", {"open": False}),
        ("PUT", "/room", {"name": "x"}),
        ("DELETE", "/queue", None),
    ],
)
async def test_hosts_only(door: Door, method: str, path: str, json: object) -> None:
    refused = await door(method, path, ANN, json=json, expect=403)
    assert refused["reason"] == "HOSTS_ONLY"
    assert refused["detail"].startswith("Only hosts may ")


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "/queue", {"track_id": "no uuid"}),
        ("POST", "/queue", {"track_id": NOBODY, "extra": 1}),
        ("PUT", f"/queue/{NOBODY}/position", {}),
        ("PUT", f"/queue/{NOBODY}/position", {"before": NOBODY, "after": NOBODY}),
        ("PUT", "/playback/volume", {"volume": 2}),
        ("PUT", "/playback/position", {"position_s": -1}),
        ("PUT", "/queue/policy", {"kind": "loudest"}),
        ("DELETE", "/queue/no-uuid", None),
        ("GET", "/queue/history?limit=1000", None),
    ],
)
async def test_what_cannot_be_read_is_refused(
    door: Door, method: str, path: str, json: object
) -> None:
    await door(method, path, HAL, json=json, expect=422)


async def test_what_is_not_there_is_told_so(door: Door) -> None:
    await door("POST", "/queue", HAL, json={"track_id": NOBODY}, expect=404)
    await door("DELETE", f"/queue/{NOBODY}", HAL, expect=404)
    await door("PUT", f"/queue/{NOBODY}/vote", HAL, expect=404)
    await door("GET", f"/queue/history?cursor={NOBODY}", expect=400)


async def test_nothing_playing_cannot_be_paused_or_skipped(door: Door) -> None:
    for path in ("pause", "skip"):
        refused = await door("POST", f"/playback/{path}", HAL, expect=409)
        assert refused["reason"] == "NOTHING_PLAYING"
    await door("POST", "/playback/play", HAL, expect=202)


async def test_a_request_for_a_song_that_has_ended_is_told(door: Door) -> None:
    first = await door.room.add(HAL, "a")
    await door.room.add(HAL, "b")
    await door.room.play_next()
    await door.room.end(first)
    await door.room.play_next()

    body = {"item_id": first}
    refused = await door("POST", "/playback/skip", HAL, json=body, expect=409)

    assert refused["detail"] == "That song has ended already. “b” is playing now."


async def test_everybody_may_skip_their_own(door: Door) -> None:
    await door.room.add(ANN)
    await door.room.play_next()

    await door("POST", "/playback/skip", BOB, expect=403)
    await door("POST", "/playback/skip", ANN, expect=202)


async def test_stale_revisions_are_refused(door: Door) -> None:
    a, b = await door.room.add(HAL, "a"), await door.room.add(HAL, "b")
    revision = (await door("GET", "/queue"))["revision"]
    path, body = f"/queue/{b}/position", {"before": a}

    refused = await door("PUT", path, HAL, json=body, expect=409, if_match=f'"{revision - 1}"')
    assert refused["reason"] == "STALE_REVISION"
    assert refused["metadata"]["revision"] == str(revision)
    await door("PUT", path, HAL, json=body, expect=400, if_match="x")
    await door("PUT", path, HAL, json=body, if_match=f'"{revision}"')

    assert [item["id"] for item in (await door("GET", "/queue"))["items"]] == [b, a]


async def test_an_idempotency_key_makes_one_of_two(door: Door) -> None:
    track = await door.room.track()
    body = {"track_id": track}

    first, second = [
        await door("POST", "/queue", ANN, json=body, expect=201, idempotency_key="k")
        for _ in range(2)
    ]

    assert first["id"] == second["id"]
    assert len((await door("GET", "/queue"))["items"]) == 1


async def test_wishes_of_the_same_moment_get_their_own_answers(door: Door) -> None:
    await door.room.send(ChangePolicy(changes={"max_waiting": 1}), HAL)
    night_bus, other, third = [await door.room.track(title) for title in ("Night Bus", "b", "c")]
    wishes = gather_wishes(door.room.mediator)

    outcomes = await asyncio.gather(
        wishes.submit(Wish(other, HAL)),
        wishes.submit(Wish(night_bus, ANN, "k")),
        wishes.submit(Wish(night_bus, ANN, "k")),
        wishes.submit(Wish(night_bus, BOB)),
        wishes.submit(Wish(third, ANN)),
        wishes.submit(Wish(third, ANN, "k")),
        wishes.submit(Wish(TrackId(NOBODY), HAL)),
        wishes.submit(Wish(third, ANONYMOUS)),
    )

    names = [getattr(outcome, "reason", "added") for outcome in outcomes]
    assert names == [
        "added",
        "added",
        "added",
        "ALREADY_QUEUED",
        "TOO_MANY_WAITING",
        "IDEMPOTENCY_KEY_REUSED",
        "TRACK_NOT_FOUND",
        "NAMELESS_VISITOR",
    ]
    assert outcomes[1] == outcomes[2]
    again = await wishes.submit(Wish(night_bus, ANN, "k"))
    assert again == outcomes[1]
    assert await door.room.titles() == ["b", "Night Bus"]


async def test_voted_is_personal(door: Door) -> None:
    item_id = await door.room.add(ANN)

    tally = await door("PUT", f"/queue/{item_id}/vote", BOB)

    assert (tally["votes"], tally["voted"]) == (1, True)
    for actor, voted in ((BOB, True), (ANN, False), (None, False)):
        (item,) = (await door("GET", "/queue", actor))["items"]
        assert (item["votes"], item["voted"]) == (1, voted)


async def test_the_policy_is_changed_in_part(door: Door) -> None:
    changed = await door("PUT", "/queue/policy", HAL, json={"kind": "votes", "max_waiting": None})

    assert (changed["kind"], changed["max_waiting"], changed["cooldown_s"]) == ("votes", None, 3600)
    assert await door("GET", "/queue/policy") == changed
    refused = await door("PUT", "/queue/policy", HAL, json={"max_items": 0}, expect=400)
    assert refused["errors"][0]["pointer"] == "#/max_items"


async def test_the_room_has_a_name(door: Door) -> None:
    body = {"name": "The Valve Room", "tagline": "Open stage, Friday"}
    await door("PUT", "/room", HAL, json=body)
    assert await door("GET", "/room") == {**body, "present": 0}
    for name in ("", "   ", "x" * 81, "a\u202eb"):
        await door("PUT", "/room", HAL, json={"name": name}, expect=400)


async def test_skip_votes_count_towards_a_share_of_those_present(door: Door) -> None:
    await door.room.add(HAL)
    await door("PUT", "/playback/skip-vote", ANN, expect=409)
    await door.room.play_next()
    await door.room.present(4)

    tally = await door("PUT", "/playback/skip-vote", ANN)
    assert (tally["votes"], tally["needed"], tally["voted"]) == (1, 2, True)
    assert (await door("GET", "/playback"))["skip"] == {"votes": 1, "needed": 2}
    assert (await door("PUT", "/playback/skip-vote", ANN))["votes"] == 1
    assert (await door("DELETE", "/playback/skip-vote", ANN))["votes"] == 0
    await door("PUT", "/playback/skip-vote", ANN)
    assert await door.room.requests() == []

    await door("PUT", "/playback/skip-vote", BOB)

    assert await door.room.requests() == ["skip"]


async def test_history(door: Door) -> None:
    await door.room.add(ANN, "a")
    item_id = await door.room.play_next()
    await door.room.end(item_id, played_s=12.5)

    page = await door("GET", "/queue/history")

    HistoryView.model_validate(page, strict=True)
    assert page["items"][0]["heard_s"] == 12.5
    assert page["items"][0]["ended_at"] == "2026-11-21T20:00:00.000Z"


async def test_ones_own_history(door: Door) -> None:
    for person, title in ((ANN, "hers"), (BOB, "his")):
        await door.room.add(person, title)
        await door.room.end(await door.room.play_next(), played_s=12.5)

    page = await door("GET", "/queue/history?mine=true", ANN)

    assert [item["track"]["title"] for item in page["items"]] == ["hers"]
    assert (await door("GET", "/queue/history?mine=true"))["items"] == []


async def test_a_failed_one_stays_until_it_is_dismissed(door: Door) -> None:
    await door.room.add(ANN, "a")
    item_id = await door.room.play_next()
    await door.room.end(item_id, "failed", 0)

    (item,) = (await door("GET", "/queue"))["items"]
    assert item["state"] == "failed"
    await door("DELETE", f"/queue/{item_id}", ANN)

    assert (await door("GET", "/queue"))["items"] == []
    await door("DELETE", f"/queue/{item_id}", ANN, expect=409)


async def test_the_cache_serves_until_something_changes(door: Door) -> None:
    before = await door("GET", "/queue")
    await door.room.add(ANN)
    assert await door("GET", "/queue") == before

    await door.feed.refresh()

    after = await door("GET", "/queue")
    assert after["revision"] == before["revision"] + 1
    assert after["items"][0]["id"] == ItemId(after["items"][0]["id"])


async def test_every_body_and_answer_is_described(door: Door) -> None:
    spec = door.app.openapi()
    schemas = spec["components"]["schemas"]
    for name in ("QueueView", "ItemView", "PlaybackView", "PolicyView", "AddBody", "SeekBody"):
        assert schemas[name].get("examples"), name
    shape = spec["paths"]["/queue"]["get"]["responses"]["200"]["content"]["application/json"]
    assert shape["schema"]["$ref"].endswith("/QueueView")


async def test_a_screen_reads_what_a_guest_reads_and_changes_nothing(door: Door) -> None:
    """Every operation there is, also those that come later."""
    await door.room.add(ANN, "Night Bus")
    await door.room.play_next()
    before = await door("GET", "/queue")
    screen = dataclasses.replace(GUS, id=77, role=Role.SCREEN, session_id="wall")
    reads = writes = 0

    async def status(method: str, path: str, actor: Actor) -> tuple[int, str]:
        answer = await door.client.request(method, path, headers=door.headers(actor))
        problem = "problem" in answer.headers.get("content-type", "")
        return answer.status_code, answer.json()["reason"] if problem else ""

    for path, methods in door.app.openapi()["paths"].items():
        filled = re.sub(r"{\w+}", NOBODY, path)
        for method in methods:
            answer = await status(method, filled, screen)
            if method in {"get", "head"}:
                expected = await status(method, filled, GUS)
                assert answer == expected or {answer[0], expected[0]} <= {401, 403}, path
                reads += 1
            else:
                assert answer == (403, "ROLE_REQUIRED"), f"{method} {path}"
                writes += 1

    assert reads > 8
    assert writes > 20
    assert await door("GET", "/queue") == before

"""Dead letters at the doors: shapes, rights, what the services' own tests need not repeat."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx
import pytest

from backline.api.jukebox.v1 import events_pb2
from backline.front.app import build_front
from backline.front.health import BoxHealth
from backline.kit.core.clock import SystemClock
from backline.kit.health import Condition
from backline.kit.http.app import build_app
from backline.kit.messaging.parking.payload import decoded
from backline.kit.messaging.parking.port import DeadLetter, Decision
from backline.kit.messaging.parking.rest import router
from backline.kit.service import Service
from backline.kit.testing.contracts.parking.scenes import GROUP, NEVER, a_message, first_of
from backline.kit.testing.memory_parking import MemoryParking
from tests.kit.doors import AnySession, a_gate
from tests.kit.tokens import claims, token

PLAYED = replace(
    a_message(7, "room"),
    topic="jukebox.v1",
    type="jukebox.v1.TrackPlayed",
    payload=events_pb2.TrackPlayed(item_id="i", title="Night Bus").SerializeToString(),
)


@dataclass(frozen=True, slots=True)
class Box:
    client: httpx.AsyncClient
    jukebox: MemoryParking
    lineup: MemoryParking


async def fine() -> None:
    return None


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    """Two services that consume, behind the front door."""
    gate = a_gate(SystemClock())
    letters = {"jukebox": MemoryParking(), "lineup": MemoryParking()}
    services = [
        Service(
            name=name,
            dead_letters=parking,
            app=build_app(
                title=name,
                routers=(router,),
                state={"gate": gate, "session_check": AnySession(), "dead_letters": parking},
            ),
        )
        for name, parking in letters.items()
    ]
    front = build_front(services, why_not_ready=fine)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(front),
        base_url="http://box",
        headers={"authorization": f"Bearer {token(claims(SystemClock(), role='admin'))}"},
    ) as client:
        yield Box(client, **letters)


async def park(parking: MemoryParking, offset: int, key: str) -> DeadLetter:
    await parking.park(GROUP, a_message(offset, key), NEVER)
    return await first_of(parking, key)


async def test_a_letter_is_shown_with_its_payload_and_what_waits(box: Box) -> None:
    await box.jukebox.park("jukebox", PLAYED, NEVER)
    await box.jukebox.keep("jukebox", [replace(a_message(8, "room"), topic="jukebox.v1")])
    letter = await first_of(box.jukebox, "room")

    answer = await box.client.get(f"/api/jukebox/dead-letters/{letter.id}")

    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["reason"], shown["detail"], shown["attempts"]) == ("NEVER", "This cannot be.", 1)
    assert shown["payload"] == {"item_id": "i", "title": "Night Bus"}
    assert (shown["group"], shown["key"], shown["behind"]) == ("jukebox", "room", 1)
    assert [one["reason"] for one in shown["waiting"]] == [None]


async def test_what_a_payload_says_is_null_where_nobody_knows() -> None:
    assert decoded(a_message(1)) is None
    assert decoded(replace(PLAYED, type="jukebox.v1.NeverHeardOf")) is None
    assert decoded(replace(PLAYED, topic="os.path")) is None
    assert decoded(replace(PLAYED, payload=b"\xff")) is None


async def test_the_front_door_lists_those_of_all_services_page_by_page(box: Box) -> None:
    wanted = [await park(box.jukebox, 1, "a"), await park(box.lineup, 2, "b")]
    wanted.append(await park(box.jukebox, 3, "c"))

    found, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await box.client.get("/api/dead-letters", params=params)).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert sorted(found) == sorted(str(letter.id) for letter in wanted)
    own = (await box.client.get("/api/lineup/dead-letters")).json()
    assert [item["key"] for item in own["items"]] == ["b"]
    none = (await box.client.get("/api/dead-letters", params={"group": "nobody"})).json()
    assert none == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("base", ["/api", "/api/lineup"])
async def test_decisions_are_left_for_the_consumer(box: Box, base: str) -> None:
    one, other = await park(box.lineup, 1, "a"), await park(box.lineup, 2, "b")

    replayed = await box.client.post(f"{base}/dead-letters/{one.id}/replay")
    discarded = await box.client.delete(f"{base}/dead-letters/{other.id}")

    assert (replayed.status_code, discarded.status_code) == (202, 202)
    assert replayed.json()["decided_by"] == (await box.lineup.get(one.id)).decided_by != ""
    assert (await box.lineup.get(one.id)).decision is Decision.REPLAY
    assert (await box.lineup.get(other.id)).decision is Decision.DISCARD


async def test_refusals_say_what_would_help(box: Box) -> None:
    first = await park(box.lineup, 1, "a")
    await box.lineup.keep(GROUP, [a_message(2, "a")])
    (later,) = await box.lineup.behind(first)

    gone = await box.client.delete(f"/api/dead-letters/{uuid4()}")
    overtaking = await box.client.post(f"/api/dead-letters/{later.id}/replay")
    nonsense = await box.client.get("/api/dead-letters/seven")

    assert (gone.status_code, gone.json()["reason"]) == (404, "DEAD_LETTER_NOT_FOUND")
    assert (overtaking.status_code, overtaking.json()["reason"]) == (409, "WAITS_BEHIND_ANOTHER")
    assert overtaking.json()["metadata"] == {"first_id": str(first.id)}
    assert nonsense.status_code == 422


@pytest.mark.parametrize(("role", "status"), [("host", 403), ("guest", 403), (None, 401)])
async def test_they_are_for_admins(box: Box, role: str | None, status: int) -> None:
    letter = await park(box.lineup, 1, "a")
    headers = {"authorization": ""}
    if role is not None:
        headers["authorization"] = f"Bearer {token(claims(SystemClock(), role=role))}"

    for base in ("/api", "/api/lineup"):
        for method, path in (
            ("GET", ""),
            ("GET", f"/{letter.id}"),
            ("POST", f"/{letter.id}/replay"),
            ("DELETE", f"/{letter.id}"),
        ):
            address = f"{base}/dead-letters{path}"
            answer = await box.client.request(method, address, headers=headers)
            assert answer.status_code == status, address

    assert (await box.lineup.get(letter.id)).decision is None


async def test_hosts_are_told_that_messages_wait(box: Box) -> None:
    async def part() -> tuple[str, Condition, list[str]]:
        health = BoxHealth.model_validate((await box.client.get("/api/health")).json())
        (found,) = [one for one in health.parts if one.name == "messages"]
        return found.word, found.condition, [alarm.code for alarm in health.alarms]

    assert await part() == ("none_parked", Condition.WELL, [])


async def test_an_alarm_names_how_many(box: Box) -> None:
    await park(box.lineup, 1, "a")
    await box.lineup.keep(GROUP, [a_message(2, "a")])
    await park(box.jukebox, 3, "b")

    health = BoxHealth.model_validate((await box.client.get("/api/health")).json())

    (alarm,) = health.alarms
    assert (alarm.code, alarm.metadata) == ("messages_parked", {"count": 3, "keys": 2})
    assert health.parts[-1].condition is Condition.MIND

"""The line-up over HTTP: shapes, rights, refusals."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from backline.lineup.commands import CloseEvent
from tests.lineup.stage import ANN, GUS, HAL, WALL, Stage, apply_


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def host(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with stage.browser(HAL) as client:
        yield client


def a_new_act(stage: Stage, **changes: Any) -> dict[str, Any]:
    given = {
        "title": "The Tin Roofs",
        "description": "Kettle folk from Leith",
        "deadline": iso(stage.in_(5)),
    }
    return given | changes


async def test_a_host_puts_an_act_on_the_line_up_and_everybody_reads_it(
    stage: Stage, host: httpx.AsyncClient
) -> None:
    made = await host.post("/events", json=a_new_act(stage))

    assert made.status_code == 201
    act = made.json()
    assert act == {
        "id": act["id"],
        "title": "The Tin Roofs",
        "description": "Kettle folk from Leith",
        "kind": "act",
        "created_at": iso(stage.clock.now()),
        "opens_at": iso(stage.clock.now()),
        "deadline": iso(stage.in_(5)),
        "phase": "open",
        "status": "PROCESSING",
        "score_count": 0,
        "score_mean": None,
        "revision": 1,
    }
    await stage.change(apply_(act["id"], 1, 4))
    for person in (GUS, ANN, WALL):
        async with stage.browser(person) as client:
            seen = (await client.get(f"/events/{act['id']}")).json()
            listed = (await client.get("/events")).json()
        assert listed == {"items": [seen], "next_cursor": None}
        assert (seen["status"], seen["score_count"], seen["score_mean"]) == ("HIGH_SCORE", 1, 4.0)


async def test_only_hosts_write(stage: Stage) -> None:
    act = await stage.act()
    writes = [
        ("POST", "/events", a_new_act(stage)),
        ("PUT", f"/events/{act}", {"title": "Mine"}),
        ("POST", f"/events/{act}/close", None),
        ("DELETE", f"/events/{act}", None),
        ("PUT", "/options", {"score_played_songs": True}),
    ]
    for person in (ANN, GUS, WALL):
        async with stage.browser(person) as client:
            for method, path, body in writes:
                answer = await client.request(method, path, json=body)
                assert (answer.status_code, answer.json()["reason"]) == (403, "ROLE_REQUIRED")
    async with stage.browser(None) as client:
        assert (await client.get("/events")).status_code == 401


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"deadline": "2026-11-21T19:59:59Z"}, "400 INVALID_DEADLINE #/deadline PAST"),
    ({"deadline": "2027-12-21T20:00:00Z"}, "400 INVALID_DEADLINE #/deadline TOO_FAR"),
    ({"opens_at": "2026-11-21T20:30:00Z"}, "400 INVALID_DEADLINE #/deadline BEFORE_OPENING"),
    ({"deadline": "2026-11-21T20:30:00"}, "400 INVALID_DEADLINE #/deadline NAIVE"),
    ({"opens_at": "2026-11-21T20:05:00"}, "400 INVALID_DEADLINE #/opens_at NAIVE"),
    ({"deadline": None}, "422 INVALID_REQUEST #/deadline DATETIME_TYPE"),
    ({"deadline": "tonight"}, "422 INVALID_REQUEST #/deadline DATETIME_FROM_DATE_PARSING"),
    ({"title": ""}, "400 INVALID_TITLE #/title UNREADABLE"),
    ({"title": "x" * 10_000}, "400 INVALID_TITLE #/title UNREADABLE"),
    ({"title": "x" * 30_000}, "422 INVALID_REQUEST #/title STRING_TOO_LONG"),
    ({"description": "x" * 2_001}, "400 INVALID_DESCRIPTION #/description UNREADABLE"),
    ({"score": 5}, "422 INVALID_REQUEST #/score EXTRA_FORBIDDEN"),
]


async def test_what_cannot_be_an_act_says_why(stage: Stage, host: httpx.AsyncClient) -> None:
    for changes, refusal in WRONG:
        answer = await host.post("/events", json=a_new_act(stage, **changes))

        problem = answer.json()
        (wrong,) = problem["errors"]
        said = (answer.status_code, problem["reason"], wrong["pointer"], wrong["reason"])
        assert " ".join(map(str, said)) == refusal
    assert (await host.get("/events")).json()["items"] == []


async def test_the_same_key_makes_one_act(stage: Stage, host: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await host.post("/events", json=a_new_act(stage), headers=headers)
    again = await host.post("/events", json=a_new_act(stage), headers=headers)
    other = await host.post("/events", json=a_new_act(stage, title="Other"), headers=headers)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["reason"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert len((await host.get("/events")).json()["items"]) == 1


async def test_a_host_changes_what_they_name(stage: Stage, host: httpx.AsyncClient) -> None:
    act = await stage.act(opens_in=10)

    early = await host.put(f"/events/{act}", json={"opens_at": iso(stage.clock.now())})
    longer = await host.put(f"/events/{act}", json={"deadline": iso(stage.in_(60)), "title": None})
    put_off = await host.put(f"/events/{act}", json={"opens_at": iso(stage.in_(5))})

    assert (early.json()["phase"], early.json()["opens_at"]) == ("open", iso(stage.clock.now()))
    assert (longer.json()["deadline"], longer.json()["title"]) == (
        iso(stage.in_(60)),
        "The Tin Roofs",
    )
    assert (put_off.status_code, put_off.json()["reason"]) == (409, "EVENT_IS_OPEN")


async def test_a_closed_act_stays_as_it_is(stage: Stage, host: httpx.AsyncClient) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 2))
    stage.clock.advance(timedelta(minutes=1))

    closed = await host.post(f"/events/{act}/close")
    stage.clock.advance(timedelta(minutes=1))
    again = await host.post(f"/events/{act}/close")
    changed = await host.put(f"/events/{act}", json={"deadline": iso(stage.in_(9))})
    deleted = await host.delete(f"/events/{act}")

    assert (closed.json()["phase"], closed.json()["status"]) == ("closed", "LOW_SCORE")
    assert closed.json() == again.json()
    assert (changed.status_code, changed.json()["reason"]) == (409, "EVENT_IS_CLOSED")
    assert (deleted.status_code, deleted.json()["reason"]) == (409, "EVENT_HAS_SCORES")
    assert deleted.json()["metadata"]["count"] == "1"


async def test_an_act_that_nobody_scored_is_taken_off(
    stage: Stage, host: httpx.AsyncClient
) -> None:
    act = await stage.act(opens_in=10)
    early = await host.post(f"/events/{act}/close")

    gone = await host.delete(f"/events/{act}")

    assert (early.status_code, early.json()["reason"]) == (409, "EVENT_NOT_OPEN")
    assert gone.status_code == 204
    for method, path, body in (
        ("GET", f"/events/{act}", None),
        ("PUT", f"/events/{act}", {"title": "Again"}),
        ("POST", f"/events/{act}/close", None),
        ("DELETE", f"/events/{act}", None),
    ):
        answer = await host.request(method, path, json=body)
        assert (answer.status_code, answer.json()["reason"]) == (404, "EVENT_NOT_FOUND")


async def pages(client: httpx.AsyncClient, **params: Any) -> list[str]:
    titles: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get("/events", params={"limit": 2, **params, **cursor})
        page = answer.json()
        assert 0 < len(page["items"]) <= 2
        titles += [act["title"] for act in page["items"]]
        if page["next_cursor"] is None:
            return titles
        cursor = {"cursor": page["next_cursor"]}


async def test_acts_are_listed_as_the_evening_has_them(
    stage: Stage, host: httpx.AsyncClient
) -> None:
    for number in (1, 2, 3):
        early = await stage.act(f"closed {number}", minutes=number)
        if number == 3:
            await stage.send(CloseEvent(event_id=early), HAL)
    stage.clock.advance(timedelta(minutes=3))
    for minutes in (9, 7, 8):
        await stage.act(f"open {minutes}", minutes=minutes)
    for minutes in (30, 10, 20):
        await stage.act(f"coming {minutes}", opens_in=minutes)

    assert await pages(host, phase="open") == ["open 7", "open 8", "open 9"]
    assert await pages(host, phase="coming") == ["coming 10", "coming 20", "coming 30"]
    assert await pages(host, phase="closed") == ["closed 2", "closed 1", "closed 3"]
    everything = await pages(host)
    assert everything[:3] == ["coming 30", "coming 20", "coming 10"]
    assert len(everything) == 9


async def test_a_cursor_of_ones_own_making_is_refused(host: httpx.AsyncClient) -> None:
    for cursor in ("x", "Zm9v", "MjAyNi0xMS0yMVQyMDowMDowMC83", "🎤"):
        answer = await host.get("/events", params={"cursor": cursor})

        assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_CURSOR")


async def test_the_switch_for_songs_is_off_until_a_host_turns_it_on(
    stage: Stage, host: httpx.AsyncClient
) -> None:
    async with stage.browser(GUS) as guest:
        off = (await guest.get("/options")).json()
    on = (await host.put("/options", json={"score_played_songs": True})).json()
    short = await host.put("/options", json={"song_window_s": 29})
    longer = (await host.put("/options", json={"song_window_s": 600})).json()

    assert off == {"score_played_songs": False, "song_window_s": 300}
    assert on == {"score_played_songs": True, "song_window_s": 300}
    assert (short.status_code, short.json()["reason"]) == (400, "INVALID_WINDOW")
    assert longer == {"score_played_songs": True, "song_window_s": 600}


async def test_what_is_kept_of_one_is_handed_over_and_nothing_of_others(stage: Stage) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 2, 5))
    await stage.change(apply_(act, 1, 1, score_id=71, user_id=8))
    kept: dict[str, list[dict[str, Any]]] = {}
    async with stage.browser(ANN) as client:
        page = (await client.get("/me/data", params={"limit": 1})).json()
        kept.setdefault(page["part"], []).extend(page["items"])
        while page["next_cursor"] is not None:
            cursor = {"limit": 1, "cursor": page["next_cursor"]}
            page = (await client.get("/me/data", params=cursor)).json()
            kept.setdefault(page["part"], []).extend(page["items"])
    async with stage.browser(HAL) as client:
        own = (await client.get("/me/data", params={"cursor": "events:"})).json()

    assert [(each["version"], each["score"]) for each in kept["scores"]] == [(1, 4), (2, 5)]
    assert kept["events"] == []
    assert [each["title"] for each in own["items"]] == ["The Tin Roofs"]

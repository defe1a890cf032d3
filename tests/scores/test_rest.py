"""Scores over HTTP: shapes, rights, bad input and its clear answers."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from backline.scores.queries.views import EventsView, ResultsView, ScoresView, ScoreView
from tests.scores.stage import ANN, BOB, GUS, HAL, WALL, Door


async def test_the_line_up_is_there_for_everybody(door: Door) -> None:
    """As the seed's own example asks for it: a plain GET /events."""
    event_id = await door.stage.lineup.add("Lamplight")
    document = await door("GET", "/events")
    EventsView.model_validate(document)
    (event,) = document["items"]
    assert (event["id"], event["title"], event["status"]) == (event_id, "Lamplight", "PROCESSING")
    assert (event["score_count"], event["score_mean"], event["my_score"]) == (0, None, None)
    results = await door("GET", f"/events/{event_id}/results", WALL)
    ResultsView.model_validate(results, strict=True)
    assert results == {
        "event_id": event_id,
        "count": 0,
        "mean": None,
        "histogram": [0, 0, 0, 0, 0],
    }


async def test_a_score_is_kept_and_pending(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    given = await door("POST", f"/events/{event_id}/score", ANN, json={"score": 5}, expect=202)
    ScoreView.model_validate(given)
    assert given == {
        "id": given["id"],
        "event_id": event_id,
        "score": 5,
        "version": 1,
        "status": "pending",
        "reason": None,
        "confirmed_score": None,
        "mutable": True,
    }
    assert await door("GET", f"/scores/{given['id']}", ANN) == given
    mine = await door("GET", "/scores", ANN)
    ScoresView.model_validate(mine)
    assert mine == {"items": [given], "next_cursor": None}
    (event,) = (await door("GET", "/events", ANN))["items"]
    assert event["my_score"] == given
    (event,) = (await door("GET", "/events", BOB))["items"]
    assert event["my_score"] is None


async def test_where_to_look_for_it_is_said(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    answer = await door.client.post(path, json={"score": 3}, headers=door.headers(ANN))
    where = answer.url.join(answer.headers["location"])
    found = await door.client.get(where, headers=door.headers(ANN))
    assert found.json() == answer.json()


async def test_what_is_no_score_is_refused_by_its_field(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    wrong: list[Any] = [0, 6, 2.5, "5", None, True, -1, 10**30, [], {}]
    for score in wrong:
        for method in ("POST", "PUT"):
            refusal = await door(method, path, ANN, json={"score": score}, expect=422)
            assert refusal["reason"] == "INVALID_REQUEST"
            assert [error["pointer"] for error in refusal["errors"]] == ["#/score"]
            assert refusal["detail"].endswith("a score is a whole number from 1 to 5.")
    assert (await door("GET", "/scores", ANN))["items"] == []


async def test_what_is_no_body_is_refused(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    for body in (None, {}, [5], {"score": 5, "user_id": 8}, "5"):
        refusal = await door("POST", path, ANN, json=body, expect=422)
        assert refusal["reason"] == "INVALID_REQUEST"


async def test_what_is_no_number_is_refused(door: Door) -> None:
    for event_id in ("0", "-1", "x", str(2**53), "1.5"):
        for method, path in (("POST", "score"), ("PUT", "score"), ("GET", "results")):
            json = None if method == "GET" else {"score": 5}
            refusal = await door(method, f"/events/{event_id}/{path}", ANN, json=json, expect=422)
            assert refusal["errors"][0]["pointer"] == "#/event_id"


async def test_an_event_that_is_not_there_is_not_found(door: Door) -> None:
    for method, path in (("POST", "score"), ("PUT", "score"), ("GET", "results")):
        json = None if method == "GET" else {"score": 5}
        refusal = await door(method, f"/events/404/{path}", ANN, json=json, expect=404)
        assert (refusal["domain"], refusal["reason"]) == ("scores", "NO_SUCH_EVENT")


async def test_a_second_score_is_refused_and_told_how_to_change_it(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    await door("POST", path, ANN, json={"score": 5}, expect=202)
    refusal = await door("POST", path, ANN, json={"score": 5}, expect=409)
    assert refusal["reason"] == "ALREADY_SCORED"
    assert "PUT" in refusal["detail"]


async def test_the_same_request_with_its_key_gets_the_same_answer(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    key = {"idempotency_key": "k1"}
    first = await door("POST", path, ANN, json={"score": 5}, expect=202, **key)
    assert await door("POST", path, ANN, json={"score": 5}, expect=202, **key) == first
    await door.stage.lineup.close(event_id)
    await door.board.forget()
    assert await door("POST", path, ANN, json={"score": 5}, expect=202, **key) == first
    refusal = await door("POST", path, ANN, json={"score": 4}, expect=409, **key)
    assert refusal["reason"] == "IDEMPOTENCY_KEY_REUSED"
    assert await door.stage.told() == ["ScoreSubmitted"]


async def test_many_at_once_give_one_score(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"

    async def post(number: int) -> httpx.Response:
        json = {"score": number % 5 + 1}
        return await door.client.post(path, json=json, headers=door.headers(ANN))

    answers = await asyncio.gather(*map(post, range(12)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 11
    assert len((await door("GET", "/scores", ANN))["items"]) == 1
    assert await door.stage.told() == ["ScoreSubmitted"]


async def test_a_score_is_changed_also_while_it_is_pending(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    refusal = await door("PUT", path, ANN, json={"score": 5}, expect=404)
    assert refusal["reason"] == "NOT_SCORED"
    await door("POST", path, ANN, json={"score": 5}, expect=202)
    changed = await door("PUT", path, ANN, json={"score": 2}, expect=202)
    assert (changed["score"], changed["version"], changed["status"]) == (2, 2, "pending")
    assert await door("PUT", path, ANN, json={"score": 2}, expect=202) == changed
    assert await door.stage.told() == ["ScoreSubmitted", "ScoreSubmitted"]


async def test_after_the_deadline_it_is_refused_at_once_and_the_score_is_immutable(
    door: Door,
) -> None:
    event_id = await door.stage.lineup.add("Lamplight", closes_in_s=60)
    path = f"/events/{event_id}/score"
    given = await door("POST", path, ANN, json={"score": 5}, expect=202)
    door.stage.clock.advance(timedelta(seconds=60))
    for method, actor in (("PUT", ANN), ("POST", BOB)):
        refusal = await door(method, path, actor, json={"score": 1}, expect=409)
        assert refusal["reason"] == "DEADLINE_PASSED"
        assert refusal["metadata"]["title"] == "Lamplight"
    assert not (await door("GET", f"/scores/{given['id']}", ANN))["mutable"]


async def test_before_it_opens_it_is_refused_with_the_time(door: Door) -> None:
    event_id = await door.stage.lineup.add(opens_in_s=60)
    path = f"/events/{event_id}/score"
    refusal = await door("POST", path, ANN, json={"score": 1}, expect=409)
    assert refusal["reason"] == "NOT_OPEN_YET"
    assert refusal["metadata"]["retry_at"]


async def test_who_may_score(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    await door("POST", path, None, json={"score": 5}, expect=401)
    await door("POST", path, WALL, json={"score": 5}, expect=403)
    for person in (GUS, ANN, HAL):
        await door("POST", path, person, json={"score": 5}, expect=202)
    await door("GET", "/scores", None, expect=401)


async def test_nobody_sees_what_somebody_else_gave(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    given = await door("POST", path, ANN, json={"score": 1}, expect=202)
    for person in (BOB, HAL, WALL):
        refusal = await door("GET", f"/scores/{given['id']}", person, expect=404)
        assert refusal["reason"] == "SCORE_NOT_FOUND"


async def test_ones_scores_come_page_by_page(door: Door) -> None:
    events = [await door.stage.lineup.add(f"Act {number}") for number in range(5)]
    for event_id in events:
        await door("POST", f"/events/{event_id}/score", ANN, json={"score": 3}, expect=202)
    seen: list[int] = []
    path = "/scores?limit=2"
    while True:
        page = await door("GET", path, ANN)
        seen += [score["event_id"] for score in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"/scores?limit=2&cursor={page['next_cursor']}"
    assert seen == events[::-1]


async def test_a_token_that_is_not_valid_is_refused_also_where_none_is_needed(door: Door) -> None:
    await door("GET", "/events", None, expect=401, authorization="Bearer nonsense")


async def test_a_line_up_that_is_away_is_no_reason_to_refuse_a_score(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    door.stage.wire.away = True
    given = await door("POST", f"/events/{event_id}/score", ANN, json={"score": 5}, expect=202)
    assert (given["status"], given["mutable"]) == ("pending", True)
    refusal = await door("GET", "/events", ANN, expect=503)
    assert (refusal["reason"], refusal["retryable"]) == ("LINEUP_UNREACHABLE", True)
    assert (await door("GET", f"/events/{event_id}/results"))["count"] == 0


async def test_nobody_waits_for_a_line_up_that_is_slow(door: Door) -> None:
    """What it said last holds; what it never said is kept, and it decides later."""
    known = await door.stage.lineup.add(closes_in_s=60)
    unknown = await door.stage.lineup.add()
    await door.board.find(known)
    await door.board.forget()
    async with door.stage.wire.held():
        for event_id in (known, unknown):
            path = f"/events/{event_id}/score"
            given = await door("POST", path, ANN, json={"score": 5}, expect=202)
            assert given["status"] == "pending"
        door.stage.clock.advance(timedelta(seconds=60))
        path = f"/events/{known}/score"
        refusal = await door("PUT", path, ANN, json={"score": 1}, expect=409)
        assert refusal["reason"] == "DEADLINE_PASSED"


async def test_all_that_is_kept_of_one_is_handed_over(door: Door) -> None:
    event_id = await door.stage.lineup.add()
    path = f"/events/{event_id}/score"
    given = await door("POST", path, ANN, json={"score": 1}, expect=202)
    await door("POST", path, BOB, json={"score": 5}, expect=202)
    page = await door("GET", "/me/data", ANN)
    assert (page["part"], page["next_cursor"]) == ("scores", None)
    assert [(each["id"], each["score"]) for each in page["items"]] == [(given["id"], 1)]
    refusal = await door("GET", "/me/data?cursor=users:", ANN, expect=400)
    assert refusal["reason"] == "INVALID_DATA_CURSOR"

"""What is kept of oneself, and what one may send."""

import pytest

from tests.audio import song
from tests.jukebox.library import ANN, BOB, GUS, HAL, Library
from tests.jukebox.rooms import TestRoom


@pytest.fixture
def library(room: TestRoom) -> Library:
    return Library(room)


async def test_what_is_kept_of_one_is_handed_over_and_nothing_of_others(library: Library) -> None:
    own = [await library.ready(song(frequency=each)) for each in (500, 600)]
    await library.ready(song(frequency=700), person=BOB)
    item_id = await library.room.add(ANN, "Queued")
    await library.room.add(BOB, "Another's")
    begun = {"file_name": "begun.flac", "size": 1000}
    async with library.as_(ANN) as client:
        upload = (await client.post("/uploads", json=begun)).json()

        kept: dict[str, list[dict[str, object]]] = {}
        cursor = None
        while True:
            params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/me/data", params=params)).json()
            assert len(page["items"]) <= 1
            kept.setdefault(page["part"], []).extend(page["items"])
            if (cursor := page["next_cursor"]) is None:
                break

    assert list(kept) == ["tracks", "uploads", "queue", "votes", "skip_votes"]
    assert {track["id"] for track in kept["tracks"]} >= set(own)
    assert [each["id"] for each in kept["uploads"]] == [upload["id"]]
    assert [each["id"] for each in kept["queue"]] == [item_id]
    assert "Another's" not in str(kept)


async def test_a_cursor_of_ones_own_making_is_refused(library: Library) -> None:
    async with library.as_(ANN) as client:
        for cursor in ("users:", "tracks:a\0b"):
            answer = await client.get("/me/data", params={"cursor": cursor})
            assert answer.json()["reason"] == "INVALID_DATA_CURSOR"


async def test_one_learns_what_may_be_sent_before_it_is_sent(library: Library) -> None:
    await library.upload(data := song())

    answers = {}
    for person in (ANN, GUS, HAL):
        async with library.as_(person) as client:
            answers[person.name] = (await client.get("/uploads/limits")).json()

    assert answers["Ann"]["allowed"]
    assert answers["Ann"]["used_bytes"] == len(data)
    assert answers["Ann"]["quota_bytes"] == 2 * 1024**3
    assert not answers["Gus"]["allowed"]
    assert answers["Gus"]["least_role"] == "listener"
    assert "Register or log in" in answers["Gus"]["refusal"]
    assert answers["Hal"]["quota_bytes"] is None

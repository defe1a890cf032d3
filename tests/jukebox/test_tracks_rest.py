"""The library's doors: looking, listening, correcting, deleting."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from backline.jukebox.commands.queue import AddToQueue
from backline.jukebox.domain.tracks import TrackId
from backline.kit.core.ids import uuid7
from tests import audio
from tests.audio import picture, song, with_id3
from tests.jukebox.library import ANN, BOB, GUS, HAL, Library
from tests.jukebox.rooms import TestRoom


@pytest.fixture
def library(room: TestRoom) -> Library:
    return Library(room)


def refused(answer: httpx.Response, status: int, reason: str) -> str:
    """Check that it is a problem document; its detail."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (status, reason), problem
    assert problem["domain"] in {"jukebox", "identity", "http"}
    return str(problem["detail"])


async def test_a_track_is_shown_as_it_is(library: Library) -> None:
    data = with_id3(
        song("mp3", 2.0), title="Night Bus", artist="The Valve Room", cover=picture(600, 600)
    )

    track_id = await library.ready(data, "upload.mp3")

    track = await library.track(track_id)
    assert track["duration_s"] == pytest.approx(2.0, abs=0.01)
    assert track["loudness_lufs"] == pytest.approx(-6.7, abs=0.5)
    shown = {
        name: track[name] for name in ("title", "artist", "status", "progress", "error", "size")
    }
    assert shown == {
        "title": "Night Bus",
        "artist": "The Valve Room",
        "status": "ready",
        "progress": 1.0,
        "error": None,
        "size": len(data),
    }
    assert track["has_cover"]
    assert track["content_type"] == "audio/mpeg"
    assert track["uploaded_by"] == {"id": ANN.id, "display_name": "Ann"}


async def test_a_track_that_never_was_is_not_found(library: Library) -> None:
    async with library.as_(ANN) as client:
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("GET", "/audio"),
            ("GET", "/waveform"),
            ("GET", "/cover"),
        ):
            answer = await client.request(
                method, f"/tracks/{uuid7()}{path}", json={} if method == "PATCH" else None
            )
            assert "no such track" in refused(answer, 404, "TRACK_NOT_FOUND")


async def test_an_id_that_is_none_is_told_so(library: Library) -> None:
    async with library.as_(ANN) as client:
        answer = await client.get("/tracks/..%2f..%2fetc%2fpasswd")

    assert answer.status_code in {404, 422}


# Searching


async def test_words_find_tracks_whatever_their_spelling(library: Library) -> None:
    await library.room.track("Ночной автобус", artist="Björk")
    await library.room.track("Día", artist="AC/DC")

    async def titles(query: str) -> list[str]:
        async with library.as_(None) as client:
            page = (await client.get("/tracks", params={"query": query})).json()
            return [track["title"] for track in page["items"]]

    assert await titles("") == ["Día", "Ночной автобус"]
    assert await titles("bjork автоб") == ["Ночной автобус"]
    assert await titles("DIA acdc") == []
    assert await titles("dia ac/dc") == ["Día"]
    assert await titles("hal") == ["Día", "Ночной автобус"]
    assert await titles("%") == []
    assert await titles("' OR 1=1 --") == []


async def test_pages_hold_every_track_once(library: Library) -> None:
    expected = [await library.room.track(f"Song {number}") for number in range(7)]

    found, cursor = [], None
    async with library.as_(None) as client:
        while True:
            params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/tracks", params=params)).json()
            found += [track["id"] for track in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

    assert found == list(reversed(expected))


async def test_a_cursor_of_ones_own_making_is_refused(library: Library) -> None:
    async with library.as_(None) as client:
        for cursor in ("x", "AAAA", "!!!"):
            answer = await client.get("/tracks", params={"cursor": cursor})
            refused(answer, 400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"sha256": "x"}, {"query": "x" * 201}]
)
async def test_strange_questions_are_refused(library: Library, params: dict[str, str]) -> None:
    async with library.as_(None) as client:
        assert (await client.get("/tracks", params=params)).status_code == 422


async def test_mine_are_mine(library: Library) -> None:
    mine = (await library.upload(song(frequency=500), person=ANN)).json()["id"]
    await library.upload(song(frequency=600), person=BOB)

    async with library.as_(ANN) as client:
        page = (await client.get("/tracks", params={"mine": "true"})).json()
    async with library.as_(None) as client:
        nobody = await client.get("/tracks", params={"mine": "true"})

    assert [track["id"] for track in page["items"]] == [mine]
    refused(nobody, 401, "LOG_IN_TO_SEE_YOURS")


# Correcting and deleting


async def test_uploaders_correct_their_tracks(library: Library) -> None:
    track_id = (await library.upload(song())).json()["id"]

    async with library.as_(ANN) as client:
        answer = await client.patch(f"/tracks/{track_id}", json={"title": "<b>Night</b> 🚌"})
    await library.analyse(track_id)

    assert answer.json()["title"] == "<b>Night</b> 🚌"
    assert (await library.track(track_id))["title"] == "<b>Night</b> 🚌"


async def test_the_queue_shows_what_was_corrected(library: Library) -> None:
    track_id = await library.ready(song())
    await library.room.send(AddToQueue(track_id=TrackId(track_id)), ANN)
    before = (await library.room.document()).revision

    async with library.as_(ANN) as client:
        await client.patch(f"/tracks/{track_id}", json={"title": "Night Bus"})

    assert await library.room.titles() == ["Night Bus"]
    assert (await library.room.document()).revision > before


async def test_others_are_told_who_may(library: Library) -> None:
    track_id = (await library.upload(song())).json()["id"]

    async with library.as_(BOB) as client:
        edit = await client.patch(f"/tracks/{track_id}", json={"title": "Mine"})
        delete = await client.delete(f"/tracks/{track_id}")
    async with library.as_(None) as client:
        nobody = await client.delete(f"/tracks/{track_id}")

    assert "Only they and the hosts may edit it" in refused(edit, 403, "NOT_YOUR_TRACK")
    refused(delete, 403, "NOT_YOUR_TRACK")
    assert nobody.status_code == 401


async def test_a_title_that_cannot_be_read_is_refused(library: Library) -> None:
    track_id = (await library.upload(song())).json()["id"]

    async with library.as_(ANN) as client:
        empty = await client.patch(f"/tracks/{track_id}", json={"title": "\u202e"})
        unknown = await client.patch(f"/tracks/{track_id}", json={"sha256": "0" * 64})

    refused(empty, 400, "EMPTY_TITLE")
    assert unknown.status_code == 422


async def test_hosts_delete_any_track(library: Library) -> None:
    track_id = await library.ready(song())

    async with library.as_(HAL) as client:
        deleted = await client.delete(f"/tracks/{track_id}")
        gone = await client.get(f"/tracks/{track_id}")
        again = await client.delete(f"/tracks/{track_id}")
        listed = (await client.get("/tracks")).json()["items"]

    assert deleted.status_code == 204
    refused(gone, 404, "TRACK_NOT_FOUND")
    refused(again, 404, "TRACK_NOT_FOUND")
    assert listed == []
    assert (await library.upload(song())).status_code == 202


async def test_a_track_in_the_queue_is_not_deleted(library: Library) -> None:
    track_id = await library.ready(song())
    await library.room.send(AddToQueue(track_id=TrackId(track_id)), ANN)

    async with library.as_(ANN) as client:
        answer = await client.delete(f"/tracks/{track_id}")

    assert "Remove it there first" in refused(answer, 409, "TRACK_IN_QUEUE")


# Listening


async def test_the_file_comes_back_as_it_was_uploaded(library: Library) -> None:
    data = song("flac")
    track_id = await library.ready(with_slashes := data, "AC/DC.flac")
    assert with_slashes == data

    async with library.as_(GUS) as client:
        await client.patch(f"/tracks/{track_id}", json={})
        answer = await client.get(f"/tracks/{track_id}/audio")

    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "immutable" in answer.headers["cache-control"]


async def test_parts_come_by_range(library: Library) -> None:
    data = song("flac")
    track_id = await library.ready(data)

    async with library.as_(ANN) as client:
        middle = await client.get(f"/tracks/{track_id}/audio", headers={"Range": "bytes=100-199"})
        end = await client.get(f"/tracks/{track_id}/audio", headers={"Range": "bytes=-50"})
        beyond = await client.get(
            f"/tracks/{track_id}/audio", headers={"Range": f"bytes={len(data)}-"}
        )
        head = await client.head(f"/tracks/{track_id}/audio")

    assert (middle.status_code, middle.content) == (206, data[100:200])
    assert middle.headers["content-range"] == f"bytes 100-199/{len(data)}"
    assert (end.status_code, end.content) == (206, data[-50:])
    assert beyond.status_code == 416
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(data))


async def test_what_is_known_is_not_sent_again(library: Library) -> None:
    track_id = await library.ready(song())

    async with library.as_(ANN) as client:
        first = await client.get(f"/tracks/{track_id}/audio")
        again = await client.get(
            f"/tracks/{track_id}/audio", headers={"If-None-Match": first.headers["etag"]}
        )
        other = await client.get(
            f"/tracks/{track_id}/audio", headers={"If-None-Match": '"something else"'}
        )

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


async def test_a_file_name_is_safe_to_save(library: Library) -> None:
    track_id = await library.ready(song())
    async with library.as_(ANN) as client:
        await client.patch(
            f"/tracks/{track_id}",
            json={"title": '..\\../etc/"passwd"\r\nSet-Cookie: x=1', "artist": "Ян"},
        )
        answer = await client.get(f"/tracks/{track_id}/audio")

    disposition = answer.headers["content-disposition"]
    assert "set-cookie" not in answer.headers
    assert all(separator not in disposition for separator in ("/", "\\", "%2F", "%5C", "\r"))
    assert disposition.endswith(".flac")


async def test_listening_needs_a_token_and_looking_does_not(library: Library) -> None:
    track_id = await library.ready(with_id3(song("mp3"), cover=picture(64, 64)))

    async with library.as_(None) as client:
        assert (await client.get(f"/tracks/{track_id}/audio")).status_code == 401
        assert (await client.get(f"/tracks/{track_id}/waveform")).status_code == 200
        assert (await client.get(f"/tracks/{track_id}/cover")).status_code == 200


async def test_what_is_not_analysed_says_so(library: Library) -> None:
    track_id = (await library.upload(song())).json()["id"]
    half = audio.truncated(audio.wav(audio.noise(4.0)), 0.6)
    broken_id = await library.ready(half, "half.wav")

    async with library.as_(ANN) as client:
        waiting = await client.get(f"/tracks/{track_id}/waveform")
        broken = await client.get(f"/tracks/{broken_id}/audio")

    assert "still being analysed" in refused(waiting, 409, "TRACK_NOT_READY")
    assert "stops after 0:02 of 0:04" in refused(broken, 409, "TRACK_NOT_READY")


async def test_a_lost_file_is_no_crash(library: Library) -> None:
    track_id = await library.ready(song())
    sha256 = (await library.track(track_id))["sha256"]
    library.room.jukebox.store.path_of(sha256).unlink()

    async with library.as_(ANN) as client:
        refused(await client.get(f"/tracks/{track_id}/audio"), 404, "FILE_MISSING")


async def test_the_waveform_has_a_thousand_points(library: Library) -> None:
    track_id = await library.ready(audio.flac(audio.tone(2.0, level_db=-6.0206)))

    async with library.as_(None) as client:
        waveform = (await client.get(f"/tracks/{track_id}/waveform")).json()

    assert waveform["duration_s"] == pytest.approx(2.0)
    assert len(waveform["peaks"]) == 1000
    assert max(waveform["peaks"]) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("size", [96, 512])
async def test_covers_come_in_two_sizes(library: Library, size: int) -> None:
    track_id = await library.ready(with_id3(song("mp3"), cover=picture(600, 300)))

    async with library.as_(None) as client:
        answer = await client.get(f"/tracks/{track_id}/cover", params={"size": size})
        again = await client.get(
            f"/tracks/{track_id}/cover",
            params={"size": size, "v": "of no matter"},
            headers={"If-None-Match": answer.headers["etag"]},
        )
        other = await client.get(f"/tracks/{track_id}/cover", params={"size": 97})

    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (again.status_code, again.content) == (304, b"")
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (size, size // 2)
    assert other.status_code == 422


async def test_no_cover_is_said_plainly(library: Library) -> None:
    track_id = await library.ready(song())

    async with library.as_(None) as client:
        answer = await client.get(f"/tracks/{track_id}/cover")

    assert refused(answer, 404, "NO_COVER") == "This track has no cover."

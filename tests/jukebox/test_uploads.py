"""Uploading: in one go and in pieces, by friends and by others."""

import asyncio
import hashlib
import resource
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backline.jukebox.analysis.sweep import GRACE, Sweep
from backline.jukebox.commands.uploads import AdvanceUpload, FinishUpload
from backline.jukebox.ports import StoredFile
from backline.jukebox.rest import uploads as uploads_rest
from backline.kit.core.actor import Role
from backline.kit.core.clock import SystemClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving
from tests.audio import FORMATS, noise, song, wav
from tests.jukebox.library import ANN, BOB, GUS, HAL, Library
from tests.jukebox.rooms import TestRoom
from tests.jukebox.test_tracks_rest import refused

BOUNDARY = "b0undary"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture
def library(room: TestRoom) -> Library:
    return Library(room)


def incoming(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "incoming").iterdir())


def stored(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "media").rglob("*") if path.is_file())


def a_form(data: bytes, *, name: str = "file", file_name: str = "song.flac") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"'
    return head.encode() + b"\r\n\r\n" + data + f"\r\n--{BOUNDARY}--\r\n".encode()


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def with_rules(room: TestRoom, **changes: Any) -> None:
    """Change the house's rules, for doors and use cases alike."""
    for name, value in changes.items():
        object.__setattr__(room.jukebox.rules, name, value)


# In one go


@pytest.mark.parametrize("extension", FORMATS)
async def test_every_format_is_taken(library: Library, tmp_path: Path, extension: str) -> None:
    data = song(extension)

    answer = await library.upload(data, f"Night Bus.{extension}")

    track = answer.json()
    assert answer.status_code == 202
    assert track["status"] == "analysing"
    assert track["title"] == "Night Bus"
    assert track["sha256"] == hashlib.sha256(data).hexdigest()
    assert track["uploaded_by"] == {"id": ANN.id, "display_name": "Ann"}
    assert stored(tmp_path) == [track["sha256"]]
    assert incoming(tmp_path) == []


async def test_the_name_says_nothing_about_the_format(library: Library) -> None:
    track_id = await library.ready(song("opus"), "photo.jpg")

    assert (await library.track(track_id))["content_type"] == "audio/ogg; codecs=opus"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../../../etc/cron.d/evil.flac", "evil"),
        ("..\\..\\boot.ini.flac", "boot.ini"),
        ("Ночной автобус 🚌.flac", "Ночной автобус 🚌"),
        ("<script>alert(1)</script>.flac", "script>"),
        ("\u202ecalf.gnos.flac", "calf.gnos"),
        ("x" * 3000 + ".flac", "x" * 299 + "…"),
    ],
)
async def test_names_are_for_showing_only(
    library: Library, tmp_path: Path, name: str, title: str
) -> None:
    answer = await library.upload(song(), name)

    assert answer.json()["title"] == title
    assert stored(tmp_path) == [answer.json()["sha256"]]


async def test_a_form_may_arrive_byte_by_byte(library: Library) -> None:
    body = a_form(song(seconds=0.2))

    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=pieces(body, 1), headers=FORM)

    assert answer.status_code == 202


async def test_other_fields_beside_the_file_do_not_disturb(library: Library) -> None:
    async with library.as_(ANN) as client:
        answer = await client.post(
            "/tracks", data={"comment": "for tonight"}, files={"file": ("a.flac", song())}
        )

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": "audio/flac"}, b"fLaC", id="no form"),
        pytest.param({"Content-Type": "multipart/form-data"}, b"x", id="no boundary"),
        pytest.param(FORM, b"", id="nothing"),
        pytest.param(FORM, b"\x00" * 5000, id="garbage"),
        pytest.param(FORM, a_form(b"fLaC", name="picture"), id="no file"),
        pytest.param(FORM, a_form(b"f" * 200_000, name="picture"), id="much beside the file"),
        pytest.param(FORM, a_form(song())[:-20], id="cut off"),
        pytest.param(FORM, a_form(song())[:-14] + a_form(song()), id="two files"),
    ],
)
async def test_a_broken_form_is_refused(
    library: Library, tmp_path: Path, headers: dict[str, str], body: bytes
) -> None:
    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=body, headers=headers)

    refused(answer, 400, "MALFORMED_UPLOAD")
    assert not stored(tmp_path)
    assert not incoming(tmp_path)


async def test_what_comes_behind_the_form_is_not_waited_for(library: Library) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield a_form(song())
        while True:
            yield b"more and more"

    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=endless(), headers=FORM)

    assert answer.status_code == 202


async def test_a_form_of_endless_small_parts_is_refused(library: Library) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield a_form(b"", name="x")[:-18] + b"\r\n"

    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=endless(), headers=FORM)

    refused(answer, 400, "MALFORMED_UPLOAD")


async def test_an_empty_file_is_refused(library: Library) -> None:
    answer = await library.upload(b"")

    assert "The file is empty" in refused(answer, 400, "EMPTY_UPLOAD")


@pytest.mark.parametrize(
    "data", [b"<!doctype html>" * 100, b"PK\x03\x04" * 5000, b"\0" * 10_000, b"x"]
)
async def test_what_is_not_sound_is_refused_at_once(
    library: Library, tmp_path: Path, data: bytes
) -> None:
    answer = await library.upload(data, "song.mp3")

    assert "WAV, MP3, FLAC, Ogg Vorbis, Opus or AIFF" in refused(answer, 415, "NOT_AUDIO")
    assert not stored(tmp_path)
    assert not incoming(tmp_path)


async def test_the_same_file_twice_is_offered_the_first(library: Library) -> None:
    first = (await library.upload(song(), "one.flac")).json()

    second = await library.upload(song(), "two.flac", BOB)

    assert "in the library already, as “one”" in refused(second, 409, "TRACK_ALREADY_HERE")
    assert second.json()["metadata"]["track_id"] == first["id"]


async def test_many_at_once_upload_the_same_file_once(library: Library, tmp_path: Path) -> None:
    answers = await asyncio.gather(*(library.upload(song()) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    assert len(stored(tmp_path)) == 1


async def test_a_duplicate_is_found_before_it_travels(library: Library) -> None:
    track = (await library.upload(song())).json()

    async with library.as_(BOB) as client:
        found = (await client.get("/tracks", params={"sha256": track["sha256"]})).json()
        nothing = (await client.get("/tracks", params={"sha256": "0" * 64})).json()

    assert [each["id"] for each in found["items"]] == [track["id"]]
    assert nothing["items"] == []


async def test_the_same_request_again_gets_the_same_answer(library: Library) -> None:
    async with library.as_(ANN) as client:
        answers = [
            await client.post(
                "/tracks",
                files={"file": ("song.flac", song())},
                headers={"Idempotency-Key": "my upload"},
            )
            for _ in range(2)
        ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_a_failed_file_may_be_tried_again(library: Library) -> None:
    half = wav(noise(4.0))[:300_000]
    track_id = await library.ready(half, "half.wav")
    assert (await library.track(track_id))["status"] == "failed"

    again = await library.upload(half, "half.wav")

    assert again.status_code == 202
    assert (again.json()["id"], again.json()["status"]) == (track_id, "analysing")


async def test_guests_are_told_what_would_let_them_upload(library: Library) -> None:
    guest = await library.upload(song(), person=GUS)
    async with library.as_(None) as client:
        nobody = await client.post("/tracks", files={"file": ("a.flac", song())})

    assert "Register or log in" in refused(guest, 403, "UPLOADS_NOT_ALLOWED")
    assert nobody.status_code == 401


async def test_a_setting_lets_guests_upload(library: Library) -> None:
    with_rules(library.room, upload_role=Role.GUEST)

    assert (await library.upload(song(), person=GUS)).status_code == 202


async def test_a_file_that_is_announced_too_large_is_refused_unread(library: Library) -> None:
    with_rules(library.room, max_file=1000)
    headers = FORM | {"Content-Length": "5000000"}

    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=pieces(b"unread"), headers=headers)

    assert "larger than" in refused(answer, 413, "UPLOAD_TOO_LARGE")


async def test_a_file_that_lies_about_its_size_is_cut_at_the_limit(
    library: Library, tmp_path: Path
) -> None:
    with_rules(library.room, max_file=2_000_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield a_form(wav(noise(3.0)))[:50_000]
        while True:
            sent += 100_000
            yield b"\0" * 100_000

    async with library.as_(ANN) as client:
        answer = await client.post("/tracks", content=endless(), headers=FORM)

    refused(answer, 413, "UPLOAD_TOO_LARGE")
    assert sent < 3_000_000
    assert not stored(tmp_path)
    assert not incoming(tmp_path)


async def test_ones_share_of_the_disk_is_ones_share(library: Library) -> None:
    first, second = song(frequency=300), song(frequency=301)
    with_rules(library.room, user_quota=len(first) * 3 // 2)
    await library.upload(first)

    full = await library.upload(second)
    other = await library.upload(second, person=BOB)

    assert "Delete some of them" in refused(full, 429, "QUOTA_REACHED")
    assert other.status_code == 202


async def test_a_full_library_is_full_for_hosts_too(library: Library) -> None:
    with_rules(library.room, library_quota=1000)

    refused(await library.upload(song(), person=HAL), 429, "QUOTA_REACHED")


async def test_the_disks_floor_stays_free(library: Library, tmp_path: Path) -> None:
    library.room.jukebox.store._floor = 10**18
    with_rules(library.room, disk_floor=10**18)

    answer = await library.upload(song())

    assert "must keep" in refused(answer, 507, "DISK_FULL")
    assert not stored(tmp_path)
    assert not incoming(tmp_path)


async def test_an_upload_that_breaks_off_leaves_nothing(library: Library, tmp_path: Path) -> None:
    """The client goes away at 99 %, over a real connection."""
    body = a_form(song(seconds=5.0))
    head = (
        "POST /tracks HTTP/1.1\r\nHost: jukebox\r\nAuthorization: Bearer Ann\r\n"
        f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with serving(library.app()) as address:
        host, port = address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + body[: len(body) * 99 // 100])
        await writer.drain()
        await eventually(lambda: incoming(tmp_path))
        writer.close()
        await writer.wait_closed()
        await eventually(lambda: not incoming(tmp_path))

    assert stored(tmp_path) == []
    async with library.as_(ANN) as client:
        assert (await client.get("/tracks")).json()["items"] == []


async def test_a_sender_hears_why_although_it_is_not_done_yet(library: Library) -> None:
    """What is refused by its first bytes is refused before the last; nobody sees a reset."""

    async def body() -> AsyncIterator[bytes]:
        yield a_form(b"<!doctype html>")[:-20]
        for _ in range(200):
            yield bytes(65536)
        yield f"\r\n--{BOUNDARY}--\r\n".encode()

    async with (
        serving(library.app()) as address,
        httpx.AsyncClient(
            base_url=f"http://{address}", headers={"Authorization": "Bearer Ann"}, timeout=60
        ) as client,
    ):
        answer = await client.post("/tracks", content=body(), headers=FORM)

    refused(answer, 415, "NOT_AUDIO")


async def test_a_large_upload_takes_no_memory(library: Library, tmp_path: Path) -> None:
    size = 150 * 1024**2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    before = psutil.Process().memory_info().rss

    async def body() -> AsyncIterator[bytes]:
        yield a_form(song())[:-20]
        for _ in range(size // 65536):
            yield bytes(65536)
        yield f"\r\n--{BOUNDARY}--\r\n".encode()

    async with (
        serving(library.app()) as address,
        httpx.AsyncClient(
            base_url=f"http://{address}", headers={"Authorization": "Bearer Ann"}, timeout=60
        ) as client,
    ):
        answer = await client.post("/tracks", content=body(), headers=FORM)

    assert answer.status_code == 202, answer.text
    assert answer.json()["size"] > size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - max(peak, before)
    assert grown < 40 * 1024**2
    assert len(stored(tmp_path)) == 1


# In pieces


async def begin(client: httpx.AsyncClient, data: bytes, **changes: Any) -> dict[str, Any]:
    body = {"file_name": "song.wav", "size": len(data)} | changes
    answer = await client.post("/uploads", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send(
    client: httpx.AsyncClient, upload_id: str, offset: int, data: bytes
) -> httpx.Response:
    return await client.patch(
        f"/uploads/{upload_id}", content=data, headers={"Upload-Offset": str(offset)}
    )


async def test_pieces_become_a_track(library: Library, tmp_path: Path) -> None:
    data = wav(noise(3.0))
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        answers = [
            await send(client, upload["id"], at, data[at : at + 100_000])
            for at in range(0, len(data), 100_000)
        ]
        state = (await client.get(f"/uploads/{upload['id']}")).json()

    assert [answer.status_code for answer in answers] == [200] * (len(answers) - 1) + [202]
    assert answers[0].json()["offset"] == 100_000
    track = answers[-1].json()
    assert track["sha256"] == hashlib.sha256(data).hexdigest()
    assert track["title"] == "song"
    assert state["track"]["id"] == track["id"]
    assert incoming(tmp_path) == []
    await library.analyse(track["id"])
    assert (await library.track(track["id"]))["status"] == "ready"


async def test_a_piece_that_does_not_fit_is_told_where_to_go_on(library: Library) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        await send(client, upload["id"], 0, data[:500])
        for offset in (0, 499, 501):
            answer = await send(client, upload["id"], offset, data[offset:])
            assert "500 of" in refused(answer, 409, "OFFSET_MISMATCH")
            assert answer.json()["metadata"]["offset"] == "500"
        done = await send(client, upload["id"], 500, data[500:])

    assert done.status_code == 202


async def test_a_broken_connection_loses_nothing_that_arrived(
    library: Library, tmp_path: Path
) -> None:
    data = wav(noise(3.0))
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        head = (
            f"PATCH /uploads/{upload['id']} HTTP/1.1\r\nHost: jukebox\r\n"
            f"Authorization: Bearer Ann\r\nUpload-Offset: 0\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        async with serving(library.app()) as address:
            host, port = address.split(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode() + data[:200_000])
            await writer.drain()
            writer.close()
            await writer.wait_closed()

            async def offset() -> int:
                state = (await client.get(f"/uploads/{upload['id']}")).json()
                return int(state["offset"])

            kept = await eventually(offset)

        done = await send(client, upload["id"], kept, data[kept:])

    assert 0 < kept <= 200_000
    assert done.status_code == 202
    assert done.json()["sha256"] == hashlib.sha256(data).hexdigest()


async def test_a_silent_sender_is_not_waited_for(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads_rest, "SILENCE_S", 0.05)
    data = song()

    async def stuck() -> AsyncIterator[bytes]:
        yield data[:1000]
        await asyncio.Event().wait()

    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        answer = await client.patch(
            f"/uploads/{upload['id']}", content=stuck(), headers={"Upload-Offset": "0"}
        )
        done = await send(client, upload["id"], 1000, data[1000:])

    assert answer.json()["offset"] == 1000
    assert done.status_code == 202


async def test_fifty_that_finish_at_once_make_one_track(library: Library, tmp_path: Path) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        await send(client, upload["id"], 0, data[:-1])
        answers = await asyncio.gather(
            *(send(client, upload["id"], len(data) - 1, data[-1:]) for _ in range(50))
        )
        listed = (await client.get("/tracks")).json()["items"]

    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["id"] for answer in answers} == {listed[0]["id"]}
    assert len(listed) == 1
    assert len(stored(tmp_path)) == 1


async def test_finishing_is_one_thing_however_often_it_is_done(library: Library) -> None:
    """As when two processes come to the last byte together."""
    data = song()
    file = StoredFile(hashlib.sha256(data).hexdigest(), len(data), data[:4096])
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
    await library.room.send(AdvanceUpload(upload_id=upload["id"], old=0, new=len(data)), ANN)
    command = FinishUpload(upload_id=upload["id"], file=file, content_type="audio/flac")

    finished = await asyncio.gather(*(library.room.send(command, ANN) for _ in range(20)))

    assert len(set(finished)) == 1


async def test_a_lost_last_answer_is_had_again(library: Library) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        first = await send(client, upload["id"], 0, data)
        for offset, piece in ((0, data), (len(data), b"")):
            again = await send(client, upload["id"], offset, piece)
            assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_what_is_complete_but_not_finished_finishes_with_nothing(
    library: Library, tmp_path: Path
) -> None:
    """The process died between the last byte and the track."""
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        await send(client, upload["id"], 0, data[:-1])
        (tmp_path / "incoming" / f"{upload['id']}.upload").write_bytes(data)
        await library.room.send(
            AdvanceUpload(upload_id=upload["id"], old=len(data) - 1, new=len(data)), ANN
        )
        done = await send(client, upload["id"], len(data), b"")

    assert done.status_code == 202


async def test_a_known_hash_needs_no_upload(library: Library) -> None:
    data = song()
    track = (await library.upload(data)).json()

    async with library.as_(BOB) as client:
        answer = await client.post(
            "/uploads",
            json={"file_name": "x.flac", "size": len(data), "sha256": track["sha256"]},
        )

    assert answer.status_code == 200
    assert answer.json()["track"]["id"] == track["id"]


async def test_what_came_another_way_meanwhile_is_offered(library: Library, tmp_path: Path) -> None:
    data = song()
    async with library.as_(BOB) as client:
        upload = await begin(client, data)
        track = (await library.upload(data)).json()
        answer = await send(client, upload["id"], 0, data)
        gone = await client.get(f"/uploads/{upload['id']}")

    refused(answer, 409, "TRACK_ALREADY_HERE")
    assert answer.json()["metadata"]["track_id"] == track["id"]
    refused(gone, 404, "UPLOAD_NOT_FOUND")
    assert incoming(tmp_path) == []


async def test_another_file_than_announced_is_refused(library: Library, tmp_path: Path) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data, sha256="0" * 64)
        answer = await send(client, upload["id"], 0, data)

    refused(answer, 400, "UPLOAD_DIFFERS")
    assert incoming(tmp_path) == []


async def test_more_than_announced_is_refused(library: Library) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        answer = await send(client, upload["id"], 0, data + b"more")

    refused(answer, 400, "MALFORMED_UPLOAD")


async def test_what_is_not_sound_is_refused_with_its_first_piece(
    library: Library, tmp_path: Path
) -> None:
    async with library.as_(ANN) as client:
        upload = await begin(client, bytes(100_000))
        answer = await send(client, upload["id"], 0, bytes(10_000))
        gone = await client.get(f"/uploads/{upload['id']}")

    refused(answer, 415, "NOT_AUDIO")
    assert gone.status_code == 404
    assert incoming(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"file_name": "x", "size": 0}, 400),
        ({"file_name": "x", "size": -1}, 400),
        ({"file_name": "x", "size": 10**15}, 413),
        ({"file_name": "x", "size": "many"}, 422),
        ({"file_name": "x", "size": 1, "sha256": "../x"}, 422),
        ({"size": 1}, 422),
    ],
)
async def test_strange_announcements_are_refused(
    library: Library, body: dict[str, Any], status: int
) -> None:
    async with library.as_(ANN) as client:
        answer = await client.post("/uploads", json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_unfinished_uploads_count_for_the_quota(library: Library) -> None:
    with_rules(library.room, user_quota=1500, max_open_uploads=2)
    async with library.as_(ANN) as client:
        upload = await begin(client, bytes(1000))
        full = await client.post("/uploads", json={"file_name": "x", "size": 1000})
        await client.delete(f"/uploads/{upload['id']}")
        await begin(client, bytes(700))
        await begin(client, bytes(700))
        many = await client.post("/uploads", json={"file_name": "x", "size": 1})

    refused(full, 429, "QUOTA_REACHED")
    assert "2 unfinished uploads" in refused(many, 429, "QUOTA_REACHED")


async def test_an_upload_is_its_owners_alone(library: Library) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
    async with library.as_(BOB) as client:
        answers = [
            await client.get(f"/uploads/{upload['id']}"),
            await client.delete(f"/uploads/{upload['id']}"),
            await send(client, upload["id"], 0, data),
        ]

    for answer in answers:
        refused(answer, 404, "UPLOAD_NOT_FOUND")


async def test_giving_up_takes_the_bytes_along(library: Library, tmp_path: Path) -> None:
    data = song()
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        await send(client, upload["id"], 0, data[:1000])
        assert incoming(tmp_path)
        deleted = await client.delete(f"/uploads/{upload['id']}")
        gone = await send(client, upload["id"], 1000, data[1000:])

    assert deleted.status_code == 204
    refused(gone, 404, "UPLOAD_NOT_FOUND")
    assert incoming(tmp_path) == []


# Sweeping


async def test_an_upload_whose_time_is_over_is_swept(library: Library, tmp_path: Path) -> None:
    data = song()
    room = library.room
    room.clock.set(SystemClock().now())  # files carry the real time
    sweep = Sweep(room.mediator, room.jukebox.store, room.clock)
    async with library.as_(ANN) as client:
        upload = await begin(client, data)
        await send(client, upload["id"], 0, data[:1000])
        room.clock.advance(timedelta(hours=23))
        assert await sweep.once() == 0
        room.clock.advance(timedelta(hours=2))
        assert await sweep.once() == 1
        gone = await client.get(f"/uploads/{upload['id']}")

    refused(gone, 404, "UPLOAD_NOT_FOUND")
    assert incoming(tmp_path) == []


async def test_the_files_of_a_deleted_track_are_swept(library: Library, tmp_path: Path) -> None:
    room = library.room
    room.clock.set(SystemClock().now())
    kept = await library.ready(song("flac"), "kept.flac")
    gone = await library.ready(song("opus"), "gone.opus")
    sweep = Sweep(room.mediator, room.jukebox.store, room.clock)
    assert len(stored(tmp_path)) == 3

    async with library.as_(ANN) as client:
        await client.delete(f"/tracks/{gone}")
    assert await sweep.once() == 0
    room.clock.advance(GRACE + timedelta(minutes=1))
    assert await sweep.once() == 2

    assert stored(tmp_path) == [(await library.track(kept))["sha256"]]


async def test_the_sweep_goes_on_until_it_is_stopped(library: Library) -> None:
    room, stop = library.room, asyncio.Event()
    running = asyncio.create_task(Sweep(room.mediator, room.jukebox.store, room.clock)(stop))

    stop.set()

    await asyncio.wait_for(running, 5)

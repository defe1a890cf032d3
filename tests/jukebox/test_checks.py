"""Each check of the jukebox sees what it is for: the data is broken once, on purpose."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from backline.jukebox.checks import GRACE_S, Files, checks
from backline.jukebox.commands.queue import RecountVotes
from backline.kit.checks import Checks, Found, State
from backline.kit.core.actor import SYSTEM
from tests.jukebox.rooms import ANN, HAL, TestRoom
from tests.kit.test_checks import said

Look = Callable[[str], Awaitable[Found]]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def every(room: TestRoom, media: Path) -> Checks:
    async def recount() -> None:
        await room.send(RecountVotes(), SYSTEM)

    url = room.jukebox.settings.database_url
    return Checks(checks(url, "", "", media=media, recount_votes=recount), room.clock)


@pytest.fixture
async def queue(room: TestRoom, media: Path) -> TestRoom:
    """Two songs that wait, with files whose hash is their name, and a vote."""
    for person in (HAL, ANN):
        await room.add(person)
    for number in (1, 2):
        content = f"Song {number}{number}".encode()
        (sha256,) = [await _sha_of(room, f"Song {number}")]
        path = media / sha256[:2] / sha256[2:4] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    url = room.jukebox.settings.database_url
    await said(
        url,
        "UPDATE tracks SET size = length(title) + 1",
        "INSERT INTO votes SELECT id, 8 FROM queue_items WHERE title = 'Song 1'",
        "UPDATE queue_items SET votes = 1 WHERE title = 'Song 1'",
    )
    return room


async def _sha_of(room: TestRoom, title: str) -> str:
    files = Files(room.jukebox.settings.database_url, Path())
    return next(sha256 for sha256, _, name in await files._needed() if name == title)


async def test_all_is_well_in_a_room_as_it_should_be(every: Checks, queue: TestRoom) -> None:
    for verdict in await every.run():
        assert verdict.state is State.WELL, verdict


@pytest.mark.parametrize(
    ("name", "damage", "evidence"),
    [
        ("votes", "UPDATE queue_items SET votes = 5 WHERE title = 'Song 2'", "5 shown, 0 counted"),
        ("votes", "DELETE FROM votes", "1 shown, 0 counted"),
        (
            "order",
            "UPDATE queue_items SET place = (SELECT min(place) FROM queue_items)",
            "Song 1, Song 2",
        ),
        ("tracks", "UPDATE tracks SET deleted_at = now() WHERE title = 'Song 1'", "deleted"),
        ("tracks", "UPDATE tracks SET status = 'failed' WHERE title = 'Song 1'", "failed"),
        (
            "tracks",
            """ALTER TABLE queue_items DROP CONSTRAINT queue_items_track_id_fkey;
            DELETE FROM tracks WHERE title = 'Song 1'""",
            "not in the library",
        ),
        (
            "playing",
            "DROP INDEX uq_queue_items_playing; UPDATE queue_items SET state = 'playing'",
            "playing more than once: Song 1, Song 2",
        ),
        (
            "playing",
            """UPDATE room SET anchor_item_id = i.id FROM queue_items i WHERE i.title = 'Song 2';
            UPDATE queue_items SET state = 'playing', started_at = now() - interval '1 hour'
            WHERE title = 'Song 1'""",
            "another song: Song 1",
        ),
        ("files", "UPDATE tracks SET size = 99 WHERE title = 'Song 1'", "99 were stored"),
        ("migrations", "DELETE FROM alembic_version WHERE version_num LIKE 'jukebox%'", "jukebox"),
    ],
)
async def test_what_is_broken_is_seen(
    every: Checks, queue: TestRoom, name: str, damage: str, evidence: str
) -> None:
    await said(queue.jukebox.settings.database_url, *damage.split(";"))

    (verdict,) = await every.run(f"jukebox.{name}")

    assert verdict.state is State.WRONG, verdict
    assert evidence in " ".join(verdict.evidence)


async def test_wrong_votes_are_mended_by_their_recount(every: Checks, queue: TestRoom) -> None:
    before = (await queue.document()).revision
    await said(queue.jukebox.settings.database_url, "UPDATE queue_items SET votes = 5")
    assert (await every.run("jukebox.votes"))[0].wrong == 2

    assert (await every.repair("jukebox.votes")).state is State.WELL

    document = await queue.document()
    assert sorted(item.votes for item in document.items) == [0, 1]
    assert document.revision > before


async def test_a_file_that_is_gone_or_changed_is_seen(
    every: Checks, queue: TestRoom, media: Path
) -> None:
    sha256 = await _sha_of(queue, "Song 1")
    path = media / sha256[:2] / sha256[2:4] / sha256
    path.write_bytes(b"Sonk 11")
    (changed,) = await every.run("jukebox.files")
    assert changed.evidence == (f"Song 1: its bytes have changed ({sha256[:12]})",)

    path.unlink()
    (gone,) = await every.run("jukebox.files")
    assert gone.evidence == (f"Song 1: no file {sha256[:12]}",)


async def test_a_file_that_nothing_needs_is_seen_once_the_sweep_had_its_time(
    every: Checks, queue: TestRoom, media: Path
) -> None:
    stray = media / "ab" / "cd" / ("abcd" * 16)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"?")
    assert (await every.run("jukebox.strays"))[0].state is State.WELL

    long_ago = stray.stat().st_mtime - 3 * GRACE_S
    os.utime(stray, (long_ago, long_ago))

    (verdict,) = await every.run("jukebox.strays")
    assert (verdict.state, verdict.evidence) == (State.WRONG, (stray.name,))

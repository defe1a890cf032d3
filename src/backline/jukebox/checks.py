"""What can be proved about the queue, its songs and their files."""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import asyncpg

from backline.kit import common_checks
from backline.kit.checks import Check, Found, FunctionCheck, SqlCheck
from backline.kit.db.engine import CONNECT_TIMEOUT_S, asyncpg_url

GRACE_S = 3600
"""A file is stored before its row, and swept an hour later: a younger one proves nothing."""

MOST_FILES = 50_000
HASHED = 3
HASHED_BYTES = 64 * 1024**2

_LIVE = "state IN ('pending', 'queued', 'locked', 'playing')"
_NEEDED = """
    SELECT sha256, size, title FROM tracks WHERE deleted_at IS NULL
    UNION SELECT playable_sha256, NULL, title FROM tracks
      WHERE deleted_at IS NULL AND playable_sha256 <> sha256
    UNION SELECT cover.value, NULL, title FROM tracks, jsonb_each_text(covers) AS cover
      WHERE deleted_at IS NULL
"""


def checks(
    database_url: str,
    events_url: str,
    jobs_url: str,
    *,
    media: Path,
    recount_votes: Callable[[], Awaitable[None]],
) -> Sequence[Check]:
    """All of them; those of the log and the jobs only where there are any.

    Args:
        media: The folder with the finished files.
        recount_votes: Sets every song's votes to their recount.
    """
    files = Files(database_url, media)
    found: list[Check] = [
        SqlCheck(
            name="jukebox.playing",
            proves="One song plays at a time, and one is handed over at most.",
            mend="backline logs worker",
            url=database_url,
            counted=f"SELECT count(*) FROM queue_items WHERE {_LIVE}",  # noqa: S608 - a constant
            wrong="""
                SELECT state || ' more than once: ' || string_agg(title, ', ' ORDER BY title)
                FROM queue_items WHERE state IN ('playing', 'locked')
                GROUP BY state HAVING count(*) > 1
                UNION ALL
                SELECT 'the position is that of another song: ' || i.title
                FROM room r JOIN queue_items i ON i.state = 'playing'
                WHERE r.anchor_item_id IS NOT NULL AND r.anchor_item_id <> i.id
                  AND i.started_at < now() - interval '30 seconds'
            """,
        ),
        SqlCheck(
            name="jukebox.order",
            proves="Every song that waits has a place of its own.",
            mend="backline logs worker",
            url=database_url,
            counted=f"SELECT count(*) FROM queue_items WHERE {_LIVE}",  # noqa: S608 - a constant
            wrong=f"""
                SELECT 'place ' || place || ': ' || string_agg(title, ', ' ORDER BY title)
                FROM queue_items WHERE {_LIVE} GROUP BY place HAVING count(*) > 1
                UNION ALL
                SELECT 'rank ' || rank || ': ' || string_agg(title, ', ' ORDER BY title)
                FROM queue_items WHERE state = 'queued' AND rank > 0
                GROUP BY rank HAVING count(*) > 1
            """,  # noqa: S608 - a constant
        ),
        SqlCheck(
            name="jukebox.tracks",
            proves="Every song that waits is in the library and can be played.",
            mend="backline logs worker",
            url=database_url,
            counted=f"SELECT count(*) FROM queue_items WHERE {_LIVE}",  # noqa: S608 - a constant
            wrong=f"""
                SELECT i.title || ': ' || CASE
                  WHEN t.id IS NULL THEN 'not in the library'
                  WHEN t.deleted_at IS NOT NULL THEN 'deleted' ELSE t.status END
                FROM queue_items i LEFT JOIN tracks t ON t.id = i.track_id
                WHERE {_LIVE.replace("state", "i.state")} AND (t.id IS NULL
                  OR t.deleted_at IS NOT NULL AND i.state <> 'playing'
                  OR i.state <> 'pending' AND t.status <> 'ready')
            """,  # noqa: S608 - a constant
        ),
        SqlCheck(
            name="jukebox.votes",
            proves="The votes of every song equal their recount.",
            mend="",
            url=database_url,
            counted="SELECT count(*) FROM votes",
            wrong=f"""
                SELECT i.title || ': ' || i.votes || ' shown, ' || count(v.user_id) || ' counted'
                FROM queue_items i LEFT JOIN votes v ON v.item_id = i.id
                WHERE {_LIVE} GROUP BY i.id HAVING i.votes <> count(v.user_id)
            """,  # noqa: S608 - a constant
            repair=recount_votes,
        ),
        FunctionCheck(
            name="jukebox.files",
            proves="Every song has its file, of the right size, and some are hashed again.",
            mend="backline restore FILE",
            function=files.missing,
        ),
        FunctionCheck(
            name="jukebox.strays",
            proves="Every stored file belongs to a song.",
            mend="backline logs worker",
            function=files.strays,
        ),
        common_checks.outbox("jukebox", database_url),
        common_checks.parked("jukebox", database_url),
        common_checks.migrations("jukebox", database_url, "backline.jukebox"),
    ]
    if events_url:
        found += common_checks.event_log("jukebox", events_url)
        found.append(common_checks.migrations("log", events_url, "backline.kit.messaging"))
    if jobs_url:
        found.append(common_checks.jobs("jukebox", jobs_url))
        found.append(common_checks.migrations("jobs", jobs_url, "backline.kit.jobs"))
    return found


class Files:
    """The rows of the library against the files on disk, both ways."""

    def __init__(self, database_url: str, media: Path) -> None:
        self._url = database_url
        self._media = media

    async def missing(self) -> Found:
        """Files that a song needs and that are not there, or not as they were stored."""
        needed = await self._needed()
        return await asyncio.to_thread(self._compare, needed)

    async def strays(self) -> Found:
        """Files that nothing needs, and that should have been swept."""
        needed = {sha256 for sha256, _, _ in await self._needed()}

        def look() -> Found:
            counted, strays = 0, []
            oldest = time.time() - 2 * GRACE_S
            for path in self._stored():
                counted += 1
                if path.name not in needed and path.stat().st_mtime < oldest:
                    strays.append(path.name)
            return Found(counted, len(strays), tuple(strays))

        return await asyncio.to_thread(look)

    async def _needed(self) -> list[tuple[str, int | None, str]]:
        connection = await asyncpg.connect(asyncpg_url(self._url), timeout=CONNECT_TIMEOUT_S)
        try:
            rows = await connection.fetch(f"{_NEEDED} LIMIT {MOST_FILES}")
        finally:
            await connection.close()
        return [(row[0], row[1], row[2]) for row in rows]

    def _path(self, sha256: str) -> Path:
        return self._media / sha256[:2] / sha256[2:4] / sha256

    def _stored(self) -> Iterator[Path]:
        return self._media.glob("??/??/*")

    def _compare(self, needed: Sequence[tuple[str, int | None, str]]) -> Found:
        wrong: list[str] = []
        whole: list[tuple[str, str]] = []
        for sha256, size, title in needed:
            try:
                stored = self._path(sha256).stat().st_size
            except FileNotFoundError:
                wrong.append(f"{title}: no file {sha256[:12]}")
                continue
            if size is not None and stored != size:
                wrong.append(f"{title}: {stored} bytes, {size} were stored")
            elif stored <= HASHED_BYTES:
                whole.append((sha256, title))
        for sha256, title in random.sample(whole, min(HASHED, len(whole))):
            if _hash(self._path(sha256)) != sha256:
                wrong.append(f"{title}: its bytes have changed ({sha256[:12]})")
        return Found(len(needed), len(wrong), tuple(wrong))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

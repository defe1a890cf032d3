"""Additions to the queue in PostgreSQL: a handful of statements, however many there are."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from backline.jukebox.domain.queue import ItemId, ItemState, QueueItem
from backline.jukebox.domain.tracks import Person, TrackId, TrackStatus
from backline.jukebox.domain.wishes import Added, Standings, Wish, WishedTrack
from backline.kit.core.errors import BacklineError
from backline.kit.db.uow import UnitOfWork
from backline.kit.inbox.inbox import IdempotencyKeyReused, fingerprint

_SCOPE = "AddAllToQueue"

_TRACKS = text(
    """
    SELECT id::text AS id, title, artist, album, duration_s, status, progress, error, sha256,
      covers <> '{}' AS has_cover, uploaded_by_id, uploaded_by_name
    FROM tracks WHERE id = ANY(CAST(:ids AS uuid[])) AND deleted_at IS NULL
    ORDER BY id FOR SHARE
    """
)
_STANDINGS = text(
    """
    WITH live AS (
      SELECT id, track_id, added_by_id, lower(artist) AS artist, state <> 'playing' AS waits
      FROM queue_items WHERE state IN ('pending', 'queued', 'locked', 'playing')
    )
    SELECT 'waiting' AS what, '' AS of_what, count(*) AS number, '' AS id,
      CAST(NULL AS timestamptz) AS at
      FROM live WHERE waits
    UNION ALL
    SELECT 'own', added_by_id::text, count(*), '', NULL FROM live
      WHERE waits AND added_by_id = ANY(CAST(:user_ids AS bigint[])) GROUP BY added_by_id
    UNION ALL
    SELECT 'artist', artist, count(*), '', NULL FROM live
      WHERE waits AND artist = ANY(CAST(:artists AS text[])) GROUP BY artist
    UNION ALL
    SELECT 'twin', track_id::text, 0, min(id::text), NULL FROM live
      WHERE track_id = ANY(CAST(:ids AS uuid[])) GROUP BY track_id
    UNION ALL
    SELECT 'heard', track_id::text, 0, '', max(ended_at) FROM queue_items
      WHERE state = 'played' AND track_id = ANY(CAST(:ids AS uuid[])) GROUP BY track_id
    """
)
_ADD = text(
    """
    INSERT INTO queue_items
      (id, track_id, title, artist, duration_s, added_by_id, added_by_name, added_at, state)
    SELECT id, track_id, title, artist, duration_s, by_id, by_name, :at, state
    FROM unnest(
      CAST(:ids AS uuid[]), CAST(:track_ids AS uuid[]), CAST(:titles AS text[]),
      CAST(:artists AS text[]), CAST(:durations AS float8[]), CAST(:by_ids AS bigint[]),
      CAST(:by_names AS text[]), CAST(:states AS text[])
    ) WITH ORDINALITY
      AS added (id, track_id, title, artist, duration_s, by_id, by_name, state, nth)
    ORDER BY nth
    """
)
_KNOWN = text(
    """
    SELECT i.scope, i.key, i.fingerprint, i.result::text AS result
    FROM inbox i JOIN unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) AS asked (scope, key)
      ON i.scope = asked.scope AND i.key = asked.key
    """
)
_REMEMBER = text(
    """
    INSERT INTO inbox (scope, key, fingerprint, result)
    SELECT scope, key, fingerprint, result FROM unnest(
      CAST(:scopes AS text[]), CAST(:keys AS text[]), CAST(:fingerprints AS bytea[]),
      CAST(:results AS jsonb[])
    ) AS granted (scope, key, fingerprint, result)
    """
)


class PostgresWishes:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def tracks(self, ids: Collection[TrackId]) -> dict[TrackId, WishedTrack]:
        rows = await self._uow.connection.execute(_TRACKS, {"ids": list(ids)})
        return {TrackId(row.id): _track(row) for row in rows}

    async def granted_before(self, wishes: Sequence[Wish]) -> dict[Wish, Added | BacklineError]:
        keyed = [wish for wish in wishes if wish.key is not None]
        if not keyed:
            return {}
        rows = await self._uow.connection.execute(
            _KNOWN, {"scopes": list(map(_scope, keyed)), "keys": [wish.key for wish in keyed]}
        )
        known = {(row.scope, row.key): row for row in rows}
        found: dict[Wish, Added | BacklineError] = {}
        for wish in keyed:
            row = known.get((_scope(wish), wish.key))
            if row is not None and row.fingerprint != fingerprint(wish.track_id):
                found[wish] = self.reused_key(wish)
            elif row is not None:
                found[wish] = _restored(json.loads(row.result))
        return found

    def reused_key(self, wish: Wish) -> BacklineError:
        return IdempotencyKeyReused(
            "This idempotency key was used for a different request. Choose a new one.",
            key=wish.key or "",
        )

    async def standings(
        self, tracks: Collection[WishedTrack], user_ids: Collection[int]
    ) -> Standings:
        found = await self._uow.connection.execute(
            _STANDINGS,
            {
                "user_ids": list(user_ids),
                "artists": [track.artist.lower() for track in tracks],
                "ids": [track.id for track in tracks],
            },
        )
        standings = Standings()
        heard: dict[str, datetime] = {}
        for row in found:
            match row.what:
                case "waiting":
                    standings.waiting = row.number
                case "own":
                    standings.own[int(row.of_what)] = row.number
                case "artist":
                    standings.of_artist[row.of_what] = row.number
                case "twin":
                    standings.twins[row.of_what] = row.id
                case "heard":
                    heard[row.of_what] = row.at
        standings.heard = heard
        return standings

    async def add(self, items: Sequence[QueueItem]) -> None:
        await self._uow.connection.execute(
            _ADD,
            {
                "at": items[0].added_at,
                "ids": [item.id for item in items],
                "track_ids": [item.track_id for item in items],
                "titles": [item.title for item in items],
                "artists": [item.artist for item in items],
                "durations": [item.duration_s for item in items],
                "by_ids": [item.added_by.id for item in items],
                "by_names": [item.added_by.display_name for item in items],
                "states": [item.state.value for item in items],
            },
        )
        for item in items:
            self._uow.track(item)

    async def remember(self, granted: Mapping[Wish, Added]) -> None:
        if granted:
            await self._uow.connection.execute(
                _REMEMBER,
                {
                    "scopes": list(map(_scope, granted)),
                    "keys": [wish.key for wish in granted],
                    "fingerprints": [fingerprint(wish.track_id) for wish in granted],
                    "results": [json.dumps(_kept(added)) for added in granted.values()],
                },
            )


def _scope(wish: Wish) -> str:
    return f"{_SCOPE}:{wish.actor.id}"


def _track(row: Any) -> WishedTrack:
    return WishedTrack(
        id=TrackId(row.id),
        title=row.title,
        artist=row.artist,
        album=row.album,
        duration_s=row.duration_s,
        status=TrackStatus(row.status),
        progress=row.progress,
        error=row.error,
        sha256=row.sha256,
        has_cover=row.has_cover,
        uploaded_by=Person(row.uploaded_by_id, row.uploaded_by_name),
    )


def _kept(added: Added) -> dict[str, Any]:
    track = added.track
    return {
        "item_id": added.item_id,
        "state": added.state.value,
        "revision": added.revision,
        "by": [added.by.id, added.by.display_name],
        "track": {
            "id": track.id,
            "title": track.title,
            "artist": track.artist,
            "album": track.album,
            "duration_s": track.duration_s,
            "status": track.status.value,
            "progress": track.progress,
            "error": track.error,
            "sha256": track.sha256,
            "has_cover": track.has_cover,
            "uploaded_by": [track.uploaded_by.id, track.uploaded_by.display_name],
        },
    }


def _restored(kept: dict[str, Any]) -> Added:
    track = kept["track"]
    return Added(
        item_id=ItemId(kept["item_id"]),
        state=ItemState(kept["state"]),
        revision=kept["revision"],
        by=Person(*kept["by"]),
        track=WishedTrack(
            **{
                **track,
                "status": TrackStatus(track["status"]),
                "uploaded_by": Person(*track["uploaded_by"]),
            }
        ),
    )

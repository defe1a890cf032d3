"""What the conductor has to know: what is wanted, what plays, what comes next."""

from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.playback import (
    Anchor,
    Cursor,
    PlayerStatus,
    SeekRequest,
    Wanted,
)
from backline.jukebox.domain.player import Media
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId
from backline.kit.core.messages import Query

_STAGE = text(
    """
    SELECT r.*, i.id AS item_id, i.state AS item_state, i.skip_request, i.duration_s AS item_length,
      t.id AS track_id, t.title, t.playable_sha256, t.sha256, t.content_type, t.duration_s,
      t.gain_db, t.peak,
      EXISTS (SELECT FROM queue_items WHERE state = 'queued') AS more
    FROM room r LEFT JOIN queue_items i ON i.state IN ('playing', 'locked')
    LEFT JOIN tracks t ON t.id = i.track_id
    """
).columns(seek=JSONB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One look at what the database says.

    Attributes:
        skip_request: The request that wants what plays to end.
        more: Whether something queued could be locked.
    """

    wanted: Wanted
    wanted_by: str
    status: PlayerStatus
    volume: float
    muted: bool
    volume_by: str
    wanted_output: str
    wanted_output_by: str
    crossfade_s: float | None
    test_tone: str | None
    message: str | None
    anchor: Anchor | None
    cursor: Cursor
    seek: SeekRequest | None
    fence: int
    playing: Media | None
    skip_request: str | None
    locked: Media | None
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStage(Query[Stage]):
    """For the conductor alone."""


async def get_stage(query: GetStage, connection: AsyncConnection) -> Stage:
    rows = (await connection.execute(_STAGE)).all()
    room = rows[0]
    playing = next((row for row in rows if row.item_state == "playing"), None)
    locked = next((row for row in rows if row.item_state == "locked"), None)
    anchor = None
    if room.anchor_item_id is not None:
        anchor = Anchor(
            ItemId(str(room.anchor_item_id)),
            room.anchor_position_s,
            room.anchor_as_of,
            room.anchor_rate,
        )
    return Stage(
        wanted=Wanted(room.wanted),
        wanted_by=room.wanted_by,
        status=PlayerStatus(room.status),
        volume=room.volume,
        muted=room.muted,
        volume_by=room.volume_by,
        wanted_output=room.wanted_output,
        wanted_output_by=room.wanted_output_by,
        crossfade_s=room.crossfade_s,
        test_tone=room.test_tone,
        message=room.message,
        anchor=anchor,
        cursor=Cursor(room.epoch, room.seq),
        seek=None if room.seek is None else SeekRequest(**room.seek),
        fence=room.fence,
        playing=None if playing is None else _media(playing),
        skip_request=None if playing is None else playing.skip_request,
        locked=None if locked is None else _media(locked),
        more=room.more,
    )


def _media(row: Row[tuple[object, ...]]) -> Media:
    return Media(
        item_id=ItemId(str(row.item_id)),
        track_id=TrackId(str(row.track_id)),
        title=row.title,
        playable_sha256=row.playable_sha256 or row.sha256,
        content_type=row.content_type,
        duration_s=row.duration_s,
        gain_db=row.gain_db,
        peak=row.peak or 0.0,
    )


QUERIES = (get_stage,)

"""The room's one row: revision, policy, playback, and the conductor's lease."""

from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import Table, select, text, update

from backline.jukebox.domain.playback import (
    Anchor,
    Cursor,
    Output,
    PlayerStatus,
    Room,
    SeekRequest,
    Wanted,
)
from backline.jukebox.domain.policy import Policy, PolicyKind
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.postgres.causes import from_cause, to_cause
from backline.jukebox.postgres.tables import RoomRow
from backline.kit.db.uow import UnitOfWork

ROOM_CHANNEL = "jukebox.room"
"""The doorbell that rings when the revision has risen, or the conductor has something to do."""

_room = cast(Table, RoomRow.__table__)
_LOAD = select(_room).with_for_update()

# An expired lease may be taken; the holder itself renews without a new fence.
_TAKE = text(
    """
    UPDATE room SET
      fence = fence + CASE WHEN lease_owner IS NOT DISTINCT FROM :owner THEN 0 ELSE 1 END,
      lease_owner = :owner,
      lease_until = clock_timestamp() + make_interval(secs => :for_s)
    WHERE lease_owner IS NOT DISTINCT FROM :owner
       OR lease_until IS NULL OR lease_until < clock_timestamp()
    RETURNING fence
    """
)
_IS_HELD = text("SELECT coalesce(lease_until > clock_timestamp(), false) FROM room")
_GIVE_BACK = text(
    "UPDATE room SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = :owner"
)


class PostgresRoom:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get(self) -> Room:
        row = (await self._uow.connection.execute(_LOAD)).one()
        room = to_room(row)
        self._uow.track(room)
        return room

    async def save(self, room: Room) -> None:
        await self._uow.connection.execute(update(_room).values(**_from_room(room)))
        if room.changed:
            self._uow.ring(ROOM_CHANNEL)

    def wake(self) -> None:
        self._uow.ring(ROOM_CHANNEL)


class PostgresLease:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def take(self, owner: str, *, for_s: float) -> int | None:
        taken = await self._uow.connection.execute(_TAKE, {"owner": owner, "for_s": for_s})
        return taken.scalar_one_or_none()

    async def is_held(self) -> bool:
        return bool((await self._uow.connection.execute(_IS_HELD)).scalar_one())

    async def give_back(self, owner: str) -> None:
        await self._uow.connection.execute(_GIVE_BACK, {"owner": owner})


def to_policy(stored: dict[str, Any]) -> Policy:
    """The policy as it was stored; what it does not name is as by default."""
    known = {name: value for name, value in stored.items() if name in Policy.__slots__}
    if "kind" in known:
        known["kind"] = PolicyKind(known["kind"])
    return Policy(**known)


def to_room(row: Any) -> Room:
    anchor = None
    if row.anchor_item_id is not None:
        anchor = Anchor(
            ItemId(row.anchor_item_id), row.anchor_position_s, row.anchor_as_of, row.anchor_rate
        )
    return Room(
        revision=row.revision,
        name=row.name,
        tagline=row.tagline,
        policy=to_policy(row.policy),
        wanted=Wanted(row.wanted),
        wanted_by=row.wanted_by,
        status=PlayerStatus(row.status),
        volume=row.volume,
        muted=row.muted,
        volume_by=row.volume_by,
        wanted_output=row.wanted_output,
        wanted_output_by=row.wanted_output_by,
        crossfade_s=row.crossfade_s,
        test_tone=row.test_tone,
        anchor=anchor,
        contact_at=row.contact_at,
        output=Output(**row.output),
        cursor=Cursor(row.epoch, row.seq),
        seek=None if row.seek is None else SeekRequest(**row.seek),
        failures=row.failures,
        message=to_cause(row, "message"),
        present=row.present,
        fence=row.fence,
    )


def _from_room(room: Room) -> dict[str, Any]:
    anchor = room.anchor
    return {
        "revision": room.revision,
        "name": room.name,
        "tagline": room.tagline,
        "policy": asdict(room.policy),
        "wanted": room.wanted.value,
        "wanted_by": room.wanted_by,
        "status": room.status.value,
        "volume": room.volume,
        "muted": room.muted,
        "volume_by": room.volume_by,
        "wanted_output": room.wanted_output,
        "wanted_output_by": room.wanted_output_by,
        "crossfade_s": room.crossfade_s,
        "test_tone": room.test_tone,
        "anchor_item_id": anchor and anchor.item_id,
        "anchor_position_s": anchor and anchor.position_s,
        "anchor_as_of": anchor and anchor.as_of,
        "anchor_rate": anchor and anchor.rate,
        "contact_at": room.contact_at,
        "output": asdict(room.output),
        "epoch": room.cursor.epoch,
        "seq": room.cursor.seq,
        "seek": room.seek and asdict(room.seek),
        "failures": room.failures,
        **from_cause("message", room.message),
        "present": room.present,
    }

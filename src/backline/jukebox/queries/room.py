"""The room as a document: one read of the database, put in order, with the times of starting."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.causes import known_code
from backline.jukebox.domain.order import TURN_S, Entry, Turn, play_order
from backline.jukebox.domain.playback import skips_needed
from backline.jukebox.domain.policy import Policy, PolicyKind
from backline.jukebox.domain.queue import HEARD_SHARE
from backline.jukebox.queries.views import HistoryItemView, PolicyView, RoomView
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

FAILED_SHOWN_FOR = timedelta(hours=1)

ITEM_COLUMNS = """
    i.id::text AS id, i.place, i.rank, i.state, i.votes, i.added_by_id, i.added_by_name,
    i.started_at, i.ended_at, i.heard_s, i.reason, i.reason_code, i.reason_metadata,
    t.id::text AS track_id, t.title, t.artist, t.album, t.duration_s, t.status, t.progress,
    t.error, t.error_code, t.error_metadata, t.sha256, t.covers <> '{}' AS has_cover,
    t.uploaded_by_id, t.uploaded_by_name
"""
_ROOM = text(
    "SELECT *, (SELECT count(*) FROM skip_votes s JOIN queue_items q ON q.id = s.item_id"
    " WHERE q.state = 'playing') AS skip_count,"
    " (SELECT count(*) FROM queue_items WHERE state IN ('played', 'skipped')) AS heard FROM room"
).columns(policy=JSONB, output=JSONB)
_PULSE = text(
    "SELECT revision, coalesce(lease_until > clock_timestamp(), false) OR wanted <> 'playing'"
    " OR NOT EXISTS (SELECT FROM queue_items WHERE state IN ('queued', 'locked', 'playing'))"
    " AS conducted, (SELECT coalesce(max(id), 0) FROM changes) AS changed FROM room"
)
_POLICY = text("SELECT policy FROM room").columns(policy=JSONB)
_ITEMS = text(
    f"SELECT {ITEM_COLUMNS} FROM queue_items i JOIN tracks t ON t.id = i.track_id"  # noqa: S608
    " WHERE i.state IN ('pending', 'queued', 'locked', 'playing')"
    " OR (i.state = 'failed' AND NOT i.dismissed AND i.ended_at >= :failed_since)"
)
_TURNS = text(
    "SELECT added_by_id, state, heard_s, duration_s FROM queue_items"
    " WHERE state IN ('played', 'skipped') AND ended_at >= :since ORDER BY ended_at, id"
)
_VOTES = text(
    "SELECT v.user_id, v.item_id::text AS item_id FROM votes v JOIN queue_items i"
    " ON i.id = v.item_id WHERE i.state IN ('pending', 'queued', 'locked')"
)
_SKIP_VOTES = text(
    "SELECT s.user_id FROM skip_votes s JOIN queue_items i ON i.id = s.item_id"
    " WHERE i.state = 'playing'"
)


@dataclass(frozen=True, slots=True)
class Mine:
    """What is personal in the room: the items one has voted for, and whether one wants to skip."""

    voted: frozenset[str] = frozenset()
    skip_voted: bool = False

    def message(self) -> dict[str, Any]:
        """As the socket tells it."""
        return {"type": "mine", "voted": sorted(self.voted), "skip_voted": self.skip_voted}


NOTHING_MINE = Mine()


@dataclass(frozen=True, slots=True)
class RoomDocument:
    """The room at one revision, as plain JSON data in the shape of `QueueView`.

    `mine` is what is personal in it, by user.
    """

    queue: dict[str, Any]
    mine: Mapping[int, Mine] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        revision: int = self.queue["revision"]
        return revision


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRoomDocument(Query[RoomDocument]):
    """The whole room."""


async def get_room_document(
    query: GetRoomDocument, connection: AsyncConnection, clock: Clock
) -> RoomDocument:
    """One consistent look: all statements see the same moment of the database."""
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    now = clock.now()
    room = (await connection.execute(_ROOM)).mappings().one()
    policy = stored_policy(room["policy"])
    found = await connection.execute(_ITEMS, {"failed_since": now - FAILED_SHOWN_FOR})
    rows = found.mappings().all()
    turns: list[Turn] = []
    if policy.kind in {PolicyKind.FAIR_TURNS, PolicyKind.FAIR_SECONDS}:
        since = now - timedelta(seconds=policy.memory_s)
        turns = [_turn(row) for row in await connection.execute(_TURNS, {"since": since})]
    votes = (await connection.execute(_VOTES)).all() if any(r["votes"] for r in rows) else []
    skippers = (await connection.execute(_SKIP_VOTES)).all() if room["skip_count"] else []
    queue = compose(room, policy, rows, turns, now)
    return RoomDocument(queue, _mine(votes, skippers))


def stored_policy(stored: Mapping[str, Any]) -> Policy:
    known = {name: value for name, value in stored.items() if name in Policy.__slots__}
    if "kind" in known:
        known["kind"] = PolicyKind(known["kind"])
    return Policy(**known)


def compose(
    room: RowMapping,
    policy: Policy,
    rows: Sequence[RowMapping],
    turns: Sequence[Turn],
    now: datetime,
) -> dict[str, Any]:
    """Put the rows of one moment together, in the shape of `QueueView`.

    Built as plain data, for it is made anew with every change.
    """
    by_state: dict[str, list[RowMapping]] = defaultdict(list)
    for row in rows:
        by_state[row["state"]].append(row)
    playing = by_state["playing"][0] if by_state["playing"] else None
    if playing is not None:
        length = TURN_S if playing["duration_s"] is None else playing["duration_s"]
        turns = [*turns, Turn(playing["added_by_id"], 1.0, length)]
    waiting = {row["id"]: row for row in by_state["locked"] + by_state["queued"]}
    locked = by_state["locked"][0]["id"] if by_state["locked"] else None
    order = play_order(policy, map(_entry, waiting.values()), history=turns, locked=locked)
    ordered = [waiting[item_id] for item_id in order]
    ordered += sorted(by_state["pending"], key=lambda row: row["place"])
    failed = sorted(by_state["failed"], key=lambda row: row["ended_at"])

    time = _Timetable(room, playing, now)
    items = [item_view(row, *time.next(row["duration_s"])) for row in ordered]
    items += [item_view(row) for row in failed]
    return {
        "revision": room["revision"],
        "room": {"name": room["name"], "tagline": room["tagline"]},
        "policy": PolicyView.of(policy).model_dump(),
        "items": items,
        "heard": room["heard"],
        "playback": _playback(room, policy, playing, time),
    }


class _Timetable:
    """When what waits is expected to start, as long as something plays."""

    def __init__(self, room: RowMapping, playing: RowMapping | None, now: datetime) -> None:
        self._next: datetime | None = None
        self._exact = True
        self.anchored = (
            playing is not None
            and room["anchor_item_id"] is not None
            and str(room["anchor_item_id"]) == playing["id"]
        )
        if playing is None or not self.anchored or not room["anchor_rate"]:
            return
        length = playing["duration_s"]
        self._exact = length is not None
        left = (TURN_S if length is None else length) - room["anchor_position_s"]
        self._next = max(now, room["anchor_as_of"] + timedelta(seconds=left))

    def next(self, duration_s: float | None) -> tuple[str | None, bool]:
        """The start of the next item, which lasts `duration_s`, and whether that is exact."""
        starts_at, exact = self._next, self._exact
        if starts_at is None:
            return None, True
        self._next = starts_at + timedelta(seconds=TURN_S if duration_s is None else duration_s)
        self._exact = exact and duration_s is not None
        return to_seconds(starts_at), exact


def _playback(
    room: RowMapping, policy: Policy, playing: RowMapping | None, time: _Timetable
) -> dict[str, Any]:
    output = room["output"]
    item = None
    if playing is not None:
        started = playing["started_at"]
        item = item_view(playing, to_seconds(started) if started else None)
    moving = playing is not None and time.anchored
    return {
        "state": _state(room, playing),
        "item_id": playing["id"] if playing is not None else None,
        "item": item,
        "position_s": float(room["anchor_position_s"]) if moving else 0.0,
        "as_of": to_milliseconds(room["anchor_as_of"]) if moving else None,
        "rate": float(room["anchor_rate"]) if moving else 0.0,
        "volume": float(room["volume"]),
        "muted": room["muted"],
        "output": {
            "driver": output.get("driver", "unknown"),
            "device": output.get("device", ""),
            "audible": output.get("audible", False),
        },
        "skip": {
            "votes": room["skip_count"],
            "needed": skips_needed(policy.skip_share, room["present"]),
        },
        **_cause(room, "message"),
    }


def _state(room: RowMapping, playing: RowMapping | None) -> str:
    if playing is None:
        return "idle"
    return "paused" if room["status"] == "paused" or room["wanted"] == "paused" else "playing"


def item_view(
    row: RowMapping,
    starts_at: str | None = None,
    exact: bool = True,  # noqa: FBT001, FBT002 - a pair with `starts_at`
) -> dict[str, Any]:
    """One item without what is personal, in the shape of `ItemView`; `row` has `ITEM_COLUMNS`."""
    duration = row["duration_s"]
    return {
        "id": row["id"],
        "track": {
            "id": row["track_id"],
            "title": row["title"],
            "artist": row["artist"],
            "album": row["album"],
            "duration_s": None if duration is None else float(duration),
            "status": row["status"],
            "progress": float(row["progress"]),
            **_cause(row, "error"),
            "sha256": row["sha256"],
            "has_cover": row["has_cover"],
            "uploaded_by": {"id": row["uploaded_by_id"], "display_name": row["uploaded_by_name"]},
        },
        "added_by": {"id": row["added_by_id"], "display_name": row["added_by_name"]},
        "state": row["state"],
        "votes": row["votes"],
        "voted": False,
        "starts_at": starts_at,
        "starts_at_exact": exact,
        **_cause(row, "reason"),
    }


def _cause(row: RowMapping, name: str) -> dict[str, Any]:
    return {
        name: row[name],
        f"{name}_code": known_code(row[f"{name}_code"]),
        f"{name}_metadata": row[f"{name}_metadata"],
    }


def history_view(row: RowMapping) -> HistoryItemView:
    return HistoryItemView(
        **item_view(row),
        started_at=to_milliseconds(row["started_at"]) if row["started_at"] else None,
        ended_at=to_milliseconds(row["ended_at"]),
        heard_s=float(row["heard_s"]),
    )


def to_seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def to_milliseconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _entry(row: RowMapping) -> Entry:
    return Entry(
        row["id"], row["added_by_id"], row["place"], row["rank"], row["votes"], row["duration_s"]
    )


def _turn(row: Any) -> Turn:
    length = TURN_S if row.duration_s is None else row.duration_s
    counts = row.state == "played" or row.heard_s >= HEARD_SHARE * length
    return Turn(row.added_by_id, 1.0 if counts else 0.0, row.heard_s)


def _mine(votes: Sequence[Any], skippers: Sequence[Any]) -> dict[int, Mine]:
    voted: dict[int, set[str]] = defaultdict(set)
    for vote in votes:
        voted[vote.user_id].add(vote.item_id)
    skipping = {skipper.user_id for skipper in skippers}
    return {
        user_id: Mine(frozenset(voted.get(user_id, ())), user_id in skipping)
        for user_id in voted.keys() | skipping
    }


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often the room has changed, and whether somebody conducts where there is need.

    `changed` is the number of the latest entry in the list of changes.
    """

    revision: int
    conducted: bool
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPulse(Query[Pulse]):
    """Asked every second, and at every change."""


async def get_pulse(query: GetPulse, connection: AsyncConnection) -> Pulse:
    row = (await connection.execute(_PULSE)).one()
    return Pulse(row.revision, row.conducted, row.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRoom(Query[RoomView]):
    """Its name, and how many are present."""


async def get_room(query: GetRoom, connection: AsyncConnection) -> RoomView:
    row = (await connection.execute(text("SELECT name, tagline, present FROM room"))).one()
    return RoomView(name=row.name, tagline=row.tagline, present=row.present)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPolicy(Query[PolicyView]):
    """The rule of the room."""


async def get_policy(query: GetPolicy, connection: AsyncConnection) -> PolicyView:
    row = (await connection.execute(_POLICY)).one()
    return PolicyView.of(stored_policy(row.policy))


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMine(Query[Mine]):
    """What is personal in the room for the one who asks."""


async def get_mine(query: GetMine, connection: AsyncConnection, actor: Actor) -> Mine:
    found = await connection.execute(
        text(
            "SELECT v.item_id::text AS item_id, false AS skip FROM votes v JOIN queue_items i"
            " ON i.id = v.item_id WHERE i.state IN ('pending', 'queued', 'locked')"
            " AND v.user_id = :user UNION ALL"
            " SELECT s.item_id::text, true FROM skip_votes s JOIN queue_items i"
            " ON i.id = s.item_id WHERE i.state = 'playing' AND s.user_id = :user"
        ),
        {"user": actor.id},
    )
    rows = found.all()
    return Mine(
        frozenset(row.item_id for row in rows if not row.skip), any(row.skip for row in rows)
    )


QUERIES = (get_room_document, get_pulse, get_room, get_policy, get_mine)

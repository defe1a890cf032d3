"""What can be asked about the line-up. SQL in, plain data out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.errors import InvalidArgument, Violation
from backline.kit.core.messages import Query
from backline.kit.db.personal_data import PersonalDataPage, personal_data
from backline.lineup.domain.acts import no_such_event
from backline.lineup.domain.options import Options
from backline.lineup.domain.scores import EventId
from backline.lineup.domain.tallies import Kind, Phase, Tally, phase_of, status_of
from backline.lineup.ports import OptionsRepository

_SHOWN = (
    "id, revision, title, description, kind, created_at, opens_at, deadline, closed_at,"
    " score_count, score_sum"
)
_CLOSED = "(closed_at IS NOT NULL OR deadline <= :now)"


class InvalidCursor(InvalidArgument):
    """The cursor was not given out by this list."""


@dataclass(frozen=True, slots=True)
class _Order:
    """How acts of a phase are listed; `sign` is the comparison that leads to the next page."""

    condition: str
    column: str
    sign: str

    @property
    def direction(self) -> str:
        return "ASC" if self.sign == ">" else "DESC"


_ORDERS: Mapping[Phase | None, _Order] = {
    None: _Order("true", "opens_at", "<"),
    Phase.COMING: _Order(f"NOT {_CLOSED} AND opens_at > :now", "opens_at", ">"),
    Phase.OPEN: _Order(f"NOT {_CLOSED} AND opens_at <= :now", "deadline", ">"),
    Phase.CLOSED: _Order(_CLOSED, "deadline", "<"),
}


@dataclass(frozen=True, slots=True)
class TallyPage:
    items: Sequence[Tally]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEvent(Query[Tally]):
    event_id: EventId


async def get_event(query: GetEvent, connection: AsyncConnection, clock: Clock) -> Tally:
    """Raises `EventNotFound`."""
    row = (
        await connection.execute(
            text(f"SELECT {_SHOWN} FROM events WHERE id = :id"),  # noqa: S608 - a constant
            {"id": query.event_id},
        )
    ).one_or_none()
    if row is None:
        raise no_such_event(query.event_id)
    return _tally(row, clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvents(Query[TallyPage]):
    """Open ones by their deadline, coming ones by their opening, closed ones the latest first.

    Attributes:
        phase: None for all, the last to open first.
        cursor: Where the last page ended.
        limit: At most 200.
    """

    phase: Phase | None = None
    cursor: str | None = None
    limit: int = 50


async def list_events(query: ListEvents, connection: AsyncConnection, clock: Clock) -> TallyPage:
    """Raises `InvalidCursor`."""
    order, now = _ORDERS[query.phase], clock.now()
    conditions, values = [order.condition], {"now": now, "limit": query.limit + 1}
    if query.cursor is not None:
        moment, last = _from_cursor(query.cursor)
        conditions.append(f"({order.column}, id) {order.sign} (:moment, :last)")
        values |= {"moment": moment, "last": last}
    direction = order.direction
    # Only the fixed texts above are put together here; what callers gave travels as values.
    statement = text(
        f"SELECT {_SHOWN}, {order.column} AS place FROM events"  # noqa: S608
        f" WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order.column} {direction}, id {direction} LIMIT :limit"
    )
    named = {name: value for name, value in values.items() if f":{name}" in statement.text}
    rows = (await connection.execute(statement, named)).all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    cursor = _to_cursor(page[-1].place, page[-1].id) if more else None
    return TallyPage([_tally(row, now) for row in page], cursor)


@dataclass(frozen=True, slots=True)
class GetOptions(Query[Options]):
    """What hosts have chosen."""


async def get_options(query: GetOptions, options: OptionsRepository) -> Options:
    return await options.get()


@dataclass(frozen=True, slots=True)
class NextDeadline(Query[datetime | None]):
    """The earliest deadline whose passing has not been told; None if there is none."""


async def next_deadline(query: NextDeadline, connection: AsyncConnection) -> datetime | None:
    found = await connection.execute(
        text("SELECT min(deadline) FROM events WHERE closed_at IS NULL")
    )
    return found.scalar_one()  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at the database.

    Attributes:
        late_s: For how long the earliest passed deadline has not been told.
        outbox_age_s: How long the oldest event has waited for the relay.
    """

    open: int
    coming: int
    late_s: float | None
    outbox_age_s: float | None


@dataclass(frozen=True, slots=True)
class GetVitals(Query[Vitals]):
    """For the console's health list."""


async def get_vitals(query: GetVitals, connection: AsyncConnection, clock: Clock) -> Vitals:
    counted = text(
        f"""
        SELECT count(*) FILTER (WHERE {_ORDERS[Phase.OPEN].condition}) AS open,
          count(*) FILTER (WHERE {_ORDERS[Phase.COMING].condition}) AS coming,
          CAST(extract(epoch FROM :now - min(deadline) FILTER (
            WHERE closed_at IS NULL AND deadline < :now)) AS float8) AS late_s,
          (SELECT CAST(extract(epoch FROM clock_timestamp() - min(created_at)) AS float8)
            FROM outbox) AS outbox_age_s
        FROM events
        """  # noqa: S608 - constants
    )
    row = (await connection.execute(counted, {"now": clock.now()})).one()
    return Vitals(row.open, row.coming, row.late_s, row.outbox_age_s)


PARTS = {
    "scores": (
        "SELECT s.event_id || '/' || s.score_id || '/' || s.version AS key, s.event_id, e.title,"
        " s.score_id, s.version, s.score, s.reverted"
        " FROM scores s JOIN events e ON e.id = s.event_id WHERE s.user_id = :me"
    ),
    "events": (
        "SELECT id::text AS key, id, title, description, by_name, created_at, opens_at, deadline"
        " FROM events WHERE by_id = :me"
    ),
}
"""What is kept of one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMyData(Query[PersonalDataPage]):
    cursor: str | None
    limit: int


async def get_my_data(
    query: GetMyData, actor: Actor, connection: AsyncConnection
) -> PersonalDataPage:
    """Raises `InvalidDataCursor`."""
    return await personal_data(
        connection, PARTS, user_id=actor.id, cursor=query.cursor, limit=query.limit
    )


def _tally(row: Any, now: datetime) -> Tally:
    return Tally(
        id=EventId(row.id),
        revision=row.revision,
        title=row.title,
        description=row.description,
        kind=Kind(row.kind),
        created_at=row.created_at,
        opens_at=row.opens_at,
        deadline=row.deadline,
        phase=phase_of(now, opens_at=row.opens_at, deadline=row.deadline, closed_at=row.closed_at),
        status=status_of(row.score_count, row.score_sum),
        score_count=row.score_count,
        score_sum=row.score_sum,
    )


def _to_cursor(moment: datetime, last: int) -> str:
    return urlsafe_b64encode(f"{moment.isoformat()}/{last}".encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        words = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        moment, _, last = words.partition("/")
        place = datetime.fromisoformat(moment), int(last)
    except ValueError as error:
        raise _unknown_cursor() from error
    if place[0].tzinfo is None or not 0 < place[1] < 2**63:
        raise _unknown_cursor()
    return place


def _unknown_cursor() -> InvalidCursor:
    return InvalidCursor(
        "This cursor is not one of ours. Begin at the first page.",
        violations=(Violation("#/cursor", "Not known."),),
    )


QUERIES = (get_event, list_events, get_options, next_deadline, get_vitals, get_my_data)

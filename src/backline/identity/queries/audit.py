"""What was done, by whom, to whom."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.messages import Query


@dataclass(frozen=True, slots=True)
class AuditView:
    """Something that was done.

    Attributes:
        actor_id: By whom; 0 for the system itself and for somebody not logged in.
        user_id: To whom; 0 for nobody in particular.
        user_name: How that person is called now; empty for nobody, and for somebody forgotten.
    """

    id: int
    at: datetime
    actor_id: int
    actor_name: str
    action: str
    user_id: int
    user_name: str
    ip: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One page, the newest first.

    Attributes:
        older, newer: Whether there is more on that side.
    """

    items: list[AuditView]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAudit(Query[AuditPage]):
    """One page of what matches everything that is given.

    Attributes:
        user_id: To whom.
        actor_id: By whom.
        about: By whom or to whom.
        actions: Any of these; all if empty.
        since, until: From then on; before then.
        before: The last id of the newer page; None for the newest page.
        after: The first id of the older page; the page right above it is given.
    """

    user_id: int | None = None
    actor_id: int | None = None
    about: int | None = None
    actions: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 50


_MATCHES = """
    (CAST(:user_id AS bigint) IS NULL OR a.user_id = :user_id)
    AND (CAST(:actor_id AS bigint) IS NULL OR a.actor_id = :actor_id)
    AND (CAST(:about AS bigint) IS NULL OR a.user_id = :about OR a.actor_id = :about)
    AND (cardinality(CAST(:actions AS text[])) = 0 OR a.action = ANY(:actions))
    AND (CAST(:since AS timestamptz) IS NULL OR a.at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR a.at < :until)
"""
_PAGE = """
    SELECT a.id, a.at, a.actor_id, a.actor_name, a.action, a.user_id,
      coalesce(u.display_name, '') AS user_name, a.ip, a.detail
    FROM audit a LEFT JOIN users u ON u.id = a.user_id
    WHERE {matches} AND {side} ORDER BY a.id {direction} LIMIT :limit
"""


async def list_audit(query: ListAudit, actor: Actor, connection: AsyncConnection) -> AuditPage:
    """The newest first."""
    require_role(actor, Role.ADMIN)
    upwards = query.after is not None
    side = "a.id > :after" if upwards else "(CAST(:before AS bigint) IS NULL OR a.id < :before)"
    page = _PAGE.format(matches=_MATCHES, side=side, direction="ASC" if upwards else "DESC")
    values = {
        "user_id": query.user_id,
        "actor_id": query.actor_id,
        "about": query.about,
        "actions": list(query.actions),
        "since": query.since,
        "until": query.until,
        "limit": query.limit + 1,
        **({"after": query.after} if upwards else {"before": query.before}),
    }
    found = await connection.execute(text(page), values)
    rows = [AuditView(**row) for row in found.mappings()]
    more, items = len(rows) > query.limit, rows[: query.limit]
    if upwards:
        return AuditPage(items=items[::-1], older=True, newer=more)
    return AuditPage(items=items, older=more, newer=query.before is not None)


@dataclass(frozen=True, slots=True)
class AuditActions(Query[list[str]]):
    pass


async def audit_actions(
    query: AuditActions, actor: Actor, connection: AsyncConnection
) -> list[str]:
    """What was ever done here, to choose from."""
    require_role(actor, Role.ADMIN)
    found = await connection.execute(text("SELECT DISTINCT action FROM audit ORDER BY action"))
    return list(found.scalars())


QUERIES = (list_audit, audit_actions)

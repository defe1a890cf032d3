"""For admins: what was done, page by page or as a file."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from backline.identity.queries.audit import AuditActions, ListAudit
from backline.identity.rest import admin_bodies as bodies
from backline.identity.rest.people import Admin, Cursor, Limit
from backline.kit.http.dependencies import Mediate

router = APIRouter(tags=["people"])

EXPORTED = 50_000
"""Most lines of one file; narrow the filter for more."""

_COLUMNS = tuple(bodies.AuditEntry.model_fields)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_Number = Annotated[int | None, Query(ge=0, lt=2**53)]


async def _filter(
    *,
    user_id: Annotated[
        int | None, Query(ge=0, lt=2**53, description="Only what was done to this user.")
    ] = None,
    actor_id: Annotated[
        int | None, Query(ge=0, lt=2**53, description="Only what this user did.")
    ] = None,
    about: Annotated[
        int | None, Query(ge=0, lt=2**53, description="Only what this user did or underwent.")
    ] = None,
    action: Annotated[
        list[Annotated[str, Query(max_length=100)]] | None,
        Query(max_length=50, description="Only these; may be repeated."),
    ] = None,
    since: Annotated[datetime | None, Query(description="From then on.")] = None,
    until: Annotated[datetime | None, Query(description="Before then.")] = None,
) -> ListAudit:
    return ListAudit(
        user_id=user_id,
        actor_id=actor_id,
        about=about,
        actions=tuple(action or ()),
        since=since,
        until=until,
    )


Filter = Annotated[ListAudit, Depends(_filter)]


@router.get("/audit", summary="What was done")
async def list_audit(
    *,
    mediator: Mediate,
    admin: Admin,
    asked: Filter,
    cursor: Cursor = None,
    after: Annotated[
        int | None, Query(ge=0, lt=2**63, description="`newer_cursor` of the page below.")
    ] = None,
    limit: Limit = 50,
) -> bodies.Audit:
    """Logins, changes and refusals, the newest first. Nobody can change them. For admins."""
    query = _with(asked, before=cursor, after=after, limit=limit)
    page = await mediator.send(query, actor=admin)
    items = [bodies.AuditEntry.of(view) for view in page.items]
    return bodies.Audit(
        items=items,
        next_cursor=str(items[-1].id) if items and page.older else None,
        newer_cursor=str(items[0].id) if items and page.newer else None,
    )


@router.get("/audit/actions", summary="What can have been done")
async def list_actions(mediator: Mediate, admin: Admin) -> bodies.AuditActions:
    """What the log holds, to choose from. For admins."""
    return bodies.AuditActions(items=await mediator.send(AuditActions(), actor=admin))


@router.get(
    "/audit/export",
    summary="What was done, as a file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}, "application/json": {}}}},
)
async def export_audit(
    *,
    mediator: Mediate,
    admin: Admin,
    asked: Filter,
    format: Annotated[Literal["csv", "json"], Query(description="Of the file.")] = "csv",  # noqa: A002 - the parameter's name
) -> Response:
    """Everything that matches, the newest 50,000 lines at most. For admins."""
    page = await mediator.send(_with(asked, limit=EXPORTED), actor=admin)
    rows = [bodies.AuditEntry.of(view).model_dump(mode="json") for view in page.items]
    content, kind = (
        (_csv(rows), "text/csv; charset=utf-8")
        if format == "csv"
        else (json.dumps({"items": rows}, ensure_ascii=False, indent=1), "application/json")
    )
    name = f'attachment; filename="backline-audit.{format}"'
    return Response(content, media_type=kind, headers={"Content-Disposition": name})


def _with(
    asked: ListAudit, *, limit: int, before: int | None = None, after: int | None = None
) -> ListAudit:
    return ListAudit(
        user_id=asked.user_id,
        actor_id=asked.actor_id,
        about=asked.about,
        actions=asked.actions,
        since=asked.since,
        until=asked.until,
        before=before,
        after=after,
        limit=limit,
    )


def _csv(rows: Sequence[dict[str, object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(row[name]) for name in _COLUMNS] for row in rows)
    return written.getvalue()


def _cell(value: object) -> object:
    """Names are chosen by strangers: a spreadsheet shall not run one as a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value

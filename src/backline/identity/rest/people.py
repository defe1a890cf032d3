"""For admins: who there is, what they may do, and what was done."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backline.identity.commands.links import IssueResetLink
from backline.identity.commands.users import ChangeUser
from backline.identity.domain.users import UserId
from backline.identity.queries import ListAudit, ListUsers
from backline.identity.rest.bodies import (
    Audit,
    AuditEntry,
    ChangedUser,
    ChangeUserBody,
    ResetLink,
    User,
    UserRow,
    Users,
)
from backline.kit.auth.http import require
from backline.kit.core.actor import Actor, Role
from backline.kit.http.dependencies import Mediate

router = APIRouter(tags=["people"])

Admin = Annotated[Actor, require(Role.ADMIN)]
Limit = Annotated[int, Query(ge=1, le=200, description="Most rows of a page.")]
Cursor = Annotated[
    int | None,
    Query(ge=0, lt=2**63, description="`next_cursor` of the page before; none for the first."),
]
Id = Annotated[int, Path(ge=1, lt=2**53, description="The user's number.", examples=[7])]


@router.get("/users", summary="List users")
async def list_users(
    *,
    mediator: Mediate,
    admin: Admin,
    query: Annotated[str, Query(max_length=100, description="A part of a name.")] = "",
    role: Annotated[Role | None, Query(description="Only these.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Users:
    """Accounts and guests, in the order they came. For admins."""
    asked = ListUsers(text=query, role=role, after=cursor or 0, limit=limit)
    found = await mediator.send(asked, actor=admin)
    items = [UserRow.row(view) for view in found]
    return Users(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)


@router.patch("/users/{user_id}", summary="Change what somebody may do")
async def change_user(
    user_id: Id, body: ChangeUserBody, mediator: Mediate, admin: Admin
) -> ChangedUser:
    """Give a role, disable or enable; every door knows within a second. For admins."""
    command = ChangeUser(user_id=UserId(user_id), role=body.role, disabled=body.disabled)
    profile = await mediator.send(command, actor=admin)
    return ChangedUser(**User.of(profile).model_dump(), disabled=profile.disabled)


@router.post("/users/{user_id}/reset-link", status_code=201, summary="Let somebody reset")
async def issue_reset_link(user_id: Id, mediator: Mediate, admin: Admin) -> ResetLink:
    """A one-time link for a forgotten password. Admins start it, but never choose. For admins."""
    token = await mediator.send(IssueResetLink(UserId(user_id)), actor=admin)
    return ResetLink(path=f"/reset?token={token}", token=token)


@router.get("/audit", summary="What was done")
async def list_audit(
    *,
    mediator: Mediate,
    admin: Admin,
    user_id: Annotated[
        int | None, Query(ge=0, lt=2**53, description="Only what concerns this user.")
    ] = None,
    action: Annotated[str | None, Query(max_length=100, description="Only this.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Audit:
    """Logins, changes and refusals, the newest first. Nobody can change them. For admins."""
    asked = ListAudit(user_id=user_id, action=action, before=cursor, limit=limit)
    found = await mediator.send(asked, actor=admin)
    items = [AuditEntry.of(view) for view in found]
    return Audit(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

"""For admins: who there is, and what they may do."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from backline.identity.commands.links import IssueResetLink
from backline.identity.commands.sessions import EndSessionsOf
from backline.identity.commands.users import ChangeUser, ForgetGuests
from backline.identity.domain.users import UserId
from backline.identity.queries import ListSessions
from backline.identity.queries.people import CountUsers, GetUser, ListUsers
from backline.identity.rest.admin_bodies import (
    ChangedUser,
    ChangeUserBody,
    Forgotten,
    InviteBody,
    Invited,
    ResetLink,
    UserCounts,
    UserRow,
    Users,
)
from backline.identity.rest.bodies import Session, Sessions, User
from backline.identity.rest.login import Use, client_of
from backline.kit.auth.http import require
from backline.kit.core.actor import Actor, Role
from backline.kit.http.dependencies import IdempotencyKey, Mediate

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
    guests: Annotated[
        bool | None, Query(description="`false`: accounts only; `true`: guests only.")
    ] = None,
    disabled: Annotated[bool | None, Query(description="Only those who are, or are not.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Users:
    """Accounts and guests, in the order they came. For admins."""
    asked = ListUsers(
        text=query, role=role, guests=guests, disabled=disabled, after=cursor or 0, limit=limit
    )
    found = await mediator.send(asked, actor=admin)
    items = [UserRow.row(view) for view in found]
    return Users(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)


@router.post("/users", status_code=201, summary="Make an account for somebody")
async def invite_user(
    body: InviteBody, request: Request, accounts: Use, admin: Admin, key: IdempotencyKey = None
) -> Invited:
    """The owner chooses the password by the link; admins never learn it. For admins."""
    profile, link = await accounts.invite(
        body.username,
        display_name=body.display_name or "",
        role=body.role,
        actor=admin,
        client=client_of(request),
        key=key,
    )
    return Invited(user=User.of(profile), link=ResetLink.of(link))


@router.get("/users/counts", summary="How many there are")
async def count_users(mediator: Mediate, admin: Admin) -> UserCounts:
    """By role, and how many guests have gone for good. For admins."""
    return UserCounts.of(await mediator.send(CountUsers(), actor=admin))


@router.delete("/users/guests", summary="Forget guests who left")
async def forget_guests(mediator: Mediate, admin: Admin) -> Forgotten:
    """Those whose last session ended more than a day ago; their songs keep the name. For admins."""
    return Forgotten(forgotten=await mediator.send(ForgetGuests(), actor=admin))


@router.get("/users/{user_id}", summary="Look at somebody")
async def get_user(user_id: Id, mediator: Mediate, admin: Admin) -> UserRow:
    """As in the list. For admins."""
    return UserRow.row(await mediator.send(GetUser(UserId(user_id)), actor=admin))


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
    return ResetLink.of(await mediator.send(IssueResetLink(UserId(user_id)), actor=admin))


@router.get("/users/{user_id}/sessions", summary="Where somebody is logged in")
async def list_sessions_of(user_id: Id, mediator: Mediate, admin: Admin) -> Sessions:
    """The sessions that are going on, the latest first; one ends by its number. For admins."""
    views = await mediator.send(ListSessions(UserId(user_id)), actor=admin)
    return Sessions(items=[Session.of(view) for view in views])


@router.delete("/users/{user_id}/sessions", status_code=204, summary="Log somebody out")
async def end_sessions_of(user_id: Id, mediator: Mediate, admin: Admin) -> None:
    """On every device; every door refuses their tokens within a second. For admins."""
    await mediator.send(EndSessionsOf(UserId(user_id)), actor=admin)

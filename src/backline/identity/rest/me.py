"""Oneself: name, password, sessions, tickets."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from backline.identity.commands.sessions import (
    TICKET_LIFETIME,
    EndOtherSessions,
    EndSession,
    IssueTicket,
)
from backline.identity.commands.users import RenameMe
from backline.identity.domain.sessions import SessionId
from backline.identity.queries import GetMe, ListSessions
from backline.identity.queries.personal import GetMyData
from backline.identity.rest.bodies import (
    PasswordBody,
    RenameBody,
    Session,
    Sessions,
    Ticket,
    User,
)
from backline.identity.rest.login import Use
from backline.kit.auth.http import CurrentActor, ReadingActor
from backline.kit.db.personal_data import PersonalDataPage
from backline.kit.http.dependencies import Mediate

router = APIRouter(tags=["me"])


@router.get("/auth/me", summary="Who I am")
async def get_me(mediator: Mediate, actor: CurrentActor) -> User:
    """The user of the access token, as they are now."""
    return User.of(await mediator.send(GetMe(), actor=actor))


@router.patch("/auth/me", summary="Change my name")
async def rename_me(body: RenameBody, mediator: Mediate, actor: CurrentActor) -> User:
    """Change how one is shown to others. Guests may, too."""
    return User.of(await mediator.send(RenameMe(display_name=body.display_name), actor=actor))


@router.get("/auth/me/data", summary="All that is kept of me")
async def get_my_data(
    mediator: Mediate,
    actor: CurrentActor,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> PersonalDataPage:
    """One's account, sessions and what the audit log says of one, one part after the other.

    Begin without a cursor and read on until `next_cursor` is null.
    """
    return await mediator.send(GetMyData(cursor=cursor, limit=limit), actor=actor)


@router.post("/auth/password", status_code=204, summary="Change my password")
async def change_password(body: PasswordBody, accounts: Use, actor: CurrentActor) -> None:
    """Takes the current password; all other sessions end."""
    await accounts.change_password(
        actor, body.current_password.get_secret_value(), body.new_password.get_secret_value()
    )


@router.get("/auth/sessions", summary="Where I am logged in")
async def list_sessions(mediator: Mediate, actor: CurrentActor) -> Sessions:
    """The sessions that are going on, the latest first."""
    views = await mediator.send(ListSessions(), actor=actor)
    return Sessions(items=[Session.of(view) for view in views])


@router.delete("/auth/sessions", status_code=204, summary="Log out everywhere else")
async def end_other_sessions(mediator: Mediate, actor: CurrentActor) -> None:
    """End all sessions but this one."""
    await mediator.send(EndOtherSessions(), actor=actor)


@router.delete("/auth/sessions/{session_id}", status_code=204, summary="Log out on a device")
async def end_session(session_id: str, mediator: Mediate, actor: CurrentActor) -> None:
    """End one session; every door refuses its tokens within a second."""
    await mediator.send(EndSession(session_id=SessionId(session_id)), actor=actor)


@router.post("/auth/ws-ticket", summary="Get a ticket for a WebSocket")
async def issue_ticket(request: Request, mediator: Mediate, actor: ReadingActor) -> Ticket:
    """A ticket opens one WebSocket, of this page, within 30 seconds."""
    command = IssueTicket(origin=request.headers.get("origin", ""))
    ticket = await mediator.send(command, actor=actor)
    return Ticket(ticket=ticket, expires_in=int(TICKET_LIFETIME.total_seconds()))

"""Links for screens: the wall opens with one, and needs no login."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, SecretStr

from backline.identity.commands.screens import (
    EnterAsScreen,
    MakeScreen,
    RenameScreen,
    RevokeScreen,
)
from backline.identity.domain.screens import ScreenLinkEnded
from backline.identity.domain.users import UserId
from backline.identity.queries.screens import ListScreens
from backline.identity.rest.bodies import Body, DisplayName
from backline.identity.rest.login import client_of
from backline.kit.auth.http import require
from backline.kit.core.actor import Actor, Role
from backline.kit.http.dependencies import Mediate

router = APIRouter(tags=["screens"])

Host = Annotated[Actor, require(Role.HOST)]
Id = Annotated[int, Path(ge=1, lt=2**53, description="The link's number.", examples=[31])]
Name = Annotated[DisplayName, Field(examples=["Projector, back wall"])]


class ScreenBody(Body):
    name: Name


class KeyBody(Body):
    key: Annotated[
        SecretStr, Field(max_length=256, description="The `key` of the link.", examples=["Zk3…"])
    ]


class NewScreen(BaseModel):
    """A link for screens, with its key: said this once."""

    id: Annotated[int, Field(examples=[31])]
    name: Name
    key: Annotated[str, Field(examples=["Zk3…"])]
    path: Annotated[
        str,
        Field(
            description="On the front door. The key stands behind #, which browsers never send.",
            examples=["/wall#key=Zk3…"],
        ),
    ]


class Screen(BaseModel):
    """A link for screens, as hosts see it."""

    id: Annotated[int, Field(examples=[31])]
    name: Name
    made_by: Annotated[str, Field(examples=["Nina"])]
    made_at: datetime
    last_seen_at: Annotated[
        datetime | None,
        Field(description="When a screen last showed its key: every few minutes while open."),
    ]
    revoked_at: Annotated[datetime | None, Field(description="null while it works.")]


class Screens(BaseModel):
    items: list[Screen]
    next_cursor: None = None


class ScreenToken(BaseModel):
    """What a screen shows at the doors; it reads what guests may read, and changes nothing."""

    access_token: Annotated[
        str, Field(description="Sent as `Authorization: Bearer …`.", examples=["eyJ…"])
    ]
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6749's word
    expires_in: Annotated[
        int, Field(description="Seconds that the access token is believed.", examples=[600])
    ]
    id: Annotated[int, Field(description="The link's number.", examples=[31])]
    name: Name


@router.post("/screens", status_code=201, summary="Make a link for screens")
async def make_screen(
    body: ScreenBody, response: Response, mediator: Mediate, host: Host
) -> NewScreen:
    """A link that opens the wall without a login until it is revoked. For hosts.

    Its key is in this answer and nowhere else; only a hash of it is kept. Every request makes
    another link.
    """
    # No Idempotency-Key: the answer would be kept to be repeated, and the key with it.
    made = await mediator.send(MakeScreen(body.name), actor=host)
    response.headers["Cache-Control"] = "no-store"
    return NewScreen(id=made.id, name=made.name, key=made.key, path=f"/wall#key={made.key}")


@router.get("/screens", summary="List links for screens")
async def list_screens(mediator: Mediate, host: Host) -> Screens:
    """Those that work, then those revoked; the newest first. For hosts."""
    views = await mediator.send(ListScreens(), actor=host)
    return Screens(
        items=[
            Screen(
                id=view.id,
                name=view.name,
                made_by=view.made_by,
                made_at=view.made_at,
                last_seen_at=view.seen_at,
                revoked_at=view.revoked_at,
            )
            for view in views
        ]
    )


@router.patch("/screens/{screen_id}", status_code=204, summary="Rename a link for screens")
async def rename_screen(screen_id: Id, body: ScreenBody, mediator: Mediate, host: Host) -> None:
    """What shows the wall by it goes on. For hosts."""
    await mediator.send(RenameScreen(UserId(screen_id), body.name), actor=host)


@router.delete("/screens/{screen_id}", status_code=204, summary="Revoke a link for screens")
async def revoke_screen(screen_id: Id, mediator: Mediate, host: Host) -> None:
    """Walls that were opened by it go dark within a second. For hosts."""
    await mediator.send(RevokeScreen(UserId(screen_id)), actor=host)


@router.post("/screens/token", summary="Enter as a screen")
async def enter_as_screen(
    body: KeyBody, request: Request, response: Response, mediator: Mediate
) -> ScreenToken:
    """Exchange the key of a link for an access token; again before that one ends.

    The token opens a WebSocket and reads what guests may read. Whoever tries many wrong keys has
    to wait, as with passwords.
    """
    command = EnterAsScreen(key=body.key.get_secret_value(), client=client_of(request))
    grant = await mediator.send(command)
    if grant is None:
        raise ScreenLinkEnded
    response.headers["Cache-Control"] = "no-store"
    return ScreenToken(
        access_token=grant.access_token,
        expires_in=grant.expires_in_s,
        id=grant.id,
        name=grant.name,
    )

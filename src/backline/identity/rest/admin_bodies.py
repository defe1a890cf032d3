"""What travels in and out at the doors for admins."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from backline.identity.domain.links import IssuedLink
from backline.identity.queries.audit import AuditView
from backline.identity.queries.people import Head, UserView
from backline.identity.rest.bodies import Body, DisplayName, User, Username
from backline.kit.core.actor import Role


class InviteBody(Body):
    username: Username
    display_name: DisplayName | None = None
    role: Annotated[
        Role, Field(description="`listener`, `host` or `admin`.", examples=["listener"])
    ] = Role.LISTENER


class ChangeUserBody(Body):
    """What is left out stays as it is."""

    role: Annotated[
        Role | None, Field(description="`listener`, `host` or `admin`.", examples=["host"])
    ] = None
    disabled: Annotated[
        bool | None, Field(description="A disabled user's sessions end at once.", examples=[False])
    ] = None


class UserRow(User):
    """Somebody, as admins see them."""

    disabled: bool
    created_at: datetime
    last_seen_at: Annotated[
        datetime | None, Field(description="When a session of theirs was last renewed.")
    ]
    sessions: Annotated[int, Field(description="Sessions that are going on.", examples=[2])]

    @classmethod
    def row(cls, view: UserView) -> "UserRow":
        return cls(
            **User.of(view.profile).model_dump(),
            disabled=view.profile.disabled,
            created_at=view.created_at,
            last_seen_at=view.last_seen_at,
            sessions=view.sessions,
        )


class ChangedUser(User):
    """Somebody after a change."""

    disabled: bool


class Users(BaseModel):
    items: list[UserRow]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


class UserCounts(BaseModel):
    """How many there are of each."""

    accounts: Annotated[int, Field(description="Disabled ones included, guests not.")]
    listeners: int
    hosts: int
    admins: int
    disabled: int
    guests: int
    gone_guests: Annotated[int, Field(description="Guests who can be forgotten.")]

    @classmethod
    def of(cls, head: Head) -> "UserCounts":
        return cls(
            accounts=head.accounts,
            listeners=head.listeners,
            hosts=head.hosts,
            admins=head.admins,
            disabled=head.disabled,
            guests=head.guests,
            gone_guests=head.gone_guests,
        )


class ResetLink(BaseModel):
    """For the user to choose a new password with."""

    path: Annotated[str, Field(description="On the front door.", examples=["/reset?token=Zk3…"])]
    token: str
    expires_at: Annotated[datetime, Field(description="It works once, until then.")]

    @classmethod
    def of(cls, link: IssuedLink) -> "ResetLink":
        return cls(path=f"/reset?token={link.token}", token=link.token, expires_at=link.expires_at)


class Invited(BaseModel):
    """A new account, and the link by which its owner chooses a password."""

    user: User
    link: ResetLink


class Forgotten(BaseModel):
    forgotten: Annotated[int, Field(examples=[12])]


class AuditEntry(BaseModel):
    """Something that was done."""

    id: int
    at: datetime
    actor_id: Annotated[int, Field(description="By whom; 0 for the system, and for strangers.")]
    actor_name: str
    action: Annotated[str, Field(examples=["role changed"])]
    user_id: Annotated[int, Field(description="To whom; 0 for nobody in particular.")]
    user_name: Annotated[str, Field(description="How that person is called now.")]
    ip: str
    detail: str

    @classmethod
    def of(cls, view: AuditView) -> "AuditEntry":
        return cls(
            id=view.id,
            at=view.at,
            actor_id=view.actor_id,
            actor_name=view.actor_name,
            action=view.action,
            user_id=view.user_id,
            user_name=view.user_name,
            ip=view.ip,
            detail=view.detail,
        )


class Audit(BaseModel):
    items: list[AuditEntry]
    next_cursor: Annotated[
        str | None, Field(description="`cursor` of the next, older page; null on the last.")
    ]
    newer_cursor: Annotated[
        str | None, Field(description="`after` of the next newer page; null on the newest.")
    ]


class AuditActions(BaseModel):
    items: Annotated[list[str], Field(examples=[["logged in", "role changed"]])]

"""What travels in and out, as the API reference shows it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backline.identity.commands.grants import Grant
from backline.identity.domain.passwords import LONGEST_BYTES, SHORTEST
from backline.identity.domain.users import Profile
from backline.identity.queries import SessionView
from backline.kit.core.actor import Role

Username = Annotated[
    str,
    Field(
        max_length=256,
        description="3 to 32 letters, digits, dots, dashes and underscores; case does not count.",
        examples=["ann"],
    ),
]
DisplayName = Annotated[
    str,
    Field(max_length=256, description="1 to 64 visible characters.", examples=["Ann"]),
]
Password = Annotated[
    SecretStr,
    Field(max_length=LONGEST_BYTES, description="The password.", examples=["valve amber tonight"]),
]
NewPassword = Annotated[
    SecretStr,
    Field(
        max_length=LONGEST_BYTES,
        description=f"At least {SHORTEST} characters, and not one that everybody tries first.",
        examples=["valve amber tonight"],
    ),
]
OneTimeToken = Annotated[
    SecretStr, Field(max_length=256, description="The `token` of the link.", examples=["Zk3…"])
]


class Body(BaseModel):
    """A request body: what it does not name is a mistake, and said so."""

    model_config = ConfigDict(extra="forbid")


class RegisterBody(Body):
    username: Username
    password: NewPassword
    display_name: DisplayName | None = None


class LoginBody(Body):
    username: Username
    password: Password


class GuestBody(Body):
    display_name: DisplayName


class RefreshBody(Body):
    refresh_token: Annotated[
        SecretStr | None,
        Field(
            max_length=256,
            description="Left out by browsers, which send the cookie instead.",
            examples=["blr_…"],
        ),
    ] = None


class RenameBody(Body):
    display_name: DisplayName


class PasswordBody(Body):
    current_password: Password
    new_password: NewPassword


class SetupBody(Body):
    token: OneTimeToken
    username: Username
    password: NewPassword
    display_name: DisplayName | None = None


class ResetBody(Body):
    token: OneTimeToken
    password: NewPassword


class User(BaseModel):
    """Somebody, as everybody may see them."""

    id: Annotated[int, Field(examples=[7])]
    username: Annotated[str | None, Field(description="null for a guest.", examples=["ann"])]
    display_name: Annotated[str, Field(examples=["Ann"])]
    role: Annotated[Role, Field(examples=["listener"])]

    @classmethod
    def of(cls, profile: Profile) -> "User":
        return cls(
            id=profile.id,
            username=profile.username,
            display_name=profile.display_name,
            role=profile.role,
        )


class Tokens(BaseModel):
    """What a login gives."""

    access_token: Annotated[
        str, Field(description="Sent as `Authorization: Bearer …`.", examples=["eyJ…"])
    ]
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6749's word
    expires_in: Annotated[
        int, Field(description="Seconds that the access token is believed.", examples=[600])
    ]
    refresh_token: Annotated[
        str,
        Field(description="Exchanged for the next pair; works once.", examples=["blr_…"]),
    ]
    user: User

    @classmethod
    def of(cls, grant: Grant) -> "Tokens":
        return cls(
            access_token=grant.access_token,
            expires_in=grant.expires_in_s,
            refresh_token=grant.refresh_token,
            user=User.of(grant.profile),
        )


class Ticket(BaseModel):
    """Opens one WebSocket."""

    ticket: Annotated[
        str,
        Field(
            description="Goes into the subprotocol `bl.ticket.<ticket>`.",
            examples=["qN0mGk1gq0yq0kQ2nZlJm3mXo2k9sGf5c2xJ5y3r1aU"],
        ),
    ]
    expires_in: Annotated[int, Field(description="Seconds.", examples=[30])]


class Session(BaseModel):
    """One login on one device."""

    id: Annotated[str, Field(examples=["019ac7c8-0b5e-7d30-8f0e-5d3c1c6f4b2a"])]
    device: Annotated[
        str, Field(description="What it calls itself.", examples=["Firefox on Linux"])
    ]
    user_agent: Annotated[str, Field(examples=["Mozilla/5.0 (X11; Linux x86_64; rv:146.0) …"])]
    ip: Annotated[str, Field(examples=["192.168.1.23"])]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: Annotated[bool, Field(description="Whether this request belongs to it.")]

    @classmethod
    def of(cls, view: SessionView) -> "Session":
        return cls(
            id=view.id,
            device=device_of(view.device),
            user_agent=view.device,
            ip=view.ip,
            created_at=view.created_at,
            last_seen_at=view.last_seen_at,
            expires_at=view.expires_at,
            current=view.current,
        )


class Sessions(BaseModel):
    items: list[Session]
    next_cursor: None = None


class Options(BaseModel):
    """Which ways in there are."""

    setup_needed: Annotated[bool, Field(description="Nobody is admin yet.", examples=[False])]
    registration: Annotated[bool, Field(examples=[True])]
    guests: Annotated[bool, Field(examples=[True])]
    public_url: Annotated[
        str | None,
        Field(
            description="Where others reach the room, as the box was told; null if it was not.",
            examples=["https://room.example"],
        ),
    ]
    network_url: Annotated[
        str | None,
        Field(
            description="Where phones in the same network reach it; null if they cannot.",
            examples=["http://192.168.1.20:8000"],
        ),
    ]


class Jwk(BaseModel):
    """A public Ed25519 key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class Jwks(BaseModel):
    """The keys that access tokens are signed with (RFC 7517)."""

    keys: list[Jwk]


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """In words, as far as it can be told: the first word of what is no browser."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.partition(" ")[0] or "unknown"

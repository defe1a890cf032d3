"""Who is asking, at the REST doors.

    @router.put("/queue/{item_id}/vote")
    async def vote(item_id: str, mediator: Mediate, actor: CurrentActor) -> None: ...

    @router.put("/policy", dependencies=[require(Role.HOST)])

Screens come in by every dependency that lets guests in, but only to read: `require` and the two
below refuse their writes, so that no door has to think of them. `ReadingActor` is for the few
requests that read although their method says otherwise.

An app that uses these holds a `Gate` in `app.state.gate` and, so that writes stay safe while the
revocation feed is silent, a `SessionCheck` in `app.state.session_check`.
"""

from dataclasses import replace
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.openapi.models import OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2
from typing_extensions import override

from backline.kit.auth.gate import Gate, InvalidToken
from backline.kit.auth.permissions import RoleRequired, require_role
from backline.kit.core.actor import ANONYMOUS, Actor, Role
from backline.kit.core.context import current, enter

__all__ = [
    "TOKEN_URL",
    "CurrentActor",
    "OptionalActor",
    "ReadingActor",
    "RoleRequired",
    "SessionCheck",
    "bearer_token",
    "require",
    "require_role",
]

TOKEN_URL = "/api/identity/auth/token"  # noqa: S105 - an address
"""Where Swagger's *Authorize* sends name and password, on the front door."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionCheck(Protocol):
    """Asks identity itself whether a session still stands."""

    async def confirm(self, actor: Actor) -> None:
        """Return if it does.

        Raises:
            InvalidToken: It has ended, or the role is another by now.
            Unavailable: Identity does not answer.
        """
        ...


class _BearerToken(OAuth2):
    """Reads `Authorization: Bearer …`, and describes that in OpenAPI as an OAuth2 password flow."""

    def __init__(self, *, required: bool, reads: bool = False) -> None:
        super().__init__(
            flows=OAuthFlows(password=OAuthFlowPassword(tokenUrl=TOKEN_URL, scopes={})),
            scheme_name="Login",
            description="Log in with name and password; the access token is sent along as Bearer.",
            auto_error=required,
        )
        self._reads = reads

    @override
    async def __call__(self, request: Request) -> Actor:  # type: ignore[override]
        token = bearer_token(request)
        if token is None:
            if self.auto_error:
                raise InvalidToken
            return ANONYMOUS
        gate: Gate = request.app.state.gate
        actor = gate.verify(token)
        changes = request.method not in _SAFE_METHODS
        if changes and not self._reads:
            require_role(actor, Role.GUEST)
        if changes and gate.stale:
            check: SessionCheck = request.app.state.session_check
            await check.confirm(actor)
        enter(replace(current(), actor=actor, access_token=token))
        return actor


def bearer_token(request: Request) -> str | None:
    """The token of the one `Authorization` header; None without such a header.

    Raises:
        InvalidToken: The header came twice, is of another scheme, or the token is in the URL,
            where logs and histories would keep it.
    """
    if b"access_token=" in request.scope["query_string"]:
        raise InvalidToken
    values = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not values:
        return None
    if len(values) > 1:
        raise InvalidToken
    value: bytes = values[0]
    scheme, _, token = value.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken
    return token


CurrentActor = Annotated[Actor, Depends(_BearerToken(required=True))]
"""Whoever is logged in, guests included; 401 without a valid token."""

ReadingActor = Annotated[Actor, Depends(_BearerToken(required=True, reads=True))]
"""As `CurrentActor`, screens included whatever the method: for what changes nothing they see."""

OptionalActor = Annotated[Actor, Depends(_BearerToken(required=False))]
"""Whoever is logged in, or `ANONYMOUS`; a token that is there must still be valid."""


def require(role: Role) -> Any:
    """A dependency for `dependencies=[…]` or `Annotated[Actor, …]`: 403 below `role`."""

    async def at_least(actor: CurrentActor) -> Actor:
        require_role(actor, role)
        return actor

    return Depends(at_least)

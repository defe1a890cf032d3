"""Coming in: registration, login, guests, refresh, one-time links."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm

from backline.identity.accounts import Accounts
from backline.identity.commands.sessions import LogOut, RefreshSession
from backline.identity.commands.users import JoinAsGuest
from backline.identity.domain.links import Addresses
from backline.identity.domain.sessions import Client, SessionEnded
from backline.identity.domain.users import Admission
from backline.identity.queries import IsSetUp
from backline.identity.rest.bodies import (
    GuestBody,
    Jwks,
    LoginBody,
    Options,
    RefreshBody,
    RegisterBody,
    ResetBody,
    SetupBody,
    Tokens,
    User,
)
from backline.identity.rest.cookies import (
    clear_refresh_cookie,
    device_token_of,
    refresh_token_of,
    set_cookies,
)
from backline.kit.auth.gate import Gate, InvalidToken
from backline.kit.auth.http import TOKEN_URL, bearer_token
from backline.kit.core.actor import ANONYMOUS, Actor, Role
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(tags=["login"])

TOKENS_KEPT_S = 60


async def _accounts(request: Request) -> Accounts:
    accounts: Accounts = request.app.state.accounts
    return accounts


Use = Annotated[Accounts, Depends(_accounts)]


def client_of(request: Request) -> Client:
    ip = request.client.host if request.client else ""
    return Client(ip, request.headers.get("user-agent", ""))


@router.get("/auth/options", summary="Which ways in there are")
async def options(request: Request, mediator: Mediate) -> Options:
    """What the Join and Register pages offer; needs no token."""
    admission: Admission = request.app.state.admission
    addresses: Addresses = request.app.state.addresses
    return Options(
        setup_needed=not await mediator.send(IsSetUp()),
        registration=admission.registration,
        guests=admission.guests,
        public_url=addresses.public or None,
        network_url=addresses.network or None,
    )


@router.post("/auth/register", status_code=201, summary="Make an account")
async def register(
    body: RegisterBody, request: Request, accounts: Use, key: IdempotencyKey = None
) -> User:
    """Make a listener's account. It is not logged in yet: that is the next request."""
    profile = await accounts.register(
        body.username,
        body.password.get_secret_value(),
        display_name=body.display_name or "",
        client=client_of(request),
        key=key,
    )
    return User.of(profile)


@router.post("/auth/login", summary="Log in")
async def log_in(body: LoginBody, request: Request, response: Response, accounts: Use) -> Tokens:
    """Begin a session on this device. The refresh token also comes as an HttpOnly cookie.

    After several wrong passwords one has to wait; the answer says until when. Devices that have
    logged in before are not kept waiting because of what strangers try.
    """
    grant = await accounts.log_in(
        body.username,
        body.password.get_secret_value(),
        device_token=device_token_of(request),
        client=client_of(request),
    )
    set_cookies(request, response, grant, request.app.state.clock)
    return Tokens.of(grant)


@router.post("/auth/token", summary="Log in by an OAuth2 form")
@router.post(TOKEN_URL, include_in_schema=False)
async def token(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    request: Request,
    response: Response,
    accounts: Use,
) -> Tokens:
    """As `login`, for programs that speak OAuth2 (RFC 6749 §4.3), such as *Authorize* above."""
    # The second path is where the front door has this one, so that *Authorize* also works on the
    # service's own port.
    grant = await accounts.log_in(
        form.username,
        form.password,
        device_token=device_token_of(request),
        client=client_of(request),
    )
    response.headers["Cache-Control"] = "no-store"
    return Tokens.of(grant)


@router.post("/auth/guest", status_code=201, summary="Come in as a guest")
async def join_as_guest(
    body: GuestBody, request: Request, response: Response, mediator: Mediate
) -> Tokens:
    """Come in by name alone, for one evening and with fewer rights than an account has."""
    command = JoinAsGuest(display_name=body.display_name, client=client_of(request))
    grant = await mediator.send(command)
    set_cookies(request, response, grant, request.app.state.clock)
    return Tokens.of(grant)


@router.post("/auth/refresh", summary="Renew the tokens")
async def refresh(
    request: Request, response: Response, mediator: Mediate, body: RefreshBody | None = None
) -> Tokens:
    """Exchange the refresh token, of the body or of the cookie, for a new pair.

    Repeating the request because its answer was lost is safe. A token that was exchanged longer
    ago is a copy in the wrong hands: the session ends for all who hold it.
    """
    given = body.refresh_token if body is not None else None
    presented = given.get_secret_value() if given is not None else refresh_token_of(request)
    command = RefreshSession(refresh_token=presented, client=client_of(request))
    grant = await mediator.send(command)
    if grant is None:
        raise SessionEnded
    set_cookies(request, response, grant, request.app.state.clock)
    return Tokens.of(grant)


@router.post("/auth/logout", status_code=204, summary="Log out")
async def log_out(
    request: Request, response: Response, mediator: Mediate, body: RefreshBody | None = None
) -> None:
    """End this session, known by the access token, the cookie or the body. Never refused."""
    given = body.refresh_token if body is not None else None
    presented = given.get_secret_value() if given is not None else refresh_token_of(request)
    await mediator.send(LogOut(refresh_token=presented), actor=_whoever(request))
    clear_refresh_cookie(request, response)


@router.post("/auth/setup", status_code=201, summary="Make the first admin")
async def set_up(body: SetupBody, request: Request, accounts: Use) -> User:
    """With the one-time token of the link that `backline up` prints while there is no admin."""
    profile = await accounts.set_up(
        body.token.get_secret_value(),
        body.username,
        body.password.get_secret_value(),
        display_name=body.display_name or "",
        client=client_of(request),
    )
    return User.of(profile)


@router.post("/auth/reset", summary="Choose a new password")
async def reset_password(body: ResetBody, request: Request, accounts: Use) -> User:
    """With the one-time token of the link that an admin gave. All sessions of the user end."""
    profile = await accounts.reset_password(
        body.token.get_secret_value(), body.password.get_secret_value(), client_of(request)
    )
    return User.of(profile)


@router.get("/.well-known/jwks.json", summary="The public keys", tags=["keys"])
async def jwks(request: Request, response: Response) -> Jwks:
    """What access tokens are signed with: the next key, the active one, and retired ones."""
    response.headers["Cache-Control"] = f"public, max-age={TOKENS_KEPT_S}"
    return Jwks(keys=request.app.state.keys.published())


def _whoever(request: Request) -> Actor:
    gate: Gate = request.app.state.gate
    try:
        presented = bearer_token(request)
        actor = ANONYMOUS if presented is None else gate.verify(presented)
    except InvalidToken:
        return ANONYMOUS
    # A screen has nothing to leave: its link ends when a host revokes it.
    return actor if actor.role.at_least(Role.GUEST) else ANONYMOUS

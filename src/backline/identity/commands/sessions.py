"""Sessions: renewed, ended, and lent to a WebSocket by a ticket."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backline.identity.commands.grants import Grant, grant
from backline.identity.domain.sessions import (
    NOWHERE,
    Client,
    InvalidTicket,
    Rotation,
    SessionEnded,
    SessionId,
    SessionNotFound,
    SessionRules,
)
from backline.identity.domain.tokens import digest
from backline.identity.domain.users import UserId
from backline.identity.ports import (
    AccessTokens,
    AuditEntry,
    AuditLog,
    RevocationLog,
    Secrets,
    SessionRepository,
    Ticket,
    TicketRepository,
    UserRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

TICKET_LIFETIME = timedelta(seconds=30)
FROM_ELSEWHERE = "ended from another device"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshSession(Command[Grant | None]):
    refresh_token: str = field(repr=False)
    client: Client = NOWHERE


async def refresh_session(
    command: RefreshSession,
    *,
    users: UserRepository,
    sessions: SessionRepository,
    rules: SessionRules,
    revocations: RevocationLog,
    audit: AuditLog,
    tokens: AccessTokens,
    secrets: Secrets,
    clock: Clock,
) -> Grant | None:
    """Exchange a refresh token for a new one and a fresh access token.

    A client that never received the answer may repeat the request and gets the same token. None
    means that the token was an old one: somebody has a copy, so the session has ended for all
    who hold it. That must be committed, which is why it is no exception.

    Raises:
        SessionEnded: Whatever else is wrong with the token.
    """
    at = clock.now()
    known = secrets.opaque_tokens().read_refresh_token(command.refresh_token)
    if known is None:
        raise SessionEnded
    session_id, counter = known
    try:
        session = await sessions.get(session_id)
    except SessionNotFound as error:
        raise SessionEnded from error
    # Not locked: who ends a user's sessions locks the user first and the session after. What is
    # decided about the user meanwhile revokes what is issued here.
    user = await users.look(session.user_id)
    if user.disabled:
        raise SessionEnded
    idle = rules.guest if user.role is Role.GUEST else rules.idle
    rotation = session.present(counter, idle=idle, client=command.client, at=at)
    await sessions.save(session)
    if rotation is Rotation.REUSED:
        await revocations.add(user.id, session_id=session.id, reason=session.ended_reason)
        await audit.add(
            AuditEntry(
                action="refresh token reused",
                user_id=user.id,
                ip=command.client.ip,
                detail=session.id,
            )
        )
        return None
    return grant(user, session, tokens, secrets, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession(Command[None]):
    """One of one's own; an admin ends anybody's."""

    session_id: SessionId


async def end_session(
    command: EndSession,
    *,
    actor: Actor,
    sessions: SessionRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> None:
    """End a session on whatever device it is; ending it twice changes nothing."""
    session = await sessions.get(command.session_id)
    if session.user_id != actor.id and not actor.role.at_least(Role.ADMIN):
        # As for one that does not exist: its number is nobody else's business.
        raise SessionNotFound("You have no such session.", session_id=command.session_id)
    reason = FROM_ELSEWHERE if session.user_id == actor.id else "ended by an admin"
    if session.end(reason, at=clock.now()):
        await sessions.save(session)
        await revocations.add(session.user_id, session_id=session.id, reason=reason)
        await audit.add(AuditEntry(action="session ended", user_id=session.user_id, detail=reason))


@dataclass(frozen=True, slots=True)
class EndSessionsOf(Command[None]):
    """Everywhere, somebody else's; for admins."""

    user_id: UserId


async def end_sessions_of(
    command: EndSessionsOf,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> None:
    """Log somebody out on every device; one's own session here stays."""
    require_role(actor, Role.ADMIN)
    user = await users.get(command.user_id)
    spare = (actor.session_id,) if user.id == actor.id else ()
    await end_all(user.id, "ended by an admin", sessions, revocations, at=clock.now(), spare=spare)
    await audit.add(AuditEntry(action="sessions ended", user_id=user.id))


@dataclass(frozen=True, slots=True)
class EndOtherSessions(Command[None]):
    pass


async def end_other_sessions(
    command: EndOtherSessions,
    *,
    actor: Actor,
    sessions: SessionRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> None:
    """Stay logged in here only."""
    user_id = UserId(actor.id)
    await end_all(
        user_id,
        FROM_ELSEWHERE,
        sessions,
        revocations,
        at=clock.now(),
        spare=(actor.session_id,),
    )
    await audit.add(AuditEntry(action="other sessions ended", user_id=user_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut(Command[None]):
    """With what one has: the session of the access token, or the refresh token alone."""

    refresh_token: str = field(default="", repr=False)


async def log_out(
    command: LogOut,
    *,
    actor: Actor,
    sessions: SessionRepository,
    revocations: RevocationLog,
    secrets: Secrets,
    clock: Clock,
) -> None:
    """End this session. Never refused: whoever wants to be logged out is, afterwards."""
    session_ids = {SessionId(actor.session_id)} if actor.session_id else set()
    known = secrets.opaque_tokens().read_refresh_token(command.refresh_token)
    if known is not None:
        session_ids.add(known[0])
    for session_id in sorted(session_ids):
        try:
            session = await sessions.get(session_id)
        except SessionNotFound:
            continue
        if session.end("logout", at=clock.now()):
            await sessions.save(session)
            await revocations.add(session.user_id, session_id=session.id, reason="logout")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTicket(Command[str]):
    """A way in for one WebSocket.

    Attributes:
        origin: Of the page that asks; the WebSocket must come from there too.
    """

    origin: str = ""


async def issue_ticket(
    command: IssueTicket, actor: Actor, tickets: TicketRepository, secrets: Secrets, clock: Clock
) -> str:
    """A ticket that opens one WebSocket within half a minute."""
    token = secrets.token()
    await tickets.add(
        Ticket(
            token_hash=digest(token),
            user_id=UserId(actor.id),
            session_id=SessionId(actor.session_id),
            origin=command.origin,
            expires_at=clock.now() + TICKET_LIFETIME,
        )
    )
    return token


@dataclass(frozen=True, slots=True)
class TicketHolder:
    """Who a ticket lets in.

    Attributes:
        expires_at: When an access token must have been shown over the socket.
    """

    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemTicket(Command[TicketHolder]):
    """A ticket that a WebSocket showed.

    Attributes:
        origin: Of the socket's handshake; None if that is not to be compared.
    """

    ticket: str = field(repr=False)
    origin: str | None = None


async def redeem_ticket(
    command: RedeemTicket,
    *,
    tickets: TicketRepository,
    sessions: SessionRepository,
    users: UserRepository,
    tokens: AccessTokens,
    clock: Clock,
) -> TicketHolder:
    """Use a ticket up.

    Raises:
        InvalidTicket: Whatever is wrong with it.
    """
    at = clock.now()
    ticket = await tickets.take(digest(command.ticket))
    if ticket is None or at >= ticket.expires_at:
        raise InvalidTicket
    # A page's ticket opens sockets of that page only; a program's has no origin to compare.
    if ticket.origin and command.origin is not None and command.origin != ticket.origin:
        raise InvalidTicket
    try:
        session = await sessions.get(ticket.session_id)
    except SessionNotFound as error:
        raise InvalidTicket from error
    user = await users.look(ticket.user_id)
    if not session.alive(at) or user.disabled:
        raise InvalidTicket
    actor = Actor(user.id, user.role, user.display_name, session.id)
    return TicketHolder(actor, at + timedelta(seconds=tokens.lifetime_s))


async def end_all(
    user_id: UserId,
    reason: str,
    sessions: SessionRepository,
    revocations: RevocationLog,
    *,
    at: datetime,
    spare: Collection[str] = (),
) -> None:
    """End every session of a user but the spared ones."""
    for session in await sessions.of_user(user_id):
        if session.id not in spare and session.end(reason, at=at):
            await sessions.save(session)
            await revocations.add(user_id, session_id=session.id, reason=reason)


COMMANDS = (
    refresh_session,
    end_session,
    end_sessions_of,
    end_other_sessions,
    log_out,
    issue_ticket,
    redeem_ticket,
)

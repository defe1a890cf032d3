"""Links for screens: made, renamed and revoked by hosts, exchanged by screens."""

from dataclasses import dataclass, field

from backline.identity.domain.limits import LoginLimits, address_of
from backline.identity.domain.names import display_name_of
from backline.identity.domain.screens import LIFETIME, Screen
from backline.identity.domain.sessions import NOWHERE, Client, Session, SessionId
from backline.identity.domain.tokens import digest
from backline.identity.domain.users import User, UserId
from backline.identity.ports import (
    AccessTokens,
    AttemptLedger,
    AuditEntry,
    AuditLog,
    RevocationLog,
    ScreenRepository,
    Secrets,
    SessionRepository,
    UserRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True)
class NewScreen:
    """A link for screens; `key` is said this once."""

    id: UserId
    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MakeScreen(Command[NewScreen]):
    name: str


async def make_screen(
    command: MakeScreen,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    screens: ScreenRepository,
    audit: AuditLog,
    secrets: Secrets,
    clock: Clock,
) -> NewScreen:
    """Make a link that opens the wall without a login."""
    require_role(actor, Role.HOST)
    at = clock.now()
    user = User.screen(id=await users.next_id(), display_name=display_name_of(command.name), at=at)
    await users.add(user)
    session = Session.start(
        id=SessionId(str(secrets.new_id())),
        user_id=user.id,
        client=NOWHERE,
        idle=LIFETIME,
        absolute=LIFETIME,
        at=at,
    )
    await sessions.add(session)
    key = secrets.token()
    await screens.add(Screen(user.id, digest(key), session.id, actor.name))
    await audit.add(
        AuditEntry(action="screen link made", user_id=user.id, detail=user.display_name)
    )
    return NewScreen(user.id, user.display_name, key)


@dataclass(frozen=True, slots=True)
class RenameScreen(Command[None]):
    screen_id: UserId
    name: str


async def rename_screen(
    command: RenameScreen, actor: Actor, users: UserRepository, screens: ScreenRepository
) -> None:
    """Call a link something else; what hangs on it goes on.

    Raises:
        ScreenNotFound: There is no such link.
    """
    require_role(actor, Role.HOST)
    screen = await screens.get(command.screen_id)
    user = await users.get(screen.id)
    user.rename(display_name_of(command.name))
    await users.save(user)


@dataclass(frozen=True, slots=True)
class RevokeScreen(Command[None]):
    screen_id: UserId


async def revoke_screen(
    command: RevokeScreen,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    screens: ScreenRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> None:
    """Take a link back: its screens go dark within a second. Twice changes nothing.

    Raises:
        ScreenNotFound: There is no such link.
    """
    require_role(actor, Role.HOST)
    at = clock.now()
    screen = await screens.get(command.screen_id)
    if not screen.revoke(at=at):
        return
    await screens.save(screen)
    session = await sessions.get(screen.session_id)
    if session.end("link revoked", at=at):
        await sessions.save(session)
        await revocations.add(screen.id, session_id=session.id, reason="link revoked")
    user = await users.look(screen.id)
    await audit.add(
        AuditEntry(action="screen link revoked", user_id=user.id, detail=user.display_name)
    )


@dataclass(frozen=True, slots=True)
class ScreenGrant:
    """What a screen shows at the doors, as of now."""

    id: UserId
    name: str
    access_token: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAsScreen(Command[ScreenGrant | None]):
    key: str = field(repr=False)
    client: Client = NOWHERE


async def enter_as_screen(
    command: EnterAsScreen,
    *,
    users: UserRepository,
    sessions: SessionRepository,
    screens: ScreenRepository,
    ledger: AttemptLedger,
    limits: LoginLimits,
    tokens: AccessTokens,
    clock: Clock,
) -> ScreenGrant | None:
    """Exchange the key of a link for an access token.

    None means that the link is unknown or revoked. The try must be counted, so that is committed,
    which is why it is no exception.

    Raises:
        TooManyAttempts: The address has tried too many keys.
    """
    at = clock.now()
    attempts = await ledger.get(f"screen:{address_of(command.client.ip)}")
    attempts.charge(limits.address, at=at)
    # Found by its hash: how long that takes says nothing about a key of 256 random bits.
    screen = await screens.of_key(digest(command.key))
    if screen is None or screen.revoked_at is not None:
        await ledger.save(attempts)
        return None
    user = await users.look(screen.id)
    session = await sessions.get(screen.session_id)
    if user.disabled or not session.alive(at):
        await ledger.save(attempts)
        return None
    attempts.refund()
    await ledger.save(attempts)
    screen.seen_at = at
    await screens.save(screen)
    token = tokens.issue(user, session.id, at=at)
    return ScreenGrant(user.id, user.display_name, token, tokens.lifetime_s)


COMMANDS = (make_screen, rename_screen, revoke_screen, enter_as_screen)

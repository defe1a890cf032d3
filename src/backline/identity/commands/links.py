"""One-time links: the first admin, and a password that was forgotten."""

from dataclasses import dataclass, field

from backline.identity.commands.sessions import end_all
from backline.identity.domain.links import (
    AlreadySetUp,
    InvalidLink,
    IssuedLink,
    Link,
    LinkKind,
    LinkRules,
)
from backline.identity.domain.names import display_name_of, username_of
from backline.identity.domain.sessions import NOWHERE, Client
from backline.identity.domain.tokens import digest
from backline.identity.domain.users import Profile, User, UserId
from backline.identity.ports import (
    AuditEntry,
    AuditLog,
    LinkRepository,
    RevocationLog,
    Secrets,
    SessionRepository,
    UserRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

_NOBODY = UserId(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSetupLink(Command[str | None]):
    pass


async def issue_setup_link(
    command: IssueSetupLink,
    *,
    actor: Actor,
    users: UserRepository,
    links: LinkRepository,
    rules: LinkRules,
    secrets: Secrets,
    clock: Clock,
) -> str | None:
    """The token of the link that makes the first admin; None once there is one.

    An earlier link stops working.
    """
    require_role(actor, Role.ADMIN)
    if await users.other_admins(_NOBODY):
        return None
    token = secrets.token()
    await links.add(Link(LinkKind.SETUP, digest(token), None, clock.now() + rules.setup))
    return token


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp(Command[Profile]):
    token: str = field(repr=False)
    username: str
    display_name: str = ""
    password_hash: str = field(repr=False)
    client: Client = NOWHERE


async def set_up(
    command: SetUp,
    *,
    users: UserRepository,
    links: LinkRepository,
    audit: AuditLog,
    clock: Clock,
) -> Profile:
    """Make the first admin.

    Raises:
        InvalidLink: The token is unknown, used or expired.
        AlreadySetUp: There is an admin.
    """
    at = clock.now()
    link = await links.take(LinkKind.SETUP, digest(command.token))
    if link is None or at >= link.expires_at:
        raise InvalidLink
    if await users.other_admins(_NOBODY):
        raise AlreadySetUp
    user = User.register(
        id=await users.next_id(),
        username=username_of(command.username),
        display_name=display_name_of(command.display_name or command.username),
        password_hash=command.password_hash,
        role=Role.ADMIN,
        at=at,
    )
    await users.add(user)
    await audit.add(AuditEntry(action="set up", user_id=user.id, ip=command.client.ip))
    return user.profile


@dataclass(frozen=True, slots=True)
class IssueResetLink(Command[IssuedLink]):
    user_id: UserId


async def issue_reset_link(
    command: IssueResetLink,
    *,
    actor: Actor,
    users: UserRepository,
    links: LinkRepository,
    rules: LinkRules,
    audit: AuditLog,
    secrets: Secrets,
    clock: Clock,
) -> IssuedLink:
    """A link that sets a new password; an admin starts it, but never chooses.

    An earlier link of this user stops working.
    """
    require_role(actor, Role.ADMIN)
    user = await users.get(command.user_id)
    user.require_account("password")
    token, expires_at = secrets.token(), clock.now() + rules.reset
    await links.add(Link(LinkKind.RESET, digest(token), user.id, expires_at))
    await audit.add(AuditEntry(action="reset link issued", user_id=user.id))
    return IssuedLink(token, expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(Command[Profile]):
    token: str = field(repr=False)
    password_hash: str = field(repr=False)
    client: Client = NOWHERE


async def reset_password(
    command: ResetPassword,
    *,
    users: UserRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    links: LinkRepository,
    audit: AuditLog,
    clock: Clock,
) -> Profile:
    """Set a new password and end every session of the user.

    Raises:
        InvalidLink: The token is unknown, used or expired.
    """
    at = clock.now()
    link = await links.take(LinkKind.RESET, digest(command.token))
    if link is None or link.user_id is None or at >= link.expires_at:
        raise InvalidLink
    user = await users.get(link.user_id)
    user.set_password(command.password_hash, at=at)
    await users.save(user)
    await end_all(user.id, "password reset", sessions, revocations, at=at)
    await audit.add(AuditEntry(action="password reset", user_id=user.id, ip=command.client.ip))
    return user.profile


COMMANDS = (issue_setup_link, set_up, issue_reset_link, reset_password)

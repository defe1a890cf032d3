"""Accounts and guests: who there is, what they are called, what they may do."""

from dataclasses import dataclass, field

from backline.identity.commands.grants import Grant, grant
from backline.identity.commands.sessions import end_all
from backline.identity.domain.limits import LoginLimits, address_of
from backline.identity.domain.names import display_name_of, username_of
from backline.identity.domain.sessions import NOWHERE, Client, Session, SessionId, SessionRules
from backline.identity.domain.users import (
    ACCOUNT_ROLES,
    GUESTS_KEPT,
    Admission,
    GuestsNotAdmitted,
    LastAdmin,
    OwnAccount,
    Profile,
    RegistrationClosed,
    RoleNotAssignable,
    User,
    UserId,
)
from backline.identity.ports import (
    AccessTokens,
    AttemptLedger,
    AuditEntry,
    AuditLog,
    RevocationLog,
    Secrets,
    SessionRepository,
    UserRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUser(Command[Profile]):
    """An account for somebody.

    Attributes:
        display_name: The username, if it is empty.
        role: Anything but listener takes an admin.
    """

    username: str
    display_name: str = ""
    password_hash: str = field(repr=False)
    role: Role = Role.LISTENER
    client: Client = NOWHERE


async def register_user(
    command: RegisterUser,
    *,
    actor: Actor,
    admission: Admission,
    users: UserRepository,
    audit: AuditLog,
    clock: Clock,
) -> Profile:
    """Make an account."""
    at = clock.now()
    if not admission.registration or command.role is not Role.LISTENER:
        if not admission.registration and not actor.role.at_least(Role.ADMIN):
            raise RegistrationClosed
        require_role(actor, Role.ADMIN)
    if command.role not in ACCOUNT_ROLES:
        raise RoleNotAssignable("An account is a listener, a host or an admin.")
    username = username_of(command.username)
    user = User.register(
        id=await users.next_id(),
        username=username,
        display_name=display_name_of(command.display_name or command.username),
        password_hash=command.password_hash,
        role=command.role,
        at=at,
    )
    await users.add(user)
    await audit.add(
        AuditEntry(action="registered", user_id=user.id, ip=command.client.ip, detail=username)
    )
    return user.profile


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAsGuest(Command[Grant]):
    display_name: str
    client: Client = NOWHERE


async def join_as_guest(
    command: JoinAsGuest,
    *,
    admission: Admission,
    users: UserRepository,
    sessions: SessionRepository,
    rules: SessionRules,
    ledger: AttemptLedger,
    limits: LoginLimits,
    tokens: AccessTokens,
    secrets: Secrets,
    clock: Clock,
) -> Grant:
    """Let somebody in by name alone, for the evening."""
    if not admission.guests:
        raise GuestsNotAdmitted
    at = clock.now()
    attempts = await ledger.get(f"guest:{address_of(command.client.ip)}")
    attempts.charge(limits.guests, at=at)
    await ledger.save(attempts)
    user = User.join(
        id=await users.next_id(), display_name=display_name_of(command.display_name), at=at
    )
    await users.add(user)
    session = Session.start(
        id=SessionId(str(secrets.new_id())),
        user_id=user.id,
        client=command.client,
        idle=rules.guest,
        absolute=rules.guest,
        at=at,
    )
    await sessions.add(session)
    return grant(user, session, tokens, secrets, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameMe(Command[Profile]):
    display_name: str


async def rename_me(command: RenameMe, actor: Actor, users: UserRepository) -> Profile:
    """Change how one is called. Tokens already issued keep the former name until they expire."""
    user = await users.get(UserId(actor.id))
    user.rename(display_name_of(command.display_name))
    await users.save(user)
    return user.profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUser(Command[Profile]):
    """None leaves a thing as it is."""

    user_id: UserId
    role: Role | None = None
    disabled: bool | None = None


async def change_user(
    command: ChangeUser,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> Profile:
    """Change what somebody may do; every door knows within a second."""
    require_role(actor, Role.ADMIN)
    at = clock.now()
    # All admins are locked before the one, in one order: two who demote each other take turns.
    other_admins = await users.other_admins(command.user_id)
    user = await users.get(command.user_id)
    was_admin = user.role is Role.ADMIN and not user.disabled
    role_changed = command.role is not None and user.change_role(command.role, at=at)
    if command.disabled:
        if user.disable(at=at):
            await end_all(user.id, "disabled", sessions, revocations, at=at)
            await audit.add(AuditEntry(action="disabled", user_id=user.id))
    elif command.disabled is False and user.enable(at=at):
        await audit.add(AuditEntry(action="enabled", user_id=user.id))
    if role_changed:
        await revocations.add(user.id, role=user.role, reason="role changed")
        await audit.add(AuditEntry(action="role changed", user_id=user.id, detail=user.role.value))
    still_admin = user.role is Role.ADMIN and not user.disabled
    if was_admin and not still_admin and not other_admins:
        raise LastAdmin("This is the last admin. Make somebody else an admin first.")
    if user.id == actor.id and user.disabled:
        raise OwnAccount("This is your own account. Another admin can disable it.")
    await users.save(user)
    return user.profile


@dataclass(frozen=True, slots=True)
class ForgetGuests(Command[int]):
    pass


async def forget_guests(
    command: ForgetGuests, *, actor: Actor, users: UserRepository, audit: AuditLog, clock: Clock
) -> int:
    """Forget guests who left at least `GUESTS_KEPT` ago; how many. Their songs keep the name."""
    require_role(actor, Role.ADMIN)
    gone = await users.forget_guests(before=clock.now() - GUESTS_KEPT)
    if gone:
        await audit.add(AuditEntry(action="guests forgotten", detail=str(gone)))
    return gone


COMMANDS = (register_user, join_as_guest, rename_me, change_user, forget_guests)

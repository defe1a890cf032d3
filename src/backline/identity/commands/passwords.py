"""Changing one's own password, in two transactions as a login is."""

from dataclasses import dataclass, field

from backline.identity.commands.logins import Challenge
from backline.identity.commands.sessions import end_all
from backline.identity.domain.limits import LoginLimits
from backline.identity.domain.users import UserId
from backline.identity.ports import (
    AttemptLedger,
    AuditEntry,
    AuditLog,
    RevocationLog,
    SessionRepository,
    UserRepository,
)
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPasswordChange(Command[Challenge]):
    pass


async def begin_password_change(
    command: BeginPasswordChange,
    *,
    actor: Actor,
    users: UserRepository,
    ledger: AttemptLedger,
    limits: LoginLimits,
    clock: Clock,
) -> Challenge:
    """Take the try from the session's budget: a stolen access token is no licence to guess.

    Raises:
        TooManyAttempts: The budget is used up for now.
        GuestHasNoAccount: A guest has no password.
    """
    user = await users.get(UserId(actor.id))
    user.require_account("password")
    attempts = await ledger.get(f"password:{actor.id}")
    attempts.charge(limits.device, at=clock.now())
    await ledger.save(attempts)
    return Challenge(user_id=user.id, password_hash=user.password_hash, charged=(attempts.key,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword(Command[bool]):
    """A new password.

    Attributes:
        challenge: That the current one was found to fit.
    """

    challenge: Challenge
    password_hash: str = field(repr=False)


async def change_password(
    command: ChangePassword,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    ledger: AttemptLedger,
    audit: AuditLog,
    clock: Clock,
) -> bool:
    """Set the password and end one's other sessions; False if it was changed meanwhile."""
    at = clock.now()
    user = await users.get(UserId(actor.id))
    if user.password_hash != command.challenge.password_hash:
        return False
    user.set_password(command.password_hash, at=at)
    await users.save(user)
    for key in command.challenge.charged:
        attempts = await ledger.get(key)
        attempts.forgive()
        await ledger.save(attempts)
    await end_all(
        user.id, "password changed", sessions, revocations, at=at, spare=(actor.session_id,)
    )
    await audit.add(AuditEntry(action="password changed", user_id=user.id))
    return True


COMMANDS = (begin_password_change, change_password)

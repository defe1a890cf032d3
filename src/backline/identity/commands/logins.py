"""Logging in takes two transactions, because the password is hashed between them.

Hashing takes a tenth of a second on purpose; a transaction that waited for it would hold one of
a few connections.
"""

import hashlib
from dataclasses import dataclass, field

from backline.identity.commands.grants import Grant, grant
from backline.identity.domain.limits import LoginLimits, TooManyAttempts, address_of
from backline.identity.domain.names import InvalidUsername, username_of
from backline.identity.domain.sessions import (
    NOWHERE,
    AccountDisabled,
    Client,
    Session,
    SessionId,
    SessionRules,
)
from backline.identity.domain.users import UserId
from backline.identity.ports import (
    AccessTokens,
    AttemptLedger,
    AuditEntry,
    AuditLog,
    Secrets,
    SessionRepository,
    UserRepository,
)
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What the password must fit.

    Attributes:
        user_id: 0 for an unknown name, which must cost the same time as a known one.
        password_hash: None likewise.
        charged: The budgets that this try was taken from.
    """

    user_id: UserId
    password_hash: str | None = field(repr=False)
    charged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginLogin(Command[Challenge]):
    """Somebody says who they are.

    Attributes:
        device_token: From an earlier login on this device; empty where there was none.
    """

    username: str
    device_token: str = field(default="", repr=False)
    client: Client = NOWHERE


async def begin_login(
    command: BeginLogin,
    *,
    users: UserRepository,
    ledger: AttemptLedger,
    limits: LoginLimits,
    secrets: Secrets,
    clock: Clock,
) -> Challenge:
    """Take the try from its budget, before it is known how it ends.

    Raises:
        TooManyAttempts: The budget is used up for now.
    """
    at = clock.now()
    try:
        username = username_of(command.username)
        user = await users.find(username)
    except InvalidUsername:
        username = command.username  # Nobody's, and not to be told from other unknown ones.
        user = None
    challenge_for = UserId(0) if user is None else user.id
    password_hash = None if user is None else user.password_hash

    device = secrets.opaque_tokens().read_device_token(command.device_token)
    if device is not None and user is not None and device[1] == user.id:
        own = await ledger.get(f"device:{device[0]}")
        try:
            own.charge(limits.device, at=at)
        except TooManyAttempts:
            pass  # A stolen cookie is worth no more than none.
        else:
            await ledger.save(own)
            return Challenge(user_id=challenge_for, password_hash=password_hash, charged=(own.key,))
    account = await ledger.get(f"account:{_short(username)}")
    account.charge(limits.account, at=at)
    address = await ledger.get(f"address:{address_of(command.client.ip)}")
    address.charge(limits.address, at=at)
    await ledger.save(account)
    await ledger.save(address)
    return Challenge(
        user_id=challenge_for, password_hash=password_hash, charged=(account.key, address.key)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteLogin(Command[Grant | None]):
    """How the challenge went.

    Attributes:
        matched: Whether the password fitted.
        rehashed: The same password at today's cost, if its hash was an old one.
    """

    challenge: Challenge
    matched: bool
    rehashed: str | None = field(default=None, repr=False)
    client: Client = NOWHERE


async def complete_login(
    command: CompleteLogin,
    *,
    users: UserRepository,
    sessions: SessionRepository,
    rules: SessionRules,
    ledger: AttemptLedger,
    audit: AuditLog,
    tokens: AccessTokens,
    secrets: Secrets,
    clock: Clock,
) -> Grant | None:
    """Begin a session, always a new one; None for a wrong password, which is written down.

    Raises:
        AccountDisabled: The password was right.
    """
    at = clock.now()
    user = await users.get(command.challenge.user_id) if command.matched else None
    if user is None or user.password_hash != command.challenge.password_hash:
        await audit.add(
            AuditEntry(
                action="login failed", user_id=command.challenge.user_id, ip=command.client.ip
            )
        )
        return None
    if user.disabled:
        raise AccountDisabled
    if command.rehashed is not None:
        user.rehash(command.rehashed)
        await users.save(user)
    for key in command.challenge.charged:
        attempts = await ledger.get(key)
        if key.startswith("address:"):
            attempts.refund()  # Others at this address may still be guessing.
        else:
            attempts.forgive()
        await ledger.save(attempts)
    session = Session.start(
        id=SessionId(str(secrets.new_id())),
        user_id=user.id,
        client=command.client,
        idle=rules.idle,
        absolute=rules.absolute,
        at=at,
    )
    await sessions.add(session)
    await audit.add(AuditEntry(action="logged in", user_id=user.id, ip=command.client.ip))
    device_token = secrets.opaque_tokens().device_token(secrets.new_id(), user.id)
    return grant(user, session, tokens, secrets, at=at, device_token=device_token)


def _short(name: str) -> str:
    """A key of one length for names of any."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


COMMANDS = (begin_login, complete_login)

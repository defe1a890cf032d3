"""The people of the demo: made once, known by a mark of their own, and taken away again."""

from dataclasses import dataclass, field

from backline.identity.commands.sessions import end_all
from backline.identity.domain.names import display_name_of, username_of
from backline.identity.domain.users import Profile, RoleNotAssignable, User, UserId
from backline.identity.ports import (
    AuditEntry,
    AuditLog,
    RevocationLog,
    SessionRepository,
    UserRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

_ROLES = (Role.GUEST, Role.LISTENER, Role.HOST)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`name` is what the demo knows them by, and what they log in with if nobody else does."""

    name: str
    display_name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDemoPeople(Command[list[Profile]]):
    """Those who are there already stay as they are.

    Attributes:
        password_hash: Of one password for all of them.
        renew: Whether those who are there get that password, too.
    """

    people: tuple[DemoPerson, ...]
    password_hash: str = field(repr=False)
    renew: bool = False


async def settle_demo_people(
    command: SettleDemoPeople,
    actor: Actor,
    users: UserRepository,
    audit: AuditLog,
    clock: Clock,
) -> list[Profile]:
    """Who they are, in the same order. Raises `RoleNotAssignable` for admins."""
    require_role(actor, Role.ADMIN)
    at = clock.now()
    known = {user.demo: user for user in await users.of_demo()}
    settled = []
    for person in command.people:
        if person.role not in _ROLES:
            raise RoleNotAssignable("The demo makes guests, listeners and hosts.")
        user = known.get(person.name)
        if user is None:
            user = await _new(person, command.password_hash, users, clock)
            await audit.add(AuditEntry(action="registered", user_id=user.id, detail="demo"))
        elif command.renew and user.username is not None:
            user.set_password(command.password_hash, at=at)
            await users.save(user)
        settled.append(user.profile)
    return settled


async def _new(person: DemoPerson, password_hash: str, users: UserRepository, clock: Clock) -> User:
    shown = display_name_of(person.display_name)
    user_id = await users.next_id()
    if person.role is Role.GUEST:
        user = User.join(id=user_id, display_name=shown, at=clock.now())
    else:
        user = User.register(
            id=user_id,
            username=await _free(person.name, users),
            display_name=shown,
            password_hash=password_hash,
            role=person.role,
            at=clock.now(),
        )
    user.demo = person.name
    await users.add(user)
    return user


async def _free(name: str, users: UserRepository) -> str:
    """The name, or the first with a number that nobody has."""
    number, username = 1, username_of(name)
    while await users.find(username) is not None:
        number += 1
        username = username_of(f"{name}{number}")
    return username


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDemoPeople(Command[int]):
    pass


async def remove_demo_people(
    command: RemoveDemoPeople,
    *,
    actor: Actor,
    users: UserRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    audit: AuditLog,
    clock: Clock,
) -> int:
    """Log them out everywhere and forget them; how many there were."""
    require_role(actor, Role.ADMIN)
    gone = await users.of_demo()
    for user in gone:
        user.disable(at=clock.now())
        await end_all(UserId(user.id), "demo removed", sessions, revocations, at=clock.now())
        await users.remove(user)
        await audit.add(AuditEntry(action="removed", user_id=user.id, detail="demo"))
    return len(gone)


COMMANDS = (settle_demo_people, remove_demo_people)

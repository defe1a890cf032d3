"""What takes a password: it is hashed here, between two messages, never inside a transaction.

No command ever carries a password in clear.
"""

import secrets
from collections.abc import Sequence

from backline.identity.commands.attempts import ChargeAttempt
from backline.identity.commands.demo import DemoPerson, SettleDemoPeople
from backline.identity.commands.grants import Grant
from backline.identity.commands.links import IssueResetLink, ResetPassword, SetUp
from backline.identity.commands.logins import BeginLogin, CompleteLogin
from backline.identity.commands.passwords import BeginPasswordChange, ChangePassword
from backline.identity.commands.users import RegisterUser
from backline.identity.domain.links import InvalidLink, IssuedLink, LinkKind
from backline.identity.domain.names import display_name_of, username_of
from backline.identity.domain.passwords import composed, password_of
from backline.identity.domain.sessions import NOWHERE, Client, WrongCredentials
from backline.identity.domain.users import Profile
from backline.identity.queries import LinkWorks
from backline.kit.auth.passwords import Passwords
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import ANONYMOUS, SYSTEM, Actor, Role
from backline.kit.mediator import Mediator


class Accounts:
    """Registers, logs in, and changes passwords."""

    def __init__(self, mediator: Mediator, passwords: Passwords) -> None:
        self._mediator = mediator
        self._passwords = passwords

    async def register(
        self,
        username: str,
        password: str,
        *,
        display_name: str = "",
        role: Role = Role.LISTENER,
        actor: Actor = ANONYMOUS,
        client: Client = NOWHERE,
        key: str | None = None,
    ) -> Profile:
        """Make an account, as `RegisterUser` does.

        Raises:
            WeakPassword: The password is too short, too long, or too easy to guess.
        """
        known_as, shown_as = username_of(username), display_name_of(display_name or username)
        await self._mediator.send(ChargeAttempt(client))
        command = RegisterUser(
            username=known_as,
            display_name=shown_as,
            password_hash=await self._hash_new(password, username, display_name),
            role=role,
            client=client,
        )
        return await self._mediator.send(command, actor=actor, key=key)

    async def invite(
        self,
        username: str,
        *,
        display_name: str,
        role: Role,
        actor: Actor,
        client: Client,
        key: str | None = None,
    ) -> tuple[Profile, IssuedLink]:
        """Make an account whose owner chooses the password, by the link that is returned.

        Raises:
            RoleRequired: Who asks is no admin.
        """
        require_role(actor, Role.ADMIN)
        command = RegisterUser(
            username=username_of(username),
            display_name=display_name_of(display_name or username),
            # Nobody knows it, so that nobody can log in before the link was used.
            password_hash=await self._passwords.hash(secrets.token_urlsafe(32)),
            role=role,
            client=client,
        )
        profile = await self._mediator.send(command, actor=actor, key=key)
        return profile, await self._mediator.send(IssueResetLink(profile.id), actor=actor)

    async def settle_demo(
        self, people: Sequence[DemoPerson], password: str | None = None
    ) -> list[Profile]:
        """Make the people of the demo; with a password, one can log in as each of them.

        Raises:
            WeakPassword: The password is too short, too long, or too easy to guess.
        """
        command = SettleDemoPeople(
            people=tuple(people),
            password_hash=await self._hash_new(password or secrets.token_urlsafe(24)),
            renew=password is not None,
        )
        return await self._mediator.send(command, actor=SYSTEM)

    async def set_up(
        self, token: str, username: str, password: str, *, display_name: str, client: Client
    ) -> Profile:
        """Make the first admin. As `SetUp`, and raises `WeakPassword`."""
        known_as, shown_as = username_of(username), display_name_of(display_name or username)
        await self._check_link(LinkKind.SETUP, token, client)
        command = SetUp(
            token=token,
            username=known_as,
            display_name=shown_as,
            password_hash=await self._hash_new(password, username, display_name),
            client=client,
        )
        return await self._mediator.send(command)

    async def log_in(
        self, username: str, password: str, *, device_token: str = "", client: Client = NOWHERE
    ) -> Grant:
        """Begin a session.

        Raises:
            WrongCredentials: One answer, after one time, for every reason.
            AccountDisabled: The password was right.
            TooManyAttempts: Says when to try again.
        """
        challenge = await self._mediator.send(
            BeginLogin(username=username, device_token=device_token, client=client)
        )
        password = composed(password)
        matched = await self._passwords.verify(password, challenge.password_hash)
        rehashed = None
        if matched and self._passwords.outdated(challenge.password_hash or ""):
            rehashed = await self._passwords.hash(password)
        grant = await self._mediator.send(
            CompleteLogin(challenge=challenge, matched=matched, rehashed=rehashed, client=client)
        )
        if grant is None:
            raise WrongCredentials
        return grant

    async def change_password(self, actor: Actor, current: str, new: str) -> None:
        """Replace one's own password and end one's other sessions.

        Raises:
            WrongCredentials: The current password is another.
            WeakPassword: The new one is too short, too long, or too easy to guess.
            TooManyAttempts: Says when to try again.
            GuestHasNoAccount: A guest has no password.
        """
        challenge = await self._mediator.send(BeginPasswordChange(), actor=actor)
        if not await self._passwords.verify(composed(current), challenge.password_hash):
            raise WrongCredentials
        command = ChangePassword(
            challenge=challenge, password_hash=await self._hash_new(new, actor.name)
        )
        if not await self._mediator.send(command, actor=actor):
            raise WrongCredentials

    async def reset_password(self, token: str, password: str, client: Client) -> Profile:
        """Set a new password by a one-time link. As `ResetPassword`, and raises `WeakPassword`."""
        await self._check_link(LinkKind.RESET, token, client)
        command = ResetPassword(
            token=token, password_hash=await self._hash_new(password), client=client
        )
        return await self._mediator.send(command)

    async def _check_link(self, kind: LinkKind, token: str, client: Client) -> None:
        """Before anything dear is done for a stranger."""
        await self._mediator.send(ChargeAttempt(client))
        if not await self._mediator.send(LinkWorks(kind, token)):
            raise InvalidLink

    async def _hash_new(self, password: str, *names: str) -> str:
        return await self._passwords.hash(password_of(password, *names))

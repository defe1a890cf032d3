"""Use cases, called as the plain functions they are."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from backline.identity.commands import COMMANDS
from backline.identity.commands.attempts import ChargeAttempt, charge_attempt
from backline.identity.commands.housekeeping import ForgetExpired, forget_expired
from backline.identity.commands.links import (
    IssueResetLink,
    IssueSetupLink,
    SetUp,
    issue_reset_link,
    issue_setup_link,
    set_up,
)
from backline.identity.commands.logins import (
    BeginLogin,
    CompleteLogin,
    begin_login,
    complete_login,
)
from backline.identity.commands.passwords import ChangePassword, change_password
from backline.identity.commands.sessions import (
    EndSession,
    IssueTicket,
    RedeemTicket,
    RefreshSession,
    end_session,
    issue_ticket,
    redeem_ticket,
    refresh_session,
)
from backline.identity.commands.users import (
    ChangeUser,
    JoinAsGuest,
    RegisterUser,
    change_user,
    join_as_guest,
    register_user,
)
from backline.identity.domain.limits import LoginLimits, TooManyAttempts
from backline.identity.domain.links import AlreadySetUp, LinkRules
from backline.identity.domain.sessions import (
    NOWHERE,
    AccountDisabled,
    Client,
    InvalidTicket,
    SessionEnded,
    SessionId,
    SessionNotFound,
    SessionRules,
)
from backline.identity.domain.users import (
    Admission,
    GuestsNotAdmitted,
    LastAdmin,
    RegistrationClosed,
    RoleNotAssignable,
    User,
)
from backline.kit.auth.permissions import RoleRequired
from backline.kit.core.actor import ANONYMOUS, SYSTEM, Actor, Role
from backline.kit.testing.clock import FixedClock
from tests.identity.fakes import (
    CountedSecrets,
    MemoryAttempts,
    MemoryLinks,
    MemorySessions,
    MemoryTickets,
    MemoryUsers,
    PlainTokens,
    RecordedAudit,
    RecordedRevocations,
)

HERE = Client("10.0.0.1", "Firefox")


@dataclass
class World:
    """Everything that handlers may ask for, by the name they ask for it."""

    users: MemoryUsers = field(default_factory=MemoryUsers)
    sessions: MemorySessions = field(default_factory=MemorySessions)
    revocations: RecordedRevocations = field(default_factory=RecordedRevocations)
    ledger: MemoryAttempts = field(default_factory=MemoryAttempts)
    tickets: MemoryTickets = field(default_factory=MemoryTickets)
    links: MemoryLinks = field(default_factory=MemoryLinks)
    audit: RecordedAudit = field(default_factory=RecordedAudit)
    tokens: PlainTokens = field(default_factory=PlainTokens)
    secrets: CountedSecrets = field(default_factory=CountedSecrets)
    clock: FixedClock = field(default_factory=FixedClock)
    limits: LoginLimits = field(default_factory=LoginLimits)
    admission: Admission = field(default_factory=Admission)

    def of(self, *names: str) -> Any:
        return {name: getattr(self, name) for name in names}

    async def account(self, username="ann", role=Role.LISTENER) -> User:
        user = User.register(
            id=await self.users.next_id(),
            username=username,
            display_name=username.title(),
            password_hash=f"hash of {username}",
            role=role,
            at=self.clock.now(),
        )
        await self.users.add(user)
        return user

    async def log_in(self, username="ann", *, matched=True, rehashed=None, device_token=""):
        challenge = await begin_login(
            BeginLogin(username=username, device_token=device_token, client=HERE),
            **self.of("users", "ledger", "limits", "secrets", "clock"),
        )
        return await self.complete(challenge, matched=matched, rehashed=rehashed)

    async def complete(self, challenge, *, matched=True, rehashed=None):
        return await complete_login(
            CompleteLogin(challenge=challenge, matched=matched, rehashed=rehashed, client=HERE),
            rules=SessionRules(),
            **self.of("users", "sessions", "ledger", "audit", "tokens", "secrets", "clock"),
        )

    async def register(self, actor=ANONYMOUS, **what):
        return await register_user(
            RegisterUser(**{"username": "bob", "password_hash": "$", **what}),
            actor=actor,
            **self.of("admission", "users", "audit", "clock"),
        )

    async def join(self):
        return await join_as_guest(
            JoinAsGuest(display_name="Zoë", client=HERE),
            rules=SessionRules(),
            **self.of(
                "admission", "users", "sessions", "ledger", "limits", "tokens", "secrets", "clock"
            ),
        )

    async def refresh(self, token):
        return await refresh_session(
            RefreshSession(refresh_token=token, client=HERE),
            rules=SessionRules(),
            **self.of("users", "sessions", "revocations", "audit", "tokens", "secrets", "clock"),
        )

    async def change(self, user_id, actor=SYSTEM, **what):
        return await change_user(
            ChangeUser(user_id=user_id, **what),
            actor=actor,
            **self.of("users", "sessions", "revocations", "audit", "clock"),
        )


@pytest.fixture
def world() -> World:
    return World()


def actor_of(user, session_id="") -> Actor:
    return Actor(user.id, user.role, user.display_name, session_id)


async def test_whoever_registers_is_a_listener(world) -> None:
    profile = await world.register(username="Bob", display_name="", client=HERE)

    assert (profile.username, profile.display_name, profile.role) == ("bob", "Bob", Role.LISTENER)
    assert world.audit.actions == ["registered"]


@pytest.mark.parametrize("role", [Role.HOST, Role.ADMIN])
async def test_only_an_admin_makes_hosts_and_admins(world, role) -> None:
    host = Actor(1, Role.HOST, "Ann")
    for actor in (ANONYMOUS, host):
        with pytest.raises(RoleRequired):
            await world.register(actor, role=role)

    assert (await world.register(SYSTEM, role=role)).role is role


async def test_nobody_registers_as_a_guest(world) -> None:
    with pytest.raises(RoleNotAssignable):
        await world.register(SYSTEM, role=Role.GUEST)


async def test_where_registration_is_closed_admins_still_make_accounts(world) -> None:
    world.admission = Admission(registration=False)

    with pytest.raises(RegistrationClosed):
        await world.register()
    assert (await world.register(SYSTEM)).username == "bob"


async def test_guests_stay_out_where_they_are_not_admitted(world) -> None:
    world.admission = Admission(guests=False)

    with pytest.raises(GuestsNotAdmitted):
        await world.join()


async def test_a_login_gives_tokens_for_a_new_session(world) -> None:
    user = await world.account()
    grants = [await world.log_in(), await world.log_in("ANN")]

    assert grants[0].access_token == f"{user.id} listener {grants[0].session_id}"
    assert grants[0].session_id != grants[1].session_id
    assert "token" not in repr(grants[0])
    assert world.audit.actions == ["logged in"] * 2


async def test_a_wrong_password_is_written_down_and_gives_nothing(world) -> None:
    await world.account()

    assert await world.log_in(matched=False) is None
    assert await world.log_in("nobody", matched=False) is None
    assert world.audit.actions == ["login failed"] * 2
    assert world.sessions.rows == {}


async def test_a_password_that_changed_meanwhile_counts_for_nothing(world) -> None:
    user = await world.account()
    challenge = await begin_login(
        BeginLogin(username="ann"),
        **world.of("users", "ledger", "limits", "secrets", "clock"),
    )
    user = await world.users.get(user.id)
    user.set_password("another hash", at=world.clock.now())
    await world.users.save(user)

    assert await world.complete(challenge) is None


async def test_an_old_hash_is_replaced_at_login(world) -> None:
    user = await world.account()

    await world.log_in(rehashed="dearer hash")

    assert (await world.users.get(user.id)).password_hash == "dearer hash"


async def test_a_disabled_account_is_told_only_to_its_owner(world) -> None:
    user = await world.account()
    await world.change(user.id, disabled=True)

    assert await world.log_in(matched=False) is None
    with pytest.raises(AccountDisabled):
        await world.log_in()


async def test_a_good_login_gives_its_tries_back(world) -> None:
    await world.account()
    for _ in range(4):
        await world.log_in(matched=False)
    grant = await world.log_in()

    assert world.ledger.rows[f"address:{HERE.ip}"].count == 4
    assert [row.count for key, row in world.ledger.rows.items() if key.startswith("account:")] == [
        0
    ]
    await world.log_in(matched=False, device_token=grant.device_token)
    assert [row.count for key, row in world.ledger.rows.items() if key.startswith("device:")] == [1]


async def test_one_address_cannot_go_through_all_accounts(world) -> None:
    for number in range(50):
        await world.log_in(f"user{number}", matched=False)

    with pytest.raises(TooManyAttempts):
        await world.log_in("user50")
    world.clock.advance(timedelta(hours=1))
    await world.log_in("user50", matched=False)


async def test_accounts_and_guests_are_not_made_by_the_thousand(world) -> None:
    needs = world.of("ledger", "limits", "clock")
    for _ in range(100):
        await charge_attempt(ChargeAttempt(HERE), **needs)
    with pytest.raises(TooManyAttempts):
        await charge_attempt(ChargeAttempt(HERE), **needs)
    await charge_attempt(ChargeAttempt(NOWHERE), **needs)  # the command line

    for _ in range(500):
        await world.join()
    with pytest.raises(TooManyAttempts):
        await world.join()


async def test_a_refresh_gives_the_next_token_and_todays_role(world) -> None:
    user = await world.account()
    first = await world.log_in()
    await world.change(user.id, role=Role.HOST)

    second = await world.refresh(first.refresh_token)

    assert second.refresh_token != first.refresh_token
    assert second.profile.role is Role.HOST
    assert (await world.refresh(first.refresh_token)).refresh_token == second.refresh_token


async def test_a_reused_token_ends_the_session_without_an_exception(world) -> None:
    """An exception would take the revocation back with the rest of the transaction."""
    await world.account()
    first = await world.log_in()
    second = await world.refresh(first.refresh_token)
    third = await world.refresh(second.refresh_token)

    assert await world.refresh(first.refresh_token) is None

    assert world.revocations.sessions == [first.session_id]
    assert world.audit.actions[-1] == "refresh token reused"
    with pytest.raises(SessionEnded):
        await world.refresh(third.refresh_token)


async def test_a_refresh_of_a_session_nobody_knows_is_refused(world) -> None:
    forged = world.secrets.opaque_tokens().refresh_token(
        SessionId("019ac7c8-0b5e-7d30-8f0e-5d3c1c6f4b2a"), 0
    )
    with pytest.raises(SessionEnded):
        await world.refresh(forged)


async def test_a_disabled_user_is_refused_even_where_a_session_was_left_over(world) -> None:
    user = await world.account()
    grant = await world.log_in()
    user.disable(at=world.clock.now())
    await world.users.save(user)

    with pytest.raises(SessionEnded):
        await world.refresh(grant.refresh_token)


async def test_a_setup_link_is_worth_nothing_once_there_is_an_admin(world) -> None:
    token = await issue_setup_link(
        IssueSetupLink(),
        actor=SYSTEM,
        rules=LinkRules(),
        **world.of("users", "links", "secrets", "clock"),
    )
    assert token is not None
    await world.account("root", Role.ADMIN)

    with pytest.raises(AlreadySetUp):
        await set_up(
            SetUp(token=token, username="boss", password_hash="$"),
            **world.of("users", "links", "audit", "clock"),
        )


async def test_a_role_change_is_told_to_every_door_once(world) -> None:
    user = await world.account()

    for _ in range(2):
        await world.change(user.id, role=Role.HOST)

    assert world.revocations.roles == [(user.id, Role.HOST)]
    assert world.audit.actions == ["role changed"]


async def test_a_disabled_user_loses_every_session(world) -> None:
    user = await world.account()
    grants = [await world.log_in() for _ in range(3)]

    await world.change(user.id, disabled=True)

    assert sorted(world.revocations.sessions) == sorted(grant.session_id for grant in grants)
    with pytest.raises(SessionEnded):
        await world.refresh(grants[0].refresh_token)


async def test_one_of_two_admins_may_go_and_the_other_stays(world) -> None:
    first, second = await world.account("ann", Role.ADMIN), await world.account("bob", Role.ADMIN)

    await world.change(first.id, role=Role.LISTENER, disabled=True)

    for change in ({"role": Role.HOST}, {"disabled": True}):
        with pytest.raises(LastAdmin):
            await world.change(second.id, **change)


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.GUEST, Role.LISTENER, Role.HOST])
async def test_what_admins_do_nobody_else_does(world, role) -> None:
    """Through whatever door a message comes."""
    user = await world.account()
    caller = Actor(99, role, "Eve", "s")

    with pytest.raises(RoleRequired):
        await world.change(user.id, caller, role=Role.ADMIN)
    with pytest.raises(RoleRequired):
        await issue_setup_link(
            IssueSetupLink(),
            actor=caller,
            rules=LinkRules(),
            **world.of("users", "links", "secrets", "clock"),
        )
    with pytest.raises(RoleRequired):
        await issue_reset_link(
            IssueResetLink(user.id),
            actor=caller,
            rules=LinkRules(),
            **world.of("users", "links", "audit", "secrets", "clock"),
        )
    with pytest.raises(RoleRequired):
        await forget_expired(
            ForgetExpired(),
            actor=caller,
            expired=None,  # type: ignore[arg-type]
            clock=world.clock,
        )


async def end(world, session_id, actor) -> None:
    await end_session(
        EndSession(session_id=session_id),
        actor=actor,
        **world.of("sessions", "revocations", "audit", "clock"),
    )


async def test_an_admin_may_end_anybodys_session_and_others_only_theirs(world) -> None:
    ann, eve = await world.account("ann"), await world.account("eve")
    grant = await world.log_in()

    with pytest.raises(SessionNotFound):
        await end(world, grant.session_id, actor_of(eve))
    for _ in range(2):
        await end(world, grant.session_id, SYSTEM)
    await end(world, (await world.log_in()).session_id, actor_of(ann))

    assert world.revocations.sessions[0] == grant.session_id
    assert len(world.revocations.sessions) == 2


async def test_a_new_password_spares_only_the_session_that_set_it(world) -> None:
    user = await world.account()
    here, there = await world.log_in(), await world.log_in()
    challenge = await begin_login(
        BeginLogin(username="ann"),
        **world.of("users", "ledger", "limits", "secrets", "clock"),
    )
    command = ChangePassword(challenge=challenge, password_hash="new hash")
    needs = world.of("users", "sessions", "revocations", "ledger", "audit", "clock")

    assert await change_password(command, actor=actor_of(user, here.session_id), **needs)
    assert not await change_password(command, actor=actor_of(user, here.session_id), **needs)

    assert world.revocations.sessions == [there.session_id]


async def test_a_ticket_stands_for_its_session_as_it_is_now(world) -> None:
    user = await world.account()
    grant = await world.log_in()
    ticket = await issue_ticket(
        IssueTicket(),
        actor=actor_of(user, grant.session_id),
        **world.of("tickets", "secrets", "clock"),
    )
    await world.change(user.id, role=Role.HOST)

    needs = world.of("tickets", "sessions", "users", "tokens", "clock")
    holder = await redeem_ticket(RedeemTicket(ticket=ticket), **needs)

    assert holder.actor == Actor(user.id, Role.HOST, "Ann", grant.session_id)
    assert holder.expires_at == world.clock.now() + timedelta(seconds=600)
    with pytest.raises(InvalidTicket):
        await redeem_ticket(RedeemTicket(ticket=ticket), **needs)


async def test_a_ticket_is_kept_as_its_hash_only(world) -> None:
    user = await world.account()
    ticket = await issue_ticket(
        IssueTicket(), actor=actor_of(user), **world.of("tickets", "secrets", "clock")
    )

    assert ticket not in repr(world.tickets.rows)
    assert len(ticket) == 43


def test_every_handler_is_registered_once() -> None:
    assert len(set(COMMANDS)) == len(COMMANDS)

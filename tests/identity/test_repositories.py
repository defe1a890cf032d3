"""One contract per port, for the fakes and for PostgreSQL alike."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from backline.api.identity.v1 import events_pb2
from backline.identity.domain.links import Link, LinkKind
from backline.identity.domain.screens import Screen, ScreenNotFound
from backline.identity.domain.sessions import Client, Session, SessionId, SessionNotFound
from backline.identity.domain.users import User, UserId, UsernameTaken, UserNotFound
from backline.identity.ports import AuditEntry, Ticket
from backline.identity.postgres.accounts import PostgresSessions, PostgresUsers
from backline.identity.postgres.records import (
    PostgresAttempts,
    PostgresAudit,
    PostgresExpired,
    PostgresLinks,
    PostgresTickets,
)
from backline.identity.postgres.screens import PostgresScreens
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.errors import Aborted
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.db.uow import UnitOfWork
from backline.kit.outbox.codec import ProtobufCodec
from backline.kit.testing.clock import FixedClock
from tests.identity.fakes import (
    MemoryAttempts,
    MemoryLinks,
    MemoryScreens,
    MemorySessions,
    MemoryTickets,
    MemoryUsers,
)

AT = FixedClock().now()
HOUR = timedelta(hours=1)


def a_user(user_id, username="ann", role=Role.LISTENER) -> User:
    return User.register(
        id=user_id,
        username=username,
        display_name=username.title(),
        password_hash="$argon2id$…",
        role=role,
        at=AT,
    )


def a_session(user_id, *, at=AT) -> Session:
    return Session.start(
        id=SessionId(str(uuid4())),
        user_id=user_id,
        client=Client("10.0.0.1", "Firefox"),
        idle=HOUR,
        absolute=10 * HOUR,
        at=at,
    )


class UserRepositoryContract:
    async def test_what_is_added_can_be_got_and_found(self, users) -> None:
        user = a_user(await users.next_id())
        await users.add(user)

        for found in (await users.get(user.id), await users.look(user.id), await users.find("ann")):
            assert found.profile == user.profile
            assert found.password_hash == user.password_hash
            assert found.created_at == AT
            assert not found.disabled

    async def test_numbers_are_new_each_time_and_small(self, users) -> None:
        numbers = [await users.next_id() for _ in range(3)]

        assert sorted(set(numbers)) == numbers
        assert all(0 < number < 2**53 for number in numbers)

    async def test_a_guest_has_neither_name_nor_password(self, users) -> None:
        guests = [User.join(id=await users.next_id(), display_name="Zoë", at=AT) for _ in range(2)]
        for guest in guests:
            await users.add(guest)

        found = await users.get(guests[1].id)
        assert (found.username, found.password_hash, found.role) == (None, None, Role.GUEST)

    async def test_a_name_is_taken_once(self, users) -> None:
        await users.add(a_user(await users.next_id()))

        with pytest.raises(UsernameTaken):
            await users.add(a_user(await users.next_id()))

    async def test_whoever_was_never_added_is_not_found(self, users) -> None:
        assert await users.find("nobody") is None
        for ask in (users.get, users.look):
            with pytest.raises(UserNotFound):
                await ask(UserId(10**9))

    async def test_changes_are_kept(self, users) -> None:
        user = a_user(await users.next_id())
        await users.add(user)
        user.change_role(Role.HOST, at=AT)
        user.rename("Ann of the Dark")
        user.set_password("$new", at=AT)
        user.disable(at=AT + HOUR)
        await users.save(user)

        found = await users.get(user.id)
        assert found.profile == user.profile
        assert (found.password_hash, found.disabled_at) == ("$new", AT + HOUR)

    async def test_the_second_of_two_saves_is_aborted(self, users) -> None:
        user = a_user(await users.next_id())
        await users.add(user)
        mine, theirs = await users.get(user.id), await users.get(user.id)
        await users.save(theirs)

        with pytest.raises(Aborted):
            await users.save(mine)

    async def test_admins_are_counted_without_the_one_and_the_disabled(self, users) -> None:
        admins = [a_user(await users.next_id(), name, Role.ADMIN) for name in ("ann", "bob", "cat")]
        admins[2].disable(at=AT)
        for user in (*admins, a_user(await users.next_id(), "dan", Role.HOST)):
            await users.add(user)

        assert await users.other_admins(admins[0].id) == 1
        assert await users.other_admins(UserId(0)) == 2


class SessionRepositoryContract:
    async def test_what_is_added_can_be_got(self, sessions, user) -> None:
        session = a_session(user.id)
        await sessions.add(session)

        found = await sessions.get(session.id)
        assert asdict(found) == asdict(session)

    async def test_what_was_never_added_is_not_found(self, sessions) -> None:
        for unknown in (str(uuid4()), "x", ""):
            with pytest.raises(SessionNotFound):
                await sessions.get(SessionId(unknown))

    async def test_changes_are_kept_and_the_second_save_is_aborted(self, sessions, user) -> None:
        session = a_session(user.id)
        await sessions.add(session)
        mine, theirs = await sessions.get(session.id), await sessions.get(session.id)
        theirs.present(0, idle=HOUR, client=Client("10.0.0.2", "curl"), at=AT + HOUR / 2)
        await sessions.save(theirs)

        found = await sessions.get(session.id)
        assert (found.counter, found.client) == (1, Client("10.0.0.2", "curl"))
        with pytest.raises(Aborted):
            await sessions.save(mine)

    async def test_the_sessions_of_a_user_are_those_that_were_not_ended(
        self, sessions, user
    ) -> None:
        ended, going_on = a_session(user.id), a_session(user.id)
        for session in (ended, going_on):
            await sessions.add(session)
        ended.end("logout", at=AT)
        await sessions.save(ended)

        assert [each.id for each in await sessions.of_user(user.id)] == [going_on.id]


class AttemptLedgerContract:
    async def test_a_new_key_has_a_clean_record(self, ledger) -> None:
        attempts = await ledger.get("account:ann")

        assert (attempts.count, attempts.last_at, attempts.blocked_until) == (0, None, None)

    async def test_what_is_saved_is_got_again(self, ledger) -> None:
        attempts = await ledger.get("account:ann")
        attempts.count, attempts.last_at, attempts.blocked_until = 3, AT, AT + HOUR
        await ledger.save(attempts)

        assert await ledger.get("account:ann") == attempts
        assert (await ledger.get("account:bob")).count == 0


class TicketRepositoryContract:
    async def test_a_ticket_is_taken_once(self, tickets) -> None:
        ticket = Ticket(
            token_hash=b"1" * 32,
            user_id=UserId(7),
            session_id=SessionId(str(uuid4())),
            origin="http://box",
            expires_at=AT,
        )
        await tickets.add(ticket)

        assert await tickets.take(b"2" * 32) is None
        assert await tickets.take(ticket.token_hash) == ticket
        assert await tickets.take(ticket.token_hash) is None


class LinkRepositoryContract:
    async def test_a_link_is_taken_once_and_by_its_kind(self, links) -> None:
        link = Link(LinkKind.RESET, b"1" * 32, UserId(7), AT)
        await links.add(link)

        assert await links.take(LinkKind.SETUP, link.token_hash) is None
        assert await links.take(LinkKind.RESET, link.token_hash) == link
        assert await links.take(LinkKind.RESET, link.token_hash) is None

    async def test_a_later_link_replaces_the_earlier(self, links) -> None:
        for hashed in (b"1", b"2"):
            await links.add(Link(LinkKind.SETUP, hashed * 32, None, AT))
        await links.add(Link(LinkKind.RESET, b"3" * 32, UserId(7), AT))

        assert await links.take(LinkKind.SETUP, b"1" * 32) is None
        assert await links.take(LinkKind.SETUP, b"2" * 32) is not None
        assert await links.take(LinkKind.RESET, b"3" * 32) is not None


class ScreenRepositoryContract:
    async def test_a_screen_is_found_by_its_key_and_keeps_what_changes(self, screens, user) -> None:
        screen = Screen(user.id, b"1" * 32, SessionId(str(uuid4())), "Nina")
        await screens.add(screen)
        assert await screens.of_key(b"2" * 32) is None

        screen.seen_at = AT
        screen.revoke(at=AT + HOUR)
        await screens.save(screen)

        assert await screens.of_key(screen.key_hash) == screen
        assert await screens.get(user.id) == screen

    async def test_there_was_never_such_a_screen(self, screens) -> None:
        with pytest.raises(ScreenNotFound):
            await screens.get(UserId(999))


class TestMemoryUsers(UserRepositoryContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()


class TestMemorySessions(SessionRepositoryContract):
    @pytest.fixture
    def sessions(self) -> MemorySessions:
        return MemorySessions()

    @pytest.fixture
    def user(self) -> User:
        return a_user(UserId(1))


class TestMemoryAttempts(AttemptLedgerContract):
    @pytest.fixture
    def ledger(self) -> MemoryAttempts:
        return MemoryAttempts()


class TestMemoryTickets(TicketRepositoryContract):
    @pytest.fixture
    def tickets(self) -> MemoryTickets:
        return MemoryTickets()


class TestMemoryLinks(LinkRepositoryContract):
    @pytest.fixture
    def links(self) -> MemoryLinks:
        return MemoryLinks()


class TestMemoryScreens(ScreenRepositoryContract):
    @pytest.fixture
    def screens(self) -> MemoryScreens:
        return MemoryScreens()

    @pytest.fixture
    def user(self) -> User:
        return User.screen(id=UserId(1), display_name="Bar", at=AT)


@pytest.fixture
async def uow(identity_database: str) -> AsyncIterator[UnitOfWork]:
    engine = create_async_engine(identity_database)
    async with engine.connect() as connection:
        yield UnitOfWork(connection, ProtobufCodec("identity.v1", events_pb2), MemoryDoorbell())
    await engine.dispose()


class TestPostgresUsers(UserRepositoryContract):
    @pytest.fixture
    def users(self, uow) -> PostgresUsers:
        return PostgresUsers(uow)


class TestPostgresSessions(SessionRepositoryContract):
    @pytest.fixture
    def sessions(self, uow) -> PostgresSessions:
        return PostgresSessions(uow)

    @pytest.fixture
    async def user(self, uow) -> User:
        users = PostgresUsers(uow)
        user = a_user(await users.next_id())
        await users.add(user)
        return user


class TestPostgresAttempts(AttemptLedgerContract):
    @pytest.fixture
    def ledger(self, uow) -> PostgresAttempts:
        return PostgresAttempts(uow)


class TestPostgresTickets(TicketRepositoryContract):
    @pytest.fixture
    def tickets(self, uow) -> PostgresTickets:
        return PostgresTickets(uow)


class TestPostgresLinks(LinkRepositoryContract):
    @pytest.fixture
    def links(self, uow) -> PostgresLinks:
        return PostgresLinks(uow)


class TestPostgresScreens(ScreenRepositoryContract):
    @pytest.fixture
    def screens(self, uow) -> PostgresScreens:
        return PostgresScreens(uow)

    @pytest.fixture
    async def user(self, uow) -> User:
        users = PostgresUsers(uow)
        user = User.screen(id=await users.next_id(), display_name="Bar", at=AT)
        await users.add(user)
        return user


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET detail = 'nothing'", "DELETE FROM audit", "TRUNCATE audit"],
)
async def test_the_audit_log_cannot_be_changed(uow, statement) -> None:
    await PostgresAudit(uow, SYSTEM, FixedClock()).add(AuditEntry(action="something"))

    with pytest.raises(DBAPIError, match="append-only"):
        await uow.connection.execute(text(statement))


async def test_what_has_expired_is_forgotten_and_nothing_else(uow) -> None:
    users, sessions, tickets = PostgresUsers(uow), PostgresSessions(uow), PostgresTickets(uow)
    user = a_user(await users.next_id())
    await users.add(user)
    old, fresh = a_session(user.id), a_session(user.id, at=AT + 10 * HOUR)
    for session in (old, fresh):
        await sessions.add(session)
    for number, expires_at in ((b"1", AT), (b"2", AT + 20 * HOUR)):
        await tickets.add(
            Ticket(
                token_hash=number * 32,
                user_id=user.id,
                session_id=fresh.id,
                origin="",
                expires_at=expires_at,
            )
        )

    await PostgresExpired(uow).forget(now=AT + HOUR, before=AT + 5 * HOUR)

    with pytest.raises(SessionNotFound):
        await sessions.get(old.id)
    assert (await sessions.get(fresh.id)).id == fresh.id
    assert await tickets.take(b"1" * 32) is None
    assert await tickets.take(b"2" * 32) is not None
    assert (await users.get(user.id)).id == user.id


async def test_events_are_published_as_messages_of_the_same_name(uow) -> None:
    users, sessions = PostgresUsers(uow), PostgresSessions(uow)
    user = a_user(await users.next_id())
    await users.add(user)
    session = a_session(user.id)
    await sessions.add(session)
    user.rename("Ann of the Dark")
    user.change_role(Role.HOST, at=AT)
    user.set_password("$new", at=AT)
    user.disable(at=AT)
    user.enable(at=AT)
    session.end("logout", at=AT)
    await uow.commit()

    rows = await uow.connection.execute(
        text("SELECT type, key, payload FROM outbox ORDER BY position")
    )
    published = {row.type: (row.key, row.payload) for row in rows}
    assert list(published) == [
        f"identity.v1.{name}"
        for name in (
            "UserRegistered",
            "UserRenamed",
            "RoleChanged",
            "PasswordChanged",
            "UserDisabled",
            "UserEnabled",
            "SessionRevoked",
        )
    ]
    assert {key for key, _ in published.values()} == {str(user.id)}
    changed = events_pb2.RoleChanged.FromString(published["identity.v1.RoleChanged"][1])
    assert (changed.former, changed.role) == ("listener", "host")
    assert changed.changed_at.ToDatetime(AT.tzinfo) == AT

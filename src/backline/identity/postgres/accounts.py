"""Users and their sessions in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import CursorResult

from backline.identity.domain.sessions import Client, Session, SessionId, SessionNotFound
from backline.identity.domain.users import User, UserId, UsernameTaken, UserNotFound
from backline.identity.postgres.tables import SessionRow, UserRow
from backline.kit.core.actor import Role
from backline.kit.core.errors import Aborted, Violation
from backline.kit.db.uow import UnitOfWork


class PostgresUsers:
    """`UserRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def next_id(self) -> UserId:
        sequence = func.pg_get_serial_sequence("users", "id")
        found = await self._uow.session.execute(select(func.nextval(sequence)))
        return UserId(found.scalar_one())

    async def add(self, user: User) -> None:
        added = await self._uow.session.execute(
            upsert(UserRow)
            .values(id=user.id, version=0, created_at=user.created_at, **_user_values(user))
            .on_conflict_do_nothing(constraint="uq_users_username")
            .returning(UserRow.id)
        )
        if added.first() is None:
            detail = f"The username {user.username} is taken. Choose another, or log in."
            raise UsernameTaken(
                detail,
                violations=(Violation("#/username", detail, "TAKEN"),),
                username=user.username or "",
            )
        self._uow.track(user)

    async def get(self, user_id: UserId) -> User:
        row = await self._uow.session.get(
            UserRow, user_id, with_for_update=True, populate_existing=True
        )
        if row is None:
            raise UserNotFound("There is no such user.", user_id=str(user_id))
        user = _user(row)
        self._uow.track(user)
        return user

    async def look(self, user_id: UserId) -> User:
        row = await self._uow.session.get(UserRow, user_id, populate_existing=True)
        if row is None:
            raise UserNotFound("There is no such user.", user_id=str(user_id))
        return _user(row)

    async def find(self, username: str) -> User | None:
        row = await self._uow.session.scalar(select(UserRow).where(UserRow.username == username))
        return None if row is None else _user(row)

    async def save(self, user: User) -> None:
        saved = await self._uow.session.execute(
            update(UserRow)
            .where(UserRow.id == user.id, UserRow.version == user.version)
            .values(version=user.version + 1, **_user_values(user))
            .execution_options(synchronize_session=False)
        )
        _one_row(saved, "The user")
        user.version += 1

    async def other_admins(self, user_id: UserId) -> int:
        # Locks every admin, in one order: two admins who demote each other come one by one.
        found = await self._uow.session.scalars(
            select(UserRow.id)
            .where(UserRow.role == Role.ADMIN.value, UserRow.disabled_at.is_(None))
            .order_by(UserRow.id)
            .with_for_update()
        )
        return len([each for each in found if each != user_id])

    async def forget_guests(self, *, before: datetime) -> int:
        ended = func.coalesce(
            SessionRow.ended_at, func.least(SessionRow.idle_until, SessionRow.expires_at)
        )
        gone = (
            select(UserRow.id)
            .where(
                UserRow.role == Role.GUEST.value,
                UserRow.created_at < before,
                ~exists().where(SessionRow.user_id == UserRow.id, ended >= before),
            )
            .with_for_update(skip_locked=True)
        )
        found = list(await self._uow.session.scalars(gone))
        for table, owner in ((SessionRow, SessionRow.user_id), (UserRow, UserRow.id)):
            await self._uow.session.execute(
                delete(table).where(owner.in_(found)).execution_options(synchronize_session=False)
            )
        return len(found)

    async def of_demo(self) -> list[User]:
        rows = await self._uow.session.scalars(
            select(UserRow)
            .where(UserRow.demo.is_not(None))
            .order_by(UserRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        users = [_user(row) for row in rows]
        for user in users:
            self._uow.track(user)
        return users

    async def remove(self, user: User) -> None:
        await self._uow.session.execute(delete(SessionRow).where(SessionRow.user_id == user.id))
        await self._uow.session.execute(delete(UserRow).where(UserRow.id == user.id))


class PostgresSessions:
    """`SessionRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, session: Session) -> None:
        await self._uow.session.execute(
            upsert(SessionRow).values(
                id=UUID(session.id),
                user_id=session.user_id,
                created_at=session.created_at,
                version=0,
                **_session_values(session),
            )
        )
        self._uow.track(session)

    async def get(self, session_id: SessionId) -> Session:
        missing = SessionNotFound("There is no such session.", session_id=session_id)
        try:
            key = UUID(session_id)
        except ValueError:
            raise missing from None
        row = await self._uow.session.get(
            SessionRow, key, with_for_update=True, populate_existing=True
        )
        if row is None:
            raise missing
        return self._loaded(row)

    async def save(self, session: Session) -> None:
        saved = await self._uow.session.execute(
            update(SessionRow)
            .where(SessionRow.id == UUID(session.id), SessionRow.version == session.version)
            .values(version=session.version + 1, **_session_values(session))
            .execution_options(synchronize_session=False)
        )
        _one_row(saved, "The session")
        session.version += 1

    async def of_user(self, user_id: UserId) -> list[Session]:
        rows = await self._uow.session.scalars(
            select(SessionRow)
            .where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None))
            .order_by(SessionRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return [self._loaded(row) for row in rows]

    def _loaded(self, row: SessionRow) -> Session:
        session = _session(row)
        self._uow.track(session)
        return session


def _one_row(saved: object, what: str) -> None:
    assert isinstance(saved, CursorResult)
    if saved.rowcount != 1:
        raise Aborted(f"{what} changed while you were changing it. Try again.")


def _user(row: UserRow) -> User:
    user = User(
        id=UserId(row.id),
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        created_at=row.created_at,
        password_hash=row.password_hash,
        disabled_at=row.disabled_at,
        demo=row.demo,
    )
    user.version = row.version
    return user


def _user_values(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role.value,
        "password_hash": user.password_hash,
        "disabled_at": user.disabled_at,
        "demo": user.demo,
    }


def _session(row: SessionRow) -> Session:
    session = Session(
        id=SessionId(str(row.id)),
        user_id=UserId(row.user_id),
        client=Client(row.ip, row.device),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        idle_until=row.idle_until,
        expires_at=row.expires_at,
        counter=row.counter,
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
    )
    session.version = row.version
    return session


def _session_values(session: Session) -> dict[str, object]:
    return {
        "ip": session.client.ip,
        "device": session.client.device.replace("\0", ""),
        "last_seen_at": session.last_seen_at,
        "idle_until": session.idle_until,
        "expires_at": session.expires_at,
        "counter": session.counter,
        "ended_at": session.ended_at,
        "ended_reason": session.ended_reason,
    }

"""Links for screens in PostgreSQL."""

from uuid import UUID

from sqlalchemy import insert, select, update

from backline.identity.domain.screens import Screen, ScreenNotFound
from backline.identity.domain.sessions import SessionId
from backline.identity.domain.users import UserId
from backline.identity.postgres.tables import ScreenRow
from backline.kit.db.uow import UnitOfWork


class PostgresScreens:
    """`ScreenRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, screen: Screen) -> None:
        await self._uow.session.execute(
            insert(ScreenRow).values(
                id=screen.id,
                key_hash=screen.key_hash,
                session_id=UUID(screen.session_id),
                made_by=screen.made_by,
                seen_at=screen.seen_at,
                revoked_at=screen.revoked_at,
            )
        )

    async def get(self, screen_id: UserId) -> Screen:
        row = await self._uow.session.get(
            ScreenRow, screen_id, with_for_update=True, populate_existing=True
        )
        if row is None:
            raise ScreenNotFound("There is no such link for screens.", screen_id=str(screen_id))
        return _screen(row)

    async def of_key(self, key_hash: bytes) -> Screen | None:
        row = await self._uow.session.scalar(
            select(ScreenRow)
            .where(ScreenRow.key_hash == key_hash)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return None if row is None else _screen(row)

    async def save(self, screen: Screen) -> None:
        await self._uow.session.execute(
            update(ScreenRow)
            .where(ScreenRow.id == screen.id)
            .values(seen_at=screen.seen_at, revoked_at=screen.revoked_at)
            .execution_options(synchronize_session=False)
        )


def _screen(row: ScreenRow) -> Screen:
    return Screen(
        id=UserId(row.id),
        key_hash=row.key_hash,
        session_id=SessionId(str(row.session_id)),
        made_by=row.made_by,
        seen_at=row.seen_at,
        revoked_at=row.revoked_at,
    )

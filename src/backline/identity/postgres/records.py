"""Revocations, tickets, links, attempts and the audit log in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backline.identity.domain.limits import Attempts
from backline.identity.domain.links import Link, LinkKind
from backline.identity.domain.sessions import SessionId
from backline.identity.domain.users import UserId
from backline.identity.ports import REVOCATIONS_CHANNEL, AuditEntry, Ticket
from backline.identity.postgres.tables import (
    AttemptsRow,
    AuditRow,
    LinkRow,
    RevocationRow,
    SessionRow,
    TicketRow,
)
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.db.uow import UnitOfWork

_NOBODY = 0


class PostgresRevocations:
    """`RevocationLog`; rings the doorbell that every feed listens to."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(
        self, user_id: UserId, *, session_id: str = "", role: Role | None = None, reason: str
    ) -> None:
        await self._uow.session.execute(
            insert(RevocationRow).values(
                user_id=user_id,
                session_id=session_id,
                role=None if role is None else role.value,
                reason=reason,
            )
        )
        self._uow.ring(REVOCATIONS_CHANNEL)


class PostgresTickets:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, ticket: Ticket) -> None:
        await self._uow.session.execute(
            insert(TicketRow).values(
                token_hash=ticket.token_hash,
                user_id=ticket.user_id,
                session_id=UUID(ticket.session_id),
                origin=ticket.origin,
                expires_at=ticket.expires_at,
            )
        )

    async def take(self, token_hash: bytes) -> Ticket | None:
        found = await self._uow.session.execute(
            delete(TicketRow)
            .where(TicketRow.token_hash == token_hash)
            .returning(
                TicketRow.user_id, TicketRow.session_id, TicketRow.origin, TicketRow.expires_at
            )
            .execution_options(synchronize_session=False)
        )
        row = found.first()
        if row is None:
            return None
        return Ticket(
            token_hash=token_hash,
            user_id=UserId(row.user_id),
            session_id=SessionId(str(row.session_id)),
            origin=row.origin,
            expires_at=row.expires_at,
        )


class PostgresLinks:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, link: Link) -> None:
        values = {"token_hash": link.token_hash, "expires_at": link.expires_at}
        await self._uow.session.execute(
            upsert(LinkRow)
            .values(kind=link.kind.value, user_id=link.user_id or _NOBODY, **values)
            .on_conflict_do_update(index_elements=["kind", "user_id"], set_=values)
        )

    async def take(self, kind: LinkKind, token_hash: bytes) -> Link | None:
        found = await self._uow.session.execute(
            delete(LinkRow)
            .where(LinkRow.kind == kind.value, LinkRow.token_hash == token_hash)
            .returning(LinkRow.user_id, LinkRow.expires_at)
            .execution_options(synchronize_session=False)
        )
        row = found.first()
        if row is None:
            return None
        return Link(kind, token_hash, UserId(row.user_id) if row.user_id else None, row.expires_at)


class PostgresAttempts:
    """`AttemptLedger`; one row per key, locked from `get` until the transaction ends."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get(self, key: str) -> Attempts:
        await self._uow.session.execute(
            upsert(AttemptsRow).values(key=key, count=0).on_conflict_do_nothing()
        )
        found = await self._uow.session.execute(
            select(AttemptsRow.count, AttemptsRow.last_at, AttemptsRow.blocked_until)
            .where(AttemptsRow.key == key)
            .with_for_update()
        )
        count, last_at, blocked_until = found.one()
        return Attempts(key, count, last_at, blocked_until)

    async def save(self, attempts: Attempts) -> None:
        await self._uow.session.execute(
            update(AttemptsRow)
            .where(AttemptsRow.key == attempts.key)
            .values(
                count=attempts.count,
                last_at=attempts.last_at,
                blocked_until=attempts.blocked_until,
            )
            .execution_options(synchronize_session=False)
        )


class PostgresAudit:
    """`AuditLog`; rows are added in the transaction of what they tell, and never changed."""

    def __init__(self, uow: UnitOfWork, actor: Actor, clock: Clock) -> None:
        self._uow = uow
        self._actor = actor
        self._clock = clock

    async def add(self, entry: AuditEntry) -> None:
        await self._uow.session.execute(
            insert(AuditRow).values(
                at=self._clock.now(),
                actor_id=self._actor.id,
                actor_name=self._actor.name,
                action=entry.action,
                user_id=entry.user_id,
                ip=entry.ip,
                detail=entry.detail,
            )
        )


class PostgresExpired:
    """`Expired`; the audit log keeps its own."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def forget(self, *, now: datetime, before: datetime) -> None:
        for gone in (
            delete(TicketRow).where(TicketRow.expires_at < now),
            delete(LinkRow).where(LinkRow.expires_at < now),
            delete(AttemptsRow).where(AttemptsRow.last_at < before),
            delete(RevocationRow).where(RevocationRow.at < before),
            delete(SessionRow).where(
                or_(
                    SessionRow.ended_at < before,
                    SessionRow.idle_until < before,
                    SessionRow.expires_at < before,
                )
            ),
        ):
            await self._uow.session.execute(gone.execution_options(synchronize_session=False))

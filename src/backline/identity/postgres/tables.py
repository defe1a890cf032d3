"""The tables, as the migrations make them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, LargeBinary, Text, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
    }


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    version: Mapped[int]
    username: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    demo: Mapped[str | None]


class SessionRow(Base):
    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    user_id: Mapped[int]
    ip: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    counter: Mapped[int]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str]


class RevocationRow(Base):
    __tablename__ = "revocations"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int]
    session_id: Mapped[str]
    role: Mapped[str | None]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class TicketRow(Base):
    __tablename__ = "tickets"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    session_id: Mapped[UUID]
    origin: Mapped[str]
    expires_at: Mapped[datetime]


class LinkRow(Base):
    """One of a kind per user; user 0 stands for nobody."""

    __tablename__ = "links"

    kind: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class AttemptsRow(Base):
    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]


class AuditRow(Base):
    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int]
    actor_name: Mapped[str]
    action: Mapped[str]
    user_id: Mapped[int]
    ip: Mapped[str]
    detail: Mapped[str]


class ScreenRow(Base):
    """A link for screens; its name and its session are those of the user of the same number."""

    __tablename__ = "screens"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    session_id: Mapped[UUID]
    made_by: Mapped[str]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

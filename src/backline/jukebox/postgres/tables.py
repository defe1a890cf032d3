"""The tables of the queue and of the room."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backline.jukebox.postgres.base import Base

_Moment = DateTime(timezone=True)
_Id = Uuid(as_uuid=False)


class RoomRow(Base):
    """The one room; every visible change goes through a lock on this row."""

    __tablename__ = "room"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    tagline: Mapped[str] = mapped_column(Text)
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    present: Mapped[int] = mapped_column(Integer)
    wanted: Mapped[str] = mapped_column(Text)
    wanted_by: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    volume: Mapped[float] = mapped_column(Double)
    muted: Mapped[bool] = mapped_column(Boolean)
    volume_by: Mapped[str] = mapped_column(Text)
    wanted_output: Mapped[str] = mapped_column(Text)
    wanted_output_by: Mapped[str] = mapped_column(Text)
    crossfade_s: Mapped[float | None] = mapped_column(Double)
    test_tone: Mapped[str | None] = mapped_column(Text)
    anchor_item_id: Mapped[str | None] = mapped_column(_Id)
    anchor_position_s: Mapped[float | None] = mapped_column(Double)
    anchor_as_of: Mapped[datetime | None] = mapped_column(_Moment)
    anchor_rate: Mapped[float | None] = mapped_column(Double)
    contact_at: Mapped[datetime | None] = mapped_column(_Moment)
    output: Mapped[dict[str, Any]] = mapped_column(JSONB)
    epoch: Mapped[str] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(BigInteger)
    seek: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    failures: Mapped[int] = mapped_column(Integer)
    message: Mapped[str | None] = mapped_column(Text)
    message_code: Mapped[str | None] = mapped_column(Text)
    message_metadata: Mapped[dict[str, str]] = mapped_column(JSONB)
    fence: Mapped[int] = mapped_column(BigInteger)
    lease_owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(_Moment)


class ItemRow(Base):
    __tablename__ = "queue_items"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    rank: Mapped[int | None] = mapped_column(Integer)
    track_id: Mapped[str] = mapped_column(_Id, ForeignKey("tracks.id"))
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text)
    duration_s: Mapped[float | None] = mapped_column(Double)
    added_by_id: Mapped[int] = mapped_column(BigInteger)
    added_by_name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(_Moment)
    state: Mapped[str] = mapped_column(Text)
    votes: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime | None] = mapped_column(_Moment)
    ended_at: Mapped[datetime | None] = mapped_column(_Moment)
    heard_s: Mapped[float] = mapped_column(Double)
    reason: Mapped[str | None] = mapped_column(Text)
    reason_code: Mapped[str | None] = mapped_column(Text)
    reason_metadata: Mapped[dict[str, str]] = mapped_column(JSONB)
    skip_request: Mapped[str | None] = mapped_column(Text)
    dismissed: Mapped[bool] = mapped_column(Boolean)


class VoteRow(Base):
    """One person wants one item sooner."""

    __tablename__ = "votes"

    item_id: Mapped[str] = mapped_column(_Id, ForeignKey("queue_items.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class SkipVoteRow(Base):
    """One person wants what plays to end."""

    __tablename__ = "skip_votes"

    item_id: Mapped[str] = mapped_column(_Id, ForeignKey("queue_items.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class DemoRow(Base):
    """How far the demo's content is; one row."""

    __tablename__ = "demo"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    fraction: Mapped[float] = mapped_column(Double)
    error: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime | None] = mapped_column(_Moment)


class DemoMarkRow(Base):
    """One piece that the demo made."""

    __tablename__ = "demo_marks"

    what: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    made: Mapped[str] = mapped_column(Text)

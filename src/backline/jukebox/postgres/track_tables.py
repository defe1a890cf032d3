"""The tables of the library."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, Integer, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backline.jukebox.postgres.base import Base

_Moment = DateTime(timezone=True)
_Id = Uuid(as_uuid=False)


class TrackRow(Base):
    """One sound file. A deleted one stays for the history's sake; its bytes may come again."""

    __tablename__ = "tracks"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text)
    album: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    progress: Mapped[float] = mapped_column(Double)
    error: Mapped[str | None] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(Text)
    error_metadata: Mapped[dict[str, str]] = mapped_column(JSONB)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(Text)
    uploaded_by_id: Mapped[int] = mapped_column(BigInteger)
    uploaded_by_name: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime] = mapped_column(_Moment)
    duration_s: Mapped[float | None] = mapped_column(Double)
    loudness_lufs: Mapped[float | None] = mapped_column(Double)
    peak: Mapped[float | None] = mapped_column(Double)
    gain_db: Mapped[float] = mapped_column(Double)
    waveform: Mapped[bytes | None] = mapped_column(LargeBinary)
    playable_sha256: Mapped[str | None] = mapped_column(Text)
    derived_size: Mapped[int] = mapped_column(BigInteger)
    covers: Mapped[dict[str, str]] = mapped_column(JSONB)
    edited: Mapped[list[str]] = mapped_column(ARRAY(Text))
    deleted_at: Mapped[datetime | None] = mapped_column(_Moment)


class UploadRow(Base):
    """A file that arrives in pieces."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    owner_name: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    track_id: Mapped[str | None] = mapped_column(_Id, ForeignKey("tracks.id"))

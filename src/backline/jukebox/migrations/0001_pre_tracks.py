"""Tracks of the library, and uploads that are on their way into it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "jukebox_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("artist", sa.Text, nullable=False),
        sa.Column("album", sa.Text, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger, nullable=False),
        sa.Column("uploaded_by_name", sa.Text, nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_s", sa.Double),
        sa.Column("loudness_lufs", sa.Double),
        sa.Column("peak", sa.Double),
        sa.Column("gain_db", sa.Double, nullable=False),
        sa.Column("waveform", sa.LargeBinary),
        sa.Column("playable_sha256", sa.Text),
        sa.Column("derived_size", sa.BigInteger, nullable=False),
        sa.Column("covers", JSONB, nullable=False),
        sa.Column("edited", ARRAY(sa.Text), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('analysing', 'ready', 'failed')", name="ck_tracks_status"),
    )
    here = sa.text("deleted_at IS NULL")
    op.create_index("uq_tracks_sha256", "tracks", ["sha256"], unique=True, postgresql_where=here)
    op.create_index(
        "ix_tracks_uploaded_by_id", "tracks", ["uploaded_by_id", "id"], postgresql_where=here
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("track_id", sa.Uuid(as_uuid=False), sa.ForeignKey("tracks.id")),
    )
    op.create_index("ix_uploads_owner_id", "uploads", ["owner_id"])
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_table("tracks")

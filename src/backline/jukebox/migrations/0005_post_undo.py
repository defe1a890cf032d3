"""`changes` keeps what `undo` kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jukebox_0005"
down_revision = "jukebox_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("undo")


def downgrade() -> None:
    op.create_table(
        "undo",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("before", JSONB, nullable=False),
    )
    op.create_index("ix_undo_actor_id", "undo", ["actor_id", "id"])

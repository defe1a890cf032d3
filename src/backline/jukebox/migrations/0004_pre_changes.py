"""What people did to the room; takes over what `undo` kept for a minute."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "jukebox_0004"
down_revision = "jukebox_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("by_id", sa.BigInteger),
        sa.Column("by_name", sa.Text),
        sa.Column("song", JSONB),
        sa.Column("details", JSONB, nullable=False, server_default="{}"),
        sa.Column("before", JSONB),
        sa.Column("items", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("undone", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("hosts_only", sa.Boolean, nullable=False, server_default="false"),
    )
    op.create_index("ix_changes_by_id", "changes", ["by_id", "id"])


def downgrade() -> None:
    op.drop_table("changes")

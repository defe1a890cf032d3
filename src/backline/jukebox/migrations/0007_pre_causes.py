"""Why something cannot be heard, as a code with metadata beside the sentence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jukebox_0007"
down_revision = "jukebox_0006"
branch_labels = None
depends_on = None

_SENTENCES = (("tracks", "error"), ("queue_items", "reason"), ("room", "message"))


def upgrade() -> None:
    for table, sentence in _SENTENCES:
        op.add_column(table, sa.Column(f"{sentence}_code", sa.Text))
        metadata = sa.Column(f"{sentence}_metadata", JSONB, nullable=False, server_default="{}")
        op.add_column(table, metadata)


def downgrade() -> None:
    for table, sentence in _SENTENCES:
        op.drop_column(table, f"{sentence}_metadata")
        op.drop_column(table, f"{sentence}_code")

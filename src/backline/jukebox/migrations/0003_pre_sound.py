"""Which output was chosen, how songs overlap, and a test tone that is wanted."""

import sqlalchemy as sa
from alembic import op

revision = "jukebox_0003"
down_revision = "jukebox_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("wanted_output", sa.Text, nullable=False, server_default=""))
    op.add_column("room", sa.Column("wanted_output_by", sa.Text, nullable=False, server_default=""))
    op.add_column("room", sa.Column("crossfade_s", sa.Double))
    op.add_column("room", sa.Column("test_tone", sa.Text))


def downgrade() -> None:
    for column in ("wanted_output", "wanted_output_by", "crossfade_s", "test_tone"):
        op.drop_column("room", column)

"""One index: everybody who looks a position up knows its shard."""

from alembic import op

revision = "outbox_0004"
down_revision = "outbox_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX outbox_shard_position")
    op.execute("ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (shard, position)")

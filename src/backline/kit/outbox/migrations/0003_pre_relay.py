"""Who relays which shard, by leases: no session holds a lock, so a pooler may stand in between."""

from alembic import op

revision = "outbox_0003"
down_revision = "outbox_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE relay_shard (
          shard       smallint PRIMARY KEY,
          owner       uuid,
          epoch       bigint NOT NULL DEFAULT 0,
          lease_until timestamptz
        )
        """
    )
    op.execute("INSERT INTO relay_shard (shard) SELECT generate_series(0, 7)")
    op.execute("CREATE TABLE relay_member (id uuid PRIMARY KEY, lease_until timestamptz NOT NULL)")

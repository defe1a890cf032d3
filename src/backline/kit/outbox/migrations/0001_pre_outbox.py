"""The outbox."""

from alembic import op

revision = "outbox_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows live for milliseconds, so dead ones outnumber the living: vacuum by count, not by share.
    op.execute(
        """
        CREATE TABLE outbox (
          position   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          shard      smallint    NOT NULL,
          id         uuid        NOT NULL,
          topic      text        NOT NULL,
          key        text        NOT NULL,
          type       text        NOT NULL,
          headers    jsonb       NOT NULL,
          payload    bytea       NOT NULL,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (
          autovacuum_vacuum_scale_factor = 0,
          autovacuum_vacuum_threshold = 2000,
          autovacuum_vacuum_cost_delay = 0
        )
        """
    )
    op.execute("CREATE INDEX outbox_shard_position ON outbox (shard, position)")

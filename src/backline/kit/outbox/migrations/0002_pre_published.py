"""What was published is kept for a day, beside the table of what waits."""

from alembic import op

revision = "outbox_0002"
down_revision = "outbox_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One partition an hour, made and dropped by the relay: forgetting costs no vacuum.
    op.execute(
        """
        CREATE TABLE outbox_published (
          published_at timestamptz NOT NULL,
          position     bigint      NOT NULL,
          shard        smallint    NOT NULL,
          id           uuid        NOT NULL,
          topic        text        NOT NULL,
          key          text        NOT NULL,
          type         text        NOT NULL,
          headers      jsonb       NOT NULL,
          payload      bytea       NOT NULL,
          created_at   timestamptz NOT NULL
        ) PARTITION BY RANGE (published_at)
        """
    )

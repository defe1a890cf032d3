"""The inbox."""

from alembic import op

revision = "inbox_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE inbox (
          scope       text        NOT NULL,
          key         text        NOT NULL,
          fingerprint bytea       NOT NULL,
          result      jsonb,
          created_at  timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (scope, key)
        )
        """
    )
    # Rows arrive in the order of time, so a block-range index finds the old ones at no cost.
    op.execute("CREATE INDEX inbox_created_at ON inbox USING brin (created_at)")

"""Sagas."""

from alembic import op

revision = "saga_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `due_at` is when somebody has to look: at once, after a pause, or when the lease of whoever
    # carries the saga has run out. NULL: it waits for another, is stuck, or has ended.
    op.execute(
        """
        CREATE TABLE saga (
          id          uuid        PRIMARY KEY,
          position    bigint      GENERATED ALWAYS AS IDENTITY,
          name        text        NOT NULL,
          data        jsonb       NOT NULL,
          resource    text,
          traceparent text        NOT NULL,
          state       text        NOT NULL CHECK (state IN
            ('waiting', 'running', 'compensating', 'stuck', 'completed', 'compensated')),
          step        text        NOT NULL,
          backward    boolean     NOT NULL DEFAULT false,
          decided     boolean     NOT NULL DEFAULT false,
          round       smallint    NOT NULL DEFAULT 1,
          attempts    integer     NOT NULL DEFAULT 0,
          failures    integer     NOT NULL DEFAULT 0,
          reason      text        NOT NULL DEFAULT '',
          detail      text        NOT NULL DEFAULT '',
          epoch       bigint      NOT NULL DEFAULT 0,
          deadline    timestamptz,
          due_at      timestamptz,
          started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
          updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
          ended_at    timestamptz
        ) WITH (
          fillfactor = 70,
          autovacuum_vacuum_scale_factor = 0.02,
          autovacuum_vacuum_threshold = 2000,
          autovacuum_vacuum_cost_delay = 0
        )
        """
    )
    op.execute("CREATE INDEX saga_due ON saga (due_at) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX saga_waiting ON saga (resource, position) WHERE state = 'waiting'")
    op.execute("CREATE INDEX saga_open ON saga (state, position) WHERE ended_at IS NULL")
    op.execute("CREATE UNIQUE INDEX saga_position ON saga (position)")
    op.execute("CREATE INDEX saga_ended_at ON saga USING brin (ended_at)")
    op.execute(
        """
        CREATE TABLE saga_step (
          saga_id  uuid        NOT NULL,
          round    smallint    NOT NULL,
          step     text        NOT NULL,
          action   text        NOT NULL CHECK (action IN ('do', 'undo')),
          outcome  text        NOT NULL CHECK (outcome IN ('done', 'refused', 'failed', 'stands')),
          attempts integer     NOT NULL,
          reply    jsonb,
          reason   text        NOT NULL,
          detail   text        NOT NULL,
          at       timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (saga_id, round, step, action)
        )
        """
    )
    # A semantic lock: whose turn it is with a resource.
    op.execute(
        """
        CREATE TABLE saga_lock (
          resource text PRIMARY KEY,
          saga_id  uuid NOT NULL
        ) WITH (
          autovacuum_vacuum_scale_factor = 0,
          autovacuum_vacuum_threshold = 2000,
          autovacuum_vacuum_cost_delay = 0
        )
        """
    )

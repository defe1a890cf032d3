"""The work queue."""

from alembic import op

revision = "jobs_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE worker (
          token      uuid        PRIMARY KEY,
          kinds      text[]      NOT NULL,
          started_at timestamptz NOT NULL DEFAULT now(),
          beat_at    timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        """
        CREATE TABLE job (
          id           uuid        PRIMARY KEY,
          seq          bigint      GENERATED ALWAYS AS IDENTITY,
          kind         text        NOT NULL,
          key          text,
          payload      jsonb       NOT NULL,
          traceparent  text        NOT NULL,
          state        text        NOT NULL DEFAULT 'queued'
            CONSTRAINT job_state CHECK (state IN ('queued', 'running', 'succeeded', 'dead')),
          run_at       timestamptz NOT NULL,
          attempt      integer     NOT NULL DEFAULT 0,
          max_attempts integer     NOT NULL,
          token        uuid,
          fraction     real        NOT NULL DEFAULT 0,
          message      text        NOT NULL DEFAULT '',
          result       jsonb,
          reason       text        NOT NULL DEFAULT '',
          error        text        NOT NULL DEFAULT '',
          created_at   timestamptz NOT NULL DEFAULT now(),
          started_at   timestamptz,
          finished_at  timestamptz
        ) WITH (fillfactor = 70)
        """
    )
    op.execute("CREATE INDEX job_queued ON job (run_at, seq) WHERE state = 'queued'")
    op.execute("CREATE INDEX job_running ON job (token) WHERE state = 'running'")
    op.execute("CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL")
    op.execute("CREATE UNIQUE INDEX job_kind_key ON job (kind, key) WHERE key IS NOT NULL")

"""Dead letters, and the ids of those that were thrown away."""

from alembic import op

revision = "parking_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE dead_letter (
          id          uuid        NOT NULL PRIMARY KEY,
          group_name  text        NOT NULL,
          topic       text        NOT NULL,
          number      smallint    NOT NULL,
          "offset"    bigint      NOT NULL,
          key         text        NOT NULL,
          message_id  uuid        NOT NULL,
          type        text        NOT NULL,
          headers     jsonb       NOT NULL,
          payload     bytea       NOT NULL,
          happened_at timestamptz NOT NULL,
          parked_at   timestamptz NOT NULL DEFAULT now(),
          reason      text,
          detail      text        NOT NULL DEFAULT '',
          attempts    integer     NOT NULL DEFAULT 0,
          decision    text        CHECK (decision IN ('replay', 'discard')),
          decided_at  timestamptz,
          decided_by  text        NOT NULL DEFAULT '',
          UNIQUE (group_name, message_id)
        )
        """
    )
    op.execute(
        "CREATE INDEX dead_letter_in_order"
        ' ON dead_letter (group_name, topic, number, key, "offset")'
    )
    op.execute(
        "CREATE INDEX dead_letter_decided ON dead_letter (group_name) WHERE decision IS NOT NULL"
    )
    # A log delivers again what was not committed, and must not bring back what people discarded.
    op.execute(
        """
        CREATE TABLE dead_letter_discarded (
          group_name   text        NOT NULL,
          message_id   uuid        NOT NULL,
          topic        text        NOT NULL,
          number       smallint    NOT NULL,
          key          text        NOT NULL,
          type         text        NOT NULL,
          reason       text,
          decided_by   text        NOT NULL,
          discarded_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (group_name, message_id)
        )
        """
    )

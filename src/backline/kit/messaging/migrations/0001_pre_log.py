"""The event log of the one box."""

from alembic import op

revision = "messaging_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE source (
          name     text     NOT NULL,
          shard    smallint NOT NULL,
          epoch    bigint   NOT NULL DEFAULT 0,
          in_doubt uuid[]   NOT NULL DEFAULT '{}',
          PRIMARY KEY (name, shard)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE partition (
          topic       text     NOT NULL,
          number      smallint NOT NULL,
          next_offset bigint   NOT NULL DEFAULT 0,
          PRIMARY KEY (topic, number)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE event (
          topic       text        NOT NULL,
          number      smallint    NOT NULL,
          "offset"    bigint      NOT NULL,
          id          uuid        NOT NULL,
          key         text        NOT NULL,
          type        text        NOT NULL,
          headers     jsonb       NOT NULL,
          payload     bytea       NOT NULL,
          happened_at timestamptz NOT NULL,
          appended_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (topic, number, "offset")
        )
        """
    )
    # Rows arrive in the order of time, so a block-range index finds the old ones at no cost.
    op.execute("CREATE INDEX event_appended_at ON event USING brin (appended_at)")
    op.execute(
        """
        CREATE TABLE group_offset (
          group_name  text        NOT NULL,
          topic       text        NOT NULL,
          number      smallint    NOT NULL,
          "offset"    bigint      NOT NULL,
          epoch       bigint      NOT NULL DEFAULT 0,
          owner       uuid,
          lease_until timestamptz,
          PRIMARY KEY (group_name, topic, number)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE group_member (
          group_name  text        NOT NULL,
          member      uuid        NOT NULL,
          topics      text[]      NOT NULL,
          lease_until timestamptz NOT NULL,
          PRIMARY KEY (group_name, member)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE dead_letter (
          id          uuid        NOT NULL,
          group_name  text        NOT NULL,
          topic       text        NOT NULL,
          number      smallint    NOT NULL,
          "offset"    bigint      NOT NULL,
          key         text        NOT NULL,
          type        text        NOT NULL,
          headers     jsonb       NOT NULL,
          payload     bytea       NOT NULL,
          happened_at timestamptz NOT NULL,
          reason      text        NOT NULL,
          detail      text        NOT NULL,
          attempts    integer     NOT NULL,
          parked_at   timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (group_name, topic, number, "offset")
        )
        """
    )

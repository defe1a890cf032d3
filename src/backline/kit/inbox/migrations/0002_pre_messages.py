"""The inbox of messages: by their UUIDv7, partitioned by day."""

from alembic import op
from sqlalchemy import text

revision = "inbox_0002"
down_revision = "inbox_0001"
branch_labels = None
depends_on = None

# The first UUIDv7 of the day two weeks ago.
_FLOOR = """
SELECT CAST(rpad(lpad(to_hex(milliseconds), 12, '0'), 32, '0') AS uuid)
FROM (
  SELECT CAST(extract(epoch FROM date_trunc('day', now(), 'UTC') - interval '14 days') * 1000
    AS bigint) AS milliseconds
) AS two_weeks_ago
"""
_UUID7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE inbox_message (
          consumer text NOT NULL,
          id       uuid NOT NULL,
          PRIMARY KEY (consumer, id)
        ) PARTITION BY RANGE (id)
        """
    )
    # The partitions of the days are made by `HouseKeeping`. The default one takes what has none
    # yet, and refuses what is older than all that is kept.
    floor = op.get_bind().scalar(text(_FLOOR))
    op.execute("CREATE TABLE inbox_message_default PARTITION OF inbox_message DEFAULT")
    op.execute(
        "ALTER TABLE inbox_message_default"
        f" ADD CONSTRAINT inbox_message_not_too_old CHECK (id >= '{floor}'::uuid)"
    )
    # What consumers have applied under a text key stays applied.
    op.execute(
        f"""
        WITH message AS MATERIALIZED (
          SELECT split_part(scope, ':', 1) AS consumer, CAST(key AS uuid) AS id FROM inbox
          WHERE split_part(scope, ':', 2) = '0'
            AND key ~ '{_UUID7}'
        )
        INSERT INTO inbox_message (consumer, id)
        SELECT consumer, id FROM message WHERE id >= '{floor}'::uuid
        """  # noqa: S608 - a UUID of our own
    )

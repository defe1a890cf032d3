"""The acts, the versions of scores that have been seen of them, and the hosts' options."""

import sqlalchemy as sa
from alembic import op

revision = "lineup_0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("opens_at", _MOMENT, nullable=False),
        sa.Column("deadline", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT),
        sa.Column("score_count", sa.Integer, nullable=False),
        sa.Column("score_sum", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.UniqueConstraint("item_id", name="uq_events_item_id"),
        sa.CheckConstraint("kind IN ('act', 'song')", name="ck_events_kind"),
        sa.CheckConstraint("opens_at <= deadline", name="ck_events_times"),
        sa.CheckConstraint(
            "score_count >= 0 AND score_sum BETWEEN score_count AND 5 * score_count",
            name="ck_events_tally",
        ),
        # Written at every score: room for new versions of the row on its own page.
        postgresql_with={"fillfactor": 20},
    )
    op.create_index("ix_events_deadline", "events", ["deadline", "id"])
    op.create_index(
        "ix_events_untold",
        "events",
        ["deadline"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_events_opens_at", "events", ["opens_at", "id"])
    op.create_table(
        "scores",
        sa.Column(
            "event_id",
            sa.BigInteger,
            sa.ForeignKey("events.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("score_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("score", sa.SmallInteger),
        sa.Column("reverted", sa.Boolean, nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="ck_scores_score"),
        sa.CheckConstraint("score IS NOT NULL OR reverted", name="ck_scores_tombstone"),
    )
    op.create_index("ix_scores_user_id", "scores", ["user_id"])
    # What the scores of each act come to when they are counted anew.
    op.execute(
        """
        CREATE VIEW recounted AS
        SELECT e.id AS event_id, count(s.score) AS counted, coalesce(sum(s.score), 0) AS summed
        FROM events e LEFT JOIN (
          SELECT DISTINCT ON (event_id, score_id) event_id, score FROM scores
          WHERE NOT reverted AND score IS NOT NULL ORDER BY event_id, score_id, version DESC
        ) s ON s.event_id = e.id
        GROUP BY e.id
        """
    )
    op.create_table(
        "options",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("score_played_songs", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("song_window_s", sa.Integer, nullable=False, server_default="300"),
        sa.CheckConstraint("id = 1", name="ck_options_one"),
    )
    op.execute("INSERT INTO options (id) VALUES (1)")


def downgrade() -> None:
    op.execute("DROP VIEW recounted")
    for table in ("options", "scores", "events"):
        op.drop_table(table)

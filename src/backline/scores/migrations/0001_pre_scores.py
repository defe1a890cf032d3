"""Scores, the tally of those that are no longer kept, and when the events take them."""

import sqlalchemy as sa
from alembic import op

revision = "scores_0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "score",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("score", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("confirmed_version", sa.Integer),
        sa.Column("confirmed_score", sa.SmallInteger),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="ck_score_score"),
        sa.CheckConstraint("confirmed_score BETWEEN 1 AND 5", name="ck_score_confirmed_score"),
        sa.CheckConstraint(
            "(confirmed_score IS NULL) = (confirmed_version IS NULL)"
            " AND coalesce(confirmed_version, 0) <= version",
            name="ck_score_confirmed",
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected')", name="ck_score_status"
        ),
        sa.CheckConstraint("(status = 'rejected') = (reason IS NOT NULL)", name="ck_score_reason"),
        sa.CheckConstraint(
            "status <> 'confirmed' OR confirmed_version = version AND confirmed_score = score",
            name="ck_score_settled",
        ),
        # A score is written twice within milliseconds: room for the new version on its own page.
        postgresql_with={"fillfactor": 70},
    )
    # One score per person and event, whoever asks at the same moment.
    op.create_index("uq_score_event_user", "score", ["event_id", "user_id"], unique=True)
    op.create_index(
        "ix_score_pending",
        "score",
        ["changed_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_score_user", "score", ["user_id", "id"])
    op.create_table(
        "tally",
        sa.Column("event_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("score", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "scoring_window",
        sa.Column("event_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text),
        sa.Column("opens_at", _MOMENT),
        sa.Column("deadline", _MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("scoring_window", "tally", "score"):
        op.drop_table(table)

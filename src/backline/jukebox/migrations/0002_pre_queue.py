"""The queue, its votes, what can be undone, and the room."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jukebox_0002"
down_revision = "jukebox_0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("name", sa.Text, nullable=False, server_default="Backline"),
        sa.Column("tagline", sa.Text, nullable=False, server_default=""),
        sa.Column("policy", JSONB, nullable=False, server_default="{}"),
        sa.Column("present", sa.Integer, nullable=False, server_default="0"),
        sa.Column("wanted", sa.Text, nullable=False, server_default="playing"),
        sa.Column("wanted_by", sa.Text, nullable=False, server_default=""),
        sa.Column("status", sa.Text, nullable=False, server_default="idle"),
        sa.Column("volume", sa.Double, nullable=False, server_default="0.8"),
        sa.Column("muted", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("volume_by", sa.Text, nullable=False, server_default=""),
        sa.Column("anchor_item_id", _ID),
        sa.Column("anchor_position_s", sa.Double),
        sa.Column("anchor_as_of", _MOMENT),
        sa.Column("anchor_rate", sa.Double),
        sa.Column("contact_at", _MOMENT),
        sa.Column("output", JSONB, nullable=False, server_default="{}"),
        sa.Column("epoch", sa.Text, nullable=False, server_default=""),
        sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("seek", JSONB),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("message", sa.Text),
        sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", _MOMENT),
        sa.CheckConstraint("id = 1", name="ck_room_one"),
        # Written at every change: room for new versions of the row on its own page.
        postgresql_with={"fillfactor": 20},
    )
    op.execute("INSERT INTO room (id) VALUES (1)")
    op.create_table(
        "queue_items",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("place", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("track_id", _ID, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("artist", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Double),
        sa.Column("added_by_id", sa.BigInteger, nullable=False),
        sa.Column("added_by_name", sa.Text, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("votes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("heard_s", sa.Double, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("skip_request", sa.Text),
        sa.Column("dismissed", sa.Boolean, nullable=False, server_default="false"),
        sa.CheckConstraint(
            "state IN ('pending', 'queued', 'locked', 'playing',"
            " 'played', 'skipped', 'failed', 'removed')",
            name="ck_queue_items_state",
        ),
    )
    live = sa.text("state IN ('pending', 'queued', 'locked', 'playing')")
    op.create_index("ix_queue_items_live", "queue_items", ["track_id"], postgresql_where=live)
    op.create_index("ix_queue_items_own", "queue_items", ["added_by_id"], postgresql_where=live)
    op.create_index(
        "ix_queue_items_shown",
        "queue_items",
        ["ended_at"],
        postgresql_where=sa.text("state = 'failed' AND NOT dismissed"),
    )
    for state in ("playing", "locked"):
        # One sound at a time, one item in the player's hands: kept by the database itself.
        op.create_index(
            f"uq_queue_items_{state}",
            "queue_items",
            ["state"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    heard = sa.text("state IN ('played', 'skipped')")
    op.create_index(
        "ix_queue_items_heard", "queue_items", ["ended_at", "id"], postgresql_where=heard
    )
    op.create_index(
        "ix_queue_items_track_heard",
        "queue_items",
        ["track_id", "ended_at"],
        postgresql_where=heard,
    )
    for table in ("votes", "skip_votes"):
        op.create_table(
            table,
            sa.Column("item_id", _ID, sa.ForeignKey("queue_items.id"), primary_key=True),
            sa.Column("user_id", sa.BigInteger, primary_key=True),
        )
    op.create_index("ix_votes_user_id", "votes", ["user_id"])
    op.create_table(
        "undo",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("before", JSONB, nullable=False),
    )
    op.create_index("ix_undo_actor_id", "undo", ["actor_id", "id"])


def downgrade() -> None:
    for table in ("undo", "skip_votes", "votes", "queue_items", "room"):
        op.drop_table(table)

"""Links that open the wall on a screen, without a login."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.drop_constraint("ck_users_role", "users")
    op.create_check_constraint(
        "ck_users_role", "users", "role IN ('screen', 'guest', 'listener', 'host', 'admin')"
    )
    op.drop_constraint("ck_users_guest", "users")
    op.create_check_constraint(
        "ck_users_guest",
        "users",
        "(role IN ('screen', 'guest')) = (username IS NULL)"
        " AND (username IS NULL) = (password_hash IS NULL)",
    )
    op.create_table(
        "screens",
        sa.Column("id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
        # No foreign key: sessions that ended are forgotten, the link that was revoked is not.
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("seen_at", moment),
        sa.Column("revoked_at", moment),
    )

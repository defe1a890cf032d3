"""Whom the demo made, so that they can be taken away again."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("demo", sa.Text))
    op.create_unique_constraint("uq_users_demo", "users", ["demo"])


def downgrade() -> None:
    op.drop_constraint("uq_users_demo", "users")
    op.drop_column("users", "demo")

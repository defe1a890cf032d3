"""What was made for trying, so that it can be told apart and taken away again."""

import sqlalchemy as sa
from alembic import op

revision = "jukebox_0006"
down_revision = "jukebox_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demo",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False, server_default="absent"),
        sa.Column("step", sa.Text, nullable=False, server_default="done"),
        sa.Column("fraction", sa.Double, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("id = 1", name="ck_demo_one"),
    )
    op.execute("INSERT INTO demo (id) VALUES (1)")
    op.create_table(
        "demo_marks",
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("made", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("demo_marks", "demo"):
        op.drop_table(table)

"""What cannot be handled is kept by the service that could not.

No release had the table, so nobody has rows in it to move.
"""

from alembic import op

revision = "messaging_0002"
down_revision = "messaging_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE dead_letter")

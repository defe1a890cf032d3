"""What cannot be handled is kept by the service that could not."""

from alembic import op

revision = "messaging_0002"
down_revision = "messaging_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE dead_letter")

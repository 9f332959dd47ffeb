"""Letters have a bounded life: the application may remove old ones."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the application's role delete letters; the daily job does."""
    op.execute("grant delete on letter to hub_app")


def downgrade() -> None:
    """Take that away again."""
    op.execute("revoke delete on letter from hub_app")

"""How much of a practice's work is over is told by an index, without reading the tasks."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("task_practice_status", "task", ["practice_id", "status", "closed_at"])


def downgrade() -> None:
    op.drop_index("task_practice_status", "task")

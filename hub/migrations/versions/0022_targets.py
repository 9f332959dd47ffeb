"""A task keeps the target that a policy set for it, where one did."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("target_length", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_task_target_length_positive"), "task", "target_length > 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_task_target_length_positive"), "task", type_="check")
    op.drop_column("task", "target_length")

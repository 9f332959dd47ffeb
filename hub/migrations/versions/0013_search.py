"""Finding one task: a patient by family name and date of birth, a patient's tasks, what is closed by day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patient", sa.Column("name_hash", sa.LargeBinary(), nullable=True))
    op.create_index("patient_by_name", "patient", ["practice_id", "name_hash"])
    op.create_index("task_of_patient", "task", ["patient_id"])
    op.create_index("task_closed", "task", ["closed_at"], postgresql_where=sa.text("closed_at is not null"))


def downgrade() -> None:
    op.drop_index("task_closed", "task")
    op.drop_index("task_of_patient", "task")
    op.drop_index("patient_by_name", "patient")
    op.drop_column("patient", "name_hash")

"""What waits to be placed is found without reading through all that is done."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("task_raised", "task", ["id"], postgresql_where=sa.text("status = 'raised'"))


def downgrade() -> None:
    op.drop_index("task_raised", table_name="task", postgresql_where=sa.text("status = 'raised'"))

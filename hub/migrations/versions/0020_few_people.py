"""What a practice's work gains in the order where few people may do it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practice", sa.Column("order_people", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("practice", "order_people")

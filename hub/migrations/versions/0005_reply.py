"""An outcome carries the answer to the practice, apart from the note for the hub."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outcome", sa.Column("reply_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("outcome", "reply_sealed")

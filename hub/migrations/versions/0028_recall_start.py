"""A recall is looked at before somebody starts it; a pause may end by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAME = "ck_recall_status_known"
BEFORE = "status in ('running', 'paused', 'stopped', 'ended')"
SINCE = "status in ('new', 'running', 'paused', 'stopped', 'ended')"


def upgrade() -> None:
    op.add_column("recall", sa.Column("resumes_on", sa.Date(), nullable=True))
    op.drop_constraint(op.f(NAME), "recall", type_="check")
    op.create_check_constraint(op.f(NAME), "recall", SINCE)
    op.create_check_constraint(
        op.f("ck_recall_resumes_if_paused"), "recall", "resumes_on is null or status = 'paused'"
    )


def downgrade() -> None:
    # Whoever had not started one does not find it running.
    op.drop_constraint(op.f("ck_recall_resumes_if_paused"), "recall", type_="check")
    op.execute("update recall set status = 'paused' where status = 'new'")
    op.drop_constraint(op.f(NAME), "recall", type_="check")
    op.create_check_constraint(op.f(NAME), "recall", BEFORE)
    op.drop_column("recall", "resumes_on")

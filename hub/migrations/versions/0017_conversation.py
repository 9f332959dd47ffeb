"""What is asked, answered and chased: a message that asks nothing, and to-dos that were chased."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("asks", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    # Until now the hub wrote only to ask.
    op.execute("update message set asks = true where from_hub")
    op.create_check_constraint(op.f("ck_message_hub_asks"), "message", "from_hub or not asks")
    op.create_check_constraint(op.f("ck_message_question_answered"), "message", "asks or answered_at is null")
    op.drop_index("question_open", "message")
    op.create_index(
        "question_open", "message", ["practice_id"], postgresql_where=sa.text("asks and answered_at is null")
    )
    op.add_column("to_do", sa.Column("chased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("to_do", sa.Column("to_lead_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("to_do", "to_lead_at")
    op.drop_column("to_do", "chased_at")
    op.drop_index("question_open", "message")
    op.create_index(
        "question_open",
        "message",
        ["practice_id"],
        postgresql_where=sa.text("from_hub and answered_at is null"),
    )
    op.drop_constraint(op.f("ck_message_question_answered"), "message")
    op.drop_constraint(op.f("ck_message_hub_asks"), "message")
    op.drop_column("message", "asks")

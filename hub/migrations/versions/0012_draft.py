"""What a practice typed, kept while it is checked."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# The same policy as everywhere (0002); that a draft is its own person's alone, the queries see to.
POLICY = """
create policy practice_rows on intake_draft to hub_app using (
  (select current_setting('app.scope', true)) = 'all'
  or (
    (select current_setting('app.scope', true)) = 'access'
    and practice_id in (
      select a.practice_id from practice_access a
      where a.user_id = (select nullif(current_setting('app.user', true), '')::int)
    )
  )
)
"""


def upgrade() -> None:
    op.create_table(
        "intake_draft",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_intake_draft_user_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_intake_draft_practice_id")),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_intake_draft")),
    )
    op.create_index("intake_draft_age", "intake_draft", ["created_at"])
    op.execute("alter table intake_draft enable row level security")
    op.execute(POLICY)
    op.execute("grant select, insert, update, delete on intake_draft to hub_app")


def downgrade() -> None:
    op.drop_table("intake_draft")

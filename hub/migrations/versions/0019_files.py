"""Files handed out for a practice's own tools."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# The same rule as for every table with practice data.
POLICY = """
create policy practice_rows on handout to hub_app using (
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
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "handout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("task_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("noted_at", MOMENT, nullable=True),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "tool in ('accurx-emis', 'accurx-systmone', 'systmone-list')",
            name=op.f("ck_handout_tool_known"),
        ),
        sa.CheckConstraint("patients > 0", name=op.f("ck_handout_somebody_in_it")),
        sa.CheckConstraint(
            "(noted_at is null) = (noted_by_id is null)", name=op.f("ck_handout_noted_by_someone")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_handout_practice_id")),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_handout_by_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["app_user.id"], name=op.f("fk_handout_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handout")),
    )
    op.create_index("handout_of_practice", "handout", ["practice_id", "at"])
    op.execute("alter table handout enable row level security")
    op.execute(POLICY)
    op.execute("grant select, insert, update on handout to hub_app")


def downgrade() -> None:
    op.drop_table("handout")

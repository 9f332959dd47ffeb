"""Plans of the lead: moves proposed, applied and undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The same rule as for every table with practice data.
POLICY = """
create policy practice_rows on plan_move to hub_app using (
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
        "plan",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("summary", JSONB(), server_default="{}", nullable=False),
        sa.Column("failed_why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status in ('asked', 'ready', 'failed', 'applying', 'applied', 'undoing', 'undone')",
            name=op.f("ck_plan_status_known"),
        ),
        sa.CheckConstraint(
            "(status in ('asked', 'failed')) = (ready_at is null)", name=op.f("ck_plan_ready_says_when")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["app_user.id"], name=op.f("fk_plan_asked_by_id")),
        sa.ForeignKeyConstraint(["applied_by_id"], ["app_user.id"], name=op.f("fk_plan_applied_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["app_user.id"], name=op.f("fk_plan_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_table(
        "plan_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("task_version", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", JSONB(), server_default="[]", nullable=False),
        sa.Column("chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_version", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("from_id is distinct from to_id", name=op.f("ck_plan_move_goes_somewhere")),
        sa.CheckConstraint(
            "(applied_at is null) = (applied_version is null)", name=op.f("ck_plan_move_applied_says_version")
        ),
        sa.CheckConstraint(
            "undone_at is null or applied_at is not null", name=op.f("ck_plan_move_undone_was_applied")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_move_plan_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_plan_move_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_plan_move_practice_id")),
        sa.ForeignKeyConstraint(["from_id"], ["app_user.id"], name=op.f("fk_plan_move_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["app_user.id"], name=op.f("fk_plan_move_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_move")),
    )
    op.create_index("plan_move_of_plan", "plan_move", ["plan_id", "id"])
    op.create_index("plan_move_of_task", "plan_move", ["task_id"])
    op.execute("alter table plan_move enable row level security")
    op.execute(POLICY)
    op.execute("grant select, insert, update on plan, plan_move to hub_app")


def downgrade() -> None:
    op.drop_table("plan_move")
    op.drop_table("plan")

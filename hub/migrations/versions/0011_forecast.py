"""Forecasts, and what became of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The same rule as for every table with practice data.
POLICY = """
create policy practice_rows on {table} to hub_app using (
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
        "forecast_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("curve", JSONB(), server_default="{}", nullable=False),
        sa.Column("figures", JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_run")),
    )
    op.create_table(
        "forecast",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("middle_at", MOMENT, nullable=True),
        sa.Column("by_80_at", MOMENT, nullable=True),
        sa.Column("late", sa.Float(), nullable=True),
        sa.Column("late_if_on", sa.Float(), nullable=True),
        sa.Column("late_if_usual", sa.Float(), nullable=True),
        sa.CheckConstraint("late between 0 and 1", name=op.f("ck_forecast_late_is_a_chance")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_forecast_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_forecast_practice_id")),
        sa.ForeignKeyConstraint(["run_id"], ["forecast_run.id"], name=op.f("fk_forecast_run_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_forecast")),
    )
    op.create_index("forecast_of_run", "forecast", ["run_id"])
    op.create_table(
        "prediction",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("raw", sa.Float(), nullable=False),
        sa.Column("said", sa.Float(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "raw between 0 and 1 and said between 0 and 1", name=op.f("ck_prediction_chances")
        ),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_prediction_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_prediction_practice_id")),
        sa.PrimaryKeyConstraint("task_id", "made_on", name=op.f("pk_prediction")),
    )
    op.create_index("prediction_open", "prediction", ["due_at"], postgresql_where=sa.text("late is null"))
    op.create_index(
        "prediction_resolved", "prediction", ["made_on"], postgresql_where=sa.text("late is not null")
    )
    for table in ("forecast", "prediction"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(POLICY.format(table=table))
    op.execute("grant select, insert, update on forecast_run, forecast, prediction to hub_app")


def downgrade() -> None:
    op.drop_table("prediction")
    op.drop_table("forecast")
    op.drop_table("forecast_run")

"""Planned minutes learned from what tasks took, and clocks told by events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The same policy as everywhere (0002).
POLICY = """
create policy practice_rows on learned_minutes to hub_app using (
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
    # Tasks raised before this have none: their clocks go by the hours as they stand.
    op.add_column("task", sa.Column("practice_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_table(
        "learned_minutes",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), server_default="", nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("planned", sa.SmallInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("median", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "minutes > 0 and planned > 0 and done > 0", name=op.f("ck_learned_minutes_minutes_positive")
        ),
        sa.CheckConstraint(
            "since < until and until < computed_at and applied_from <= computed_at",
            name=op.f("ck_learned_minutes_times_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_learned_minutes_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_minutes")),
        sa.UniqueConstraint("practice_id", "kind", "subtype", "stage", "planned", name="learned_once"),
    )
    op.execute("alter table learned_minutes enable row level security")
    op.execute(POLICY)
    op.execute("grant select, insert, update, delete on learned_minutes to hub_app")


def downgrade() -> None:
    op.drop_table("learned_minutes")
    op.drop_column("task", "practice_hours")

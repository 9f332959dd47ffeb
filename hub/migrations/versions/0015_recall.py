"""Recurring requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("recall", "recall_member", "recall_raise", "recall_change")
APPEND_ONLY = ("recall_raise", "recall_change")

# The same rule as for every table with practice data (0002).
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
UNITS = "('day', 'week', 'month')"


def upgrade() -> None:
    _recall()
    _member()
    _raise()
    _change()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(POLICY.format(table=table))
        op.execute(f"grant select, insert on {table} to hub_app")
    op.execute("grant update on recall, recall_member to hub_app")
    for table in APPEND_ONLY:
        for name, on, each in (
            ("kept", "update or delete", "row"),
            ("not_emptied", "truncate", "statement"),
        ):
            op.execute(
                f"create trigger {table}_{name} before {on} on {table} "
                f"for each {each} execute function refuse_change()"
            )


def _recall() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), server_default="", nullable=False),
        sa.Column("answers", JSONB(), server_default="{}", nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("every_count", sa.SmallInteger(), nullable=False),
        sa.Column("every_unit", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("buffer_count", sa.SmallInteger(), nullable=True),
        sa.Column("buffer_unit", sa.Text(), nullable=True),
        sa.Column("daily_limit", sa.SmallInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("stopped_why", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edits", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "rhythm in ('birth_month', 'since_done', 'fixed')", name=op.f("ck_recall_rhythm_known")
        ),
        sa.CheckConstraint(f"every_unit in {UNITS}", name=op.f("ck_recall_every_unit_known")),
        sa.CheckConstraint(f"buffer_unit in {UNITS}", name=op.f("ck_recall_buffer_unit_known")),
        sa.CheckConstraint(
            "status in ('running', 'paused', 'stopped', 'ended')", name=op.f("ck_recall_status_known")
        ),
        sa.CheckConstraint(
            "(status = 'stopped') = (stopped_why <> '')", name=op.f("ck_recall_stopped_says_why")
        ),
        sa.CheckConstraint("every_count between 1 and 999", name=op.f("ck_recall_every_some_time")),
        sa.CheckConstraint(
            "(buffer_count is null) = (buffer_unit is null)", name=op.f("ck_recall_buffer_whole")
        ),
        sa.CheckConstraint("buffer_count > 0", name=op.f("ck_recall_buffer_positive")),
        sa.CheckConstraint("daily_limit > 0", name=op.f("ck_recall_limit_positive")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_recall_practice_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_recall_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_recall_id_practice_id")),
    )
    op.create_index("recall_of_practice", "recall", ["practice_id"])


def _member() -> None:
    op.create_table(
        "recall_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("last_done_on", sa.Date(), nullable=True),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("trouble_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(removed_at is null) = (removed_by_id is null)", name=op.f("ck_recall_member_removed_by_name")
        ),
        sa.CheckConstraint(
            "(trouble_at is null) = (trouble_sealed is null)",
            name=op.f("ck_recall_member_trouble_says_when"),
        ),
        *_references("recall_member", recall_id="recall", patient_id="patient"),
        sa.ForeignKeyConstraint(["added_by_id"], ["app_user.id"], name=op.f("fk_recall_member_added_by_id")),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["app_user.id"], name=op.f("fk_recall_member_removed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_member")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_recall_member_id_practice_id")),
        sa.UniqueConstraint(
            "recall_id", "patient_id", name="one_row_of_a_patient", postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index("recall_member_of_patient", "recall_member", ["patient_id"])


def _raise() -> None:
    op.create_table(
        "recall_raise",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        *_references("recall_raise", member_id="recall_member", recall_id="recall", task_id="task"),
        sa.PrimaryKeyConstraint("member_id", "period_on", name=op.f("pk_recall_raise")),
    )
    op.create_index("recall_raise_on", "recall_raise", ["recall_id", "raised_on"])
    op.create_index("recall_raise_of_task", "recall_raise", ["task_id"], unique=True)


def _change() -> None:
    op.create_table(
        "recall_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("data", JSONB(), server_default="{}", nullable=False),
        *_references("recall_change", recall_id="recall"),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_recall_change_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_change")),
    )
    op.create_index("recall_change_of", "recall_change", ["recall_id", "id"])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    """Return keys that carry the practice along, because foreign keys do not obey row-level security."""
    return [
        sa.ForeignKeyConstraint(
            [column, "practice_id"],
            [f"{other}.id", f"{other}.practice_id"],
            name=op.f(f"fk_{table}_{column}_practice_id"),
        )
        for column, other in columns.items()
    ] + [sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id"))]


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)

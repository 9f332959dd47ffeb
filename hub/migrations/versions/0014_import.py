"""A file of requests: its run, its rows, and how its columns are read; and what was raised together."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARDED = ("import_run", "import_part", "import_row", "import_mapping")

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


def upgrade() -> None:
    _tables()
    op.add_column("task", sa.Column("bundle", sa.Uuid(), nullable=True))
    op.create_index("task_bundle", "task", ["bundle"], postgresql_where=sa.text("bundle is not null"))
    for table in GUARDED:
        op.execute(f"alter table {table} enable row level security")
        op.execute(POLICY.format(table=table))
        op.execute(f"grant select, insert, update on {table} to hub_app")
    # Checked anew, a file's rows are written anew; its parts go with the file.
    op.execute("grant delete on import_part, import_row to hub_app")


def _tables() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="uploaded", nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("file_key_id", sa.Uuid(), nullable=False),
        sa.Column("filename_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=True),
        sa.Column("table_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mapping_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_left_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_to", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("committed_to", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duplicate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undone", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kept", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'cancelled') <= (cancelled_at is not null)",
            name=op.f("ck_import_run_cancelled_says_when"),
        ),
        sa.CheckConstraint(
            "(status in ('completed', 'partly', 'cancelled', 'undoing', 'undone')) <= (committed_to = requests)",
            name=op.f("ck_import_run_over_says_all_rows"),
        ),
        sa.CheckConstraint(
            "status in ('uploaded', 'checking', 'invalid', 'review', 'importing', 'completed', 'partly', 'cancelled', 'undoing', 'undone', 'failed')",
            name=op.f("ck_import_run_status_known"),
        ),
        sa.CheckConstraint(
            "(approved_at is null) <= (created = 0)", name=op.f("ck_import_run_nothing_before_approval")
        ),
        sa.CheckConstraint(
            "(approved_at is null) = (approved_by_id is null)", name=op.f("ck_import_run_approved_by_someone")
        ),
        sa.CheckConstraint("checked_to between 0 and rows_total", name=op.f("ck_import_run_checked_some")),
        sa.CheckConstraint("committed_to <= requests", name=op.f("ck_import_run_no_result_without_row")),
        sa.CheckConstraint(
            "committed_to = created + duplicate + refused + skipped",
            name=op.f("ck_import_run_every_result_counted"),
        ),
        sa.CheckConstraint("undone + kept <= created", name=op.f("ck_import_run_undone_was_created")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["app_user.id"], name=op.f("fk_import_run_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["app_user.id"], name=op.f("fk_import_run_cancelled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_key_id", "practice_id"],
            ["data_key.id", "data_key.practice_id"],
            name=op.f("fk_import_run_file_key_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_import_run_practice_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["app_user.id"], name=op.f("fk_import_run_undone_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_import_run_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_import_run_id_practice_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_import_run_ref")),
    )
    op.create_index(
        "import_run_at_work",
        "import_run",
        ["id"],
        postgresql_where=sa.text("status in ('checking', 'importing', 'undoing')"),
    )
    op.create_index(
        "import_run_files", "import_run", ["created_at"], postgresql_where=sa.text("file_removed_at is null")
    )
    op.create_index("import_run_of_practice", "import_run", ["practice_id", "created_at"])
    op.create_table(
        "import_part",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_import_part_practice_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "practice_id"],
            ["import_run.id", "import_run.practice_id"],
            name=op.f("fk_import_part_run_id_practice_id"),
        ),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("pk_import_part")),
    )
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("grp", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("bundled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("problem_fields", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("same_hash", sa.LargeBinary(), nullable=True),
        sa.Column("patient_hash", sa.LargeBinary(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(decision is not null) <= (grp = 'close')", name=op.f("ck_import_row_decided_where_asked")
        ),
        sa.CheckConstraint(
            "(result = 'created') <= (task_id is not null)",
            name=op.f("ck_import_row_created_leads_to_its_task"),
        ),
        sa.CheckConstraint(
            "(undone_at is not null) <= (result = 'created')", name=op.f("ck_import_row_undone_was_created")
        ),
        sa.CheckConstraint(
            "decision in ('use', 'update', 'skip')", name=op.f("ck_import_row_decision_known")
        ),
        sa.CheckConstraint(
            "grp in ('new', 'open', 'close', 'not_yours', 'refused', 'twice')",
            name=op.f("ck_import_row_grp_known"),
        ),
        sa.CheckConstraint(
            "result in ('created', 'duplicate', 'refused', 'skipped')",
            name=op.f("ck_import_row_result_known"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["app_user.id"], name=op.f("fk_import_row_decided_by_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_import_row_practice_id")),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_import_row_task_id_practice_id"),
        ),
        sa.PrimaryKeyConstraint("run_id", "number", "part", name=op.f("pk_import_row")),
    )
    op.create_index("import_row_group", "import_row", ["run_id", "grp", "number"])
    op.create_index(
        "import_row_of_task",
        "import_row",
        ["task_id"],
        unique=True,
        postgresql_where=sa.text("result = 'created'"),
    )
    op.create_index(
        "import_row_patient",
        "import_row",
        ["run_id", "patient_hash"],
        postgresql_where=sa.text("patient_hash is not null"),
    )
    op.create_index("import_row_result", "import_row", ["run_id", "result", "number"])
    op.create_index(
        "import_row_same",
        "import_row",
        ["run_id", "same_hash"],
        postgresql_where=sa.text("same_hash is not null"),
    )
    op.create_table(
        "import_mapping",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("mapping_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_import_mapping_by_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_import_mapping_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", "signature", name=op.f("pk_import_mapping")),
    )


def downgrade() -> None:
    op.drop_index("task_bundle", "task")
    op.drop_column("task", "bundle")
    for table in reversed(GUARDED):
        op.drop_table(table)

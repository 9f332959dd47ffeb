"""Whatever changes about the staff is told in one row, so that a process knows when to read them again."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# What `placing.known_staff_queries` holds, and of accounts the columns that it holds: others change often.
TABLES = {
    "app_user": " of name, profession, is_prescriber, registration_expires_on, active, all_kinds, supervises",
    "user_role": "",
    "practice_access": "",
    "competence": "",
    "sign_off": "",
    "weekly_shift": "",
    "extra_shift": "",
    "absence": "",
    "meeting": "",
}
# A random version, not a number: a transaction that is rolled back gives none that another one gets again.
CHANGED = """
create function staff_changed() returns trigger language plpgsql as $$
begin
  insert into staff_version (id, version) values (1, gen_random_uuid())
    on conflict (id) do update set version = excluded.version;
  return null;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "staff_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_staff_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_version")),
    )
    op.execute("grant select, insert, update on staff_version to hub_app")
    op.execute("insert into staff_version values (1, gen_random_uuid())")
    op.execute(CHANGED)
    for table, columns in TABLES.items():
        op.execute(
            f"create trigger staff_changed after insert or delete or truncate or update{columns} on {table} "
            "for each statement execute function staff_changed()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"drop trigger staff_changed on {table}")
    op.execute("drop function staff_changed()")
    op.drop_table("staff_version")

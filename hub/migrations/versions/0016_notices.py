"""Inbox and letters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The same policy as everywhere (0002): a notice shows what happens at a practice. That it is its
# own person's alone, the queries see to.
POLICY = """
create policy practice_rows on notice to hub_app using (
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
    _notice()
    op.create_table(
        "notice_setting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=True),
        sa.Column("sorts", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("digest_hour between 0 and 23", name=op.f("ck_notice_setting_hour_known")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_setting_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_setting")),
    )
    _letter()
    op.execute("alter table notice enable row level security")
    op.execute(POLICY)
    op.execute("grant select, insert, update, delete on notice to hub_app")
    op.execute("grant select, insert, update on notice_setting, letter to hub_app")


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "task_id is null or practice_id is not null", name=op.f("ck_notice_task_with_practice")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_notice_count_positive")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_notice_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_user_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_notice_practice_id")),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_notice_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("notice_of_person", "notice", ["user_id", "id"])
    unread = sa.text("read_at is null")
    op.create_index("notice_unread", "notice", ["user_id", "task_id", "code"], postgresql_where=unread)
    op.create_index("notice_of_task", "notice", ["task_id"], postgresql_where=sa.text("task_id is not null"))


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("unsure", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("put_away_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('digest', 'at_once')", name=op.f("ck_letter_kind_known")),
        sa.CheckConstraint("sent_at is null or dead_at is null", name=op.f("ck_letter_one_end")),
        sa.CheckConstraint("attempts >= unsure", name=op.f("ck_letter_unsure_attempts")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_letter_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.create_index(
        "letter_to_send",
        "letter",
        ["next_at"],
        postgresql_where=sa.text("sent_at is null and dead_at is null"),
    )
    op.create_index("letter_dead", "letter", ["dead_at"], postgresql_where=sa.text("dead_at is not null"))
    op.create_index("letter_of_person", "letter", ["user_id", "made_at"])


def downgrade() -> None:
    op.drop_table("letter")
    op.drop_table("notice_setting")
    op.drop_table("notice")

"""Registration, sign-off, supervision, meetings and on-call."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEW = ("sign_off", "meeting", "on_call")
_FITS = (
    "gphc_number is null or (profession = 'pharmacist' and gphc_number ~ '^2[0-9]{6}$') "
    "or (profession = 'technician' and gphc_number ~ '^5[0-9]{6}$')"
)


def upgrade() -> None:
    """Add what people are signed off for. Whoever works here already keeps what they do: an empty table
    must not stop a hub. Whoever comes later may do nothing until somebody has said what."""
    _people()
    _sign_off()
    _rota()
    for table in NEW:
        op.execute(f"grant select, insert, update, delete on {table} to hub_app")


def _people() -> None:
    for name in ("all_kinds", "supervises"):
        column: sa.Column[bool] = sa.Column(
            name, sa.Boolean(), server_default=sa.text("false"), nullable=False
        )
        op.add_column("app_user", column)
    op.execute("update app_user set all_kinds = true where profession is not null")
    op.create_check_constraint(op.f("ck_app_user_gphc_number_fits"), "app_user", _FITS)
    op.add_column("practice_access", sa.Column("system_ready_on", sa.Date(), nullable=True))
    op.execute(
        "update practice_access set system_ready_on = (granted_at at time zone 'Europe/London')::date "
        "where role = 'clinician'"
    )
    op.create_check_constraint(op.f("ck_clinician_day_minutes_not_negative"), "clinician_day", "minutes >= 0")


def _sign_off() -> None:
    op.create_table(
        "sign_off",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subtype", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("supervised", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("supervisor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("signed_by <> ''", name=op.f("ck_sign_off_somebody_signed")),
        sa.CheckConstraint(
            "supervisor_id is null or supervised", name=op.f("ck_sign_off_supervisor_if_supervised")
        ),
        sa.CheckConstraint("supervisor_id <> user_id", name=op.f("ck_sign_off_supervised_by_another")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_sign_off_user_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["app_user.id"], name=op.f("fk_sign_off_supervisor_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", "subtype", name=op.f("pk_sign_off")),
    )


def _rota() -> None:
    op.add_column(
        "weekly_shift", sa.Column("breaks", postgresql.JSONB(), server_default="[]", nullable=False)
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_meeting_weekday_known")),
        sa.CheckConstraint("ends > starts", name=op.f("ck_meeting_times_in_order")),
        sa.CheckConstraint(
            "valid_to is null or valid_to >= valid_from", name=op.f("ck_meeting_days_in_order")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_meeting_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_user_id"), "meeting", ["user_id"])
    op.create_table(
        "on_call",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_on_call_times_in_order")),
        sa.CheckConstraint("telephone <> ''", name=op.f("ck_on_call_can_be_reached")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_on_call_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call")),
    )
    op.create_index(op.f("ix_on_call_user_id"), "on_call", ["user_id"])
    op.create_index("on_call_ends", "on_call", ["ends_at"])


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.drop_column("weekly_shift", "breaks")
    op.drop_constraint(op.f("ck_clinician_day_minutes_not_negative"), "clinician_day")
    op.drop_column("practice_access", "system_ready_on")
    op.drop_constraint(op.f("ck_app_user_gphc_number_fits"), "app_user")
    op.drop_column("app_user", "supervises")
    op.drop_column("app_user", "all_kinds")

"""What the order inside a band stands on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

EFFECTIVE_BAND = (
    "case when override_band is null then band when band <= 2 then least(band, override_band) "
    "else override_band end"
)
CHECKS = {
    "override_band_known": "override_band between 1 and 5",
    "override_says_until": "(override_until is not null) = (override_band is not null or override_first)",
    "target_positive": "target_minutes > 0",
    "pinned_to_someone": "(pinned_since is null) or (assignee_id is not null)",
    "reserved_says_until": "(reserved_for_id is null) = (reserved_until is null)",
}
COLUMNS = (
    "due_number", "paused_number", "target_minutes", "order_fixed", "hub_clock", "override_band",
    "override_first", "override_until", "reserved_for_id", "reserved_until", "pinned_since",
)  # fmt: skip


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    for column in (
        sa.Column("due_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("paused_number", sa.Integer()),
        sa.Column("target_minutes", sa.Integer(), server_default="1", nullable=False),
        sa.Column("order_fixed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hub_clock", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("override_band", sa.SmallInteger()),
        sa.Column("override_first", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("override_until", instant),
        sa.Column("reserved_for_id", sa.Integer(), sa.ForeignKey("app_user.id", name="fk_task_reserved_for_id")),
        sa.Column("reserved_until", instant),
        sa.Column("pinned_since", instant),
        sa.Column("effective_band", sa.SmallInteger(), sa.Computed(EFFECTIVE_BAND, persisted=True), nullable=False),
    ):  # fmt: skip
        op.add_column("task", column)
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_task_{name}"), "task", rule)
    op.drop_index("task_queued_band", "task")
    op.execute(
        "create index task_queued_order on task (effective_band, queue) include (id, practice_id, "
        "override_first, deadline_at, due_at, raised_at, minutes, due_number, paused_number, "
        "target_minutes, order_fixed, hub_clock) where status = 'queued'"
    )
    for name, until in (
        ("task_override_ends", "override_until"),
        ("task_reservation_ends", "reserved_until"),
    ):
        op.create_index(name, "task", [until], postgresql_where=sa.text(f"{until} is not null"))
    op.add_column("practice", sa.Column("order_credit", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outcome", sa.Column("band_should", sa.SmallInteger()))
    op.create_check_constraint(op.f("ck_outcome_band_should_known"), "outcome", "band_should between 1 and 5")
    op.create_index("outcome_of_practice", "outcome", ["practice_id", "at"])
    op.create_table(
        "reserve_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_reserve_day_used_not_negative")),
    )
    op.execute("grant select, insert, update on reserve_day to hub_app")


def downgrade() -> None:
    op.drop_table("reserve_day")
    op.drop_index("outcome_of_practice", "outcome")
    op.drop_column("outcome", "band_should")
    op.drop_column("practice", "order_credit")
    for name in ("task_reservation_ends", "task_override_ends", "task_queued_order"):
        op.drop_index(name, "task")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_task_{name}"), "task")
    op.drop_column("task", "effective_band")
    for name in COLUMNS:
        op.drop_column("task", name)
    op.create_index(
        "task_queued_band", "task", ["band", "queue"], postgresql_where=sa.text("status = 'queued'")
    )

"""Who changed an account, a practice or a network: a log that nobody can rewrite."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_system", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("practice_id", sa.Integer(), nullable=True),
        sa.Column("network_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "actor_system in ('placing', 'timetable', 'seed')",
            name=op.f("ck_admin_log_actor_system_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(actor_id, actor_system) = 1", name=op.f("ck_admin_log_someone_acted")
        ),
        sa.CheckConstraint(
            "num_nonnulls(user_id, practice_id, network_id) >= 1",
            name=op.f("ck_admin_log_about_something"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["app_user.id"], name=op.f("fk_admin_log_actor_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_admin_log_user_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_admin_log_practice_id")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_admin_log_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_log")),
    )
    for about in ("user", "practice", "network"):
        op.create_index(f"admin_log_{about}", "admin_log", [f"{about}_id", "id"])
    op.execute(
        "create trigger admin_log_kept before update or delete on admin_log "
        "for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger admin_log_not_emptied before truncate on admin_log "
        "for each statement execute function refuse_change()"
    )
    op.execute("grant select, insert on admin_log to hub_app")


def downgrade() -> None:
    op.drop_table("admin_log")

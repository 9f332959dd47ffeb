"""Links with which somebody sets a new password, after they forgot theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "password_link",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_password_link_lasts")),
        sa.CheckConstraint(
            "used_at is null or withdrawn_at is null", name=op.f("ck_password_link_used_or_withdrawn")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_password_link_user_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["app_user.id"], name=op.f("fk_password_link_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_link_token_hash")),
    )
    op.create_index(
        "one_open_password_link",
        "password_link",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("used_at is null and withdrawn_at is null"),
    )
    op.execute("grant select, insert, update on password_link to hub_app")


def downgrade() -> None:
    op.drop_table("password_link")

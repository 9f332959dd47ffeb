"""A practice keeps its own staff and facts; invitations; practices that close and who follows them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FACTS = ("preferred_contact", "service_bought")


def upgrade() -> None:
    for name in FACTS:
        op.add_column("practice", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("practice", sa.Column("closes_on", sa.Date(), nullable=True))
    op.add_column("practice", sa.Column("successor_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_practice_successor_id"), "practice", "practice", ["successor_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_practice_succeeded_when_closing"),
        "practice",
        "successor_id is null or closes_on is not null",
    )
    op.create_check_constraint(op.f("ck_practice_succeeded_by_another"), "practice", "successor_id <> id")
    op.add_column(
        "practice_access", sa.Column("manages", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_practice_access_managed_by_a_requester"),
        "practice_access",
        "not manages or role = 'requester'",
    )
    # Until now a lead opened every account of a practice, and did so for its managers.
    op.execute("update practice_access set manages = true where role = 'requester'")
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("manages", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_at", MOMENT, nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("used_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitation_email_lower")),
        sa.CheckConstraint("expires_at > invited_at", name=op.f("ck_invitation_lasts")),
        sa.CheckConstraint(
            "(used_at is null) = (used_by_id is null)", name=op.f("ck_invitation_used_by_someone")
        ),
        sa.CheckConstraint(
            "used_at is null or withdrawn_at is null", name=op.f("ck_invitation_used_or_withdrawn")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_invitation_practice_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["app_user.id"], name=op.f("fk_invitation_invited_by_id")),
        sa.ForeignKeyConstraint(["used_by_id"], ["app_user.id"], name=op.f("fk_invitation_used_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(
        "one_open_invitation",
        "invitation",
        ["practice_id", "email"],
        unique=True,
        postgresql_where=sa.text("used_at is null and withdrawn_at is null"),
    )
    op.execute("grant select, insert, update on invitation to hub_app")


def downgrade() -> None:
    op.drop_table("invitation")
    op.drop_constraint(op.f("ck_practice_access_managed_by_a_requester"), "practice_access", type_="check")
    op.drop_column("practice_access", "manages")
    op.drop_constraint(op.f("ck_practice_succeeded_by_another"), "practice", type_="check")
    op.drop_constraint(op.f("ck_practice_succeeded_when_closing"), "practice", type_="check")
    op.drop_constraint(op.f("fk_practice_successor_id"), "practice", type_="foreignkey")
    for name in ("successor_id", "closes_on", *FACTS):
        op.drop_column("practice", name)

"""Policies as drafts, previewed, published and rolled back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("edits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("became", sa.Integer(), nullable=True),
        sa.Column("foreseen", JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "(became is not null) <= (closed_at is not null)",
            name=op.f("ck_policy_draft_published_is_closed"),
        ),
        sa.ForeignKeyConstraint(
            ["based_on"], ["policy_version.version"], name=op.f("fk_policy_draft_based_on")
        ),
        sa.ForeignKeyConstraint(["became"], ["policy_version.version"], name=op.f("fk_policy_draft_became")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["app_user.id"], name=op.f("fk_policy_draft_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["app_user.id"], name=op.f("fk_policy_draft_changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
    )
    op.create_index(
        "policy_draft_open", "policy_draft", ["id"], postgresql_where=sa.text("closed_at is null")
    )
    op.execute("grant select, insert, update on policy_draft to hub_app")


def downgrade() -> None:
    op.drop_table("policy_draft")

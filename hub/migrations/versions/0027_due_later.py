"""A row of a file may be due later: it is left out for now."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NAME = "ck_import_row_grp_known"
BEFORE = "grp in ('new', 'open', 'close', 'not_yours', 'refused', 'twice')"
SINCE = "grp in ('new', 'open', 'close', 'not_yours', 'refused', 'twice', 'later')"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "import_row", type_="check")
    op.create_check_constraint(op.f(NAME), "import_row", SINCE)


def downgrade() -> None:
    op.execute("update import_row set grp = 'refused' where grp = 'later'")
    op.drop_constraint(op.f(NAME), "import_row", type_="check")
    op.create_check_constraint(op.f(NAME), "import_row", BEFORE)

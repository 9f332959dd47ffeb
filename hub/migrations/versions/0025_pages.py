"""Lists, board and reports of a hub of two years find in an index alone what they count and compare."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPEN = "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"
MINE = "status in ('assigned', 'in_progress', 'waiting')"
LISTED = [
    "id", "kind", "raised_at", "requested", "outcome", "receipt_on", "due_at", "deadline_at",
    "late_on_arrival", "waiting_on", "waiting_since",
]  # fmt: skip
BEFORE = ["minutes", "due_at", "raised_at", "assignee_id", "band", "deadline_at"]
BOARD = [
    "minutes", "due_at", "raised_at", "assignee_id", "deadline_at", "effective_band", "waiting_on",
    "waiting_since", "decide_since",
]  # fmt: skip


def upgrade() -> None:
    _make(BOARD, LISTED, ["minutes", "practice_id", "status"])


def downgrade() -> None:
    _make(BEFORE, [], [])


def _make(board: list[str], listed: list[str], mine: list[str]) -> None:
    for name in ("task_practice_status", "task_board", "task_mine"):
        op.drop_index(name, "task")
    op.create_index(
        "task_practice_status", "task", ["practice_id", "status", "closed_at"], postgresql_include=listed
    )
    op.create_index(
        "task_board", "task", ["practice_id", "queue", "status"],
        postgresql_include=board, postgresql_where=OPEN,
    )  # fmt: skip
    op.create_index("task_mine", "task", ["assignee_id"], postgresql_include=mine, postgresql_where=MINE)

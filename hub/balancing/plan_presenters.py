"""How a plan is shown: its state in a sentence, its figures, and each move with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STATE_WORDS = {
    "asked": "Being worked out",
    "ready": "Ready: nothing is moved yet",
    "failed": "Could not be worked out",
    "applying": "Being applied",
    "applied": "Applied",
    "undoing": "Being undone",
    "undone": "Undone",
}
QUEUE = "the queue"


@dataclass(frozen=True)
class PlanRow:
    """One plan of the list."""

    id: int
    words: str
    at: Any
    by: str
    moves: int


@dataclass(frozen=True)
class MoveRow:
    """One move: which task, from where to where, why, and what became of it."""

    id: int
    ref: str
    kind: str
    practice: str
    before: str
    after: str
    minutes: int
    reasons: tuple[str, ...]
    became: str


def plan_row(row: Any) -> PlanRow:
    """Return a plan as a line."""
    return PlanRow(row.id, _STATE_WORDS[row.status], row.asked_at, row.by, row.moves)


def state_words(plan: Any, who: Mapping[int, str], moves: Any) -> str:
    """Say in a sentence how the plan stands; `moves` has total, applied, undone and refused."""
    if plan.status == "failed":
        return plan.failed_why or "The plan could not be worked out. Ask for a new one."
    if plan.status in ("asked", "ready"):
        asked = f"Asked for by {who.get(plan.asked_by_id, 'a lead')}."
        return f"{_STATE_WORDS[plan.status]}. {asked}"
    applied = f"{moves.applied} of {_counted(moves.total)} applied by {who.get(plan.applied_by_id, 'a lead')}"
    if plan.status in ("undoing", "undone"):
        undone = f"{moves.undone} taken back by {who.get(plan.undone_by_id, 'a lead')}"
        return f"{_STATE_WORDS[plan.status]}: {applied}, {undone}.{_left_out(moves.refused)}"
    return f"{_STATE_WORDS[plan.status]}: {applied}.{_left_out(moves.refused)}"


def figures(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the plan would bring, as pairs of words and figures; none while it is worked out."""
    if not summary:
        return []
    before, after = summary["before"], summary["after"]
    found = [
        (
            "Minutes of open work that fit into today's shifts",
            _both(before["done_minutes"], after["done_minutes"]),
        ),
        ("Minutes that nobody has time for", _both(before["undone_minutes"], after["undone_minutes"])),
        ("Tasks likely to be late (expected number)", _both(before["breaches"], after["breaches"])),
        ("Tasks that leave someone who knows patient or practice", str(summary["continuity_broken"])),
    ]
    if summary.get("gap") is not None:
        found.append(("How far from the best that any plan could reach, at most", f"{summary['gap']:.1%}"))
    return found


def move_row(row: Any, kinds: Mapping[str, str]) -> MoveRow:
    """Return a move as a line of its table."""
    became = ""
    if row.refused:
        became = f"Left out: {row.refused}"
    elif row.undone_at is not None:
        became = "Taken back"
    elif row.applied_at is not None:
        became = "Applied"
    elif row.chosen:
        became = "Chosen"
    return MoveRow(
        id=row.id,
        ref=row.ref,
        kind=kinds.get(row.kind, row.kind),
        practice=row.practice,
        before=row.from_name or QUEUE,
        after=row.to_name or QUEUE,
        minutes=row.minutes,
        reasons=tuple(row.reasons),
        became=became,
    )


def _both(before: float, after: float) -> str:
    return f"{before:g} now, {after:g} with the plan"


def _counted(moves: int) -> str:
    return f"{moves} move{'' if moves == 1 else 's'}"


def _left_out(refused: int) -> str:
    return f" {_counted(refused)} left out; each says why." if refused else ""

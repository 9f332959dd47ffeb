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
# What the figures of a plan mean for whoever decides on it.
COUNTED_HOW = (
    "A plan looks at what is left of today in the shifts of those at work now. What does not fit into that "
    "is not lost: it is done on the next days, so queues may well be clear tomorrow.",
    "What is left undone today and has less than a working day to spare counts as late here, and so does "
    "what is overdue. The forecast counts otherwise: it goes on into the shifts of the next days, lets new "
    "work arrive, and names what is overdue apart.",
)
NEARNESS_MEANS = (
    "How far from the best a plan is, is what cannot be ruled out, not what is known to be missing. A new "
    "plan for the same work comes out alike; whether to apply this one, the minutes and the late tasks "
    "before and after say."
)
_NO_GAP = 0.0005  # what would read as 0.0%


@dataclass(frozen=True)
class PlanRow:
    """One plan of the list."""

    id: int
    words: str
    at: Any
    by: str
    changes: str


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
    return PlanRow(
        row.id, _STATE_WORDS[row.status], row.asked_at, row.by, counted(row.moves) if row.moves else ""
    )


def state_words(plan: Any, who: Mapping[int, str], moves: Any) -> str:
    """Say in a sentence how the plan stands; `moves` has total, first, applied, undone and refused."""
    if plan.status == "failed":
        return plan.failed_why or "The plan could not be worked out. Ask for a new one."
    if plan.status in ("asked", "ready"):
        asked = f"Asked for by {who.get(plan.asked_by_id, 'a lead')}."
        return f"{_STATE_WORDS[plan.status]}. {asked}"
    applied = f"{moves.applied} of {counted(moves.total)} applied by {who.get(plan.applied_by_id, 'a lead')}"
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
        (
            "Minutes that nobody has time for in what is left of today",
            _both(before["undone_minutes"], after["undone_minutes"]),
        ),
        (
            "Tasks that are or become late, on average, if nothing is done after today",
            _late(before["breaches"], after["breaches"]),
        ),
        ("Tasks that leave someone who knows patient or practice", str(summary["continuity_broken"])),
    ]
    if summary.get("gap") is not None:
        found.append(("How good this plan is", _nearness(summary["gap"])))
    return found


@dataclass(frozen=True)
class PersonRow:
    """One person's minutes: what they have today, and what stands on their list before and after."""

    name: str
    minutes: int
    before: int
    after: int
    over: int


def person_ids(summary: Mapping[str, Any]) -> list[int]:
    """Return whose minutes the plan counted; none for a plan made before these were kept."""
    return [one["id"] for one in summary.get("people", ())]


def person_rows(summary: Mapping[str, Any], who: Mapping[int, str]) -> list[PersonRow]:
    """Return each person's minutes before and after, by name."""
    rows = [
        PersonRow(
            who.get(one["id"], "Somebody"),
            one["minutes"],
            one["before"],
            one["after"],
            max(one["after"] - one["minutes"], 0),
        )
        for one in summary.get("people", ())
    ]
    return sorted(rows, key=lambda row: row.name)


def _late(before: float, after: float) -> str:
    return f"{before:.1f} now, {after:.1f} with the plan"


def _nearness(gap: float) -> str:
    if gap < _NO_GAP:
        return "No plan could be better"
    return f"At most {gap:.1%} short of the best that any plan could reach"


def what_changes(moves: Any) -> str:
    """Say of how many changes a plan is made: what nobody had yet is first given to someone, not moved."""
    first, moved = moves.first, moves.total - moves.first
    given = f"{first} {'task is' if first == 1 else 'tasks are'} first given to someone"
    moving = f"{moved} {'task moves' if moved == 1 else 'tasks move'} to another list"
    if first and moved:
        return f"{counted(moves.total)}: {given}, {moving}"
    return given if first else moving


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
        after=_after(row),
        minutes=row.minutes,
        reasons=tuple(row.reasons),
        became=became,
    )


def _both(before: float, after: float) -> str:
    return f"{before:g} now, {after:g} with the plan"


def counted(moves: int) -> str:
    """Return how many changes: "1 change", "4 changes"."""
    return f"{moves:,} change{'' if moves == 1 else 's'}"


def _after(row: Any) -> str:
    name = row.to_name or QUEUE
    return name if row.from_name else f"First given to {name}"


def _left_out(refused: int) -> str:
    return f" {counted(refused)} left out; each says why." if refused else ""

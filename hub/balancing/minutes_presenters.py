"""How learned minutes read: what they are of, what they stand on, how they were worked out."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.kinds import Kind
from hub.domain.learning import HIGHEST, LEAST, LOWEST, WEIGHT, WINDOW_DAYS
from hub.domain.routing import what_words

RULES = (
    f"Counted are the minutes that clinicians entered at completion in the last {WINDOW_DAYS} days. "
    f"Fewer than {LEAST} tasks change nothing.",
    f"The figure lies between the planned minutes and the middle of what tasks took: the planned minutes "
    f"count as much as {WEIGHT} tasks. It is never less than {float(LOWEST):g} or more than "
    f"{float(HIGHEST):g} times the planned minutes, and never below the least that its kind must have.",
    "It is worked out every night, and used for what is placed from then on. A task that is placed already "
    "keeps its minutes.",
)


@dataclass(frozen=True)
class FigureRow:
    """One learned figure."""

    id: int
    practice_id: int
    practice: str
    what: str
    planned: int
    median: str
    done: int
    minutes: int
    change: str
    applied_from: dt.datetime
    computed_at: dt.datetime


def rows(found: Iterable[Any], kinds: Sequence[Kind]) -> list[FigureRow]:
    """Show figures with the names of their practices."""
    return [row(figure, name, kinds) for figure, name in found]


def row(figure: Any, practice: str, kinds: Sequence[Kind]) -> FigureRow:
    """Show one figure (a `LearnedMinutes`)."""
    less = figure.planned - figure.minutes
    change = f"{abs(less)} {'less' if less > 0 else 'more'}" if less else "as planned"
    return FigureRow(
        id=figure.id,
        practice_id=figure.practice_id,
        practice=practice,
        what=_what(figure, kinds),
        planned=figure.planned,
        median=f"{figure.median.normalize():f}",
        done=figure.done,
        minutes=figure.minutes,
        change=change,
        applied_from=figure.applied_from,
        computed_at=figure.computed_at,
    )


def _what(figure: Any, kinds: Sequence[Kind]) -> str:
    kind = next((one for one in kinds if one.code == figure.kind), None)
    if kind is None:
        return str(figure.kind)
    words = what_words(kind, figure.subtype)
    return f"{words}, {kind.stage(figure.stage).name.lower()}" if len(kind.stages) > 1 else words


def worked_out(figure: Any, kinds: Sequence[Kind]) -> list[str]:
    """Say how a figure came about, with its own numbers."""
    drawn = figure.planned + (float(figure.median) - figure.planned) * figure.done / (figure.done + WEIGHT)
    least = next((one.floor_minutes for one in kinds if one.code == figure.kind), 1)
    lines = [
        f"Planned by kind and rules: {figure.planned} minutes.",
        f"Middle of what {figure.done} tasks took: {figure.median.normalize():f} minutes.",
        f"The plan counting as {WEIGHT} tasks, and these as {figure.done}: {drawn:.1f} minutes.",
    ]
    if abs(drawn - figure.minutes) > 0.5:
        lines.append(
            f"Kept within its bounds: {float(LOWEST):g} to {float(HIGHEST):g} times the planned minutes, "
            f"and never below {least}."
        )
    return [*lines, f"Learned: {figure.minutes} minutes."]


def in_use(percent: int) -> str:
    """Say whether placing heeds what was learned, by the policy in force."""
    if percent == 0:
        return "Switched off by the policy in force: work is planned by kinds and rules alone."
    if percent < 100:
        return f"In use: by the policy in force, planned minutes follow {percent} percent of the difference."
    return "In use: what is placed now is planned with these minutes."

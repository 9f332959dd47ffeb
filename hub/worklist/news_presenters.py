"""What a practice told after it had asked: the newest chase in a box, and which answers are older than it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.promises import BAND_WORDS, local_day, when_words
from hub.domain.recalls.words import answers_words
from hub.domain.vocabulary import Band, FactAnswer
from hub.worklist.history_presenters import Line
from hub.worklist.reason_presenters import capital

LONGEST_LINE = 160
_SAID = {FactAnswer.YES: "yes", FactAnswer.NO: "no", FactAnswer.NOT_SURE: "not sure"}
_ASKED = (Act.RAISED, Act.CORRECTED)
_TOLD = {
    Act.CHASED.value: "With the chase",
    Act.ANSWERED.value: "With the answer",
    Act.CHANGED.value: "Changed by the practice",
}


@dataclass(frozen=True)
class Chase:
    """The newest chase: whose, when, its words; `moved` says how urgent it is now, and its due time."""

    who: str
    at: dt.datetime
    words: str
    moved: str


class TaskLike(Protocol):
    """What the box of a chase reads of a task as it is now."""

    effective_band: int
    due_at: dt.datetime


def newest_chase(lines: Iterable[Line], task: TaskLike) -> Chase | None:
    """Return the newest chase of a task's history, oldest event first; None if it was not chased."""
    found = [line for line in lines if line.act == Act.CHASED]
    if not found:
        return None
    last = found[-1]
    return Chase(last.who, last.at, last.reason, _moved(last.data, task))


def first_line(text: str) -> str:
    """Return the first line of what was written, cut where it is long, for one row of a list."""
    line = next(iter(text.strip().splitlines()), "").strip()
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE].rstrip()}…"


def facts_lines(lines: Iterable[Line], kind: Kind) -> list[str]:
    """Say when the safety facts were answered, whether before the newest chase, and what was told later."""
    lines = list(lines)
    asked = [line for line in lines if line.act in _ASKED][-1:]
    chases = [line for line in lines if line.act == Act.CHASED]
    later = [_told_later(line, kind) for line in lines if line.data.get("told")]
    said = []
    for line in asked:
        before = bool(chases) and chases[-1].at >= line.at
        end = ", before the chase" if before else ""
        end += "; told since then:" if later else "."
        said.append(f"As answered on {when_words(line.at)}{end}")
    return said + later


def recall_words(lines: Iterable[Line]) -> str:
    """Say that the safety facts came from a recall; "" once the practice has answered for this patient."""
    asked = [line for line in lines if line.act in _ASKED][-1:]
    return answers_words(asked[0].data, local_day(asked[0].at)) if asked else ""


def _told_later(line: Line, kind: Kind) -> str:
    signals = {fact.code: fact.signal for fact in kind.facts}
    told: Mapping[str, str] = line.data["told"]
    words = "; ".join(
        f"{signals.get(code, code)}: {_SAID[FactAnswer(answer)]}" for code, answer in told.items()
    )
    return f"{_TOLD.get(line.act, 'Told')} on {when_words(line.at)}: {words}."


def _moved(data: Mapping[str, Any], task: TaskLike) -> str:
    before, after = data.get("band_before"), data.get("band")
    due = when_words(task.due_at)
    if not before or not after or after >= before:
        return f"The chase did not change how soon it is to be done. It is due {due}."
    moved = f"it moved up, from “{BAND_WORDS[Band(before)]}” to “{BAND_WORDS[Band(after)]}”"
    urgent = "It is urgent now: " if task.effective_band <= Band.BY_TOMORROW else ""
    return f"{capital(urgent + moved)}. It is due {due}."

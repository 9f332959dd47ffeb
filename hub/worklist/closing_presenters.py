"""Who may finish a task, said before anybody begins it; and what people did about it by hand."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hub.domain.eligibility import may_record
from hub.domain.kinds import Kind
from hub.domain.promises import local_day
from hub.domain.vocabulary import FactAnswer, Profession
from hub.domain.worktime import LONDON
from hub.worklist.presenters import Tag

PREPARE = "You may prepare this; a pharmacist must finish it."
NOT_YOURS_TO_END = "A pharmacist must finish this: none of its outcomes is yours to record."


def may_close(kind: Kind, answers: Mapping[str, str], profession: Profession) -> bool:
    """Say whether one of the kind's outcomes is this profession's to record, as the answers stand."""
    told = {code: FactAnswer(answer) for code, answer in answers.items()}
    return any(may_record(one, profession, told, kind.facts) is None for one in kind.outcomes)


def cannot_finish(kind: Kind, answers: Mapping[str, str], stage: int, profession: Profession | None) -> str:
    """Say that whoever reads may begin the task but not end it; "" if they may, or are no clinician."""
    if profession is None or may_close(kind, answers, profession):
        return ""
    return PREPARE if stage < len(kind.stages) else NOT_YOURS_TO_END


def by_hand_tags(given_by: str, escalated: Mapping[str, Any] | None, now: dt.datetime) -> tuple[Tag, ...]:
    """Return what people did: who put it on this list by hand, and the last call about what cannot wait.

    `escalated` is the data of the escalation's event: when, and whether it was read back.
    """
    found = [Tag(f"Given by {given_by}", "purple")] if given_by else []
    if escalated and "when" in escalated:
        at = dt.datetime.fromisoformat(escalated["when"]).astimezone(LONDON)
        when = f"{at:%H:%M}" if at.date() == local_day(now) else f"{at:%d-%b-%Y %H:%M}"
        reached = escalated.get("read_back", True)
        found.append(
            Tag(f"Escalated {when}{'' if reached else ', nobody answered'}", "pink" if reached else "red")
        )
    return tuple(found)

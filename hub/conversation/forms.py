"""What a practice tells with a chase or an answer: how the gravest things stand, how soon it is needed."""

import datetime as dt
from collections.abc import Mapping

from hub.domain.errors import Invalid
from hub.domain.kinds import Kind
from hub.domain.news import News, gravest
from hub.domain.vocabulary import FactAnswer, RequestedUrgency

_ANSWERS = frozenset(FactAnswer)
_URGENCIES = frozenset(RequestedUrgency)
# Dates are carried from the form of a new request, which has judged them; nobody else sends others.
_FURTHEST = dt.timedelta(days=2 * 366)


def read_news(
    form: Mapping[str, str], prefix: str, kind: Kind, answers: Mapping[str, FactAnswer], today: dt.date
) -> News:
    """Return what was told in the fields that begin with `prefix`; `answers` are those the request has.

    Raises:
        Invalid: one of the questions that are asked every time was not answered.
    """
    told = {fact.code: form.get(f"{prefix}fact-{fact.code}", "") for fact in kind.facts}
    problems = {
        f"{prefix}fact-{fact.code}": f"{fact.question} Answer Yes, No or Not sure."
        for fact in gravest(kind, answers)
        if told[fact.code] not in _ANSWERS
    }
    if problems:
        raise Invalid(problems)
    requested = form.get(f"{prefix}requested", "")
    return News(
        answers={code: FactAnswer(answer) for code, answer in told.items() if answer in _ANSWERS},
        requested=RequestedUrgency(requested) if requested in _URGENCIES else RequestedUrgency.ROUTINE,
        receipt_on=_day(form.get(f"{prefix}receipt_on", ""), today),
        next_issue_on=_day(form.get(f"{prefix}next_issue_on", ""), today),
    )


def _day(text: str, today: dt.date) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if abs(day - today) <= _FURTHEST else None

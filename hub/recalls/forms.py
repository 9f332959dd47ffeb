"""What is typed about a recall. Every problem is found before anything is refused."""

import datetime as dt
from collections.abc import Collection, Mapping

from hub.domain.kinds import Kind
from hub.domain.recalls.advance import LATER, OF_THE_DAY, asks_ahead
from hub.domain.recalls.rhythm import MONTHS_OF_A_YEAR, Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import FactAnswer
from hub.forms import Reader, date_values
from hub.recalls.drafts import RecallDraft

LONGEST_NAME = 80
LONGEST_ASK = 700  # what it says of itself is added, and a request's own limit is 1,000
LONGEST_REASON = 300
MOST_A_DAY = 200
FURTHEST = dt.timedelta(days=366)
_ANSWERS = tuple(answer.value for answer in FactAnswer)


def parse(
    form: Mapping[str, str],
    *,
    kind: Kind,
    rhythm: Rhythm,
    practice_ids: Collection[int],
    today: dt.date,
    stop_days: int | None,
    before: Rule | None = None,
) -> RecallDraft:
    """Return the recall in `form`; `before` is what it said so far, for one that is changed.

    Raises:
        Invalid: with a sentence for every field that has a problem.
    """
    reader = Reader(form)
    practice_id = _practice(reader, practice_ids)
    buffer = _buffer(reader, rhythm) if kind.needs_patient else None
    rule = Rule(
        rhythm=rhythm,
        every=_every(reader, rhythm),
        starts_on=_starts(reader, rhythm, today, before),
        buffer=buffer,
        daily_limit=_limit(reader),
        stop_days=stop_days,
    )
    missing = "Say why, so that nobody shortens it without knowing." if buffer else ""
    draft = RecallDraft(
        practice_id=practice_id,
        kind=kind,
        name=" ".join(reader.text("name", "Give it a name.", longest=LONGEST_NAME).split()),
        ask=reader.text("ask", "Say what you ask of the pharmacist or technician.", longest=LONGEST_ASK),
        rule=rule,
        subtype=_subtype(reader, kind),
        answers=_answers(reader, kind),
        buffer_because=reader.text("buffer_because", missing, longest=LONGEST_REASON),
    )
    reader.done()
    return draft


def pause_until(form: Mapping[str, str]) -> dt.date | None:
    """Return the day on which a pause ends by itself, None for none. Raises Invalid for no real date."""
    reader = Reader(form)
    day = reader.date("until", "the day", required=False)
    reader.done()
    return day


def values_of(draft: RecallDraft) -> dict[str, str]:
    """Return the form's fields as they were typed for `draft`."""
    rule = draft.rule
    return {
        "practice": str(draft.practice_id),
        "name": draft.name,
        "ask": draft.ask,
        "subtype": draft.subtype,
        "every_count": str(rule.every.count),
        "every_unit": rule.every.unit.value,
        "buffer": str(rule.buffer.count) if rule.buffer else "",
        "buffer_because": draft.buffer_because,
        "daily_limit": str(rule.daily_limit or ""),
        **date_values("starts", rule.starts_on),
        **{f"fact-{fact.code}": LATER for fact in draft.kind.facts if fact.code in OF_THE_DAY},
        **{f"fact-{code}": answer.value for code, answer in draft.answers.items()},
    }


def _practice(reader: Reader, practice_ids: Collection[int]) -> int:
    if len(practice_ids) == 1:
        return next(iter(practice_ids))
    allowed = {str(practice_id) for practice_id in practice_ids}
    return int(reader.choice("practice", allowed, "Choose the practice this is for.") or 0)


def _every(reader: Reader, rhythm: Rhythm) -> Every:
    if rhythm == Rhythm.BIRTH_MONTH:
        return Every(MONTHS_OF_A_YEAR, Unit.MONTH)
    count = reader.whole("every_count", "Write how often as a whole number, 1 to 99.", least=1, most=99)
    unit = reader.choice("every_unit", [one.value for one in Unit], "Choose days, weeks or months.")
    return Every(count, Unit(unit or Unit.WEEK))


def _starts(reader: Reader, rhythm: Rhythm, today: dt.date, before: Rule | None) -> dt.date:
    day = reader.date("starts", "the first day", example=f"1 12 {today.year}")
    if day is None or (before is not None and day == before.starts_on):
        return day or today
    if rhythm == Rhythm.BIRTH_MONTH:
        if day < today - FURTHEST:
            reader.problem("starts", "This is more than a year ago: nobody is made up for so long.")
    elif day < today:
        reader.problem("starts", "This day has passed: enter today or a later day.")
    if day > today + FURTHEST:
        reader.problem("starts", "This is more than a year ahead: check the year.")
    return day


def _buffer(reader: Reader, rhythm: Rhythm) -> Every | None:
    typed = reader.text("buffer")
    if rhythm == Rhythm.SINCE_DONE or (not typed and rhythm == Rhythm.FIXED):
        return None
    if rhythm == Rhythm.BIRTH_MONTH:
        sentence = "Write the months as a whole number, 1 to 11: a year or more would leave a year out."
        return Every(reader.whole("buffer", sentence, least=1, most=11), Unit.MONTH)
    sentence = "Write the days as a whole number, 1 to 365, or leave it empty."
    return Every(reader.whole("buffer", sentence, least=1, most=365), Unit.DAY)


def _limit(reader: Reader) -> int | None:
    if not reader.text("daily_limit"):
        return None
    sentence = f"Write how many a day as a whole number, 1 to {MOST_A_DAY}, or leave it empty."
    return reader.whole("daily_limit", sentence, least=1, most=MOST_A_DAY)


def _subtype(reader: Reader, kind: Kind) -> str:
    if not kind.subtypes:
        return ""
    return reader.choice(
        "subtype", [one.code for one in kind.subtypes], f"Choose the {kind.subtype_label.lower()}."
    )


def _answers(reader: Reader, kind: Kind) -> dict[str, FactAnswer]:
    said = {fact.code: reader.form.get(f"fact-{fact.code}", "") for fact in kind.facts}
    for fact in kind.facts:
        if fact.code in OF_THE_DAY and (not asks_ahead(fact) or said[fact.code] == LATER):
            continue
        if fact.band_if_yes is not None and said[fact.code] not in _ANSWERS:
            reader.problem(f"fact-{fact.code}", f"{fact.question} Answer Yes, No or Not sure.")
    asked = {fact.code for fact in kind.facts if asks_ahead(fact)}
    return {code: FactAnswer(answer) for code, answer in said.items() if answer in _ANSWERS and code in asked}

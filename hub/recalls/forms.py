"""What is typed about a recall and its list. Every problem is found before anything is refused."""

import datetime as dt
import re
from collections.abc import Collection, Mapping

from hub.domain import identifiers
from hub.domain.errors import Invalid
from hub.domain.kinds import Kind
from hub.domain.month_names import MONTHS
from hub.domain.recalls.rhythm import MONTHS_OF_A_YEAR, Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import FactAnswer
from hub.forms import Reader, date_values
from hub.recalls.drafts import Pasted, RecallDraft

LONGEST_NAME = 80
LONGEST_ASK = 700  # what it says of itself is added, and a request's own limit is 1,000
LONGEST_REASON = 300
MOST_A_DAY = 200
MOST_ROWS = 2000
OLDEST = dt.timedelta(days=10 * 366)
FURTHEST = dt.timedelta(days=366)
_ANSWERS = tuple(answer.value for answer in FactAnswer)
_DATE = re.compile(
    r"(\d{1,2})[/.\s-](\d{1,2}|[a-z]{3,9})[/.\s-](\d{4})|(\d{4})-(\d{2})-(\d{2})", re.IGNORECASE
)


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
        if fact.band_if_yes is not None and said[fact.code] not in _ANSWERS:
            reader.problem(f"fact-{fact.code}", f"{fact.question} Answer Yes, No or Not sure.")
    return {code: FactAnswer(answer) for code, answer in said.items() if answer in _ANSWERS}


def pasted(text: str, *, today: dt.date) -> list[Pasted]:
    """Return the lines of a pasted list: a number each, and perhaps a tab or comma and a date.

    Empty lines and a line without any digit above the first number (a header) are left out.

    Raises:
        Invalid: under "numbers", with the rows that cannot be read.
    """
    rows: list[Pasted] = []
    wrong: list[str] = []
    for number, line in enumerate(text.replace("\x00", "").splitlines(), start=1):
        if not line.strip() or (not rows and not any(c.isdigit() for c in line)):
            continue
        try:
            rows.append(_row(number, line, today))
        except ValueError as error:
            wrong.append(f"Row {number}: {error}")
    if not rows and not wrong:
        wrong.append("Paste one NHS number or record number per line.")
    elif len(rows) > MOST_ROWS:
        wrong.append(f"Paste {MOST_ROWS:,} rows or fewer at a time.")
    if wrong:
        raise Invalid({"numbers": " ".join(wrong[:20])})
    return rows


def _row(row: int, line: str, today: dt.date) -> Pasted:
    number, _, rest = re.sub(r"[\t;,]", "\t", line.strip(), count=1).partition("\t")
    rest = rest.strip("\t;, ")
    day = _day(rest, today) if rest else None
    number = " ".join(number.split())
    if len(number) > 30:
        raise ValueError("this is too long for a number: one number per line, then perhaps a date.")
    try:
        return Pasted(row, number, identifiers.nhs_number(number), day)
    except ValueError:
        return Pasted(row, number, "", day)


def _day(text: str, today: dt.date) -> dt.date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("write the date as day, month and year, such as 27/3/2026.")
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    number = MONTHS.get(month.lower(), None) or (int(month) if month.isdigit() else 0)
    try:
        found = dt.date(int(year), number, int(day))
    except ValueError:
        raise ValueError("this is not a real date.") from None
    if not today - OLDEST <= found <= today:
        raise ValueError("the date of the last one done must be within ten years, and not in the future.")
    return found

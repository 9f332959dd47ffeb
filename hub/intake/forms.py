"""Is what was typed a request? Every problem is found before anything is refused."""

import dataclasses
import datetime as dt
import re
from collections.abc import Collection, Mapping

from hub.domain import identifiers
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.forms import Reader, date_values
from hub.intake.drafts import Draft

LONGEST_ASK = 1000  # enough to ask, too little for a pasted letter
LONGEST_REASON = 300
OLDEST_BIRTH_YEARS = 125
OLDEST_RECEIPT = dt.timedelta(days=2 * 366)
FURTHEST_ISSUE = dt.timedelta(days=366)

# Why a patient may have no NHS number: each goes on after "None, because ...".
NO_NUMBER: dict[str, str] = {
    "newborn": "the patient is a newborn baby",
    "abroad": "the patient is new from abroad",
    "not_traced": "it has not been traced yet",
    "held_elsewhere": "the armed forces or a prison hold it",
    "other": "of another reason that the practice knows",
}
# Words that say that it is urgent, and not why.
_SAYS_NOTHING = frozenset(
    {
        *("a", "as", "is", "it", "so", "the", "this", "very", "please"),
        *("now", "today", "tomorrow", "soon", "possible", "earliest", "asap", "needed", "needs"),
        *("urgent", "urgently", "urgency", "immediate", "immediately", "important", "priority", "quickly"),
    }
)
_ANSWERS = tuple(answer.value for answer in FactAnswer)


def parse(form: Mapping[str, str], *, kind: Kind, practice_ids: Collection[int], today: dt.date) -> Draft:
    """Return the request in `form`; `practice_ids` are those this person raises for.

    Raises:
        Invalid: with a sentence for every field that has a problem.
    """
    reader = Reader(form)
    practice_id = _practice(reader, practice_ids)
    identity = _identity(reader, today) if kind.needs_patient else None
    requested = _requested(reader)
    urgent = requested not in ("", RequestedUrgency.ROUTINE)
    draft = Draft(
        practice_id=practice_id,
        kind=kind,
        identity=identity,
        subtype=_subtype(reader, kind),
        document=_document(reader) if kind.needs_document else "",
        ask=_ask(reader, kind),
        answers=_answers(reader, kind),
        requested=RequestedUrgency(requested or RequestedUrgency.ROUTINE),
        urgency_reason=_urgency_reason(reader) if urgent else "",
        receipt_on=_receipt(reader, kind, today),
        next_issue_on=_next_issue(reader, today) if kind.asks_next_issue else None,
        update_stored=form.get("update_stored") == "yes",
        another_because=_spaced(reader.text("another_because", longest=LONGEST_REASON)),
    )
    reader.done()
    return draft


def sketch(form: Mapping[str, str], *, kind: Kind, practice_ids: Collection[int], today: dt.date) -> Draft:
    """Return as much of the request as can be read, without the patient; never refuses.

    For "when will someone see this?", which is answered while the form is still being filled in.
    """
    reader = Reader(form)
    requested = form.get("requested", "")
    known = requested in set(RequestedUrgency)
    receipt = reader.date("receipt", "the date", required=False)
    issue = reader.date("next_issue", "the date", required=False) if kind.asks_next_issue else None
    return Draft(
        practice_id=_practice(reader, practice_ids),
        kind=kind,
        subtype=_one_of(form.get("subtype", ""), [one.code for one in kind.subtypes]),
        answers=_told(form, kind),
        requested=RequestedUrgency(requested) if known else RequestedUrgency.ROUTINE,
        receipt_on=receipt if receipt and today - OLDEST_RECEIPT <= receipt <= today else today,
        next_issue_on=issue if issue and today <= issue <= today + FURTHEST_ISSUE else None,
    )


def parse_identity(form: Mapping[str, str], today: dt.date) -> Identity:
    """Return the patient's details in `form`, for a correction.

    Raises:
        Invalid: with a sentence for every field that has a problem.
    """
    reader = Reader(form)
    identity = _identity(reader, today)
    reader.done()
    return identity


def parse_change(form: Mapping[str, str], kind: Kind) -> tuple[RequestedUrgency, dict[str, FactAnswer]]:
    """Return how soon an open request is wanted now, and the answers that were given.

    Raises:
        Invalid: how soon was not said.
    """
    reader = Reader(form)
    requested = _requested(reader)
    reader.done()
    return RequestedUrgency(requested), _told(form, kind)


def unchanged(draft: Draft, before: Draft) -> bool:
    """Say whether a correction says just what was said before; how lines break is no change."""
    plain = [dataclasses.replace(one, ask=_spaced(one.ask), update_stored=False) for one in (draft, before)]
    return plain[0] == plain[1]


def values_of(draft: Draft) -> dict[str, str]:
    """Return the form's fields as they were typed for `draft`: nothing has to be typed again."""
    values = {
        "practice": str(draft.practice_id),
        "subtype": draft.subtype,
        "document": draft.document,
        "ask": draft.ask,
        "requested": draft.requested.value,
        "urgency_reason": draft.urgency_reason,
        "another_because": draft.another_because,
        "update_stored": "yes" if draft.update_stored else "",
    }
    values |= date_values("receipt", draft.receipt_on) | date_values("next_issue", draft.next_issue_on)
    values |= {f"fact-{code}": answer.value for code, answer in draft.answers.items()}
    if draft.identity is not None:
        values |= identity_values(draft.identity)
    return values


def identity_values(identity: Identity) -> dict[str, str]:
    """Return the form's fields as they were typed for these details."""
    number = identity.nhs_number
    why = next((code for code, words in NO_NUMBER.items() if words == identity.no_number_because), "")
    return {
        "nhs_number": identifiers.format_nhs_number(number) if number else "",
        "no_number": "" if number else why or "other",
        "family": identity.family,
        "given": identity.given,
        "record_number": identity.record_number,
        **date_values("born", identity.born),
    }


def _practice(reader: Reader, practice_ids: Collection[int]) -> int:
    if len(practice_ids) == 1:
        return next(iter(practice_ids))
    allowed = {str(practice_id) for practice_id in practice_ids}
    return int(reader.choice("practice", allowed, "Choose the practice this is for.") or 0)


def _identity(reader: Reader, today: dt.date) -> Identity:
    why = NO_NUMBER.get(
        reader.choice("no_number", NO_NUMBER, "Choose one of the reasons.", required=False), ""
    )
    number = _nhs_number(reader, why)
    missing = "Enter your record number for this patient: without an NHS number it is how they are found."
    return Identity(
        family=_spaced(reader.text("family", "Enter the family name, as in the record.", longest=80)),
        given=_spaced(reader.text("given", "Enter the given name, as in the record.", longest=80)),
        born=_born(reader, today),
        nhs_number=number,
        no_number_because=why,
        record_number=_spaced(reader.text("record_number", missing if why else "", longest=30)),
    )


def _nhs_number(reader: Reader, why_none: str) -> str:
    typed = reader.text("nhs_number", longest=60)
    if why_none and typed:
        reader.problem(
            "no_number", "You gave an NHS number and said why there is none: take one of them out."
        )
    if why_none:
        return ""
    if not typed:
        reader.problem("nhs_number", "Enter the NHS number, or choose below why there is none.")
        return ""
    try:
        return identifiers.nhs_number(typed)
    except ValueError as error:
        reader.problem("nhs_number", str(error))
        return ""


def _born(reader: Reader, today: dt.date) -> dt.date:
    born = reader.date("born", "the date of birth", example="27 3 1951")
    if born is not None and born > today:
        reader.problem("born", "The date of birth is in the future: check the year.")
    elif born is not None and born.year < today.year - OLDEST_BIRTH_YEARS:
        reader.problem("born", f"The date of birth is over {OLDEST_BIRTH_YEARS} years ago: check the year.")
    return born or today


def _subtype(reader: Reader, kind: Kind) -> str:
    if not kind.subtypes:
        return ""
    missing = f"Choose the {kind.subtype_label.lower()}."
    return reader.choice("subtype", [one.code for one in kind.subtypes], missing)


def _document(reader: Reader) -> str:
    missing = "Enter the document's reference, so that we find it in your system."
    return _spaced(reader.text("document", missing, longest=60))


def _ask(reader: Reader, kind: Kind) -> str:
    # A document says itself what it asks; about a patient only the practice can.
    missing = "" if kind.about == "document" else "Say what you ask of the pharmacist or technician."
    return reader.text("ask", missing, longest=LONGEST_ASK)


def _answers(reader: Reader, kind: Kind) -> dict[str, FactAnswer]:
    for fact in kind.facts:
        if fact.band_if_yes is not None and reader.form.get(f"fact-{fact.code}", "") not in _ANSWERS:
            reader.problem(f"fact-{fact.code}", f"{fact.question} Answer Yes, No or Not sure.")
    return _told(reader.form, kind)


def _told(form: Mapping[str, str], kind: Kind) -> dict[str, FactAnswer]:
    said = {fact.code: form.get(f"fact-{fact.code}", "") for fact in kind.facts}
    return {code: FactAnswer(answer) for code, answer in said.items() if answer in _ANSWERS}


def _requested(reader: Reader) -> str:
    allowed = [one.value for one in RequestedUrgency]
    return reader.choice("requested", allowed, "Choose how soon you need it.")


def _urgency_reason(reader: Reader) -> str:
    missing = "Say why it cannot wait for its usual turn."
    reason = reader.text("urgency_reason", missing, longest=LONGEST_REASON)
    if reason and set(re.findall(r"[^\W\d_]+", reason.casefold())) <= _SAYS_NOTHING:
        reader.problem("urgency_reason", f"{missing} For example: what happens if it waits?")
    return reason


def _receipt(reader: Reader, kind: Kind, today: dt.date) -> dt.date:
    what = kind.receipt_label[:1].lower() + kind.receipt_label[1:]
    day = reader.date("receipt", f"the {what}")
    if day is not None and day > today:
        reader.problem("receipt", "This date is in the future: enter today or an earlier day.")
    elif day is not None and day < today - OLDEST_RECEIPT:
        reader.problem("receipt", "This date is more than two years ago: check the year.")
    return day or today


def _next_issue(reader: Reader, today: dt.date) -> dt.date | None:
    day = reader.date("next_issue", "the date of the next issue", required=False)
    if day is not None and day < today:
        reader.problem("next_issue", "This date has passed: enter the next one, or leave it empty.")
    elif day is not None and day > today + FURTHEST_ISSUE:
        reader.problem("next_issue", "This date is more than a year ahead: check the year.")
    return day


def _one_of(value: str, allowed: Collection[str]) -> str:
    return value if value in allowed else ""


def _spaced(value: str) -> str:
    return re.sub(r"\s+", " ", value)

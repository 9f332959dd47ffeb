"""What a clinician types to complete a task."""

from collections.abc import Collection, Mapping, Sequence

from hub.domain.eligibility import may_record
from hub.domain.kinds import Kind
from hub.domain.vocabulary import Band, FactAnswer, Profession
from hub.forms import Reader
from hub.outcomes.actions import (
    FOUND_OUT,
    NOT_SUPERVISED,
    NOTHING_TO_RECORD,
    REPLY_MISSING,
    Completion,
    must_be_recorded,
    open_facts,
)

LONGEST_NOTE = 2000
LONGEST_REPLY = 1000
LONGEST_TO_DO = 200
LONGEST_NAME = 48
MOST_OWN_TO_DOS = 5
MOST_MINUTES = 600
NO_CODE = "none"
# How urgent it should have been, as the form asks it.
AS_IT_WAS, NOW, BY_TOMORROW, USUAL, LATER = "as_it_was", "now", "by_tomorrow", "usual", "later"
NOT_CONFIRMED = "Check name, date of birth and NHS number against the open record, and tick all three."


def read(
    form: Mapping[str, str],
    kind: Kind,
    *,
    confirmed: bool,
    ticked: Collection[str],
    profession: Profession,
    answers: Mapping[str, FactAnswer],
    system: str,
    supervisors: Collection[int] = (),
    given: Band,
) -> Completion:
    """Return the completion that was typed; `ticked` are the suggested to-dos that were chosen.

    `supervisors` are the ids of those of whom one supervised; none where that is not needed. `given` is
    the band in which the task stood.

    Raises:
        Invalid: every problem together, each under its field's name.
    """
    reader = Reader(form)
    if not confirmed:
        reader.problem("identity", NOT_CONFIRMED)
    checklist = _checklist(reader, kind)
    facts = {
        fact.code: reader.choice(f"fact-{fact.code}", FOUND_OUT, f"Answer: {fact.signal}.")
        for fact in open_facts(kind, answers)
    }
    outcome = _outcome(reader, kind, profession, answers)
    minutes = reader.whole(
        "minutes", f"Enter the minutes you spent: a whole number from 1 to {MOST_MINUTES}.",
        least=1, most=MOST_MINUTES,
    )  # fmt: skip
    to_dos = (*(text for text in suggestions(kind) if text in ticked), *_own(reader))
    _check_fits(reader, kind, outcome, to_dos)
    reply = reader.text("reply", REPLY_MISSING if kind.needs_reply else "", longest=LONGEST_REPLY)
    note = reader.text("note", longest=LONGEST_NOTE)
    recorded_in, recorded_code = _recorded(reader, kind, profession, outcome, system)
    ids = [str(one) for one in supervisors]
    supervised_by = reader.choice("supervised_by", ids, NOT_SUPERVISED) if ids else ""
    band_should = _should_have_been(reader, kind, given)
    reader.done()
    return Completion(
        confirmed=confirmed,
        checklist=checklist,
        outcome=outcome,
        minutes=minutes,
        to_dos=to_dos,
        note=note,
        recorded_in=recorded_in,
        recorded_code=recorded_code,
        reply=reply,
        facts=facts,
        supervised_by=int(supervised_by) if supervised_by else None,
        band_should=band_should,
    )


def _should_have_been(reader: Reader, kind: Kind, given: Band) -> Band | None:
    """Return the band it should have had; None where nothing was said, which is allowed."""
    bands = {
        AS_IT_WAS: given,
        NOW: Band.NOW,
        BY_TOMORROW: Band.BY_TOMORROW,
        USUAL: kind.band,
        LATER: Band(min(max(kind.band, given) + 1, max(Band))),
    }
    said = reader.choice(
        "urgency", bands, "Choose how urgent it should have been, or nothing.", required=False
    )
    return bands.get(said)


def _checklist(reader: Reader, kind: Kind) -> dict[str, str]:
    found = {}
    for item in kind.checklist:
        name = f"check-{item.code}"
        answer = reader.choice(
            name,
            ("yes", "not_applicable"),
            f"Answer: {shortened(item.text)}",
            required=item.required,
        )
        if answer == "yes":
            found[item.code] = ""
        elif answer:
            found[item.code] = reader.text(
                f"because-{item.code}", f"Say why it does not apply: {shortened(item.text)}"
            )
    return found


def shortened(text: str) -> str:
    """Return the first words of a checklist item, enough to know it again in a list of problems."""
    if len(text) <= LONGEST_NAME:
        return text
    return f"{text[:LONGEST_NAME].rsplit(' ', 1)[0].rstrip(',:;')} …"


def _check_fits(reader: Reader, kind: Kind, outcome: str, to_dos: Sequence[str]) -> None:
    """Ask once whether an outcome that says nothing is left goes with what the practice is to do."""
    if not (outcome and to_dos and kind.outcome(outcome).nothing_left):
        return
    if reader.form.get("nothing_left") != "yes":
        label, many = kind.outcome(outcome).label, len(to_dos)
        left = f"{many} to-do{'' if many == 1 else 's'}"
        reader.problem(
            "nothing_left",
            f"You chose “{label}” but left {left} for the practice. If that is right, tick the box "
            "by the to-dos; if not, change the outcome or the to-dos.",
        )


def _outcome(reader: Reader, kind: Kind, profession: Profession, answers: Mapping[str, FactAnswer]) -> str:
    code = reader.choice("outcome", [one.code for one in kind.outcomes], "Choose the outcome.")
    if code:
        refusal = may_record(kind.outcome(code), profession, answers, kind.facts)
        if refusal is not None:
            reader.problem("outcome", refusal.sentence)
    return code


def suggestions(kind: Kind) -> Sequence[str]:
    """Return what the kind's outcomes suggest as to-dos, each once, in their order."""
    return tuple(dict.fromkeys(text for outcome in kind.outcomes for text in outcome.to_dos))


def _own(reader: Reader) -> tuple[str, ...]:
    lines = [line.strip() for line in reader.text("own_to_dos", longest=2000).splitlines()]
    own = tuple(line for line in lines if line)
    if len(own) > MOST_OWN_TO_DOS:
        reader.problem("own_to_dos", f"Write at most {MOST_OWN_TO_DOS} lines; there are {len(own)}.")
    if any(len(line) > LONGEST_TO_DO for line in own):
        reader.problem("own_to_dos", f"Use {LONGEST_TO_DO} characters or fewer for each line.")
    return own


def _recorded(
    reader: Reader, kind: Kind, profession: Profession, outcome: str, system: str
) -> tuple[str, str]:
    answer = reader.choice(
        "recorded", ("yes", "nothing"), f"Say whether you recorded this in {system}, before you complete."
    )
    if answer == "nothing" and outcome and not kind.outcome(outcome).may_be_unrecorded:
        reader.problem("recorded", must_be_recorded(kind.outcome(outcome)))
    if answer != "yes":
        return NOTHING_TO_RECORD, ""
    codes = [one.code for one in kind.record_codes if profession in one.professions]
    if not codes:
        return system, ""
    code = reader.choice("code", (*codes, NO_CODE), "Choose the code you used, or that you used another.")
    chosen = {one.code: one for one in kind.record_codes}.get(code)
    if chosen is not None and chosen.outcomes and outcome and outcome not in chosen.outcomes:
        label = kind.outcome(outcome).label
        reader.problem("code", f"“{chosen.term}” does not go with the outcome “{label}”. Choose another.")
    return system, "" if code == NO_CODE else code

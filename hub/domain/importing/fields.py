"""What a column may hold: each field of a request, and the titles that clinical systems give it."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hub.domain.kinds import Kind

IGNORE = "ignore"
FACT, CONDITION = "fact-", "condition-"  # what the codes of a kind's own fields begin with
# What is written around the columns of rows to mend: their numbers, and why they were refused.
ROW_TITLE, TO_DO_TITLE = "Row in your file", "What to do"


@dataclass(frozen=True)
class Field:
    """One thing a column may hold.

    `code` is the name used in mappings; `label` is shown; `words` are titles that mean it, as `plain` gives
    them; `required` says that a request cannot be read without it (or a default, or what else gives it).
    """

    code: str
    label: str
    words: tuple[str, ...]
    required: bool = False


def plain(title: str) -> str:
    """Return a title as small letters and digits only: what stands in brackets or between does not count."""
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", unicodedata.normalize("NFKC", title))
    return "".join(c for c in bare.casefold() if c.isalnum())


def to_mend(header: Sequence[str]) -> bool:
    """Say whether these are the titles of rows to mend, as we gave them."""
    titles = list(map(plain, header))
    return len(titles) > 2 and (titles[0], titles[-1]) == (plain(ROW_TITLE), plain(TO_DO_TITLE))


def _field(code: str, label: str, words: str, required: bool = False) -> Field:
    return Field(code, label, tuple(plain(word) for word in words.split(",")), required)


FIELDS: dict[str, Field] = {
    field.code: field
    for field in (
        _field(
            "nhs_number",
            "NHS number",
            "NHS number,NHS no,NHS,NHS num,NHS id,patient NHS number,patient NHS no,pt NHS,pt NHS number,"
            "pt NHS no,new NHS number,NHS number patient,patients NHS number",
            True,
        ),
        _field(
            "name",
            "Whole name (family and given name in one column)",
            "name,patient name,full name,patient full name,patient,pt name,pt,name of patient,patients name,"
            "usual name,surname forename,surname and forename,name full",
        ),
        _field(
            "family",
            "Family name",
            "family name,surname,last name,sname,patient surname,family,patient family name,"
            "patient last name,pt surname",
            True,
        ),
        _field(
            "given",
            "Given name",
            "given name,given names,first name,first names,forename,forenames,fname,patient forename,given,"
            "christian name,patient first name,patient given name,pt forename,preferred name",
            True,
        ),
        _field(
            "born",
            "Date of birth",
            "date of birth,DOB,birth date,patient DOB,patient date of birth,D O B,pt DOB,born,birthday",
            True,
        ),
        _field(
            "record_number",
            "Your record number for the patient",
            "EMIS number,EMIS no,EMIS id,EMIS,SystmOne number,SystmOne id,S1 id,S1 number,record number,"
            "record no,patient number,patient no,patient id,pt id,local id,practice record number,record id,"
            "computer number,patient reference,Medicus id,Vision number,registration number",
        ),
        _field(
            "practice",
            "Practice (its code or name)",
            "practice,ODS code,ODS,practice code,GP practice,GP practice code,practice name,surgery,"
            "organisation,organisation name,organisation code,org code,national practice code,"
            "registered practice,practice ODS code,surgery name,organization",
        ),
        _field(
            "kind",
            "Kind of request",
            "kind,kind of request,request type,type of request,task type,type of task,type of review,"
            "review type,work type,service,request kind,type",
        ),
        _field(
            "condition",
            "Condition (for long-term condition reviews)",
            "condition,long term condition,LTC,disease,diagnosis,register,QOF register,code term,problem,"
            "condition name,disease register,long term conditions,conditions,term,problem code term",
        ),
        _field(
            "document",
            "Document's reference",
            "document,document number,document no,doc no,document id,doc id,document reference,document ref,"
            "doc number,docman number,docman id,docman reference,docman ref,letter reference,letter number,"
            "letter id,docman no,doc ref,docman document number",
        ),
        _field(
            "ask",
            "What you ask",
            "ask,what you ask,request,question,query,request details,details,notes,comments,comment,message,"
            "instructions,instruction,task description,description,reason for request,request reason,note,"
            "filing name,document name,action,action required,task",
        ),
        _field(
            "receipt",
            "Date the practice received it",
            "date received,received,received date,receipt date,date of receipt,date requested,request date,"
            "receipt,date letter received,date the practice received it,received on,date decided,"
            "date in,document received,date document received",
        ),
        _field(
            "review_due",
            "When the review is due",
            "due,due date,review due,review due date,due by,due month,date due,recall due,recall date,"
            "recall month,next review,next review date,next review due,review due by,review month",
        ),
        _field(
            "next_issue",
            "Date of the next repeat issue",
            "next issue,next issue date,next issue due,next repeat,next repeat date,next repeat issue,"
            "date of next issue,date of the next repeat issue,next prescription date,next due issue",
        ),
        _field(
            "urgency",
            "How soon",
            "urgency,priority,how soon,urgent,requested urgency,importance,task priority",
        ),
        _field(
            "urgency_reason",
            "Why it is urgent",
            "urgency reason,reason for urgency,why urgent,why it is urgent,reason urgent,priority reason",
        ),
    )
}

# Titles that look like a field and are not, with what to say.
NOT_MEANT: dict[str, str] = {
    plain(title): sentence
    for titles, sentence in (
        (
            "letter date,date of letter,document date,clinic date,discharge date,event date",
            "The date of a letter or event is not the day when the practice received it.",
        ),
        (
            "telephone,phone,mobile,mobile number,phone number,telephone number,telecom number,email,address,"
            "home telephone,postcode,post code,email address,home address,contact number",
            "Not needed here: addresses and telephone numbers are not kept.",
        ),
        ("age,sex,gender,title,age in years", "Not needed for a request."),
        ("usual gp,gp,registered gp,named gp,responsible clinician", "Not needed for a request."),
    )
    for title in titles.split(",")
}

IDENTITY = ("nhs_number", "name", "family", "given", "born", "record_number")
_NAMES = frozenset({"family", "given"})


def fields_for(kinds: Sequence[Kind]) -> dict[str, Field]:
    """Return FIELDS and what these kinds ask: `fact-<code>`, `condition-<subtype>` (Yes or No)."""
    found = dict(FIELDS)
    for kind in kinds:
        for subtype in kind.subtypes:
            code = CONDITION + subtype.code
            words = (plain(subtype.code), plain(subtype.name), *_short(subtype.name))
            found[code] = Field(code, f"{subtype.name}: Yes or No", words)
        for fact in kind.facts:
            code = FACT + fact.code
            if code not in found:
                words = (plain(fact.code), plain(fact.signal), plain(fact.question))
                found[code] = Field(code, fact.question, words)
    return found


def _short(name: str) -> tuple[str, ...]:
    inside = re.findall(r"\(([^()]*)\)", name)
    return tuple(plain(part) for part in inside)


def by_title(title: str, fields: Mapping[str, Field] = FIELDS) -> str:
    """Return the field that a title means exactly; "" if none does."""
    wanted = plain(title)
    return next((code for code, field in fields.items() if wanted in field.words), "") if wanted else ""


def like_title(title: str, fields: Mapping[str, Field] = FIELDS) -> str:
    """Return the field whose words stand in a longer title, the longest of them; "" if none do."""
    wanted = plain(title)
    if wanted in NOT_MEANT:
        return ""
    found = [(len(word), code) for code, field in fields.items() for word in field.words if word in wanted]
    found = [one for one in found if one[0] >= 4]
    return max(found, key=lambda one: one[0])[1] if found else ""


def missing(columns: Collection[str], defaults: Collection[str], kind: Kind | None) -> dict[str, str]:
    """Return a sentence for each field that a request of this kind needs and nothing gives yet.

    `columns` and `defaults` are codes of fields; `kind` None means that a column says it.
    """
    given = {*columns, *defaults}
    if "name" in given:
        given |= _NAMES
    needed: dict[str, str] = {}
    if kind is None and "kind" not in given:
        needed["kind"] = "Choose the kind of request, or the column that says it."
    if kind is None or kind.needs_patient:
        needed |= {
            "nhs_number": "Choose the column with the NHS number.",
            "family": "Choose the column with the family name, or one with the whole name.",
            "given": "Choose the column with the given name, or one with the whole name.",
            "born": "Choose the column with the date of birth.",
        }
    needed["receipt"] = "Choose the column with the date of receipt, or give one date for all rows."
    if kind is not None:
        needed |= _of_kind(kind, given)
    return {code: sentence for code, sentence in needed.items() if code not in given}


def _of_kind(kind: Kind, given: Collection[str]) -> dict[str, str]:
    needed = {}
    if kind.subtypes and not any(code.startswith(CONDITION) for code in given):
        needed["condition"] = "Choose the column with the condition, or one condition for all rows."
    if kind.needs_document:
        needed["document"] = "Choose the column with the document's reference."
    if kind.about != "document":
        needed["ask"] = "Choose the column that says what you ask, or write it once for all rows."
    for fact in kind.facts:
        if fact.band_if_yes is not None:
            code = FACT + fact.code
            needed[code] = f"{fact.question} Choose the column, or one answer for all rows."
    return needed

"""Attempts to reach a patient, as facts on their task; and what a tool's reply means.

Quality and Outcomes Framework reviews may be closed as "did not respond" only after two
invitations, so each attempt is kept with its day.
"""

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Contact(StrEnum):
    """What came of one attempt to reach a patient."""

    INVITED = "invited"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    BOOKED = "booked"
    DID_NOT_ATTEND = "did_not_attend"
    WROTE = "wrote"
    WANTS_TO_BOOK = "wants_to_book"
    NO_TEXTS = "no_texts"


WORDS: dict[Contact, str] = {
    Contact.INVITED: "Invited",
    Contact.NO_ANSWER: "No answer",
    Contact.DECLINED: "Declined",
    Contact.BOOKED: "Booked",
    Contact.DID_NOT_ATTEND: "Did not attend",
    Contact.WROTE: "Wrote back: somebody must read it",
    Contact.WANTS_TO_BOOK: "Wants to book: somebody must book them",
    Contact.NO_TEXTS: "Asks not to be texted",
}
IN_A_SENTENCE: dict[Contact, str] = {
    Contact.INVITED: "noted that the patient was invited",
    Contact.NO_ANSWER: "noted that the patient did not answer",
    Contact.DECLINED: "noted that the patient declined",
    Contact.BOOKED: "noted that the patient is booked",
    Contact.DID_NOT_ATTEND: "noted that the patient did not attend",
    Contact.WROTE: "noted that the patient wrote back",
    Contact.WANTS_TO_BOOK: "noted that the patient wants to book",
    Contact.NO_TEXTS: "noted that the patient asks not to be texted",
}
# Whoever said one of these is not asked again by a list.
SETTLED = frozenset({Contact.DECLINED, Contact.BOOKED, Contact.WANTS_TO_BOOK})
# What a patient said or did about the review itself: the newest of these holds.
ANSWERS = SETTLED | {Contact.WROTE, Contact.DID_NOT_ATTEND}
# With these the patient's own words are kept: they may say more.
OWN_WORDS = frozenset({Contact.WROTE, Contact.DECLINED, Contact.WANTS_TO_BOOK, Contact.NO_TEXTS})
FROM_REPLIES = "accurx-replies"  # how an attempt came to be noted: from a report of replies, in their words

MOST_PLAIN_WORDS = 6
_NOT = re.compile(r"\b(not|no|never|can't|cannot|don't|won't)\b")
# The first that fits counts; "not" in front of booking words is caught before them. A bare STOP is about the
# texts; "stop my tablets" is not, and is read by somebody.
_MEANINGS: tuple[tuple[re.Pattern[str], Contact], ...] = (
    (
        re.compile(
            r"^\W*(please )?stop( all| it)?( please)?\W*$|\bunsubscribe\b|"
            r"\b(stop|do not|don't|no more) (text|messag|sms|sending)\w*"
        ),
        Contact.NO_TEXTS,
    ),
    (re.compile(r"\b(did not attend|didn't attend|dna|not attended)\b"), Contact.DID_NOT_ATTEND),
    (
        re.compile(
            r"\b(no (answer|response|reply|repl\w+)|not (yet )?(respond\w*|repl\w+|answered|read|delivered|"
            r"booked|sent)|unread|undelivered|failed|expired|awaiting( \w+)?|pending|no mobile)\b"
        ),
        Contact.NO_ANSWER,
    ),
    (
        re.compile(
            r"\b(declin\w*|refus\w*|opt(ed)?[ -]?out|do(es)? not want|don't want|no thanks?|no thank you)\b"
        ),
        Contact.DECLINED,
    ),
    (
        re.compile(
            r"\byes\b.*\bbook\b|\bbook me\b|"
            r"\b(wants?|like|need) (to book|an appointment|an appt|a slot)\b"
        ),
        Contact.WANTS_TO_BOOK,
    ),
    (re.compile(r"\b(booked|appointment (made|confirmed)|confirmed|accepted)\b"), Contact.BOOKED),
)


def meaning(words: str) -> Contact | None:
    """Return what a tool's word for a reply means, None if it says none of these plainly.

    It only proposes: a person confirms each word of a file before anything is noted.
    """
    if len(words.split()) > MOST_PLAIN_WORDS:
        return None  # a sentence of their own may say more than its first words
    plain = " ".join(words.casefold().replace("\u2019", "'").split())
    found = next((meant for pattern, meant in _MEANINGS if pattern.search(plain)), None)
    return None if found is Contact.WANTS_TO_BOOK and _NOT.search(plain) else found


def attempt_words(data: Mapping[str, Any]) -> str:
    """Say one attempt in words, from its event's data: "Invited, 24-Nov-2026", "Booked for 02-Dec-2026".

    Of a booking, `replied` says that the day is that of their reply: when they come is not known here.
    """
    day = f"{dt.date.fromisoformat(data['day']):%d-%b-%Y}"
    if data["contact"] != Contact.BOOKED:
        return f"{WORDS[Contact(data['contact'])]}, {day}"
    if data.get("replied"):
        return f"Booked, as they replied on {day}"
    return f"Booked for {day}" + (f" at {data['time']}" if data.get("time") else "")


def told(data: Mapping[str, Any]) -> str:
    """Say who did what, after their name: "noted that the patient was invited, 24-Nov-2026"."""
    words, day = IN_A_SENTENCE[Contact(data["contact"])], f"{dt.date.fromisoformat(data['day']):%d-%b-%Y}"
    if data["contact"] != Contact.BOOKED:
        return f"{words} ({day})"
    if data.get("replied"):
        return f"{words}, as they replied on {day}"
    return f"{words} for {day}" + (f" at {data['time']}" if data.get("time") else "")

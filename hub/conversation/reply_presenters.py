"""What the patient last said to an invitation, on the request that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.conversation.story_presenters import LineLike
from hub.domain.contact import ANSWERS, WORDS, Contact, attempt_words
from hub.domain.lifecycle import Act

_TITLES = {
    Contact.DECLINED: "The patient declined",
    Contact.WANTS_TO_BOOK: "The patient wants to book",
    Contact.WROTE: "The patient wrote back",
    Contact.DID_NOT_ATTEND: "The patient did not attend",
    Contact.BOOKED: "The patient is booked",
}
_NEXT = {
    Contact.DECLINED: "The hub still has it in line. Stop it, or write to the hub below what it is to do.",
    Contact.WANTS_TO_BOOK: "The hub lead was told. If you book them yourselves, write the day below.",
    Contact.WROTE: "The hub lead was told. If they are unwell, ring them or your duty clinician now.",
}


@dataclass(frozen=True, slots=True)
class Replied:
    """What the patient said last: a title, when, their own words ("" if they are not kept), what is next."""

    title: str
    when: str
    words: str
    next: str
    declined: bool


def replied(lines: Iterable[LineLike]) -> Replied | None:
    """Return what the patient last answered, None if they have not; a new invitation changes nothing."""
    answers = [one for one in lines if one.act == Act.CONTACTED and Contact(one.data["contact"]) in ANSWERS]
    if not answers:
        return None
    last = answers[-1]
    contact = Contact(last.data["contact"])
    day = attempt_words(last.data).removeprefix(WORDS[contact]).lstrip(", ")
    when = f"{day[:1].upper()}{day[1:]}, noted by {last.actor}."
    return Replied(_TITLES[contact], when, last.text, _NEXT.get(contact, ""), contact is Contact.DECLINED)

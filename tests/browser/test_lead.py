"""A lead steps in: holds a practice, gives out and moves its work by hand, and lets it go on."""

import re
from collections.abc import Callable

import pytest

from tests.browser import lead_side, practice_side
from tests.browser.clinician_side import finds_on_the_worklist
from tests.browser.patients import HIPPOLYTA
from tests.support.browser_person import Person
from tests.support.factories import Make

KIND = "Medication query"
WHY_HELD = "EMIS Web is down there until about noon."
WHY_OLIVE = "Olive is on the telephone with them anyway."
WHY_PETE = "Olive must leave early."


@pytest.mark.full
@pytest.mark.slow
def test_a_lead_holds_a_practice_and_gives_its_work_by_hand(
    make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Cedar Court Surgery")
    requester = make.requester(practice, name="Maya Manager")
    lead = person(make.lead(name="Leda Lead"))
    olive = person(make.pharmacist(practice, name="Olive Pharmacist"))
    pete = person(make.pharmacist(practice, name="Pete Pharmacist", works=False))

    holds(lead, practice.name, practice.ods_code)
    ref = make.request(practice, requester, identity=HIPPOLYTA.identity).ref
    waits_though_someone_is_at_work(lead)
    gives_by_hand(lead, ref)
    finds_on_the_worklist(olive, ref)
    olive.follows(f"{KIND}, {ref}")
    olive.reads("Leda Lead assigned it by hand.")
    olive.reads("This practice is held")

    moves(lead, ref)
    olive.opens("/worklist")
    olive.does_not_read(ref)
    finds_on_the_worklist(pete, ref)
    lets_go_on(lead, practice.name)


def holds(lead: Person, practice: str, ods_code: str) -> None:
    """Hold a practice, first forgetting to say why."""
    lead.follows("Hold a practice, or end a hold")
    lead.picks(f"{practice} ({ods_code})", of="Practice")
    lead.presses("Hold this practice")
    practice_side.is_told_what_is_missing(lead, "reason", "why")
    lead.writes(WHY_HELD, into="Why?")
    lead.presses("Hold this practice")
    lead.reads(f"{practice} is on hold: its work is not given out.")


def waits_though_someone_is_at_work(lead: Person) -> None:
    """See on the board that the task is placed, and waits."""
    words = ("Waiting for a clinician", "At a practice on hold", "On a worklist, not started")
    lead.looks_until(lambda: lead_side.counts(lead, *words)[words[0]] == 1, "the request on the board")
    assert lead_side.counts(lead, *words) == dict(zip(words, (1, 1, 0), strict=True))


def gives_by_hand(lead: Person, ref: str) -> None:
    """Open the number, choose the task, and give it to someone with a reason."""
    lead.follows(re.compile(r"^1 Waiting for a clinician$"))
    assign = re.compile(rf"^Assign ?{ref}")
    lead.looks_until(lambda: lead.page.get_by_role("link", name=assign).count() > 0, "that it is placed")
    lead.follows(assign)
    lead.presses("Assign")
    practice_side.is_told_what_is_missing(lead, "to-1", "Choose")
    lead.hands.choose(lead.page.get_by_role("radio", name="Olive Pharmacist"))
    lead.writes(WHY_OLIVE, into="Why?")
    lead.presses("Assign")
    lead.reads(f"{ref} is assigned to Olive Pharmacist.")


def moves(lead: Person, ref: str) -> None:
    """Move it to someone who is not at work, which needs the lead's reason."""
    lead.opens("/board")
    lead.follows(re.compile(r"^1 On a worklist, not started$"))
    lead.follows(re.compile(rf"^Move ?{ref}"))
    lead.reads("Your reason overrides this.")
    lead.hands.choose(lead.page.get_by_role("radio", name="Pete Pharmacist"))
    lead.writes(WHY_PETE, into="Why?")
    lead.presses("Move")
    lead.reads(f"{ref} is moved to Pete Pharmacist.")


def lets_go_on(lead: Person, practice: str) -> None:
    """End the hold."""
    lead.opens("/board/holds")
    lead.presses(re.compile(rf"^End the hold ?of {practice}"))
    lead.reads(f"{practice} is no longer on hold")
    assert lead_side.counts(lead, "At a practice on hold") == {"At a practice on hold": 0}

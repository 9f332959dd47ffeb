"""A technician screens a discharge letter and hands it to a pharmacist, inside the same task."""

from collections.abc import Callable

import pytest

from tests.browser import clinician_side, practice_side
from tests.browser.patients import BARNABY
from tests.support.browser_person import Person
from tests.support.factories import Make

KIND = "Discharge medicines reconciliation"
NOTE = "Amiloride was stopped on the ward and still stands on repeat. The rest is in order."


@pytest.mark.full
@pytest.mark.slow
def test_a_technician_hands_a_discharge_to_a_pharmacist(make: Make, person: Callable[..., Person]) -> None:
    practice = make.practice("Damson Road Practice")
    requester = make.requester(practice, name="Maya Manager")
    technician = person(make.technician(practice, name="Tess Technician"))
    ref = make.request(practice, requester, "DISCH", identity=BARNABY.identity).ref

    clinician_side.finds_on_the_worklist(technician, ref)
    technician.follows(f"{KIND}, {ref}")
    clinician_side.starts(technician, BARNABY)
    technician.presses("Hand to a pharmacist")
    technician.presses("Hand over")
    practice_side.is_told_what_is_missing(technician, "reason", "what you did")
    technician.writes(NOTE, into="What did you do, and what is left?")
    technician.presses("Hand over")
    technician.reads(f"{ref} is handed on; it goes to the next pharmacist who is free.")

    pharmacist = person(make.pharmacist(practice, name="Philip Pharmacist"))
    clinician_side.finds_on_the_worklist(pharmacist, ref)
    pharmacist.follows(f"{KIND}, {ref}")
    pharmacist.reads(NOTE)
    clinician_side.starts(pharmacist, BARNABY)
    technician.opens("/worklist")
    technician.does_not_read(ref)

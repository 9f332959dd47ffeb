"""Why a task stands where it stands, and a place that a lead sets and takes back, without JavaScript."""

from collections.abc import Callable

import pytest

from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make

TAG = "Set first by Leda Lead until 24-Nov-2026 23:59"


@pytest.mark.slow
def test_a_lead_sets_a_task_first_and_takes_that_back(
    site: Site, make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Cedar Court Surgery")
    requester = make.requester(practice, name="Maya Manager")
    before, ref = (make.request(practice, requester, "SMR").ref for _ in range(2))
    site.wait_until_placed()
    lead = person(make.lead(name="Leda Lead"), scripts=False)

    lead.opens(f"/tasks/{ref}")
    lead.reads("It stands at place 2 of the 2 tasks in the queue “Medication reviews”.")
    lead.unfolds("What counts towards its place")
    lead.reads("puts it behind shorter work, and before longer work")
    sets_it_first(lead)
    lead.reads(TAG)
    lead.reads("It stands at place 1 of the 2 tasks in the queue “Medication reviews”.")

    lead.opens("/queues/medication-reviews")
    assert stand_in_order(lead) == [ref, before]
    lead.reads(TAG)
    lead.follows(f"Structured medication review, {ref}")
    lead.presses("Take back the place that was set")
    lead.reads("Leda Lead took back the place that a person had set.")
    lead.does_not_read(TAG)
    lead.opens("/queues/medication-reviews")
    assert stand_in_order(lead) == [before, ref]


def sets_it_first(lead: Person) -> None:
    """Set the task first until tomorrow, at first without saying why."""
    lead.presses("Set its place")
    lead.chooses("First in its line", of="Where should it stand?")
    lead.chooses("The end of tomorrow, Tue 24-Nov-2026", of="Until when?")
    lead.presses("Set its place")
    lead.reads("Say why, so that everyone who is passed over can read it.")
    lead.writes("She goes abroad on Wednesday.", into="Why?")
    lead.presses("Set its place")
    lead.reads("She goes abroad on Wednesday.")


def stand_in_order(lead: Person) -> list[str]:
    """The references of the queue's rows, from the top."""
    rows = lead.page.locator("tbody tr[id^='task-']")
    return [str(row.get_attribute("id")).removeprefix("task-") for row in rows.all()]


@pytest.mark.full
@pytest.mark.slow
def test_the_pages_on_urgency_are_clean(site: Site, make: Make, person: Callable[..., Person]) -> None:
    practice = make.practice("Cedar Court Surgery")
    requester = make.requester(practice, name="Maya Manager")
    make.request(practice, requester, "SMR")
    site.wait_until_placed()
    lead = person(make.lead(name="Leda Lead"))
    lead.opens("/board")
    lead.follows("How well urgency is judged, and who asks for everything urgently")
    lead.reads("No practice stands out.")
    lead.follows("Show every practice, 1 more")
    lead.follows("1 asked for, Cedar Court Surgery")
    lead.reads("Asked for, Cedar Court Surgery: 1 task")

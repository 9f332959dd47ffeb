"""A lead changes a routing rule and a target: sees what would move, publishes it, and takes it back."""

from collections.abc import Callable

import pytest

from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make

RULE = "Queries of this practice to a pharmacist"


@pytest.mark.full
@pytest.mark.slow
def test_a_lead_changes_a_rule_and_takes_it_back(
    site: Site, make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Cedar Court Surgery")
    requester = make.requester(practice, name="Maya Manager")
    refs = {make.request(practice, requester, "MEDQ").ref for _ in range(2)}
    make.request(practice, requester, "SMR")
    site.wait_until_placed()
    lead = person(make.lead(name="Leda Lead"))

    begins_a_draft(lead)
    adds_a_rule(lead, practice.ods_code)
    lead.presses("See what it would change")
    lead.reads("2 waiting tasks would be routed otherwise.")
    lead.reads("1 open task would get another target, and be due by it.")
    lead.follows("1 task with “Structured medication review: 28 working days instead of 20”")
    lead.reads("28 working days instead of 20")
    lead.follows("What the draft would change")
    for ref in refs:
        lead.reads(ref)
    lead.follows("The draft")
    lead.presses("Publish as version 2")
    lead.reads("Say why, so that whoever asks later knows.")
    lead.writes("They came back too often.", into="Why?")
    lead.presses("Publish as version 2")
    lead.reads("Version 2 is in force.")
    sees_it_on_the_task(lead, next(iter(refs)), "by version 2 of the policy")

    lead.opens("/policies/1")
    lead.reads(f"The rule “{RULE}” is taken away.")
    lead.writes("They wait too long now.", into="Why?")
    lead.presses("Put version 1 into force again")
    lead.reads("Version 3 is in force: it says what version 1 said.")
    sees_it_on_the_task(lead, next(iter(refs)), "by version 3 of the policy")


def begins_a_draft(lead: Person) -> None:
    """Begin a draft, first forgetting its name."""
    lead.opens("/board")
    lead.follows("Policy")
    lead.presses("Begin the draft")
    lead.reads("Name the draft by what it is for.")
    lead.writes("Pharmacists for Cedar Court", into="What is it for?")
    lead.presses("Begin the draft")
    lead.reads("Nothing yet.")


def adds_a_rule(lead: Person, ods_code: str) -> None:
    """Add a rule, first saying nothing, and have it asked sooner."""
    lead.follows("Add a rule")
    lead.presses("Save in the draft")
    lead.reads("Name the rule by what it does.")
    lead.writes(RULE, into="Name")
    lead.ticks("Medication query")
    lead.writes(ods_code, into="Practices, by their ODS codes")
    lead.ticks("Pharmacist")
    lead.writes("25", into="Planned minutes")
    lead.presses("Save in the draft")
    lead.reads("Nothing is in force until you publish it.")
    lead.presses(f"Ask sooner “{RULE}”")
    lead.follows("Change these numbers")
    lead.presses("Save in the draft")
    lead.reads("The numbers are saved in the draft.")
    lead.follows("Change these targets")
    lead.writes("41", into="Structured medication review")
    lead.presses("Save in the draft")
    lead.reads("must be from 1 to 40 working days")
    lead.writes("28", into="Structured medication review")
    lead.presses("Save in the draft")
    lead.reads("The targets are saved in the draft.")


def sees_it_on_the_task(lead: Person, ref: str, words: str) -> None:
    """Wait until the workers have routed it, and read in its history that they did."""
    lead.opens(f"/tasks/{ref}")
    lead.looks_until(lambda: words in lead.text(), "that it was routed anew")

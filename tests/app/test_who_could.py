"""Who could do this, and why not the others: on every open task's page, for clinician and lead."""

import re
from dataclasses import replace
from typing import Any

import pytest

from hub.domain.eligibility import who_could
from hub.domain.people import SignOff
from hub.domain.vocabulary import FactAnswer, Profession
from hub.extensions import db
from hub.worklist.who_presenters import FEW, could_do, without_its_own
from tests.domain.examples import SAM, TODAY, needs
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

BOTH = {Profession.PHARMACIST: True, Profession.TECHNICIAN: False}


def section(page: Any) -> str:
    found = re.search(r'<details[^>]*id="who-could".*?<h2', page.text, re.S)
    assert found, "no such section"
    words = re.sub(r"<[^>]+>", " ", found[0])
    return " ".join(words.split())


def test_three_hundred_people_are_a_few_groups_with_counts_and_every_name() -> None:
    people = [replace(SAM, id=n, name=f"Person {n}") for n in range(300)]
    people[1] = replace(people[1], bound_minutes=110)
    people[2] = replace(people[2], at_work=False, busy="in a meeting until 11:00")
    for n in range(10, 60):
        people[n] = replace(people[n], profession=Profession.TECHNICIAN)
    for n in range(60, 200):
        people[n] = replace(people[n], practices=frozenset())
    for n in range(200, 203):
        people[n] = replace(people[n], no_sign_in=frozenset({7}), all_kinds=False)
    people[299] = replace(people[299], sign_offs={("LETTER", ""): SignOff(supervised=True)})
    asked = needs(kind="LETTER", what="Letter")
    could = could_do(who_could(people, asked, TODAY), asked, BOTH)
    assert could.words == "104 now"
    assert could.now is not None
    assert [group.title for group in could.soft] == [
        "Not at work now: 1 person", "Not enough minutes left today: 1 person",
    ]  # fmt: skip
    assert could.soft[0].lines == ["Person 2 is in a meeting until 11:00."]
    assert [group.title for group in could.hard] == [
        "Not a pharmacist: 50 people",
        "Not signed off for Letter: 3 people",
        "No access to Mill Lane Surgery: 140 people",
        "Only under supervision, and nobody may supervise it: 1 person",
    ]
    groups = [could.now, *could.soft, *could.hard]
    lines = [line for group in groups for line in group.lines]
    assert len(lines) == 300, "each person once"
    assert {line.split(" ", 2)[1].strip(",") for line in lines} == {str(n) for n in range(300)}
    assert could.hard[1].lines[0] == "Person 200 is not signed off for Letter.", "one sentence each"
    assert [group.is_small for group in groups] == [len(group.lines) <= FEW for group in groups]


@pytest.fixture
def place(make: Make) -> dict[str, Any]:
    practice = make.practice("Elm Surgery")
    return {
        "practice": practice,
        "asks": make.requester(practice),
        "pat": make.pharmacist(practice, name="Pat Lane"),
        "new": make.pharmacist(practice, name="Nia Cole", all_kinds=False),
        "off": make.pharmacist(practice, name="Olu Bode", works=False),
        "far": make.pharmacist(name="Fay Dunn"),
    }


def test_clinician_and_lead_read_the_same_reasons(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(place["practice"], place["asks"])
    for who in (place["pat"], make.lead()):
        words = section(as_user(who).get(f"/tasks/{task.ref}"))
        assert "and why not the others?" in words
        for sentence in (
            "Pat Lane, pharmacist:",
            "Olu Bode is not at work now, and has 0 minutes free today; this needs 10.",
            "Not signed off for Medication query: 1 person Nia Cole is not signed off for Medication query.",
            "No access to Elm Surgery: 1 person Fay Dunn has no access to Elm Surgery.",
        ):
            assert sentence in words


def test_every_page_of_an_open_task_has_it_and_a_closed_ones_has_not(
    make: Make, place: Any, as_user: Any
) -> None:
    started = make.started(place["practice"], place["asks"], place["pat"])
    assert "Pat Lane" in section(as_user(place["pat"]).get(f"/tasks/{started.ref}"))
    lead = as_user(make.lead())
    raised = make.request(place["practice"], place["asks"])
    assert "Pat Lane" in section(lead.get(f"/tasks/{raised.ref}"))


def test_whoever_has_it_is_not_refused_for_the_minutes_that_it_takes_itself(
    make: Make, place: Any, as_user: Any
) -> None:
    task = make.started(place["practice"], place["asks"], place["pat"])
    # All that is booked on the day is this task, and all that is left of the day is what it needs.
    person = replace(SAM, id=place["pat"].id, minutes_left=task.minutes, bound_minutes=task.minutes)
    (own,) = without_its_own([person], task)
    assert own.minutes_left - own.bound_minutes == task.minutes
    assert without_its_own([replace(person, id=0)], task)[0].bound_minutes == task.minutes
    words = section(as_user(place["pat"]).get(f"/tasks/{task.ref}"))
    assert "Pat Lane, pharmacist: has it; 8 h free today for it and others." in words


def test_nobody_can_have_now_what_is_sent_back_held_or_kept(make: Make, place: Any, as_user: Any) -> None:
    lead, ash = as_user(make.lead()), make.practice("Ash Surgery")
    ned = make.pharmacist(ash, name="Ned Moss", works=False)
    kept = make.placed(ash, make.requester(ash))
    fill_in(lead, f"/tasks/{kept.ref}/reserve", to=str(ned.id), until="today", reason="His.")
    words = section(lead.get(f"/tasks/{kept.ref}"))
    assert "Who could do this (nobody now)" in words
    assert "Nobody but Ned Moss now: it is reserved for Ned Moss." in words
    task = make.placed(place["practice"], place["asks"])
    fill_in(lead, f"/tasks/{task.ref}/send-back", code="information_missing", reason="Which brand?")
    page = lead.get(f"/tasks/{task.ref}")
    assert "Nobody now: it is with the practice, which must correct or stop it." in section(page)
    assert "May do it once that is over: 1 person" in section(page)
    assert "That cannot be said as things stand. Nobody now: it is with the practice" in text_of(page)


def test_a_held_practice_says_so_and_the_rule_that_decided_is_named(
    make: Make, as_user: Any, acting: Any
) -> None:
    from hub.placing import actions, queries

    lead, ash = make.lead(), make.practice("Ash Surgery")
    make.pharmacist(ash, works=False)
    task = make.placed(ash, make.requester(ash), "SMR", answers={"care_home": FactAnswer.YES})
    with acting(lead) as by:
        actions.hold(queries.practice(ash.id), reason="Down.", by=by)
        db.session.commit()
    page = as_user(lead).get(f"/tasks/{task.ref}")
    assert "Nobody is given it now: Ash Surgery is held" in section(page)
    words = text_of(page)
    assert (
        "The routing rule “Reviews in a care home” decided (version 1 of the policy): planned at 60" in words
    )
    assert "It goes to Medication reviews, by the rule 'Reviews in a care home' (policy version 1)." in words


def test_where_nobody_may_the_forecast_says_so(make: Make, as_user: Any) -> None:
    practice = make.practice("Oak Surgery")
    task = make.placed(practice, make.requester(practice))
    words = text_of(as_user(make.lead()).get(f"/tasks/{task.ref}"))
    assert "When will it be done? That cannot be said as things stand. " in words
    assert re.search(r"as things stand\. (The hub has no|No clinician|No pharmacist)", words)


def test_the_boards_rows_lead_to_it_and_open_it(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(place["practice"], place["asks"])
    lead = as_user(make.lead())
    link = f"/tasks/{task.ref}?who=open#who-could"
    assert f'href="{link}"' in lead.get("/board/tasks?number=open").text
    opened, closed = lead.get(link.partition("#")[0]).text, lead.get(f"/tasks/{task.ref}").text
    assert re.search(r'id="who-could" open', opened)
    assert not re.search(r'id="who-could" open', closed)


def test_what_needs_a_decision_leads_to_it_from_the_board_itself(make: Make, as_user: Any) -> None:
    practice = make.practice()
    task = make.placed(practice, make.requester(practice))  # nobody works there
    page = as_user(make.lead()).get("/board").text
    assert f'href="/tasks/{task.ref}?who=open#who-could"' in page


def test_it_costs_the_same_however_many_people(make: Make, place: Any, as_user: Any, statements: Any) -> None:
    task = make.placed(place["practice"], place["asks"])
    make.sign_off(place["new"], "MEDQ", supervised=True)
    client = as_user(place["pat"])

    def count() -> int:
        with statements() as seen:
            assert client.get(f"/tasks/{task.ref}").status_code == 200
        return int(seen.count)

    client.get(f"/tasks/{task.ref}")
    one = count()
    for n in range(4):
        user = make.pharmacist(place["practice"], supervises=n % 2 == 0)
        make.sign_off(user, "MEDQ", supervised=True)
        make.sign_off(user, "LTC", "AST")
        make.meeting(user, "10:00", "11:00")
        make.on_call(user)
    assert count() == one
    assert "Only under supervision" in text_of(client.get(f"/tasks/{task.ref}"))

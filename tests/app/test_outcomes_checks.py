"""Completing a task: what must be said, and by whom; what is wrong is told and what was typed is kept."""

import re
from typing import Any

import pytest

from hub.domain.vocabulary import FactAnswer
from hub.placing import queries
from hub.protocols.queries import kind_of
from tests.support.factories import Make
from tests.support.pages import fill_in, hidden_fields, text_of


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"identity": ["name", "number"]}, "Check name, date of birth and NHS number"),
        ({"check-supply": ""}, "Answer: Checked that the patient will not run out"),
        (
            {"check-supply": "not_applicable"},
            "Say why it does not apply: Checked that the patient will not run out",
        ),
        ({"outcome": ""}, "Choose the outcome."),
        ({"outcome": "made_up"}, "Choose the outcome."),
        ({"minutes": "0"}, "a whole number from 1 to 600"),
        ({"minutes": "601"}, "a whole number from 1 to 600"),
        ({"minutes": "1.5"}, "a whole number from 1 to 600"),
        ({"own_to_dos": "1\n2\n3\n4\n5\n6"}, "Write at most 5 lines; there are 6."),
        ({"own_to_dos": "x" * 201}, "Use 200 characters or fewer for each line."),
        ({"reply": " "}, "Write the answer for the practice"),
        ({"reply": "x" * 1001}, "Use 1000 characters or fewer; this has 1001."),
        ({"outcome": "advised", "recorded": "nothing"}, "must stand in the patient's record"),
        ({"recorded": ""}, "Say whether you recorded this in EMIS Web"),
        ({"code": ""}, "Choose the code you used"),
        ({"code": "294631000000100"}, "“Unsuccessful phone contact” does not go with the outcome"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    make: Make, place: Any, as_user: Any, answers: Any, change: dict[str, Any], sentence: str
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    typed = answers(task, note="Kept words.") | change
    answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete", **typed)
    assert answer.status_code == 422
    words = text_of(answer)
    assert "There is a problem" in words
    assert sentence in words
    assert "Kept words." in words
    assert make.again(task).status == "in_progress"


def test_each_problem_links_to_its_field(make: Make, place: Any, as_user: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete")
    markup = answer.get_data(as_text=True)
    targets = re.findall(r'<a href="#([^"]+)"', markup.split("There is a problem")[1])
    assert "check-supply" in targets
    assert all(f'id="{target}"' in markup for target in targets), targets


def test_a_technician_may_not_record_what_needs_a_pharmacist(make: Make, as_user: Any, answers: Any) -> None:
    practice = make.practice()
    manager, technician = make.requester(practice), make.technician(practice, name="Tess Tech")
    told = {"high_risk_medicine": FactAnswer.NO, "medicine_change": FactAnswer.NO}
    task = make.started(
        practice, manager, technician, kind="DISCH", answers=told | {"unclear_letter": FactAnswer.NOT_SURE}
    )
    client = as_user(technician)
    words = text_of(client.get(f"/tasks/{task.ref}/complete"))
    refusal = (
        "A technician may not record 'Reconciled, no changes needed' here: "
        "unclear letter is answered not sure."
    )
    only = "Only a pharmacist may record “Reconciled, the record was changed”, “Reconciled, changes for"
    assert words.count("Only a pharmacist may record") == 1
    assert "You cannot complete this task" in words
    assert "Sign the prescriptions left ready" not in words
    assert only in words
    assert (
        "A technician may not record “Reconciled, no changes needed” here: "
        "unclear letter is answered not sure."
    ) in words
    # Handing on is the one thing to do, here and on the task's page.
    page = client.get(f"/tasks/{task.ref}/complete").text
    assert f'href="/tasks/{task.ref}/hand-over"' in page
    assert "<form method" not in page.split("You cannot complete this task")[1]
    task_page = client.get(f"/tasks/{task.ref}").text
    assert task_page.index("Hand to a pharmacist") < task_page.index(">Complete<")
    answer = client.post(
        f"/tasks/{task.ref}/complete",
        data={"form_key": "of-this-test", "version": task.version, **answers(task, outcome="no_changes")},
    )
    assert answer.status_code == 422
    assert refusal in text_of(answer)


def test_a_technician_closes_what_is_safe(make: Make, as_user: Any, answers: Any) -> None:
    practice = make.practice()
    manager, technician = make.requester(practice), make.technician(practice)
    task = make.started(practice, manager, technician, kind="DISCH")
    fill_in(as_user(technician), f"/tasks/{task.ref}/complete", **answers(task, outcome="no_changes"))
    assert make.again(task).outcome == "no_changes"


def test_the_rule_itself_refuses_too(make: Make, acting: Any) -> None:
    """The action does not lean on the form: it judges person, outcome, identity and checklist itself."""
    from hub.domain.errors import Invalid, NotAllowed
    from hub.outcomes.actions import Completion, record

    practice = make.practice()
    manager, technician = make.requester(practice), make.technician(practice)
    task = make.started(practice, manager, technician, kind="DISCH")
    empty = Completion(False, {}, "no_changes", 5, (), "", "EMIS Web", "")
    with acting(technician) as by:
        locked = queries.get(task.ref, lock=True)
        with pytest.raises(Invalid) as refused:
            record(locked, completion=empty, by=by)
        assert set(refused.value.problems) == {
            "identity",
            *(f"check-{item.code}" for item in kind_of(locked).checklist),
        }
        all_done = {item.code: "" for item in kind_of(locked).checklist}
        unrecorded = Completion(True, all_done, "no_changes", 5, (), "", "nothing", "")
        with pytest.raises(Invalid) as refused:
            record(locked, completion=unrecorded, by=by)
        assert set(refused.value.problems) == {"recorded"}
        changed = Completion(True, {}, "changed", 5, (), "", "EMIS Web", "")
        with pytest.raises(NotAllowed, match="Only a pharmacist may record"):
            record(locked, completion=changed, by=by)


def test_what_the_practice_did_not_know_is_answered_by_whoever_had_the_record_open(
    make: Make, place: Any, as_user: Any, acting: Any, answers: Any, owner: Any
) -> None:
    unsure = {"care_home": FactAnswer.NOT_SURE, "ten_medicines": FactAnswer.NOT_SURE}
    task = make.started(place.practice, place.manager, place.pharmacist, kind="SMR", answers=unsure)
    client, path = as_user(place.pharmacist), f"/tasks/{task.ref}/complete"
    page = text_of(client.get(path))
    assert "What the practice did not know" in page
    assert "Does the patient live in a care home?" in page
    assert "Is the patient recorded as severely frail?" not in page, "that was answered"
    refused = fill_in(client, path, **answers(task))
    assert refused.status_code == 422
    assert re.search(r'href="#fact-care_home">\s*Answer: care home\.\s*</a>', refused.text)
    found = {"fact-care_home": "yes", "fact-ten_medicines": "not_found_out"}
    assert fill_in(client, path, **answers(task, **found)).status_code == 302
    told = {"care_home": "yes", "ten_medicines": "not_found_out"}
    checklist = owner.execute("select checklist from outcome").fetchone()[0]
    assert {code: said for code, said in checklist.items() if code.startswith("fact:")} == {
        f"fact:{code}": said for code, said in told.items()
    }
    data = owner.execute("select data from event where kind = 'completed'").fetchone()[0]
    assert data["facts"] == told
    words = text_of(client.get(f"/tasks/{task.ref}"))
    assert "Found out meanwhile: care home: yes; 10 or more medicines: could not be found out." in words


def test_the_rule_itself_asks_for_what_was_not_known(make: Make, place: Any, acting: Any) -> None:
    from hub.domain.errors import Invalid
    from hub.outcomes.actions import Completion, record

    unsure = {"care_home": FactAnswer.NOT_SURE}
    task = make.started(place.practice, place.manager, place.pharmacist, kind="SMR", answers=unsure)
    with acting(place.pharmacist) as by:
        locked = queries.get(task.ref, lock=True)
        ticks = {item.code: "" for item in kind_of(locked).checklist}
        for facts in ({}, {"care_home": "perhaps"}):
            completion = Completion(True, ticks, "no_changes", 5, (), "", "EMIS Web", "", facts=facts)
            with pytest.raises(Invalid) as refused:
                record(locked, completion=completion, by=by)
            assert set(refused.value.problems) == {"fact-care_home"}


def test_nothing_left_to_do_beside_to_dos_is_asked_about_once(
    make: Make, place: Any, as_user: Any, answers: Any
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist, kind="SMR")
    client, path = as_user(place.pharmacist), f"/tasks/{task.ref}/complete"
    typed = answers(task, outcome="no_changes", own_to_dos="Ring her daughter")
    assert "Do these to-dos go with the outcome" not in client.get(path).text
    asked = fill_in(client, path, **typed)
    assert asked.status_code == 422
    words = text_of(asked)
    assert "You chose “Review done, no changes” but left 1 to-do for the practice." in words
    assert "Do these to-dos go with the outcome you chose?" in words
    assert 'href="#nothing_left"' in asked.text
    assert "Ring her daughter" in words
    assert make.again(task).status == "in_progress"
    sent = hidden_fields(asked) | typed | {"nothing_left": "yes"}
    assert client.post(path, data=sent).status_code == 302
    assert make.again(task).outcome == "no_changes"


def test_to_dos_with_an_outcome_that_has_some_are_not_asked_about(
    make: Make, place: Any, as_user: Any, answers: Any
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist, kind="SMR")
    typed = answers(task, outcome="changed", own_to_dos="Ring her daughter")
    assert fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete", **typed).status_code == 302


def test_errors_name_the_item_in_a_few_words(make: Make, place: Any, as_user: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist, kind="DISCH")
    page = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete", outcome="no_changes")
    assert page.status_code == 422
    summary = page.text.split("nhsuk-error-summary__body")[1].split("</div>")[0]
    sentences = re.findall(r'href="#check-[^"]*">\s*([^<]*?)\s*</a>', summary)
    assert "Answer: Every medicine on the letter compared with the …" in sentences
    assert len(sentences) == len(set(sentences)) == 6
    assert max(map(len, sentences)) <= 60


def test_a_patient_without_a_number_is_checked_by_the_record_number(
    make: Make, place: Any, as_user: Any
) -> None:
    who = make.identity(nhs_number="", no_number_because="a new baby")
    task = make.started(place.practice, place.manager, place.pharmacist, identity=who)
    words = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}/complete"))
    assert f"No NHS number (a new baby): record number {who.record_number}" in words

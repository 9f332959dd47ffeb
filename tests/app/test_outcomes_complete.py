"""Completing a task: everything is checked, recorded once, and the practice is told what it must now do."""

import re
from typing import Any

import pytest

from hub import records
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import OutcomeRecord, Task, ToDo
from hub.placing import queries
from hub.protocols.queries import kind_of
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, hidden_fields, text_of


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and one pharmacist at work."""
    practice = make.practice("Elm Surgery")
    manager = make.requester(practice, name="Mo Manager")
    pharmacist = make.pharmacist(practice, name="Pat Pharmacist")
    return type("Place", (), {"practice": practice, "manager": manager, "pharmacist": pharmacist})


@pytest.fixture
def answers(acting: Any, make: Make) -> Any:
    """Return `answers(task, **more)`: a form filled in well, with changes."""
    lead = make.lead()

    def filled(task: Task, **more: Any) -> dict[str, Any]:
        with acting(lead):
            kind = kind_of(queries.get(task.ref))
        ticks = {f"check-{item.code}": "yes" for item in kind.checklist}
        codes = {"code": "none"} if kind.record_codes else {}
        typed = {"outcome": kind.outcomes[0].code, "minutes": "12", "recorded": "yes", "then": "list"}
        typed["reply"] = "Tell her to go on as before."
        return IDENTITY | ticks | codes | typed | more

    return filled


def test_it_is_recorded_once_with_all_that_was_said(
    make: Make, place: Any, as_user: Any, acting: Any, answers: Any
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist, kind="SMR")
    typed = answers(
        task,
        outcome="changed",
        **{"check-allergies": "not_applicable", "because-allergies": "None are known."},
        to_do=["Sign the prescriptions left ready"],
        own_to_dos="Ring her daughter\n\n  Weigh her ",
        note="She was glad.",
        reply=" One tablet less: tell her to take two a day. ",
        code="1239511000000100",
    )
    answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete", **typed)
    assert answer.location == "/worklist"
    done = make.again(task)
    assert (done.status, done.outcome, done.booked_on, done.decide_since) == (
        "completed",
        "changed",
        None,
        None,
    )
    with acting(make.lead()):
        row = db.session.query(OutcomeRecord).one()
        loaded = queries.get(task.ref)
        note = records.unsealed(loaded, row.note_sealed, records.NOTE)
        reply = records.unsealed(loaded, row.reply_sealed, records.REPLY)
        to_dos = [
            records.unsealed(loaded, one.text_sealed, records.TO_DO)
            for one in db.session.query(ToDo).order_by(ToDo.id)
        ]
    assert (row.code, row.minutes, row.recorded_in, row.recorded_code, row.by_id) == (
        "changed", 12, "EMIS Web", "1239511000000100", place.pharmacist.id,
    )  # fmt: skip
    assert row.checklist["allergies"] == "not_applicable"
    assert row.checklist["interactions"] == "done"
    assert note.startswith("She was glad.\nNot applicable: Allergies and past reactions")
    assert note.endswith("Because: None are known.")
    assert reply == "One tablet less: tell her to take two a day."
    assert to_dos == ["Sign the prescriptions left ready", "Ring her daughter", "Weigh her"]


def test_the_practice_sees_the_outcome_and_what_it_must_do(
    make: Make, place: Any, as_user: Any, answers: Any
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    typed = answers(task, own_to_dos="Ring her daughter")
    fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/complete", **typed)
    words = text_of(as_user(place.manager).get(f"/requests/{task.ref}"))
    assert "answered, no clinical decision was needed" in words
    assert "Ring her daughter" in words


def test_my_day_counts_it(make: Make, place: Any, as_user: Any, answers: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    fill_in(client, f"/tasks/{task.ref}/complete", **answers(task))
    words = text_of(client.get("/worklist"))
    assert "Completed today: 1 task, 12 minutes" in words
    page = text_of(client.get(f"/tasks/{task.ref}"))
    assert "Answered, no clinical decision was needed, recorded by Pat Pharmacist" in page
    assert "Recorded in EMIS Web." in page
    assert "Answer for the practice Tell her to go on as before." in page


def test_complete_and_open_next(make: Make, place: Any, as_user: Any, answers: Any) -> None:
    first = make.started(place.practice, place.manager, place.pharmacist)
    second = make.placed(place.practice, place.manager)
    client = as_user(place.pharmacist)
    answer = fill_in(client, f"/tasks/{first.ref}/complete", **answers(first, then="next"))
    assert answer.location == f"/tasks/{second.ref}"


def test_complete_and_open_next_pulls_from_the_queue(
    make: Make, place: Any, as_user: Any, answers: Any
) -> None:
    first = make.started(place.practice, place.manager, place.pharmacist)
    queued = make.request(place.practice, place.manager)
    with make.app.app_context():  # placed, but nobody topped up yet
        from hub.domain.actor import process
        from hub.domain.vocabulary import SystemActor
        from hub.models.acting import act_as
        from hub.placing.system_actions import place_batch

        act_as(process(SystemActor.PLACING))
        place_batch([queued.id])
        db.session.commit()
    assert make.again(queued).status == "queued"
    client = as_user(place.pharmacist)
    answer = fill_in(client, f"/tasks/{first.ref}/complete", **answers(first, then="next"))
    assert answer.location == f"/tasks/{queued.ref}"
    assert make.again(queued).assignee_id == place.pharmacist.id


def test_complete_and_open_next_with_nothing_left(make: Make, place: Any, as_user: Any, answers: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    answer = fill_in(client, f"/tasks/{task.ref}/complete", **answers(task, then="next"))
    assert answer.location == "/worklist"
    assert make.again(task).status == "completed"
    assert "No waiting task is one that you may do now." in text_of(client.get("/worklist"))


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


def test_completing_twice(make: Make, place: Any, as_user: Any, acting: Any, answers: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    typed = hidden_fields(client.get(f"/tasks/{task.ref}/complete")) | answers(task)
    other_window = hidden_fields(client.get(f"/tasks/{task.ref}/complete")) | answers(
        task, note="Second try."
    )
    first = client.post(f"/tasks/{task.ref}/complete", data=typed)
    again = client.post(f"/tasks/{task.ref}/complete", data=typed)
    second = client.post(f"/tasks/{task.ref}/complete", data=other_window)
    assert (first.location, again.location) == ("/worklist", f"/tasks/{task.ref}")
    assert second.status_code == 409
    words = text_of(second)
    assert "Pat Pharmacist has completed this task already. Pat Pharmacist, Mon 23-Nov-2026 10:00" in words
    assert "Second try." in words
    assert client.get(f"/tasks/{task.ref}/complete").status_code == 409
    with acting(make.lead()):
        assert db.session.query(OutcomeRecord).count() == 1


def test_only_what_i_have_in_progress(make: Make, place: Any, as_user: Any) -> None:
    assigned = make.placed(place.practice, place.manager)
    client = as_user(place.pharmacist)
    answer = client.get(f"/tasks/{assigned.ref}/complete")
    assert "You have not started this task" in text_of(answer)
    assert f'href="/tasks/{assigned.ref}/start">Start it</a>' in answer.text
    assert "<form method" not in answer.text.split("<main")[1]
    sent = {"form_key": "not-started-yet", "version": assigned.version} | IDENTITY
    refused = client.post(f"/tasks/{assigned.ref}/complete", data=sent)
    assert refused.status_code == 409
    assert "You have not started this task yet. Start it, then complete it." in text_of(refused)
    colleague = as_user(make.pharmacist(place.practice))
    answer = colleague.get(f"/tasks/{assigned.ref}/complete")
    assert answer.status_code == 409
    assert "This task is on Pat Pharmacist's worklist." in text_of(answer)


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


def test_my_own_paused_task_leads_on_instead_of_refusing(make: Make, place: Any, as_user: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    client.post(f"/tasks/{task.ref}/pause", data={"form_key": "pause-it-now", "version": task.version})
    page = client.get(f"/tasks/{task.ref}/complete")
    assert page.status_code == 200
    words = text_of(page)
    assert "You paused this task Medication query" in words
    assert "has changed since you opened it" not in words
    assert f'href="/tasks/{task.ref}/start">Go on with it</a>' in page.text
    typed = {"form_key": "paused-elsewhere", "version": task.version, "note": "Kept words of mine."}
    refused = client.post(f"/tasks/{task.ref}/complete", data=typed)
    assert refused.status_code == 409
    assert "You paused this task. Go on with it, then complete it." in text_of(refused)
    assert "Kept words of mine." in text_of(refused)
    fill_in(client, f"/tasks/{task.ref}/start", **IDENTITY)
    typed = {"on": "hospital", "until": "2026-11-24", "words": "A reply."}
    fill_in(client, f"/tasks/{task.ref}/wait", **typed)
    page = client.get(f"/tasks/{task.ref}/complete")
    assert "This task waits" in text_of(page)
    assert f'href="/tasks/{task.ref}/resume">Resume it</a>' in page.text


def test_taken_away_while_i_typed(make: Make, place: Any, as_user: Any, acting: Any, answers: Any) -> None:
    from hub.placing import actions

    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    typed = hidden_fields(client.get(f"/tasks/{task.ref}/complete")) | answers(task, note="An hour's work.")
    other = make.pharmacist(place.practice, name="Olu Other")
    with acting(make.lead(name="Lea Lead")) as lead:
        actions.move(queries.get(task.ref, lock=True), to=other.id, reason="He asked.", by=lead)
    answer = client.post(f"/tasks/{task.ref}/complete", data=typed)
    assert answer.status_code == 409
    words = text_of(answer)
    assert "This task is on Olu Other's worklist." in words
    assert "An hour's work." in words


def test_a_patient_without_a_number_is_checked_by_the_record_number(
    make: Make, place: Any, as_user: Any
) -> None:
    who = make.identity(nhs_number="", no_number_because="a new baby")
    task = make.started(place.practice, place.manager, place.pharmacist, identity=who)
    words = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}/complete"))
    assert f"No NHS number (a new baby): record number {who.record_number}" in words


def test_the_page_costs_the_same_statements_whatever_the_rows(
    make: Make, place: Any, as_user: Any, statements: Any
) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)

    def cost() -> int:
        client.get(f"/tasks/{task.ref}/complete")
        with statements() as seen:
            client.get(f"/tasks/{task.ref}/complete")
        return int(seen.count)

    before = cost()
    for _ in range(4):
        make.placed(place.practice, place.manager)
    make.pharmacist(place.practice)
    assert cost() == before

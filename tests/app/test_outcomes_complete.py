"""Completing a task: everything is checked, recorded once, and the practice is told what it must now do."""

from typing import Any

from hub import records
from hub.extensions import db
from hub.models import OutcomeRecord, ToDo
from hub.placing import queries
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, hidden_fields, text_of


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

"""What a practice changes of its open request, and what both sides write without being asked."""

import re
from typing import Any

from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency, Status, WaitingOn
from hub.extensions import db
from hub.models import Event, Notice, Task
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of


def send(client: Any, ref: str, what: str, **typed: str) -> Any:
    """Send a form of the request as it stands on its page, but for what is `typed`."""
    action = f"/requests/{ref}/{what}"
    form = form_values(client.get(action).text, action)
    return client.post(action, data=form | typed)


def last(acting: Any, who: Any, task: Task) -> Event:
    with acting(who):
        query = select(Event).where(Event.task_id == task.id).order_by(Event.seq.desc()).limit(1)
        return db.session.scalars(query).one()


def told(acting: Any, who: Any) -> list[str]:
    """The codes of what this person is told of and has not read, oldest first."""
    with acting(who):
        query = select(Notice.code).where(Notice.user_id == who.id, Notice.read_at.is_(None))
        return list(db.session.scalars(query.order_by(Notice.id)))


def test_how_soon_goes_up_and_down_again_each_with_a_reason_and_at_once(
    client: Any, make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any, as_user: Any
) -> None:
    task = make.started(practice, manager, pharmacist)
    due = task.due_at
    refused = send(client, task.ref, "change", requested="urgent")
    assert refused.status_code == 422
    assert "Say what has changed" in refused.text
    assert (
        send(client, task.ref, "change", requested="urgent", change_reason="She is worse.").status_code == 302
    )
    after = make.again(task)
    assert (after.requested, after.band) == (RequestedUrgency.URGENT, Band.BY_TOMORROW)
    assert after.due_at < due
    assert told(acting, pharmacist)[-1] == "changed"
    sheet = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
    assert "Sam Okoro changed the request: wanted today instead of in its usual turn" in sheet
    assert "She is worse." in sheet
    assert told(acting, pharmacist) == [], "whoever has read it is told no more"
    send(client, task.ref, "change", requested="routine", change_reason="Better after all.")
    back = make.again(task)
    assert (back.requested, back.band, back.due_at) == (RequestedUrgency.ROUTINE, task.band, due)
    assert "It moved back." in text_of(client.get(f"/requests/{task.ref}"))


def test_a_fact_that_was_not_known_is_told_later_and_a_danger_sign_stays(
    client: Any, make: Make, practice: Any, manager: Any, acting: Any
) -> None:
    unsure = {"serious_reaction": FactAnswer.NOT_SURE}
    task = make.placed(practice, manager, answers=unsure)
    assert task.not_sure
    assert send(client, task.ref, "change", **{"fact-serious_reaction": "no", "change_reason": "Asked her."})
    known = make.again(task)
    assert not known.not_sure
    assert known.band > task.band
    grave = {"fact-serious_reaction": "yes", "change_reason": "Rash since today."}
    send(client, task.ref, "change", **grave)
    assert make.again(task).band == Band.NOW
    taken_back = {"fact-serious_reaction": "no", "change_reason": "A slip."}
    refused = send(client, task.ref, "change", **taken_back)
    assert refused.status_code == 422
    assert "that stands" in refused.text
    assert 'name="fact-serious_reaction"' not in client.get(f"/requests/{task.ref}/change").text, (
        "not offered"
    )
    assert make.again(task).answers["serious_reaction"] == "yes"
    assert last(acting, manager, task).data["told"] == {"serious_reaction": "yes"}
    assert send(client, task.ref, "change", change_reason="Nothing.").status_code == 422


def test_what_cannot_wait_any_longer_wakes_and_what_is_over_or_sent_back_is_not_changed(
    client: Any, make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any
) -> None:
    from hub.placing import actions as placing
    from hub.placing import queries
    from hub.worklist import actions as worklist
    from hub.worklist.queries import chase_times

    task = make.started(practice, manager, pharmacist)
    with acting(pharmacist) as by:
        found = queries.get(task.ref, lock=True)
        until = chase_times(found)[0].date()
        worklist.wait(found, on=WaitingOn.PATIENT, until=until, words="She calls back.", by=by)
    send(client, task.ref, "change", **{"fact-serious_reaction": "yes", "change_reason": "Rash."})
    assert make.again(task).status == Status.ASSIGNED
    with acting(pharmacist) as by:
        found = queries.get(task.ref, lock=True)
        placing.send_back(found, reason_code="unclear", reason="Which?", by=by)
    for what in ("change", "identity"):
        assert client.get(f"/requests/{task.ref}/{what}").status_code == 409
        key = {"form_key": f"a-key-{what}", "requested": "urgent", "change_reason": "x"}
        assert client.post(f"/requests/{task.ref}/{what}", data=key).status_code in (409, 422)
    assert make.again(task).status == Status.SENT_BACK


def test_corrected_details_are_news_on_each_open_request_of_the_patient_and_never_another_patients(
    client: Any, make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any, as_user: Any
) -> None:
    identity = make.identity(family="Okafor", given="Ngozi")
    task = make.started(practice, manager, pharmacist, identity=identity)
    second = make.placed(practice, manager, "DISCH", identity=identity)
    other = make.identity()
    make.request(practice, manager, identity=other)
    mixed = send(client, task.ref, "identity", nhs_number=other.nhs_number)
    assert mixed.status_code == 422
    assert "belongs to another of your patients" in mixed.text
    assert send(client, task.ref, "identity").status_code == 422, "nothing was corrected"
    assert send(client, task.ref, "identity", family="Okafor-Bell").status_code == 302
    for one in (task, second):
        event = last(acting, manager, one)
        assert (event.kind, event.data) == (Act.CHANGED, {"identity": ["family"]})
    sheet = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
    assert "corrected the patient's details: family name" in sheet
    assert "Check the details above against the open record again." in sheet
    slips = {"family": "Okafor-Ball", "born-day": "28" if identity.born.day != 28 else "27"}
    asked = send(client, task.ref, "identity", **slips)
    assert asked.status_code == 422 and "Is this the same person?" in text_of(asked)
    assert send(client, task.ref, "identity", **slips, update_stored="yes").status_code == 302
    page = text_of(client.get(f"/requests/{second.ref}"))
    assert "OKAFOR-BALL" in page
    assert "corrected the patient's details: family name, date of birth." in page
    assert "Before: family name Okafor-Bell; date of birth" in page
    sheet = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
    assert "corrected the patient's details: family name, date of birth" in sheet, "all, not only the last"
    far = {"family": "Someoneelse", "born-year": "1931", "update_stored": "yes"}
    assert "looks like another patient" in text_of(send(client, task.ref, "identity", **far))


def test_both_sides_write_without_being_asked_and_nothing_waits_or_wakes(
    client: Any, make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any, as_user: Any
) -> None:
    colleague = make.requester(practice, name="Ines Colleague")
    task = make.started(practice, manager, pharmacist)
    page = client.get(f"/requests/{task.ref}").text
    action = f"/requests/{task.ref}/messages"
    key = form_values(page, action, hidden_only=True)
    assert client.post(action, data=key | {"message": " "}).status_code == 422
    sent = client.post(action, data=key | {"message": "She moved her telephone."})
    assert sent.status_code == 302
    assert client.post(action, data=key | {"message": "She moved her telephone."}).status_code == 302
    assert told(acting, pharmacist) == ["told"], "sent twice, it counts once"
    assert make.again(task).status == Status.IN_PROGRESS
    staff = as_user(pharmacist)
    assert "Unread" in staff.get("/worklist").text
    assert text_of(staff.get(f"/tasks/{task.ref}")).count("She moved her telephone.") == 1
    assert "Unread" not in staff.get("/worklist").text
    write = f"/tasks/{task.ref}/message"
    form = form_values(staff.get(write).text, "")
    assert staff.post(write, data=form | {"message": "Thank you, noted."}).status_code == 302
    assert told(acting, manager) == told(acting, colleague) == ["wrote"]
    listed = client.get("/requests?show=new").text
    assert "1 unread" in listed
    assert "Question" not in re.findall(r"nhsuk-tag[^>]*>([^<]*)<", listed)
    assert "Thank you, noted." in client.get(f"/requests/{task.ref}").text
    assert told(acting, manager) == []
    assert told(acting, colleague) == ["wrote"], "each reads for themselves"
    ask = form_values(staff.get(write).text, "") | {"message": "Which number?", "asks": "yes"}
    assert staff.post(write, data=ask).status_code == 302
    assert "Question from Priya Nair" in client.get(f"/requests/{task.ref}").text
    assert make.again(task).status == Status.IN_PROGRESS

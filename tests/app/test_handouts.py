"""Files for the practice's own tools: exactly who stands in them, that taking one is noted, replies."""

import datetime as dt
import io
from typing import Any

import pytest

from hub.domain import identifiers
from hub.domain.contact import Contact, meaning
from hub.domain.errors import Invalid
from hub.extensions import db
from hub.handouts import replies, reply_days
from hub.models import AccessLog, Event, Handout, Task
from tests.support.factories import Make
from tests.support.pages import fill_in, hidden_fields, text_of


@pytest.fixture
def place(make: Make) -> Any:
    """Elm Surgery on EMIS Web with its manager and a pharmacist, and a practice of others."""
    practice, other = make.practice("Elm Surgery"), make.practice("Oak Surgery")
    return type(
        "Place", (),
        {
            "practice": practice, "other": other, "manager": make.requester(practice),
            "pharmacist": make.pharmacist(practice), "stranger": make.requester(other),
        },
    )  # fmt: skip


def _reviews(make: Make, place: Any) -> tuple[Task, Task, Task]:
    """One patient with two reviews, one without an NHS number with one; and a query, which is no review."""
    twice = make.identity()
    one = make.placed(place.practice, place.manager, "LTC", identity=twice)
    two = make.placed(place.practice, place.manager, "SMR", identity=twice)
    none = make.identity(nhs_number="", no_number_because="it has not been traced yet")
    three = make.placed(place.practice, place.manager, "LTC", identity=none)
    make.placed(place.practice, place.manager, "MEDQ")
    return one, two, three


def _contacts(acting: Any, manager: Any, task: Task) -> list[dict[str, Any]]:
    with acting(manager):
        query = db.select(Event.data).where(Event.task_id == task.id, Event.kind == "contacted")
        return list(db.session.scalars(query.order_by(Event.seq)))


def test_a_file_holds_each_patient_once_and_the_page_links_to_exactly_them(
    make: Make, place: Any, as_user: Any, acting: Any
) -> None:
    one, two, three = _reviews(make, place)
    client = as_user(place.manager)
    page = client.get(f"/files/{place.practice.ods_code}")
    assert "1 patient, one a line, with NHS Number and EMIS Number and nothing else" in text_of(page)
    assert "1 more cannot stand in it" in text_of(page)

    listed = text_of(client.get(f"/files/{place.practice.ods_code}/accurx-emis/patients"))
    assert listed.index(one.ref) < listed.index("1 patient cannot") < listed.index(three.ref)
    assert two.ref in listed and "has no NHS number" in listed

    bare = make.placed(place.practice, place.manager, "LTC", identity=make.identity(record_number=""))
    again = client.get(f"/files/{place.practice.ods_code}")
    assert "1 patient has no record number that this file can take. Add the record number" in text_of(again)
    assert "2 more cannot stand in it" in text_of(again)
    mend = client.get(f"/files/{place.practice.ods_code}/accurx-emis/patients").text
    assert (
        f'href="/requests/{bare.ref}/identity"' in mend
        and client.get(f"/requests/{bare.ref}/identity").status_code == 200
    )
    seen = as_user(place.pharmacist).get(f"/files/{place.practice.ods_code}/accurx-emis/patients").text
    assert "has no record number" in seen and "/identity" not in seen, "only the practice corrects"

    answer = client.post(f"/files/{place.practice.ods_code}/accurx-emis")
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[0] == "NHS Number,EMIS Number" and len(lines) == 2
    with acting(place.manager):
        taken = db.session.scalars(db.select(Handout)).one()
        assert (taken.patients, sorted(taken.task_ids)) == (1, sorted([one.id, two.id]))
        whats = db.session.scalars(db.select(AccessLog.what)).all()
        assert "file: Accurx batch message, for a practice on EMIS Web, 1 of its patients" in whats


def test_an_invitation_is_noted_once_on_every_request_of_the_file(
    make: Make, place: Any, as_user: Any, acting: Any
) -> None:
    one, two, three = _reviews(make, place)
    client, code = as_user(place.manager), place.practice.ods_code
    client.post(f"/files/{code}/accurx-emis")
    with acting(place.manager):
        handout_id = db.session.scalars(db.select(Handout.id)).one()
    assert client.post(f"/files/{code}/taken/{handout_id}/invited").status_code == 303
    assert client.post(f"/files/{code}/taken/{handout_id}/invited").status_code == 409
    noted = [len(_contacts(acting, place.manager, task)) for task in (one, two, three)]
    assert noted == [1, 1, 0]
    assert "Invited, 23-Nov-2026" in text_of(as_user(place.pharmacist).get(f"/tasks/{one.ref}"))
    assert "the patient was invited" in text_of(client.get(f"/requests/{one.ref}"))


def test_replies_are_read_back_as_facts_and_never_twice(
    make: Make, place: Any, as_user: Any, acting: Any
) -> None:
    one, _, _ = _reviews(make, place)
    known = make.identity()
    two = make.placed(place.practice, place.manager, "LTC", identity=known)
    with acting(place.manager):
        from hub import records
        from hub.placing import queries

        patient = queries.get(one.ref).patient
        assert patient is not None
        first = records.identity_of(patient).nhs_number
    unknown = make.identity().nhs_number
    report = (
        "Batch message report\n\nPatient,NHS number,Response\n"
        f"A,{first[:3]} {first[3:6]} {first[6:]},Declined\n,,Yes please\n"
        f"B,{known.nhs_number},Please ring me\nC,{unknown},Booked\nD,12345,Booked\n"
    )
    client, path = as_user(place.manager), f"/files/{place.practice.ods_code}/replies"
    for turn in range(2):
        sent = client.post(path, data={"file": (io.BytesIO(report.encode()), "replies.csv")})
        assert sent.status_code == 303, text_of(sent)
        page = client.get(sent.location)
        assert "3 rows have an NHS number" in text_of(page) and "2 rows do not" in text_of(page)
        day = {"on-day": "23", "on-month": "11", "on-year": "2026"}
        words = {"column": "1", "word-0": "declined", "word-1": "wrote", "word-2": "booked"} | day
        done = client.post(sent.location, data=hidden_fields(page) | words, follow_redirects=True)
        assert f"{3 - 3 * turn} replies noted." in text_of(done)
        assert "No open review here for the patient in row 7" in text_of(done)
    assert [data["contact"] for data in _contacts(acting, place.manager, one)] == ["declined"]
    assert [data["contact"] for data in _contacts(acting, place.manager, two)] == ["wrote"]
    page = text_of(as_user(place.pharmacist).get(f"/tasks/{two.ref}"))
    assert "Please ring me" in page and "Wrote back: somebody must read it" in page


def test_what_a_patient_answered_stands_on_the_request_and_a_refusal_is_one_step_from_its_end(
    make: Make, place: Any, as_user: Any
) -> None:
    from hub.domain.contact import Contact as C

    said = {"No thanks, I have moved": C.DECLINED, "Yes please book me": C.WANTS_TO_BOOK, "STOP": C.NO_TEXTS}
    people = [make.identity() for _ in said]
    tasks = [make.placed(place.practice, place.manager, "LTC", identity=one) for one in people]
    rows = "".join(f'{one.nhs_number},"{words}"\n' for one, words in zip(people, said, strict=True))
    client, code = as_user(place.manager), place.practice.ods_code
    report = f"NHS number,Response\n{rows}".encode()
    sent = client.post(f"/files/{code}/replies", data={"file": (io.BytesIO(report), "replies.csv")})
    page = client.get(sent.location)
    for n, contact in enumerate(said.values()):  # proposed; a person confirms them
        assert f'<option value="{contact.value}" selected' in page.text, n
    day = {"on-day": "23", "on-month": "11", "on-year": "2026", "column": "0"}
    meant = {f"word-{n}": contact.value for n, contact in enumerate(said.values())}
    assert client.post(sent.location, data=hidden_fields(page) | day | meant).status_code == 303
    declined, wants, silent = (text_of(client.get(f"/requests/{task.ref}")) for task in tasks)
    assert "The patient declined" in declined and "No thanks, I have moved" in declined
    assert "will likely" not in declined and "nothing is foretold" in declined
    assert "The patient wants to book" in wants and "Yes please book me" in wants
    assert "asks not to be texted" in silent and "They stand in no further file for texts" in silent
    again = make.placed(place.practice, place.manager, "SMR", identity=people[2])
    assert "asks not to be texted" in text_of(client.get(f"/requests/{again.ref}")), "on whichever request"
    listed = text_of(client.get(f"/files/{code}/accurx-emis/patients?who=all"))
    assert listed.index("2 patients stand in the file") < listed.index("asked not to be texted")
    assert "Yes please book me" in text_of(as_user(place.pharmacist).get(f"/tasks/{tasks[1].ref}"))
    assert "The patient wants to book" in text_of(as_user(make.lead()).get("/board/decisions"))
    path = f"/requests/{tasks[0].ref}"
    stop = hidden_fields(client.get(path)) | {"withdraw_reason": "The patient declined."}
    assert client.post(f"{path}/withdraw", data=stop).status_code == 302
    ended = text_of(client.get(path))
    assert "Stopped by your practice" in ended and "The patient declined." in ended
    assert "Stop it for good" not in ended


def test_a_file_without_numbers_or_of_another_sort_is_refused_in_a_sentence(place: Any, as_user: Any) -> None:
    client, path = as_user(place.manager), f"/files/{place.practice.ods_code}/replies"
    for body, name in ((b"Name,Reply\nA,Booked\n", "r.csv"), (b"%PDF-1.7", "r.pdf"), (b"", "r.csv")):
        answer = client.post(path, data={"file": (io.BytesIO(body), name)})
        assert answer.status_code == 422 and "There is a problem" in text_of(answer)
    assert "Choose the file" in text_of(client.post(path, data={}))


def test_a_clinician_notes_an_attempt_by_hand(make: Make, place: Any, as_user: Any, acting: Any) -> None:
    one, _, _ = _reviews(make, place)
    client, path = as_user(place.pharmacist), f"/tasks/{one.ref}/contact"
    day = {"on-day": "2", "on-month": "12", "on-year": "2026"}
    ahead = fill_in(client, path, contact="no_answer", **day)
    assert ahead.status_code == 422 and "This day has not come yet" in text_of(ahead)
    assert (
        fill_in(client, path, contact="booked", time="9.30", note="By telephone.", **day).status_code == 302
    )
    assert _contacts(acting, place.manager, one) == [
        {"contact": "booked", "day": "2026-12-02", "time": "09:30"}
    ]
    assert "Booked for 02-Dec-2026 at 09:30" in text_of(client.get(f"/tasks/{one.ref}"))


def test_others_find_nothing_and_get_nothing(make: Make, place: Any, as_user: Any) -> None:
    _reviews(make, place)
    client = as_user(place.stranger)
    assert client.get(f"/files/{place.practice.ods_code}").status_code == 404
    assert client.post(f"/files/{place.practice.ods_code}/accurx-emis").status_code == 404
    assert client.get(f"/files/{place.practice.ods_code}/replies").status_code == 404


def test_the_statements_of_the_page_do_not_grow_with_the_patients(
    make: Make, place: Any, as_user: Any, statements: Any
) -> None:
    client, counts = as_user(place.manager), []
    for _ in range(2):
        _reviews(make, place)
        with statements() as seen:
            assert client.get(f"/files/{place.practice.ods_code}").status_code == 200
        counts.append(seen.count)
    assert counts[0] == counts[1] <= 12


def test_our_own_words_are_no_reply_and_what_is_not_plain_is_never_dropped() -> None:
    numbers = [identifiers.made_up_nhs_number(n) for n in range(4)]
    said = ("Booked", "", "I have been coughing blood since yesterday", "Yes")
    rows = [(n + 2, (number, "Please book", said[n])) for n, number in enumerate(numbers)]
    found = replies.read(("NHS Number", "Message sent", "Response"), rows)
    assert found.titles[found.likely_column()] == "Response"
    noted = replies.chosen(found, 1, {"Booked": "booked"})
    assert noted == {
        numbers[0]: [(Contact.BOOKED, "", None)],
        numbers[2]: [(Contact.WROTE, said[2], None)],
        numbers[3]: [(Contact.WROTE, "Yes", None)],
    }
    assert meaning("Please book") is None


def test_each_reply_has_the_day_of_its_own_row_however_it_is_written() -> None:
    written = ("20/11/2026 09:15", "05-Nov-2026", "2026-11-07T10:00:00", "", "soon")
    rows = [
        (n + 2, (identifiers.made_up_nhs_number(n), "01/11/2026", "Booked", day))
        for n, day in enumerate(written)
    ]
    found = replies.read(("NHS Number", "Date sent", "Response", "Response date"), rows)
    column = reply_days.likely_day_column(found)
    assert column is not None and found.titles[column] == "Response date"
    days = reply_days.days_of(found, column)
    assert [f"{day:%d.%m}" if day else "" for day in days.values()] == ["20.11", "05.11", "07.11", "", ""]
    sent = replies.read(("NHS Number", "Date sent", "Response"), [(n, row[:3]) for n, row in rows])
    assert reply_days.likely_day_column(sent) is None  # when we wrote is not when they replied
    reply_days.check_days(days, dt.date(2026, 11, 20))
    with pytest.raises(Invalid, match="row 2, 20-Nov-2026, has not come yet"):
        reply_days.check_days(days, dt.date(2026, 11, 19))
    with pytest.raises(Invalid, match="row 3, 05-Nov-2026, is more than a year ago"):
        reply_days.check_days(days, dt.date(2027, 11, 7))


def test_replies_are_noted_on_their_own_days_and_none_that_lies_ahead(
    make: Make, place: Any, as_user: Any, acting: Any
) -> None:
    known = make.identity()
    task = make.placed(place.practice, place.manager, "LTC", identity=known)
    client, path = as_user(place.manager), f"/files/{place.practice.ods_code}/replies"
    head, answers = "NHS number,Response,Replied at\n", {"word-0": "booked", "word-1": "declined"}
    asked = {"column": "0", "on-day": "23", "on-month": "11", "on-year": "2026", **answers}
    row = f"{known.nhs_number},Booked,19/11/2026 10:00\n{known.nhs_number},No thanks,"
    for last, status in (("01/12/2026", 422), ("", 302)):
        body = (head + row + last).encode()
        sent = client.post(path, data={"file": (io.BytesIO(body), "replies.csv")})
        page = client.get(sent.location)
        answer = client.post(sent.location, data=hidden_fields(page) | asked)
        assert answer.status_code in (status, 303), text_of(answer)
        assert ("row 3, 01-Dec-2026, has not come yet" in text_of(answer)) is (status == 422)
        assert bool(_contacts(acting, place.manager, task)) is (status != 422)
    assert [data["day"] for data in _contacts(acting, place.manager, task)] == ["2026-11-19", "2026-11-23"]
    told = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}"))
    assert "Booked, as they replied on 19-Nov-2026" in told and "Booked for" not in told


def test_a_second_message_of_the_same_day_is_not_lost_and_a_long_one_says_where_it_was_cut(
    make: Make, place: Any, acting: Any
) -> None:
    from hub.handouts import actions

    known = make.identity()
    task = make.placed(place.practice, place.manager, "LTC", identity=known)
    long = replies.read(("NHS Number", "Reply"), [(2, (known.nhs_number, "x" * 5000))])
    text = long.rows[0][1][0]
    assert text.endswith("read the rest in Accurx)")
    day = dt.date(2026, 11, 23)
    for words, more in (("Please ring me", 1), ("I feel worse", 1), ("Please ring me", 0), (text, 1)):
        with acting(place.manager) as by:
            said = {known.nhs_number: [(Contact.WROTE, words, None)]}
            assert actions.note_replies(place.practice, said, on=day, by=by) == (more, [])
            db.session.commit()
    assert len(_contacts(acting, place.manager, task)) == 3


def test_a_message_is_seen_by_the_lead_beside_another_reason_and_after_a_decision(
    make: Make, place: Any, acting: Any, as_user: Any
) -> None:
    from hub.handouts import actions
    from hub.placing import actions as placing
    from hub.placing import queries

    known, lead = make.identity(), make.lead()
    ref = make.placed(place.practice, place.manager, "LTC", identity=known).ref
    nobody = "No pharmacist has asthma competence in date."

    def reads(words: str) -> str:
        with acting(place.manager) as by:
            said = {known.nhs_number: [(Contact.WROTE, words, None)]}
            actions.note_replies(place.practice, said, on=dt.date(2026, 11, 23), by=by)
            db.session.commit()
        return text_of(as_user(lead).get("/board/decisions"))

    page = reads("Please ring me")
    assert f"{nobody} The patient wrote back" in page
    with acting(lead) as by:
        placing.decide(queries.get(ref, lock=True), reason="We rang.", by=by)
        db.session.commit()
        placing.flag(queries.get(ref, lock=True), nobody, by=by)
        assert queries.get(ref).decide_since is None, "decided together with the message"
    assert "The patient wrote back" in reads("I feel worse")


def test_who_declined_or_booked_is_not_asked_again(make: Make, place: Any, as_user: Any, acting: Any) -> None:
    one, _, _ = _reviews(make, place)
    client, path = as_user(place.pharmacist), f"/files/{place.practice.ods_code}"
    day = {"on-day": "23", "on-month": "11", "on-year": "2026"}
    listed = f"{path}/accurx-emis/patients"
    assert fill_in(client, f"/tasks/{one.ref}/contact", contact="invited", **day).status_code == 302
    client.get(path)
    assert one.ref in text_of(client.get(listed)) and one.ref not in text_of(client.get(f"{listed}?who=new"))
    assert fill_in(client, f"/tasks/{one.ref}/contact", contact="declined", **day).status_code == 302
    client.get(path)  # what was said of the task has been read
    assert one.ref not in text_of(client.get(listed))
    assert one.ref in text_of(client.get(f"{listed}?who=all"))
    assert one.ref in text_of(client.get(f"{listed}?who=all&kind=LTC:{one.subtype}"))
    assert one.ref not in text_of(client.get(f"{listed}?who=all&kind=SMR"))

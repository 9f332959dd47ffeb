"""My day and one task: what stands there, in order, with reasons; and nothing that is not mine to see."""

import datetime as dt
import re
from typing import Any

from hub.domain.vocabulary import FactAnswer, Role
from hub.extensions import db
from hub.models import AccessLog
from hub.worklist import reason_presenters
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

YES, NO = FactAnswer.YES, FactAnswer.NO


def refs_in_order(response: Any) -> list[str]:
    """Return the references linked from the list's rows, in order."""
    return re.findall(r'<tr role="row"[^>]* id="task-([^"]+)"', response.get_data(as_text=True))


def test_the_worklist_shows_tasks_in_order_with_reasons(make: Make, place: Any, as_user: Any) -> None:
    calm = make.placed(place.practice, place.manager)
    soon = make.placed(place.practice, place.manager, answers={"pregnancy": YES})
    page = as_user(place.pharmacist).get("/worklist")
    assert page.status_code == 200
    assert refs_in_order(page) == [soon.ref, calm.ref]
    words = text_of(page)
    assert "First: by tomorrow (pregnancy or breastfeeding), due" in words
    assert "Why here?" in words
    assert "Why me?" in words
    assert "Elm Surgery" in words
    assert "EMIS Web" in words
    assert re.search(r"TESTPERSON\d+, Alex Born \d\d-\w{3}-19\d\d \(\d+y\) NHS No. 999 \d{3} \d{4}", words)
    assert "10 h" not in words
    assert (
        "8 h left of your shift today: 20 min planned on this list, 7 h 40 min free for other work." in words
    )


def test_an_empty_worklist_says_why_and_what_next(make: Make, place: Any, as_user: Any, clock: Any) -> None:
    client = as_user(place.pharmacist)
    assert "No task is waiting in the queues that you may see." in text_of(client.get("/worklist"))
    make.placed(place.practice, place.manager, kind="SMR")
    clock.set(dt.datetime(2026, 11, 23, 20, 0, tzinfo=dt.UTC))
    words = text_of(as_user(place.pharmacist).get("/worklist"))
    assert "You are not on shift now. Your next shift starts Tue 24-Nov-2026 " in words


def test_what_is_overdue_is_not_called_inside_target(
    make: Make, place: Any, as_user: Any, clock: Any
) -> None:
    task = make.placed(place.practice, place.manager, answers={"repeat_contact": FactAnswer.NO})
    assert "In its usual time" in text_of(as_user(place.pharmacist).get("/worklist"))
    clock.set(task.due_at + dt.timedelta(days=1))
    client = as_user(place.pharmacist)
    for path in ("/worklist", f"/tasks/{task.ref}"):
        words = text_of(client.get(path))
        assert "Usual time Overdue" in words
        assert "In its usual time" not in words
    assert "First: overdue, was due" in text_of(client.get("/worklist"))


def test_how_soon_has_one_set_of_names_and_says_what_they_mean(make: Make, place: Any, as_user: Any) -> None:
    """The short name of the third band never stands alone, and no page counts bands in numbers."""
    task = make.placed(place.practice, place.manager)
    for _ in range(9):  # more than the buffer holds, so that some stay in the queue
        make.placed(place.practice, place.manager)
    pages = {"/worklist": place.pharmacist, "/queues/queries": place.pharmacist}
    pages |= dict.fromkeys(("/board", "/board/tasks?number=open"), make.lead())
    for path, user in pages.items():
        words = text_of(as_user(user).get(path))
        assert "How the order is made." in words, path
        assert "(in its usual time, planned or when capacity allows)" in words, path
        assert "inside target" not in words.lower(), path
        assert not re.search(r"\b[Bb]and\b", words), path
    assert "First: in its usual time, due" in text_of(as_user(place.pharmacist).get("/worklist"))
    for path in (f"/tasks/{task.ref}", f"/tasks/{task.ref}/move"):
        user = make.lead() if path.endswith("move") else place.pharmacist
        words = text_of(as_user(user).get(path))
        assert "Medication query: in its usual time, unless something lifts it." in words
        assert "inside target" not in words.lower()
        assert not re.search(r"\b[Bb]and\b", words), path


def test_a_technician_is_told_before_starting_what_only_a_pharmacist_may_finish(
    make: Make, as_user: Any
) -> None:
    practice = make.practice("Elm Surgery")
    technician = make.technician(practice, name="Tess Tech")
    task = make.placed(practice, make.requester(practice), kind="DISCH", answers={"medicine_change": YES})
    client = as_user(technician)
    sentence = "You may prepare this; a pharmacist must finish it."
    for path in ("/worklist", f"/tasks/{task.ref}", f"/tasks/{task.ref}/start"):
        assert sentence in text_of(client.get(path)), path
    words = text_of(client.get(f"/tasks/{task.ref}"))
    assert "Who could do this (1 now, 1 of them only to prepare it)" in words
    assert "May prepare it; a pharmacist must finish it." in words
    fill_in(client, f"/tasks/{task.ref}/release", reason="Not mine.")
    other = make.technician(practice)
    queue = as_user(other).get("/queues/documents")
    assert sentence in text_of(queue)
    pharmacist = as_user(make.pharmacist(practice))
    for path in ("/queues/documents", f"/tasks/{task.ref}"):
        assert sentence not in text_of(pharmacist.get(path)), path


def test_what_a_technician_may_finish_carries_no_such_sentence(make: Make, as_user: Any) -> None:
    practice = make.practice("Elm Surgery")
    technician = make.technician(practice)
    task = make.placed(practice, make.requester(practice), kind="DISCH")
    for path in ("/worklist", f"/tasks/{task.ref}", f"/tasks/{task.ref}/start"):
        assert "a pharmacist must finish" not in text_of(as_user(technician).get(path)), path


def test_nothing_extra_was_asked_is_said_in_words(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(place.practice, place.manager, ask="")
    words = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}"))
    assert "The usual Medication query; nothing extra was asked." in words


def test_what_the_practice_is_not_sure_of_is_a_tag(make: Make, place: Any, as_user: Any) -> None:
    make.placed(place.practice, place.manager, answers={"pregnancy": FactAnswer.NOT_SURE})
    assert "Not sure: pregnancy or breastfeeding" in text_of(as_user(place.pharmacist).get("/worklist"))


def test_the_reasons_speak_to_the_person() -> None:
    told = [
        "Pat O'Hara was at work with 9 minutes free.",
        "It came first in order of what Pat O'Hara may do.",
    ]
    assert reason_presenters.why_me(told, "Pat O'Hara") == [
        "You were at work with 9 minutes free.",
        "It came first in order of what you may do.",
    ]
    assert reason_presenters.why_me(told, "") == told
    assert reason_presenters.why_me(["Patricia was at work."], "Pat") == ["Patricia was at work."]


def test_in_progress_waiting_and_done_have_their_places(make: Make, place: Any, as_user: Any) -> None:
    begun = make.started(place.practice, place.manager, place.pharmacist)
    words = text_of(as_user(place.pharmacist).get("/worklist"))
    assert f"In progress: Medication query, {begun.ref}" in words
    assert "Nothing completed yet today." in words


def test_the_poll_announces_new_tasks_without_the_list(
    make: Make, place: Any, as_user: Any, clock: Any
) -> None:
    client = as_user(place.pharmacist)
    shown = client.get("/worklist").get_data(as_text=True)
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every 20s"', shown)
    assert found
    poll = found[1].replace("&amp;", "&")
    assert "poll=1" in poll
    assert client.get(poll, headers={"HX-Request": "true"}).get_data(as_text=True).strip() == ""
    clock.tick(minutes=1)
    make.placed(place.practice, place.manager)
    make.placed(place.practice, place.manager)
    news = client.get(poll, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert 'data-announce="2 new tasks"' in news
    assert "<table" not in news
    make.placed(place.practice, place.manager, answers={"serious_reaction": YES})
    news = client.get(poll, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert 'data-announce="3 new tasks, 1 of them to be done NOW"' in news


def test_a_poll_with_nonsense_says_nothing(place: Any, as_user: Any) -> None:
    client = as_user(place.pharmacist)
    for query in ("", "&since=x&had=y", "&since=2026-11-23T10:00:00&had=0", "&since=2026-11-23&had=-3"):
        answer = client.get(f"/worklist?poll=1{query}", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert answer.get_data(as_text=True).strip() == ""


def test_a_poll_opened_as_a_page_leads_to_the_page(place: Any, as_user: Any) -> None:
    assert as_user(place.pharmacist).get("/worklist?poll=1").location == "/worklist"


def test_the_task_page_shows_everything_a_pharmacist_needs(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(
        place.practice,
        place.manager,
        kind="DISCH",
        answers={"high_risk_medicine": YES},
        ask="Mind the warfarin.",
    )
    words = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}"))
    for expected in (
        "Mind the warfarin.",
        "Document DOC-1",
        "Does the letter name a high-risk medicine? Yes",
        "Deadline: ",
        "seventh day after receipt",
        "Why this place?",
        "High-risk medicine: by tomorrow.",
        "Getting into Elm Surgery",
        "Remote desktop, then smartcard.",
        "01632 960001",
        "Mo Manager raised it.",
        "Who could do this",
        "Pat Pharmacist",
    ):
        assert expected in words, expected


def test_facts_that_were_not_told_say_so(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(place.practice, place.manager, answers={"pregnancy": FactAnswer.NOT_SURE})
    words = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}"))
    assert "Is the patient pregnant, possibly pregnant or breastfeeding? Not sure" in words


def test_each_view_of_a_task_is_logged(make: Make, place: Any, as_user: Any, acting: Any) -> None:
    task = make.placed(place.practice, place.manager)
    client = as_user(place.pharmacist)
    client.get(f"/tasks/{task.ref}")
    client.get(f"/tasks/{task.ref}")
    client.get("/worklist")
    with acting(make.lead()):
        rows = db.session.query(AccessLog).filter_by(user_id=place.pharmacist.id).all()
    assert [row.what for row in rows if row.task_id == task.id] == ["task", "task"]
    assert [row.what for row in rows if row.task_id is None] == ["worklist"]


def test_a_task_of_another_practice_is_not_found(make: Make, place: Any, as_user: Any) -> None:
    elsewhere = make.practice("Oak Surgery")
    task = make.placed(elsewhere, make.requester(elsewhere))
    client = as_user(place.pharmacist)
    unknown = client.get("/tasks/AAAA-AAAA")
    theirs = client.get(f"/tasks/{task.ref}")
    assert (theirs.status_code, text_of(theirs)) == (404, text_of(unknown))
    for act in (
        "start",
        "resume",
        "wait",
        "escalate",
        "raised-in-error",
        "release",
        "send-back",
        "hand-over",
        "complete",
    ):
        assert client.get(f"/tasks/{task.ref}/{act}").status_code == 404, act
        assert (
            client.post(f"/tasks/{task.ref}/{act}", data={"form_key": f"key-{act}-long"}).status_code == 404
        ), act
    assert as_user(make.lead()).get(f"/tasks/{task.ref}").status_code == 200


def test_raising_for_a_practice_is_not_working_in_it(make: Make, place: Any, as_user: Any) -> None:
    elsewhere = make.practice("Oak Surgery")
    task = make.placed(elsewhere, make.requester(elsewhere))
    both = make.pharmacist(place.practice)
    make.access(both, elsewhere, Role.REQUESTER)
    client = as_user(both)
    assert client.get(f"/tasks/{task.ref}").status_code == 404
    assert task.ref not in client.get("/queues/queries").get_data(as_text=True)


def test_requesters_and_admins_are_turned_away(make: Make, place: Any, as_user: Any) -> None:
    task = make.placed(place.practice, place.manager)
    for person in (place.manager, make.admin()):
        for path in (
            "/worklist",
            "/queues",
            "/queues/queries",
            f"/tasks/{task.ref}",
            f"/tasks/{task.ref}/complete",
        ):
            assert as_user(person).get(path).status_code == 403, path


def test_other_open_tasks_of_the_same_patient_are_linked(make: Make, place: Any, as_user: Any) -> None:
    who = make.identity()
    first = make.placed(place.practice, place.manager, identity=who)
    second = make.placed(place.practice, place.manager, kind="SMR", identity=who)
    page = as_user(place.pharmacist).get(f"/tasks/{first.ref}")
    assert f'/tasks/{second.ref}">{second.ref}</a>' in page.get_data(as_text=True)


def test_pages_cost_the_same_statements_whatever_the_rows(
    make: Make, place: Any, as_user: Any, statements: Any
) -> None:
    client = as_user(place.pharmacist)
    one = make.placed(place.practice, place.manager)
    for _ in range(6):  # more than the buffer holds, so that some stay in the queue
        make.placed(place.practice, place.manager)
    paths = ["/worklist", "/queues", "/queues/queries", f"/tasks/{one.ref}"]

    def costs() -> list[int]:
        found = []
        for path in paths:
            client.get(path)  # the kinds are read once per process
            with statements() as seen:
                assert client.get(path).status_code == 200
            found.append(seen.count)
        return found

    few = costs()
    for kind in ("MEDQ", "DISCH", "SMR", "MEDQ", "OPLET", "MEDQ"):
        make.placed(place.practice, place.manager, kind=kind)
    make.pharmacist(place.practice)
    assert costs() == few
    assert max(few) <= 29, few  # with the staff read anew, which is seven of a task's

"""The lead's board and its lists: what they say, and that they cost the same however much there is."""

import datetime as dt
import re
from typing import Any

from hub.domain.actor import process
from hub.domain.vocabulary import Role, SystemActor
from hub.placing import system_actions
from tests.support import bulk
from tests.support.factories import Make


def _form_key() -> dict[str, str]:
    _form_key.count = getattr(_form_key, "count", 0) + 1  # type: ignore[attr-defined]
    return {"form_key": f"test-key-{_form_key.count:06d}"}  # type: ignore[attr-defined]


def test_an_empty_hub_says_what_to_do_next(lead: Any) -> None:
    page = lead.get("/board").text
    assert "Nothing needs a decision" in page
    assert "No clinicians yet" in page
    assert "None. Every practice" in page


def test_the_board_shows_load_against_capacity(make: Make, lead: Any, clock: Any) -> None:
    practice = make.practice("Elm Street Surgery")
    asks = make.requester(practice)
    asha = make.pharmacist(practice, name="Asha Patel")
    make.pharmacist(practice, name="Off Duty", works=False)
    make.started(practice, asks, asha)
    clock.tick(minutes=20)
    page = lead.get("/board").text
    text = re.sub(r"<[^>]+>|\\s+", " ", page)
    assert "Asha Patel" in text
    assert "At work" in text
    assert "for 20 minutes" in text, "since when it is in progress"
    assert "460" in text, "from 10:20 to 18:00"
    assert "Off today" in text
    off = page[page.index("Off Duty") :].split("</tr>")[0]
    assert off.count("hub-nothing") == 5, "a narrow screen shows only what there is"


def test_work_of_someone_whose_account_is_off_is_not_hidden(
    make: Make, lead: Any, owner: Any, clock: Any
) -> None:
    practice = make.practice()
    gone = make.pharmacist(practice, name="Gone Away")
    make.started(practice, make.requester(practice), gone)
    owner.execute("update app_user set active = false where id = %s", (gone.id,))
    page = lead.get("/board").text
    assert "Gone Away" in page
    assert "No clinician any more" in page


def test_the_board_polls_itself_and_counts_as_no_activity(lead: Any, clock: Any) -> None:
    page = lead.get("/board").text
    assert 'hx-get="/board?poll=1"' in page
    part = lead.get("/board?poll=1", headers={"HX-Request": "true"})
    assert "Practices on hold" in part.text
    assert "<html" not in part.text
    assert 'id="board"' not in part.text, "what polls stays, only its contents are exchanged"
    assert lead.get("/board?poll=1").location == "/board"
    for _ in range(4):  # polling alone does not keep a session awake
        clock.tick(minutes=9)
        answer = lead.get("/board?poll=1", headers={"HX-Request": "true"})
    assert "/sign-in" in answer.headers["HX-Redirect"]


def test_a_board_of_many_tasks_takes_as_many_statements_as_one_of_few(
    make: Make, lead: Any, owner: Any, clock: Any, statements: Any
) -> None:
    practices = [make.practice() for _ in range(3)]
    people = [make.pharmacist(*practices).id for _ in range(3)]
    asks = make.requester(*practices)
    facts = {"practices": [one.id for one in practices], "raised_by": asks.id, "now": clock.now()}
    bulk.fill(owner, tasks=30, people=people, seed=1, **facts)
    pages = (
        "/board",
        "/board/tasks?number=open",
        f"/board/tasks?number=listed&person={people[0]}",
        "/board/decisions",
    )
    before = {}
    for address in pages:
        lead.get(address)
        with statements() as seen:
            lead.get(address)
        before[address] = seen.count
    more = [make.pharmacist(*practices).id for _ in range(4)]
    with bulk.past_the_guards(owner):
        owner.execute("update task set ref = 'A' || ref")
    bulk.fill(owner, tasks=400, people=more, seed=2, **facts)
    for address in pages:
        with statements() as seen:
            lead.get(address)
        assert seen.count == before[address], address
    assert max(before.values()) <= 24, before


def _stuck(make: Make) -> Any:
    """A task that nobody may do: the practice has no prescriber, nobody at all in fact."""
    practice = make.practice("Elm Street Surgery")
    return make.placed(practice, make.requester(practice))


def test_a_decision_says_why_since_when_and_what_a_lead_can_do(make: Make, lead: Any, clock: Any) -> None:
    task = _stuck(make)
    clock.tick(minutes=25)
    page = lead.get("/board/decisions").text
    assert "Needs a decision: 1 task" in page
    assert task.ref in page
    assert task.decide_why in page
    assert "25 minutes" in page
    assert f'href="/tasks/{task.ref}/assign?back=/board/decisions"' in page
    assert f'href="/tasks/{task.ref}/send-back?back=/board/decisions"' in page
    assert f'href="/tasks/{task.ref}/decide?back=/board/decisions"' in page
    assert "and note why (3 days)" in page
    assert f'href="/tasks/{task.ref}/move' not in page, "nobody has it yet"
    assert task.ref in lead.get("/board").text


def test_what_was_decided_is_noted_once_and_leaves_the_list(make: Make, lead: Any) -> None:
    task = _stuck(make)
    address = f"/tasks/{task.ref}/decide"
    refused = lead.post(address, data={**_form_key(), "version": task.version, "reason": " "})
    assert refused.status_code == 422
    assert "Say why you leave it, so that nobody decides it again." in refused.text
    sent = {**_form_key(), "version": task.version, "reason": "A locum starts tomorrow."}
    assert lead.post(address, data=sent).location == "/board/decisions"
    assert lead.post(address, data=sent).status_code == 302, "the same form again changes nothing"
    again = make.again(task)
    assert (again.decide_since, again.decide_why, again.version) == (None, "", task.version + 1)
    assert "Nothing needs a decision" in lead.get("/board").text
    late = lead.post(address, data={**_form_key(), "version": again.version, "reason": "Another thought."})
    assert late.status_code == 409
    assert "Someone has decided about this task already" in late.text
    assert "Another thought." in late.text or "not on the list any more" in late.text


def test_a_practice_is_held_and_given_out_again(make: Make, lead: Any, clock: Any, acting: Any) -> None:
    practice = make.practice("Elm Street Surgery")
    asks, _ = make.requester(practice), make.pharmacist(practice)
    empty = lead.post("/board/holds", data={"practice": "", "reason": ""})
    assert empty.status_code == 422
    assert "Choose a practice that is not on hold." in empty.text
    kept = lead.post("/board/holds", data={"practice": "999", "reason": "EMIS is down"})
    assert kept.status_code == 422
    assert 'value="EMIS is down"' in kept.text
    sent = {"practice": str(practice.id), "reason": "EMIS is down"}
    assert lead.post("/board/holds", data=sent).location == "/board/holds"
    task = make.placed(practice, asks)
    assert task.status == "queued", "not given out while its practice is held"
    board = lead.get("/board").text
    assert "EMIS is down" in board
    assert "Lena Lead" in board
    assert f"number=held&amp;practice={practice.id}" in board
    due = task.due_at
    clock.tick(minutes=20)
    lead.post(f"/board/holds/{practice.id}/end")
    assert "EMIS is down" not in lead.get("/board").text
    with acting(process(SystemActor.PLACING)):
        system_actions.top_up()
    again = make.again(task)
    assert (again.status, again.due_at) == ("assigned", due), "given out; its clock ran on"
    assert lead.post("/board/holds/9999/end").status_code == 404


def test_the_health_strip_says_when_placing_is_delayed(make: Make, lead: Any, owner: Any, clock: Any) -> None:
    page = lead.get("/board").text
    assert "Automatic placing is delayed - tasks are safe" in page
    assert "not heard of yet" in page
    for lane in ("placing", "upkeep", "planning", "importing", "timetable"):
        owner.execute(
            "insert into heartbeat (process, lane, at) values (%s, %s, %s)", (lane, lane, clock.now())
        )
    well = lead.get("/board").text
    assert "Automatic placing is delayed" not in well
    assert "All is well. No new work has been given out yet" in well
    assert re.search(r'<details[^>]*id="machinery-details">', well), "folded in while all is well"
    clock.tick(seconds=61)
    ill = lead.get("/board").text
    assert "Silent" in ill
    assert re.search(r'<details[^>]*id="machinery-details" open>', ill)
    owner.execute("update heartbeat set at = %s", (clock.now(),))
    assert "Automatic placing is delayed" not in lead.get("/board").text
    practice = make.practice()
    make.request(practice, make.requester(practice))  # its job is not run
    clock.tick(seconds=61)
    owner.execute("update heartbeat set at = %s", (clock.now(),))
    page = lead.get("/board").text
    assert "Automatic placing is delayed" in page


def _dead_job(owner: Any, now: dt.datetime) -> int:
    row = owner.execute(
        "insert into outbox (job, lane, key, payload, created_at, next_at, dead_at, attempts, last_error) "
        "values ('place', 'placing', 'k', '{\"task_id\": 7}', %s, %s, %s, 8, 'KeyError') returning id",
        (now, now, now),
    ).fetchone()
    return int(row[0])


def test_a_job_that_gave_up_is_tried_again_or_put_away(lead: Any, owner: Any, clock: Any) -> None:
    job = _dead_job(owner, clock.now())
    page = lead.get("/board/jobs").text
    assert "Place one task" in page
    assert "task id 7" in page
    assert "KeyError" in page
    refused = lead.post(f"/board/jobs/{job}/dismiss", data={"why": ""})
    assert refused.status_code == 422
    assert f'href="#why-{job}"' in refused.text
    assert lead.post(f"/board/jobs/{job}/dismiss", data={"why": "not_needed"}).status_code == 302
    assert "None. Every piece of background work" in lead.get("/board/jobs").text
    assert lead.post(f"/board/jobs/{job}/retry").status_code == 404, "it has been dealt with"
    owner.execute("update outbox set done_at = null where id = %s", (job,))
    assert lead.post(f"/board/jobs/{job}/retry").status_code == 302
    row = owner.execute(
        "select dead_at, done_at, attempts, next_at from outbox where id = %s", (job,)
    ).fetchone()
    assert row == (None, None, 0, clock.now())


def test_only_leads_find_the_board(make: Make, as_user: Any) -> None:
    practice = make.practice()
    for role in (Role.REQUESTER, Role.CLINICIAN, Role.ADMIN):
        client = as_user(make.user(role, practices=(practice,)))
        for address in (
            "/board",
            "/board/tasks?number=open",
            "/board/decisions",
            "/board/holds",
            "/board/jobs",
        ):
            assert client.get(address).status_code == 403, (role, address)

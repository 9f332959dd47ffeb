"""A lead assigns and moves by hand: who could, who could not and why, and what a reason overrides."""

import datetime as dt
import html
import itertools
import re
from typing import Any

import pytest

from hub.domain.vocabulary import Profession
from tests.support import bulk
from tests.support.factories import Make
from tests.support.pages import text_of

_keys = itertools.count(1)


def _sent(task: Any, **more: Any) -> dict[str, Any]:
    return {"form_key": f"by-hand-{next(_keys):06d}", "version": task.version, **more}


@pytest.fixture
def elm(make: Make) -> Any:
    return make.practice("Elm Street Surgery")


@pytest.fixture
def waiting(make: Make, elm: Any, owner: Any) -> Any:
    """A task that waits in its queue because its practice is held, so that nobody is given it meanwhile."""
    owner.execute("update practice set held_since = now(), held_reason = 'down' where id = %s", (elm.id,))
    make.pharmacist(elm, name="Asha Patel")
    return make.placed(elm, make.requester(elm), "SMR")


def _history(owner: Any, task: Any) -> list[tuple[Any, ...]]:
    query = "select kind, actor_id, reason_sealed is not null from event where task_id = %s order by seq"
    return list(owner.execute(query, (task.id,)).fetchall())


def test_the_page_says_who_could_and_who_could_not_and_why(
    make: Make, lead: Any, elm: Any, waiting: Any, clock: Any
) -> None:
    make.pharmacist(elm, name="Home Already", works=False)
    make.technician(elm, name="Tess Tech")
    make.pharmacist(name="Zoe Outside")
    make.pharmacist(elm, name="Lapsed Reg", registration_expires_on=dt.date(2026, 11, 1))
    page = lead.get(f"/tasks/{waiting.ref}/assign").text
    form, refused = page.split("Who cannot do it, and why")
    assert "Asha Patel" in form
    assert "480 minutes free today" in form
    assert "Home Already is not at work now." in form
    assert "Your reason overrides this." in form
    for sentence in (
        "Tess Tech is a technician; this needs a pharmacist.",
        "Zoe Outside has no access to Elm Street Surgery.",
        "Lapsed Reg&#39;s registration ended on 01-Nov-2026.",
    ):
        assert sentence in refused
        assert sentence.split(" ")[0] not in form, "what nobody overrides is not offered"
    assert len(re.findall(r'type="radio"', page)) == 2


def test_assigning_asks_for_a_person_and_a_reason_and_keeps_what_was_typed(
    make: Make, lead: Any, waiting: Any
) -> None:
    address = f"/tasks/{waiting.ref}/assign"
    nothing = lead.post(address, data=_sent(waiting))
    assert nothing.status_code == 422
    assert "Choose who is to do it." in nothing.text
    assert "Say why, so that the person and the record know." in nothing.text
    assert "<title>Error: " in nothing.text
    half = lead.post(address, data=_sent(waiting, reason="She knows the patient"))
    assert half.status_code == 422
    assert "She knows the patient" in half.text
    nobody = lead.post(address, data=_sent(waiting, to="99999", reason="x"))
    assert nobody.status_code == 422
    assert make.again(waiting).status == "queued"


def test_a_lead_assigns_and_the_reason_stays_in_the_history(
    make: Make, lead: Any, elm: Any, waiting: Any, owner: Any
) -> None:
    bo = make.pharmacist(elm, name="Bo Chen")
    data = _sent(waiting, to=str(bo.id), reason="Bo speaks Cantonese")
    assert lead.post(f"/tasks/{waiting.ref}/assign", data=data).location == f"/tasks/{waiting.ref}"
    again = make.again(waiting)
    assert (again.status, again.assignee_id) == ("assigned", bo.id)
    assert again.why_me == ["Lena Lead assigned it by hand."]
    kind, actor, has_reason = _history(owner, again)[-1]
    assert (kind, has_reason) == ("assigned", True)
    assert actor is not None
    twice = lead.post(f"/tasks/{waiting.ref}/assign", data=data)
    assert twice.status_code == 302, "the same form sent twice leads to the first result"
    assert make.again(waiting).version == again.version
    assert f"{waiting.ref} is assigned to Bo Chen." in lead.get("/board").text


def test_a_reason_overrides_what_is_soft_and_never_what_is_hard(
    make: Make, lead: Any, elm: Any, waiting: Any
) -> None:
    away = make.pharmacist(elm, name="Home Already", works=False)
    tess = make.technician(elm, name="Tess Tech")
    address = f"/tasks/{waiting.ref}/assign"
    hard = lead.post(address, data=_sent(waiting, to=str(tess.id), reason="No one else"))
    assert hard.status_code == 403
    assert "Tess Tech is a technician; this needs a pharmacist." in hard.text
    assert "No one else" in hard.text
    assert make.again(waiting).status == "queued"
    soft = lead.post(address, data=_sent(waiting, to=str(away.id), reason="Agreed by telephone"))
    assert soft.status_code == 302
    assert make.again(waiting).assignee_id == away.id


def test_a_task_that_someone_else_took_meanwhile_is_not_assigned(
    make: Make, lead: Any, elm: Any, waiting: Any, as_user: Any, owner: Any
) -> None:
    seen = lead.get(f"/tasks/{waiting.ref}/assign").text
    version = re.search(r'name="version" value="(\d+)"', seen)
    assert version is not None
    owner.execute("update practice set held_since = null")
    quick = make.pharmacist(elm, name="Quick Taker")
    as_user(quick).post(f"/tasks/{waiting.ref}/take", data=_sent(waiting))
    assert make.again(waiting).assignee_id == quick.id
    bo = make.pharmacist(elm, name="Bo Chen")
    data = {"form_key": "late-form-1", "version": version[1], "to": str(bo.id), "reason": "Bo is free"}
    late = lead.post(f"/tasks/{waiting.ref}/assign", data=data)
    assert late.status_code == 409
    assert "Quick Taker" in late.text
    assert "Bo is free" in late.text, "what was typed is kept"
    assert make.again(waiting).assignee_id == quick.id
    assert lead.get(f"/tasks/{waiting.ref}/assign").status_code == 409
    assert lead.get(f"/tasks/{waiting.ref}/move").status_code == 200


def test_started_work_is_moved_with_a_reason_and_its_minutes_go_along(
    make: Make, lead: Any, elm: Any, owner: Any
) -> None:
    asha = make.pharmacist(elm, name="Asha Patel")
    task = make.started(elm, make.requester(elm), asha)
    bo = make.pharmacist(elm, name="Bo Chen")
    page = lead.get(f"/tasks/{task.ref}/move").text
    assert "In progress with Asha Patel" in page
    assert f'value="{asha.id}"' not in page, "it is on her list already"
    data = _sent(task, to=str(bo.id), reason="Asha went home ill")
    assert lead.post(f"/tasks/{task.ref}/move", data=data).location == f"/tasks/{task.ref}"
    again = make.again(task)
    assert (again.status, again.assignee_id, again.started_at) == ("assigned", bo.id, None)
    booked = dict(owner.execute("select user_id, booked from clinician_day").fetchall())
    assert booked == {asha.id: 0, bo.id: task.minutes}
    assert _history(owner, again)[-1][0] == "moved"


def test_a_full_day_yields_to_a_reason_and_the_extra_minutes_are_on_record(
    make: Make, lead: Any, elm: Any, waiting: Any, owner: Any
) -> None:
    short = make.pharmacist(elm, name="Short Shift", works=False)
    make.shift(short, "08:00", "10:01")
    page = lead.get(f"/tasks/{waiting.ref}/assign").text
    assert re.search(r"Short Shift has 1 minutes? free today; this needs \d+\.", page)
    lead.post(f"/tasks/{waiting.ref}/assign", data=_sent(waiting, to=str(short.id), reason="Stays on"))
    day = owner.execute("select booked, minutes, granted from clinician_day where user_id = %s", (short.id,))
    booked, minutes, granted = day.fetchone()
    assert booked == waiting.minutes
    assert booked <= minutes + granted


def test_nobody_could_do_it_says_so_instead_of_an_empty_form(make: Make, lead: Any, elm: Any) -> None:
    make.clinician(elm, profession=Profession.TECHNICIAN, name="Tess Tech")
    task = make.placed(elm, make.requester(elm), "SMR")
    page = lead.get(f"/tasks/{task.ref}/assign").text
    assert "Nobody in the hub could do this now." in page
    assert "Tess Tech is a technician; this needs a pharmacist." in page
    assert "<textarea" not in page


def test_a_refusal_leads_to_where_it_is_mended_and_is_judged_afresh(make: Make, lead: Any, elm: Any) -> None:
    paul = make.pharmacist(elm, name="Paul Pharmacist")
    task = make.placed(elm, make.requester(elm), "LTC")
    stale = "No pharmacist has asthma competence in date."
    assert task.decide_why == stale
    page = lead.get(f"/tasks/{task.ref}/assign").text
    assert stale in page
    assert f'href="/people/{paul.id}#competences">Open Paul Pharmacist</a>' in page
    assert 'id="competences"' in lead.get(f"/people/{paul.id}").text
    lead.post(f"/people/{paul.id}/competences", data={"code": "asthma"})
    page = lead.get(f"/tasks/{task.ref}/assign").text
    assert stale not in page, "the watch has not been round yet"
    assert f'value="{paul.id}"' in page


def test_what_is_done_leads_back_to_the_list_it_was_done_from(
    make: Make, lead: Any, elm: Any, waiting: Any, clock: Any
) -> None:
    listed = "/board/tasks?number=open&queue=medication-reviews"
    path = re.search(rf'href="(/tasks/{waiting.ref}/assign[^"]*)"', lead.get(listed).text)
    assert path is not None
    form = lead.get(html.unescape(path[1])).text
    back = re.search(r'name="back" value="([^"]*)"', form)
    assert back is not None
    assert html.unescape(back[1]) == listed
    assert f'href="{back[1]}">Back to the list</a>' in form
    asha = re.search(r'name="to" type="radio" value="(\d+)"', form)
    assert asha is not None
    refused = lead.post(f"/tasks/{waiting.ref}/assign", data=_sent(waiting, back=listed))
    assert f'name="back" value="{back[1]}"' in refused.text, "kept with what was typed"
    data = _sent(waiting, to=asha[1], reason="Free", back=listed)
    assert lead.post(f"/tasks/{waiting.ref}/assign", data=data).location == listed
    again, bo = make.again(waiting), make.pharmacist(elm, name="Bo Chen")
    elsewhere = _sent(again, to=str(bo.id), reason="Free", back="//evil.example/board")
    assert lead.post(f"/tasks/{waiting.ref}/move", data=elsewhere).location == f"/tasks/{waiting.ref}"


def test_the_page_of_a_move_says_overdue_like_the_lists(
    make: Make, lead: Any, waiting: Any, owner: Any, clock: Any
) -> None:
    assert "Overdue" not in lead.get(f"/tasks/{waiting.ref}/assign").text
    with bulk.past_the_guards(owner):
        owner.execute("update task set due_at = %s", (clock.now() - dt.timedelta(minutes=1),))
    assert "Overdue" in lead.get(f"/tasks/{waiting.ref}/assign").text


def test_whoever_is_away_or_has_no_shifts_at_all_is_said_to_bring_it_back(
    make: Make, lead: Any, elm: Any, waiting: Any
) -> None:
    make.pharmacist(elm, name="New Starter", works=False)
    later = make.pharmacist(elm, name="Works Later", works=False)
    make.shift(later, days=(1,))
    words = text_of(lead.get(f"/tasks/{waiting.ref}/assign"))
    assert "New Starter has no shifts at all: give them shifts on the rota first, or this comes back" in words
    assert "Works Later has no shifts" not in words
    assert words.count("It comes back to the list of decisions until they are at work.") == 1
    assert "Asha Patel has no shifts" not in words


def test_the_page_names_the_patient_and_notes_who_looked(make: Make, lead: Any, elm: Any, owner: Any) -> None:
    who = make.identity(family="Wood", given="Ada", born=dt.date(1950, 2, 3))
    task = make.started(elm, make.requester(elm), make.pharmacist(elm), identity=who)
    words = text_of(lead.get(f"/tasks/{task.ref}/move"))
    number = who.nhs_number
    assert "WOOD, Ada Born 03-Feb-1950 (76y)" in words
    assert f"NHS No. {number[:3]} {number[3:6]} {number[6:]}" in words
    refused = lead.post(f"/tasks/{task.ref}/move", data=_sent(task))
    assert "WOOD, Ada" in text_of(refused)
    seen = owner.execute("select what from access_log where task_id = %s", (task.id,)).fetchall()
    assert seen == [("move",), ("move",)]


def test_what_a_lead_gave_says_so_on_the_worklist(make: Make, lead: Any, elm: Any, as_user: Any) -> None:
    asha, asks = make.pharmacist(elm, name="Asha Patel"), make.requester(elm)
    by_rule, moved = make.placed(elm, asks), make.placed(elm, asks)
    bo = make.pharmacist(elm, name="Bo Chen")
    lead.post(f"/tasks/{moved.ref}/move", data=_sent(moved, to=str(bo.id), reason="Bo knows her"))
    assert "Given by Lena Lead" in text_of(as_user(bo).get("/worklist"))
    listed = text_of(as_user(asha).get("/worklist"))
    assert by_rule.ref in listed
    assert "Given by" not in listed
    assert "Bo knows her" in text_of(as_user(bo).get(f"/tasks/{moved.ref}"))


def test_signing_someone_off_brings_the_work_that_waited_for_it(
    make: Make, lead: Any, elm: Any, jobs: Any
) -> None:
    paul = make.pharmacist(elm, name="Paul Pharmacist")
    task = make.placed(elm, make.requester(elm), "LTC")
    jobs()
    lead.post(f"/people/{paul.id}/competences", data={"code": "asthma"})
    jobs()
    again = make.again(task)
    assert (again.assignee_id, again.decide_since) == (paul.id, None)


def test_only_leads_assign_and_move(make: Make, elm: Any, waiting: Any, as_user: Any) -> None:
    asks, does = make.requester(elm), make.pharmacist(elm)
    for user in (asks, does, make.admin()):
        client = as_user(user)
        for act in ("assign", "move", "decide"):
            assert client.get(f"/tasks/{waiting.ref}/{act}").status_code == 403
            assert client.post(f"/tasks/{waiting.ref}/{act}", data=_sent(waiting)).status_code == 403
    assert make.again(waiting).version == waiting.version

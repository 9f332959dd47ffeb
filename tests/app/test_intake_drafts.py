"""What was typed stands at an address of its own: Back, Forward and reload lose nothing."""

from typing import Any

import pytest

from hub.intake import draft_actions, draft_queries
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import NUMBER, filled, stands_at, stored, typed

NEW = "/requests/new?kind=MEDQ"


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and a pharmacist at work."""
    practice = make.practice("Highfield Surgery")
    return practice, make.requester(practice, name="Sam Okoro"), make.pharmacist(practice)


@pytest.fixture
def client(as_user: Any, place: Any) -> Any:
    return as_user(place[1])


def opened(client: Any) -> tuple[str, dict[str, str]]:
    """Open an empty form; return the address at which it stands, and its fields."""
    where = client.get(NEW).location
    return where, form_values(client.get(where).text, NEW)


def test_back_reload_and_forward_show_what_was_typed(client: Any, acting: Any, place: Any) -> None:
    form, fields = opened(client)
    check = client.post(NEW, data=fields | filled("MEDQ", step="check")).location
    assert check == f"{form}&step=check"
    for _ in range(2):  # forward and reload
        page = client.get(check)
        assert "Check before you send" in page.text
    back = client.get(form)
    assert back.status_code == 200
    assert "There is a problem" not in back.text
    kept = form_values(back.text, NEW)
    for name, value in filled("MEDQ").items():
        if name != "form_key":
            assert kept[name] == value, name
    assert stored(acting, place[2]) == []


def test_after_a_problem_every_way_back_is_a_page(client: Any) -> None:
    form, fields = opened(client)
    wrong = client.post(NEW, data=fields | filled("MEDQ", step="check", family=""))
    assert wrong.location == f"{form}&again=1"
    assert client.get(wrong.location).status_code == 422
    mended = client.post(NEW, data=fields | filled("MEDQ", step="check"))
    assert client.get(mended.location).status_code == 200
    again = client.get(wrong.location)
    assert (again.status_code, "There is a problem" in again.text) == (200, False), "it is mended by now"


def test_after_sending_every_way_back_leads_to_the_request(client: Any, acting: Any, place: Any) -> None:
    form, fields = opened(client)
    check = client.get(client.post(NEW, data=fields | filled("MEDQ", step="check")).location)
    sent = client.post(NEW, data=form_values(check.text, NEW) | {"step": "send"})
    (task,) = stored(acting, place[2])
    for address in (form, f"{form}&step=check"):
        assert client.get(address).location == f"/requests/{task.ref}"
    # Another window, in which the check still stands, sends it once more: with a form key of its own.
    again = client.post(NEW, data=form_values(check.text, NEW) | {"step": "send", "form_key": "another-key"})
    assert again.location == sent.location
    assert len(stored(acting, place[2])) == 1


def test_a_correction_stands_at_its_address_too(make: Make, client: Any, acting: Any, place: Any) -> None:
    from hub.placing import actions, queries

    practice, manager, pharmacist = place
    task = make.placed(practice, manager)
    with acting(pharmacist) as actor:
        found = queries.get(task.ref, lock=True)
        actions.send_back(found, reason_code="unclear", reason="Which one?", by=actor)
    path = f"/requests/{task.ref}/correct"
    fields = form_values(stands_at(client, path).text, path)
    changed = fields | {"ask": "The blue one.", "step": "check"}
    check = typed(client, path, data=changed)
    assert "Check before you send" in check.text
    form = client.get(path + f"?draft={fields['draft']}")
    assert form_values(form.text, path)["ask"].strip() == "The blue one."
    assert typed(client, path, data=form_values(check.text, path) | {"step": "send"}).status_code == 302
    assert client.get(path + f"?draft={fields['draft']}&step=check").location == f"/requests/{task.ref}"


def test_a_draft_is_sealed_and_its_own_persons_alone(
    make: Make, client: Any, as_user: Any, place: Any, owner: Any
) -> None:
    form, fields = opened(client)
    client.post(NEW, data=fields | filled("MEDQ", step="check"))
    rows = str(owner.execute("select *, body_sealed::text from intake_draft").fetchall())
    assert not any(word in rows for word in (NUMBER, "Testperson", "inhaler"))
    colleague = as_user(make.requester(place[0]))
    theirs = colleague.get(form)
    assert theirs.status_code == 200
    assert "inhaler" not in theirs.text


def test_a_draft_is_kept_for_a_day(
    client: Any, as_user: Any, place: Any, clock: Any, jobs: Any, owner: Any, acting: Any
) -> None:
    form, fields = opened(client)
    check = client.post(NEW, data=fields | filled("MEDQ", step="check")).location
    clock.tick(hours=23)
    with acting(place[1]) as actor:
        assert draft_queries.find(fields["draft"], by=actor)
        assert draft_actions.forget_old() == 0
    clock.tick(hours=1)
    late = as_user(place[1])
    answer = late.get(check)
    assert answer.location == form
    assert "that is over: fill in the form again" in late.get(form).text
    with acting(place[1]):
        assert draft_actions.forget_old() == 1
    assert owner.execute("select count(*) from intake_draft").fetchone() == (0,)


def test_the_timetable_throws_old_ones_away(app: Any, client: Any, clock: Any, jobs: Any, owner: Any) -> None:
    from hub import background
    from hub.extensions import db
    from workers.timetable import TIMETABLE

    _, fields = opened(client)
    client.post(NEW, data=fields | filled("MEDQ", step="check"))
    clock.tick(hours=25)
    (entry,) = [one for one in TIMETABLE if one.job == "forget_drafts"]
    with app.app_context():
        background.later(entry.job, key="forget_drafts:test", lane=entry.lane)
        db.session.commit()
    jobs()
    assert owner.execute("select count(*) from intake_draft").fetchone() == (0,)


@pytest.mark.parametrize("draft", ["", "x", "../../etc", "a" * 500])
def test_an_id_of_another_shape_is_replaced(client: Any, draft: str) -> None:
    answer = client.post(NEW, data=filled("MEDQ", step="check", draft=draft))
    assert answer.status_code == 302
    assert f"draft={draft}&" not in answer.location
    assert "Check before you send" in client.get(answer.location).text


def test_several_practices_keep_a_draft_under_the_one_that_was_chosen(
    make: Make, as_user: Any, owner: Any
) -> None:
    here, there = make.practice("Here"), make.practice("There")
    client = as_user(make.requester(here, there))
    for chosen in ("", str(there.id)):
        _, fields = opened(client)
        client.post(NEW, data=fields | filled("MEDQ", step="check", practice=chosen))
    kept = owner.execute("select practice_id from intake_draft order by created_at, practice_id").fetchall()
    assert sorted(kept) == sorted([(here.id,), (there.id,)])

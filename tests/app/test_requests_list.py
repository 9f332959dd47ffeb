"""The practice's list: filters whose counts are exactly their rows, what needs the practice first."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.conversation import list_presenters
from hub.domain.request_list import Wanted
from hub.domain.vocabulary import WaitingOn
from hub.extensions import db
from hub.models import AccessLog, Task, ToDo
from hub.records import TO_DO, sealed
from tests.support.factories import Make


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    return make.pharmacist(practice, name="Priya Nair", competences=("asthma",))


def refs(page: str) -> list[str]:
    return re.findall(r'<a href="/requests/([0-9A-Z]{4}-[0-9A-Z]{4})">', page)


def tab_counts(page: str) -> dict[str, int]:
    found = re.findall(r'href="/requests\?([^"]*)"[^>]*>[^<(]+\((\d+)[^)]*\)</a>', page)
    return {re.search(r"show=(\w+)", query)[1]: int(count) for query, count in found}  # type: ignore[index]


@pytest.fixture
def mixed(
    make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any, as_user: Any
) -> dict[str, Task]:
    """One request in each state that the list tells apart."""
    from hub.placing import actions as placing
    from hub.placing import queries
    from hub.worklist import actions
    from hub.worklist import queries as worklist

    found = {"question": make.started(practice, manager, pharmacist)}
    with acting(pharmacist) as actor:
        task = queries.get(found["question"].ref, lock=True)
        until = worklist.chase_times(task)[0].date()
        actions.wait(task, on=WaitingOn.PRACTICE, until=until, words="Which one?", by=actor)
    found["sent_back"] = make.placed(practice, manager)
    with acting(pharmacist) as actor:
        task = queries.get(found["sent_back"].ref, lock=True)
        placing.send_back(task, reason_code="unclear", reason="Which letter?", by=actor)
    found["done"] = completed(make, acting, make.started(practice, manager, pharmacist), pharmacist)
    found["to_do"] = completed(make, acting, make.started(practice, manager, pharmacist), pharmacist)
    with acting(pharmacist):
        task = queries.get(found["to_do"].ref)
        text = sealed(task, "Sign it", TO_DO) or b""
        db.session.add(
            ToDo(task_id=task.id, practice_id=practice.id, text_sealed=text, created_at=task.raised_at)
        )
    found["assigned"] = make.placed(practice, manager, "SMR")
    found["withdrawn"] = make.request(practice, manager)
    data = {"form_key": "a-key-of-one-form", "withdraw_reason": "Not needed"}
    as_user(manager).post(f"/requests/{found['withdrawn'].ref}/withdraw", data=data)
    return found


def completed(make: Make, acting: Any, task: Task, by: Any) -> Task:
    from hub.outcomes import actions
    from hub.placing import queries
    from hub.protocols.queries import kind_of

    with acting(by) as actor:
        found = queries.get(task.ref, lock=True)
        kind = kind_of(found)
        completion = actions.Completion(
            confirmed=True,
            checklist={item.code: "" for item in kind.checklist},
            outcome=kind.outcomes[0].code,
            minutes=10,
            to_dos=(),
            note="",
            recorded_in=actions.NOTHING_TO_RECORD,
            recorded_code="",
            reply="Tell the patient to go on as before.",
        )
        actions.record(found, completion=completion, by=actor)
    return make.again(task)


def test_every_count_opens_exactly_its_rows(as_user: Any, manager: Any, mixed: dict[str, Task]) -> None:
    client = as_user(manager)
    counts = tab_counts(client.get("/requests").text)
    assert counts == {"open": 4, "needs": 3, "new": 4, "done": 1, "stopped": 1, "all": 6}
    for show, count in counts.items():
        assert len(refs(client.get(f"/requests?show={show}").text)) == count, show
    shown = {show: set(refs(client.get(f"/requests?show={show}").text)) for show in counts}
    assert shown["needs"] == {mixed[name].ref for name in ("question", "sent_back", "to_do")}
    assert shown["done"] == {mixed["done"].ref}
    assert shown["stopped"] == {mixed["withdrawn"].ref}
    assert shown["open"] | shown["done"] | shown["stopped"] == shown["all"]


def test_what_needs_the_practice_stands_first_in_plain_words(
    as_user: Any, manager: Any, mixed: dict[str, Task]
) -> None:
    page = as_user(manager).get("/requests").text
    assert refs(page)[-1] == mixed["assigned"].ref
    for words in (
        "Priya Nair, pharmacist, asks you something",
        "It is with you: correct it or stop it",
        "You have 1 thing to do.",
        "With Priya Nair, pharmacist, since Mon 23-Nov-2026 10:00",
        "Done, to do",
        "Done by the hub",
    ):
        assert words in page
    words = "Open (4: 2 with the hub, 1 sent back to you, 1 done, with to-dos for you)"
    assert words in page
    everything = as_user(manager).get("/requests?show=all").text
    assert "Closed" not in everything


def test_an_empty_done_list_says_where_the_done_ones_with_to_dos_stand() -> None:
    words = list_presenters.nothing_words(Wanted(show="done"), {"open": 1, "to_do": 1})
    assert words == "What is done and still has to-dos for you stands under Open until you have ticked them."
    assert (
        list_presenters.nothing_words(Wanted(show="done"), {"open": 1, "to_do": 0}) == "Nothing is done yet."
    )


def test_a_kind_is_chosen_and_its_counts_are_its_own(
    as_user: Any, manager: Any, mixed: dict[str, Task]
) -> None:
    client = as_user(manager)
    page = client.get("/requests?kind=SMR").text
    assert refs(page) == [mixed["assigned"].ref]
    assert tab_counts(page)["all"] == 1
    assert (
        "No request under Done fits all of these filters." in client.get("/requests?kind=SMR&show=done").text
    )


def test_an_empty_list_says_what_to_do(as_user: Any, manager: Any) -> None:
    client = as_user(manager)
    assert "What you raise stands here until it is done." in client.get("/requests").text
    assert "Nothing needs you." in client.get("/requests?show=needs").text


@pytest.mark.parametrize(
    "query", ["show=nonsense", "kind=NOPE", "page=0", "page=99", "page=x", "page=%C2%B2"]
)
def test_what_makes_no_sense_shows_the_first_page(
    make: Make, as_user: Any, practice: Any, manager: Any, query: str
) -> None:
    task = make.request(practice, manager)
    answer = as_user(manager).get(f"/requests?{query}")
    assert answer.status_code == 200
    assert refs(answer.text) == [task.ref]


def test_pages_of_25_share_out_all_rows(make: Make, as_user: Any, practice: Any, manager: Any) -> None:
    made = {make.request(practice, manager).ref for _ in range(27)}
    client = as_user(manager)
    first, second = client.get("/requests").text, client.get("/requests?page=2").text
    assert (len(refs(first)), len(refs(second))) == (25, 2)
    assert set(refs(first)) | set(refs(second)) == made
    assert "<title>Requests (page 2 of 2)" in second
    assert 'aria-current="page"' in second


def test_other_practices_and_other_roles_there_stay_out(
    make: Make, as_user: Any, practice: Any, manager: Any
) -> None:
    other = make.practice("Other Surgery")
    make.request(other, make.requester(other))
    mine = make.request(practice, manager)
    make.access(manager, other, "clinician")  # type: ignore[arg-type]
    page = as_user(manager).get("/requests?show=all").text
    assert refs(page) == [mine.ref]
    assert tab_counts(page)["all"] == 1


def test_the_list_takes_a_fixed_number_of_statements(
    make: Make, as_user: Any, practice: Any, manager: Any, mixed: dict[str, Task], statements: Any
) -> None:
    client = as_user(manager)
    client.get("/requests?show=all")
    with statements() as few:
        client.get("/requests?show=all")
    for _ in range(10):
        make.request(practice, manager)
    with statements() as more:
        client.get("/requests?show=all")
    assert more.count == few.count <= 10


def test_polling_brings_the_counts_and_nothing_about_patients(
    make: Make, as_user: Any, practice: Any, manager: Any, acting: Any
) -> None:
    make.request(practice, manager, identity=make.identity(family="Testperson"))
    client = as_user(manager)
    answer = client.get("/requests?poll=1", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<nav")
    assert "TESTPERSON" not in answer.text
    with acting(make.lead()):
        assert db.session.scalars(select(AccessLog)).all() == []
    assert "TESTPERSON" in client.get("/requests").text
    with acting(make.lead()):
        assert db.session.scalars(select(AccessLog.what)).all() == ["list of requests"]

"""Take, next task, release, send back, hand to a pharmacist: what each does, and every way it refuses."""

import datetime as dt
import threading
from typing import Any

import pytest

from hub.domain.eligibility import may_do
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import Competence, Task
from hub.placing import queries
from hub.worklist import queue_queries
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, hidden_fields, text_of


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager, and a pharmacist who is not at work, so that tasks stay in their queue."""
    practice = make.practice("Elm Surgery")
    manager = make.requester(practice, name="Mo Manager")
    return type("Place", (), {"practice": practice, "manager": manager})


def take(client: Any, task: Task) -> Any:
    """Press "Take" on the task's page."""
    page = client.get(f"/tasks/{task.ref}")
    return client.post(f"/tasks/{task.ref}/take", data=hidden_fields(page))


def next_task(client: Any) -> Any:
    """Press "Next task"."""
    return client.post("/worklist/next")


class TestQueues:
    def test_counts_equal_rows_and_every_queue_is_there(self, make: Make, place: Any, as_user: Any) -> None:
        tasks = [make.placed(place.practice, place.manager) for _ in range(3)]
        client = as_user(make.pharmacist(place.practice))
        overview = text_of(client.get("/queues"))
        assert "Medication reviews" in overview
        assert "Queries Waiting 3" in overview
        words = text_of(client.get("/queues/queries"))
        assert "3 tasks waiting" in words
        assert [words.index(task.ref) for task in tasks] == sorted(words.index(task.ref) for task in tasks)

    def test_an_unknown_queue_is_not_found(self, make: Make, place: Any, as_user: Any) -> None:
        assert as_user(make.lead()).get("/queues/nothing").status_code == 404

    def test_filters_narrow_are_shown_and_can_be_removed(self, make: Make, place: Any, as_user: Any) -> None:
        other = make.practice("Oak Surgery")
        here = make.placed(place.practice, place.manager)
        there = make.placed(other, make.requester(other))
        client = as_user(make.pharmacist(place.practice, other))
        page = client.get(f"/queues/queries?practice={other.id}&band=3")
        markup = page.get_data(as_text=True)
        assert there.ref in markup
        assert here.ref not in markup
        words = text_of(page)
        assert "1 task waiting" in words
        assert "Remove filter: Oak Surgery" in words
        assert 'href="?band=3"' in markup
        empty = text_of(client.get("/queues/queries?band=1"))
        assert "No waiting task matches these filters." in empty
        assert "Nothing waits in this queue." in text_of(client.get("/queues/documents"))

    def test_pages_of_25_and_a_page_out_of_range_is_the_first(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        refs = {make.request(place.practice, place.manager).ref for _ in range(27)}
        from tests.support.running import run_jobs

        run_jobs(make.app, most=500)
        client = as_user(make.lead())
        first, second = client.get("/queues/queries"), client.get("/queues/queries?page=2")
        assert "27 tasks waiting, 1 to 25 shown" in text_of(first)
        assert "26 to 27 shown" in text_of(second)
        assert "(page 2 of 2)" in second.get_data(as_text=True)
        shown = [
            {ref for ref in refs if f"task-{ref}" in page.get_data(as_text=True)} for page in (first, second)
        ]
        assert [len(one) for one in shown] == [25, 2]
        assert shown[0] | shown[1] == refs
        assert "1 to 25 shown" in text_of(client.get("/queues/queries?page=99"))

    def test_a_clinician_sees_only_practices_they_work_in(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        stranger = make.pharmacist(make.practice())
        assert task.ref not in as_user(stranger).get("/queues/queries").get_data(as_text=True)
        assert task.ref in as_user(make.lead()).get("/queues/queries").get_data(as_text=True)

    def test_take_shows_the_refusal_instead_of_a_button(self, make: Make, place: Any, as_user: Any) -> None:
        make.placed(place.practice, place.manager, kind="SMR")
        technician = make.technician(place.practice, name="Tess Tech")
        words = text_of(as_user(technician).get("/queues/medication-reviews"))
        assert "Tess Tech is a technician; this needs a pharmacist." in words
        assert "No waiting task matches" in text_of(
            as_user(technician).get("/queues/medication-reviews?fits=1")
        )

    def test_what_i_may_do_in_sql_is_what_the_ladder_says(
        self, make: Make, place: Any, acting: Any, owner: Any
    ) -> None:
        other = make.practice()
        manager = make.requester(other)
        for kind in ("SMR", "DISCH", "MEDQ", "OPLET", "DOCWF", "LTC"):
            make.placed(place.practice, place.manager, kind=kind)
            make.placed(other, manager, kind=kind)
        owner.execute("alter table task disable trigger task_guard")  # odd needs, past the guards
        owner.execute("update task set needs_prescriber = true where id % 5 = 0")
        owner.execute("update task set competences = '{asthma,copd}' where id % 4 = 1")
        owner.execute("alter table task enable trigger task_guard")
        people = [
            make.pharmacist(place.practice, works=False),
            make.technician(place.practice, other, works=False),
            make.pharmacist(other, is_prescriber=True, competences=("asthma", "copd"), works=False),
            make.pharmacist(place.practice, competences=("asthma",), works=False),
            make.pharmacist(place.practice, registration_expires_on=None, works=False),
        ]
        with acting(make.lead()):
            db.session.add(Competence(user_id=people[3].id, code="copd", expires_on=None))
            db.session.flush()
            tasks = db.session.query(Task).all()
            today = dt.date(2026, 11, 23)
            for user in people:
                person = queries.person(user.id)
                assert person is not None
                by_ladder = {t.id for t in tasks if may_do(person, queries.needs_of(t), today=today)}
                by_sql = {t.id for t in db.session.query(Task).filter(queue_queries.could_do(person))}
                assert by_sql == by_ladder, user.id


def test_a_queue_filters_by_its_own_kinds(make: Make, place: Any, as_user: Any) -> None:
    page = text_of(as_user(make.pharmacist(place.practice)).get("/queues/queries")).split("Band")[0]
    assert "Medication query" in page
    assert "Structured medication review" not in page


class TestTake:
    def test_it_is_mine_then(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        pharmacist = make.pharmacist(place.practice)
        answer = take(as_user(pharmacist), task)
        assert answer.location == f"/tasks/{task.ref}"
        assert make.again(task).assignee_id == pharmacist.id

    def test_taken_already_says_by_whom_and_when(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        first, second = (as_user(make.pharmacist(place.practice, name=name)) for name in ("Ann A", "Bob B"))
        seen = hidden_fields(second.get(f"/tasks/{task.ref}"))
        take(first, task)
        answer = second.post(f"/tasks/{task.ref}/take", data=seen)
        assert answer.status_code == 409
        words = text_of(answer)
        assert "This task is on Ann A's worklist already." in words
        assert "Ann A, Mon 23-Nov-2026 10:00" in words

    def test_whoever_may_not_is_told_why(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager, kind="SMR")
        client = as_user(make.technician(place.practice, name="Tess Tech"))
        sentence = "Tess Tech is a technician; this needs a pharmacist."
        assert f"You cannot take this: {sentence}" in text_of(client.get(f"/tasks/{task.ref}"))
        answer = client.post(f"/tasks/{task.ref}/take", data={"form_key": "take-form-key"})
        assert answer.status_code == 403
        assert sentence in text_of(answer)

    def test_two_at_once_one_gets_it(self, make: Make, place: Any, as_user: Any) -> None:
        """Both press "Take" at the same moment; the second is told who has it and since when."""
        task = make.placed(place.practice, place.manager)
        people = [make.pharmacist(place.practice, name=name) for name in ("Ann A", "Bob B")]
        clients = [as_user(person) for person in people]
        forms = [hidden_fields(client.get(f"/tasks/{task.ref}")) for client in clients]
        barrier, answers = threading.Barrier(2), {}

        def press(number: int) -> None:
            barrier.wait()
            answers[number] = clients[number].post(f"/tasks/{task.ref}/take", data=forms[number])

        threads = [threading.Thread(target=press, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        statuses = sorted(answer.status_code for answer in answers.values())
        assert statuses == [302, 409]
        winner = make.again(task).assignee_id
        name = next(person.name for person in people if person.id == winner)
        lost = next(answer for answer in answers.values() if answer.status_code == 409)
        assert f"This task is on {name}'s worklist already." in text_of(lost)


class TestNextTask:
    def test_in_progress_first_then_the_list_then_the_queue_then_nothing(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        queued = make.placed(place.practice, place.manager)
        pharmacist = make.pharmacist(place.practice)
        client = as_user(pharmacist)
        assert next_task(client).location == f"/tasks/{queued.ref}"
        assert make.again(queued).assignee_id == pharmacist.id
        soon = make.placed(place.practice, place.manager, answers={"pregnancy": FactAnswer.YES})
        assert next_task(client).location == f"/tasks/{soon.ref}"
        fill_in(client, f"/tasks/{queued.ref}/start", **IDENTITY)
        assert next_task(client).location == f"/tasks/{queued.ref}"

    def test_nothing_to_do_says_so(self, make: Make, place: Any, as_user: Any) -> None:
        client = as_user(make.pharmacist(place.practice))
        assert next_task(client).location == "/worklist"
        assert "No waiting task is one that you may do now." in text_of(client.get("/worklist"))


class TestGivingBack:
    @pytest.fixture
    def mine(self, make: Make, place: Any, as_user: Any) -> Any:
        """A pharmacist with one assigned task."""
        pharmacist = make.pharmacist(place.practice, name="Pat Pharmacist")
        return as_user(pharmacist), make.placed(place.practice, place.manager)

    def test_release(self, make: Make, mine: Any) -> None:
        client, task = mine
        assert fill_in(client, f"/tasks/{task.ref}/release", reason="I know her.").location == "/worklist"
        task = make.again(task)
        assert (task.status, task.assignee_id, task.released_count) == ("queued", None, 1)
        assert "I know her." in text_of(client.get(f"/tasks/{task.ref}"))

    def test_release_needs_a_reason(self, make: Make, mine: Any) -> None:
        client, task = mine
        answer = fill_in(client, f"/tasks/{task.ref}/release", reason="")
        assert answer.status_code == 422
        assert "Say why you release it" in text_of(answer)
        assert make.again(task).version == task.version

    def test_a_colleague_may_not_release_mine_but_a_lead_may(
        self, make: Make, place: Any, mine: Any, as_user: Any
    ) -> None:
        _, task = mine
        colleague = as_user(make.pharmacist(place.practice))
        assert "Release to the queue" not in text_of(colleague.get(f"/tasks/{task.ref}"))
        answer = fill_in(colleague, f"/tasks/{task.ref}/release", reason="Mine now, please.")
        assert answer.status_code == 403
        assert "Mine now, please." in text_of(answer)
        lead = as_user(make.lead())
        assert fill_in(lead, f"/tasks/{task.ref}/release", reason="She is ill.").location == "/queues"

    def test_send_back(self, make: Make, place: Any, mine: Any, as_user: Any) -> None:
        client, task = mine
        fill_in(client, f"/tasks/{task.ref}/send-back", code="document_missing", reason="Page 2, please.")
        assert make.again(task).status == "sent_back"
        practice_page = text_of(as_user(place.manager).get(f"/requests/{task.ref}"))
        assert "The document cannot be found or read. Page 2, please." in practice_page

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"code": "", "reason": "Kept words."}, "Choose the reason."),
            ({"code": "made_up", "reason": "Kept words."}, "Choose the reason."),
            ({"code": "other", "reason": " "}, "Say what the practice must add or correct."),
            ({"code": "other", "reason": "x" * 2001}, "Use 2000 characters or fewer; this has 2001."),
        ],
    )
    def test_send_back_asks_for_what_is_missing(
        self, make: Make, mine: Any, typed: dict[str, str], sentence: str
    ) -> None:
        client, task = mine
        answer = fill_in(client, f"/tasks/{task.ref}/send-back", **typed)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert typed["reason"].strip() in text_of(answer)
        assert make.again(task).status == "assigned"

    def test_hand_to_a_pharmacist(self, make: Make, place: Any, as_user: Any) -> None:
        technician = make.technician(place.practice, name="Tess Tech")
        task = make.started(place.practice, place.manager, technician)
        client = as_user(technician)
        fill_in(client, f"/tasks/{task.ref}/hand-over", reason="Screened; a dose question is left.")
        task = make.again(task)
        assert (task.status, task.stage, task.professions) == ("queued", 2, ["pharmacist"])
        pharmacist = as_user(make.pharmacist(place.practice))
        words = text_of(pharmacist.get(f"/tasks/{task.ref}"))
        note = "Handed over by Tess Tech, Mon 23-Nov-2026 10:00: Screened; a dose question is left."
        assert note in words.split("What is asked")[0]
        assert take(pharmacist, task).status_code == 302

    def test_hand_over_needs_a_note_and_a_started_task(self, make: Make, place: Any, as_user: Any) -> None:
        technician = make.technician(place.practice)
        task = make.placed(place.practice, place.manager)
        client = as_user(technician)
        assert client.get(f"/tasks/{task.ref}/hand-over").status_code == 409
        fill_in(client, f"/tasks/{task.ref}/start", **IDENTITY)
        assert fill_in(client, f"/tasks/{task.ref}/hand-over", reason="").status_code == 422

    def test_the_last_stage_has_nobody_to_hand_to(self, make: Make, place: Any, as_user: Any) -> None:
        pharmacist = make.pharmacist(place.practice)
        task = make.started(place.practice, place.manager, pharmacist, kind="SMR")
        answer = fill_in(as_user(pharmacist), f"/tasks/{task.ref}/hand-over", reason="Kept words.")
        assert answer.status_code == 403
        assert "has no further stage" in text_of(answer)
        assert "Kept words." in text_of(answer)

    def test_what_is_closed_cannot_be_given_back(self, make: Make, mine: Any) -> None:
        client, task = mine
        fill_in(client, f"/tasks/{task.ref}/raised-in-error", reason="Asked twice.")
        for act in ("release", "send-back", "raised-in-error", "escalate"):
            assert client.get(f"/tasks/{task.ref}/{act}").status_code == 409, act

"""A plan is applied in part or whole, safely against what changed since, and can be taken back."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.balancing.plan_work_actions import apply_plan
from hub.domain.lifecycle import Act
from hub.extensions import clock, db
from hub.models import Event, Plan, PlanMove, Task, User
from hub.placing import actions as placing
from hub.placing import queries
from hub.worklist import actions as worklist
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of


class Hub:
    """A lead, two pharmacists at work, one task on Ann's worklist and one in its queue."""

    def __init__(self, make: Make, acting: Any, as_user: Any) -> None:
        self.make, self.acting = make, acting
        self.practice = make.practice()
        self.lead = make.lead(name="Leda Lead")
        self.manager = make.requester(self.practice)
        # Placed while nobody is there, so that no worker gives them out.
        self.held, self.waiting = (make.placed(self.practice, self.manager) for _ in range(2))
        self.ann = make.pharmacist(self.practice, name="Ann")
        self.bob = make.pharmacist(self.practice, name="Bob")
        self.give(self.held, self.ann)
        self.client = as_user(self.lead)

    def give(self, task: Task, to: User) -> None:
        """Put a waiting task on someone's list by hand."""
        with self.acting(self.lead) as actor:
            found = queries.get(task.ref, lock=True)
            placing.assign_by_hand(found, to=to.id, reason="For this test.", by=actor)
            db.session.commit()

    def plan(self, *moves: tuple[Task, User | None, User | None]) -> int:
        """Store a plan that is ready, with these moves (task, from, to)."""
        with self.acting(self.lead) as actor:
            now = dt.datetime.now(dt.UTC)
            made = Plan(status="ready", asked_at=now, ready_at=now, asked_by_id=actor.user_id or 0)
            db.session.add(made)
            db.session.flush()
            for task, before, after in moves:
                stands = db.session.get_one(Task, task.id)
                db.session.add(
                    PlanMove(
                        plan_id=made.id, task_id=task.id, practice_id=stands.practice_id,
                        task_version=stands.version, from_id=before and before.id, to_id=after and after.id,
                        minutes=stands.minutes, reasons=["Bob has time for it today."],
                    )
                )  # fmt: skip
            db.session.commit()
            return int(made.id)

    def both(self) -> int:
        """Store a plan that gives both tasks to Bob."""
        return self.plan((self.held, self.ann, self.bob), (self.waiting, None, self.bob))

    def apply(self, plan_id: int, **typed: Any) -> Any:
        """Send the plan's form."""
        return self._send(plan_id, "apply", {"which": "all"} | typed)

    def undo(self, plan_id: int) -> Any:
        """Send the form that takes it back."""
        return self._send(plan_id, "undo", {})

    def _send(self, plan_id: int, act: str, typed: dict[str, Any]) -> Any:
        address = f"/board/rebalance/{plan_id}"
        form = form_values(self.client.get(address).text, f"{address}/{act}", hidden_only=True)
        return self.client.post(f"{address}/{act}", data=form | typed)

    def leaves_in(self, user: User, minutes: int) -> None:
        """Have someone go home after so many minutes."""
        self.make.absent(user, starts_at=clock.now() + dt.timedelta(minutes=minutes), hours=12)

    def words(self, plan_id: int) -> str:
        """Read the plan's page."""
        return text_of(self.client.get(f"/board/rebalance/{plan_id}"))

    def holder(self, task: Task) -> int | None:
        """Say who has the task now."""
        return self.make.again(task).assignee_id

    def newest(self, task: Task) -> Event:
        """Return the newest event of the task."""
        with self.acting(self.lead):
            query = select(Event).where(Event.task_id == task.id).order_by(Event.seq.desc()).limit(1)
            return db.session.scalars(query).one()


@pytest.fixture
def hub(make: Make, acting: Any, as_user: Any) -> Hub:
    """See `Hub`."""
    return Hub(make, acting, as_user)


def test_all_moves_are_applied_as_acts_of_the_lead_and_taken_back(hub: Hub, jobs: Any) -> None:
    plan_id = hub.both()
    before = hub.make.again(hub.held).minutes
    assert hub.apply(plan_id).status_code == 302
    assert hub.holder(hub.waiting) is None, "a page only asks for it"
    jobs()
    assert (hub.holder(hub.held), hub.holder(hub.waiting)) == (hub.bob.id, hub.bob.id)
    for task, act in ((hub.held, Act.MOVED), (hub.waiting, Act.ASSIGNED)):
        event = hub.newest(task)
        assert (event.kind, event.actor_id, event.data["plan"]) == (act, hub.lead.id, plan_id)
    assert "2 changes: 1 task is first given to someone, 1 task moves to another list" in hub.words(plan_id)
    assert "First given to Bob" in hub.words(plan_id)
    assert "Applied: 2 of 2 changes applied by Leda Lead." in hub.words(plan_id)

    hub.undo(plan_id)
    jobs()
    assert "2 taken back by Leda Lead" in hub.words(plan_id)
    assert hub.holder(hub.held) == hub.ann.id
    assert hub.make.again(hub.held).minutes == before


def test_some_moves_are_applied(hub: Hub, jobs: Any) -> None:
    plan_id = hub.both()
    page = hub.client.get(f"/board/rebalance/{plan_id}").text
    assert page.count(" checked") == 2
    assert f'href="/board/rebalance/{plan_id}?tick=none#move"' in page
    assert " checked" not in hub.client.get(f"/board/rebalance/{plan_id}?tick=none").text
    with hub.acting(hub.lead):
        second = db.session.scalars(select(PlanMove.id).where(PlanMove.task_id == hub.waiting.id)).one()
    hub.apply(plan_id, which="ticked", move=[str(second)])
    jobs()
    assert (hub.holder(hub.held), hub.holder(hub.waiting)) == (hub.ann.id, hub.bob.id)
    assert "Not chosen" in hub.words(plan_id)


def test_no_move_ticked_is_told(hub: Hub) -> None:
    answer = hub.apply(hub.both(), which="ticked")
    assert answer.status_code == 422
    assert "Tick the changes that you want" in text_of(answer)


def test_what_was_started_since_stays_and_says_why(hub: Hub, jobs: Any) -> None:
    plan_id = hub.both()
    with hub.acting(hub.ann) as actor:
        worklist.start(queries.get(hub.held.ref, lock=True), confirmed=True, by=actor)
        db.session.commit()
    hub.apply(plan_id)
    jobs()
    assert (hub.holder(hub.held), hub.holder(hub.waiting)) == (hub.ann.id, hub.bob.id)
    assert "Left out: It has been started, pinned or held since." in hub.words(plan_id)
    assert "1 change left out" in hub.words(plan_id)


def test_what_somebody_else_has_by_now_stays(hub: Hub, jobs: Any) -> None:
    plan_id = hub.plan((hub.waiting, None, hub.bob))
    hub.give(hub.waiting, hub.ann)
    hub.apply(plan_id)
    jobs()
    assert hub.holder(hub.waiting) == hub.ann.id
    assert "It has gone to Ann since." in hub.words(plan_id)


def test_whoever_may_not_do_it_any_more_does_not_get_it(hub: Hub, jobs: Any, owner: Any) -> None:
    plan_id = hub.both()
    owner.execute("update app_user set registration_expires_on = '2020-01-01' where id = %s", (hub.bob.id,))
    hub.apply(plan_id)
    jobs()
    assert hub.holder(hub.held) == hub.ann.id
    assert "Bob may not do it." in hub.words(plan_id)


def test_undoing_leaves_what_was_worked_on_since(hub: Hub, jobs: Any) -> None:
    plan_id = hub.both()
    hub.apply(plan_id)
    jobs()
    with hub.acting(hub.bob) as actor:
        worklist.start(queries.get(hub.held.ref, lock=True), confirmed=True, by=actor)
        db.session.commit()
    hub.undo(plan_id)
    jobs()
    assert hub.holder(hub.held) == hub.bob.id
    assert "It has been started, pinned or held since." in hub.words(plan_id)


def test_a_plan_is_applied_once(hub: Hub, jobs: Any) -> None:
    plan_id = hub.both()
    page = hub.client.get(f"/board/rebalance/{plan_id}").text
    form = form_values(page, f"/board/rebalance/{plan_id}/apply", hidden_only=True) | {"which": "all"}
    assert hub.client.post(f"/board/rebalance/{plan_id}/apply", data=form).status_code == 302
    again = hub.client.post(f"/board/rebalance/{plan_id}/apply", data=form)
    assert again.status_code == 409
    assert "This plan is being applied already." in text_of(again)
    jobs()
    assert hub.make.again(hub.held).version == hub.held.version + 2


def test_a_swap_between_full_lists_is_made_as_one(hub: Hub, jobs: Any, owner: Any) -> None:
    hub.give(hub.waiting, hub.bob)
    minutes = hub.make.again(hub.held).minutes
    plan_id = hub.plan((hub.held, hub.ann, hub.bob), (hub.waiting, hub.bob, hub.ann))
    # Nobody has a minute more than what stands on their list.
    hub.leaves_in(hub.ann, minutes + 5)
    hub.leaves_in(hub.bob, minutes + 5)
    hub.apply(plan_id)
    jobs()
    assert (hub.holder(hub.held), hub.holder(hub.waiting)) == (hub.bob.id, hub.ann.id), hub.words(plan_id)


def test_a_plan_is_made_of_the_hub_as_it_stands(hub: Hub, jobs: Any) -> None:
    for _ in range(3):
        task = hub.make.request(hub.practice, hub.manager)
        hub.give(task, hub.ann)
    started = hub.held
    with hub.acting(hub.ann) as actor:
        worklist.start(queries.get(started.ref, lock=True), confirmed=True, by=actor)
        db.session.commit()
    address = "/board/rebalance"
    form = form_values(hub.client.get(address).text, "", hidden_only=True)
    where = hub.client.post(address, data=form).headers["Location"]
    assert "Being worked out" in text_of(hub.client.get(where))
    jobs()
    words = text_of(hub.client.get(where))
    assert "Ready: nothing is moved yet." in words
    assert "Minutes that nobody has time for in what is left of today" in words
    assert "The forecast counts otherwise: it goes on into the shifts of the next days" in words
    with hub.acting(hub.lead):
        counted = db.session.scalars(select(Plan.summary).order_by(Plan.id.desc())).first() or {}
    ann = next(one for one in counted["people"] if one["id"] == hub.ann.id)
    assert f"Ann Has left today {ann['minutes']} On the list now {ann['before']}" in words
    assert ann["before"] == 4 * hub.held.minutes
    assert (
        sum(one["after"] for one in counted["people"])
        == sum(hub.make.again(task).minutes for task in (hub.held, hub.waiting)) + 3 * hub.held.minutes
    )
    assert started.ref not in hub.client.get(where).text, "what is started does not move"
    again = hub.client.post(address, data=form).headers["Location"]
    assert again != where


def test_without_anybody_at_work_there_is_no_plan(hub: Hub, jobs: Any) -> None:
    hub.make.absent(hub.ann)
    hub.make.absent(hub.bob)
    form = form_values(hub.client.get("/board/rebalance").text, "", hidden_only=True)
    where = hub.client.post("/board/rebalance", data=form).headers["Location"]
    jobs()
    assert "Nobody is at work now" in text_of(hub.client.get(where))


def test_a_move_to_the_queue_frees_the_minutes(hub: Hub, owner: Any) -> None:
    plan_id = hub.plan((hub.held, hub.ann, None))
    hub.apply(plan_id)
    with hub.acting(hub.lead):
        assert apply_plan(plan_id) == 1
        db.session.commit()
    assert hub.holder(hub.held) is None
    assert hub.newest(hub.held).kind == Act.RELEASED
    booked = owner.execute("select booked from clinician_day where user_id = %s", (hub.ann.id,)).fetchone()
    assert booked[0] == 0

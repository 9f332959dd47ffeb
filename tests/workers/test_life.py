"""A task's life, lived at random by everyone on a real database: what must hold, holds after every step."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg import sql
from sqlalchemy import select

from hub.conversation import actions as conversation
from hub.conversation import change_actions as changes
from hub.domain.errors import HubError
from hub.domain.policy import DEFAULT_POLICY
from hub.domain.vocabulary import FactAnswer, PatientStatus, RequestedUrgency, Status, WaitingOn
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.models import Absence, Message, PolicyVersion, Task, User
from hub.outcomes import actions as outcomes
from hub.placing import actions, order_actions, queries, system_actions, time_actions
from hub.policies import target_actions
from hub.protocols.queries import kind_of
from hub.worklist import actions as worklist
from hub.worklist.queries import chase_times
from tests.conftest import MONDAY_TEN
from tests.support.running import acting_as, run_jobs
from tests.workers.conftest import Hub
from workers.jobs import JOBS
from workers.timetable import TIMETABLE

KINDS = st.sampled_from(["MEDQ", "DISCH", "DOCWF", "SMR", "LTC", "OPLET"])
ANY = st.integers(min_value=0, max_value=50)
WORK = [
    "event",
    "task",
    "import_row",
    "outcome",
    "to_do",
    "message",
    "access_log",
    "outbox",
    "tick",
    "clinician_day",
    "absence",
    "form_key",
    "patient",
    "data_key",
    "plan_move",
    "forecast",
    "prediction",
    "intake_draft",
    "notice",
    "import_row",
    "import_part",
    "import_run",
    "recall_raise",
    "recall_change",
    "recall_member",
    "recall",
]
ON_A_LIST = (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)
OPEN = (*ON_A_LIST, Status.RAISED, Status.QUEUED, Status.SENT_BACK)


VERSIONS = itertools.count(9000)  # a version never changes, so each process reads it once


def publish(hub: Hub, targets: list[dict[str, Any]]) -> int:
    """Put the default policy with these targets into force; return its version."""
    version = next(VERSIONS)
    body = {**DEFAULT_POLICY, "version": version, "targets": targets}
    with hub.session():
        db.session.add(PolicyVersion(version=version, body=body, published_at=clock.now(), why="Test."))
    return version


class Life(RuleBasedStateMachine):
    """Each rule is something that a person or a process does; a refusal must change nothing."""

    hub: ClassVar[Hub]
    owner: ClassVar[Any]
    people: ClassVar[list[User]]

    @initialize(work=st.lists(st.tuples(KINDS, st.booleans()), min_size=3, max_size=6))
    def begin(self, work: list[tuple[str, bool]]) -> None:
        """An empty hub on Monday at ten, with the same people; some work is given out, some waits already."""
        clear(self.owner)
        clock.set(MONDAY_TEN)
        self.raised = 0
        self.ended: set[int] = set()
        publish(self.hub, [])
        for kind, waits in work:
            self.raise_request(kind=kind, urgent=False, yes=False)
            run_jobs(self.hub.app)
            if waits:
                self.start(which=0)
                self.wait(which=0, on=WaitingOn.PRACTICE)

    # What the practice does.

    @rule(kind=KINDS, urgent=st.booleans(), yes=st.booleans())
    def raise_request(self, kind: str, urgent: bool, yes: bool) -> None:
        requested = RequestedUrgency.URGENT if urgent else RequestedUrgency.ROUTINE
        facts = {"serious_reaction": FactAnswer.YES} if yes and kind == "MEDQ" else {}
        self.hub.make.request(
            self.hub.practice, self.hub.manager, kind, requested=requested, urgency_reason="x", answers=facts
        )
        self.raised += 1

    @rule(which=ANY)
    def chase(self, which: int) -> None:
        self.attempt(self.hub.manager, intake.chase, self.pick(which, OPEN), reason="Again.")

    @rule(which=ANY, how_soon=st.sampled_from(RequestedUrgency), yes=st.booleans())
    def change(self, which: int, how_soon: RequestedUrgency, yes: bool) -> None:
        task = self.pick(which, OPEN)
        grave = yes and task is not None and task.kind == "MEDQ"
        facts = {"serious_reaction": FactAnswer.YES} if grave else {}
        self.attempt(self.hub.manager, changes.change, task, wanted=changes.Change(how_soon, "Worse.", facts))

    @rule(which=ANY)
    def write(self, which: int) -> None:
        self.attempt(self.hub.manager, conversation.write, self.pick(which, OPEN), text="Hm.", from_hub=False)

    @rule(which=ANY)
    def answer(self, which: int) -> None:
        with self.hub.session():
            question = select(Message.task_id, Message.id).where(
                Message.from_hub, Message.answered_at.is_(None)
            )
            found = db.session.execute(question.order_by(Message.id)).all()
        if found:
            row = found[which % len(found)]
            task = next(task for task in self.hub.tasks() if task.id == row.task_id)
            self.attempt(self.hub.manager, conversation.answer, task, message_id=row.id, text="Five.")

    @rule(which=ANY)
    def correct(self, which: int) -> None:
        task = self.pick(which, (Status.SENT_BACK,))
        self.attempt(
            self.hub.manager, lambda task, by: conversation.correct(task, draft_of(task), by=by), task
        )

    @rule(which=ANY)
    def withdraw(self, which: int) -> None:
        self.attempt(self.hub.manager, conversation.withdraw, self.pick(which, OPEN), reason="Solved.")

    @rule(which=ANY, back=st.booleans())
    def patient_gone(self, which: int, back: bool) -> None:
        def gone(task: Task, by: Any) -> None:
            assert task.patient is not None
            if back:
                conversation.patient_back(task.patient, by=by)
            else:
                conversation.patient_gone(task.patient, status=PatientStatus.MOVED, by=by)

        self.attempt(self.hub.manager, gone, self.pick(which, tuple(Status)))

    # What clinicians do.

    @rule(who=ANY)
    def next_task(self, who: int) -> None:
        person = self.people[who % len(self.people)]
        with contextlib.suppress(HubError), acting_as(self.hub.app, person) as by:
            actions.next_task(by=by)

    @rule(which=ANY, who=ANY)
    def take(self, which: int, who: int) -> None:
        self.attempt(self.people[who % len(self.people)], actions.take, self.pick(which, (Status.QUEUED,)))

    @rule(which=ANY)
    def start(self, which: int) -> None:
        self.by_its_own(worklist.start, self.pick(which, (Status.ASSIGNED,)), confirmed=True)

    @rule(which=ANY)
    def pause(self, which: int) -> None:
        self.by_its_own(worklist.pause, self.pick(which, (Status.IN_PROGRESS,)))

    @rule(which=ANY, on=st.sampled_from(list(WaitingOn)))
    def wait(self, which: int, on: WaitingOn) -> None:
        def wait(task: Task, by: Any) -> None:
            moments = chase_times(task)
            until = moments[which % len(moments)].date() if moments else dt.date(2026, 11, 24)
            worklist.wait(task, on=on, until=until, words="Which dose?", by=by)

        self.by_its_own(wait, self.pick(which, (Status.IN_PROGRESS,)))

    @rule(which=ANY)
    def resume(self, which: int) -> None:
        self.by_its_own(worklist.resume, self.pick(which, (Status.WAITING,)), confirmed=True)

    @rule(which=ANY)
    def release(self, which: int) -> None:
        self.by_its_own(actions.release, self.pick(which, ON_A_LIST), reason="I am needed elsewhere.")

    @rule(which=ANY)
    def send_back(self, which: int) -> None:
        self.by_its_own(
            actions.send_back, self.pick(which, ON_A_LIST), reason_code="details", reason="Which letter?"
        )

    @rule(which=ANY)
    def hand_over(self, which: int) -> None:
        self.by_its_own(actions.hand_over, self.pick(which, (Status.IN_PROGRESS,)), note="Screened.")

    @rule(which=ANY, outcome=ANY)
    def complete(self, which: int, outcome: int) -> None:
        def complete(task: Task, by: Any) -> None:
            kind = kind_of(task)
            code = kind.outcomes[outcome % len(kind.outcomes)].code
            checklist = {item.code: "" for item in kind.checklist}
            to_dos = ("Sign it.",)
            done = outcomes.Completion(True, checklist, code, 5, to_dos, "", "EMIS Web", "", "As before.")
            outcomes.record(task, completion=done, by=by)

        self.by_its_own(complete, self.pick(which, (Status.IN_PROGRESS,)))

    @rule(which=ANY)
    def raised_in_error(self, which: int) -> None:
        self.by_its_own(worklist.raised_in_error, self.pick(which, ON_A_LIST), reason="Twice the same.")

    # What the lead does.

    @rule(which=ANY, who=ANY)
    def assign_by_hand(self, which: int, who: int) -> None:
        to = self.people[who % len(self.people)].id
        task = self.pick(which, (Status.QUEUED,))
        self.attempt(self.hub.lead, actions.assign_by_hand, task, to=to, reason="She knows the patient.")

    @rule(which=ANY, who=ANY)
    def move(self, which: int, who: int) -> None:
        to = self.people[who % len(self.people)].id
        self.attempt(
            self.hub.lead, actions.move, self.pick(which, ON_A_LIST), to=to, reason="To even it out."
        )

    @rule(which=ANY)
    def decide(self, which: int) -> None:
        self.attempt(self.hub.lead, actions.decide, self.pick(which, OPEN), reason="It stays.")

    @rule()
    def hold_or_resume(self) -> None:
        with acting_as(self.hub.app, self.hub.lead) as by:
            practice = queries.practice(self.hub.practice.id)
            if practice.held_since is None:
                actions.hold(practice, reason="EMIS is down.", by=by)
            else:
                actions.resume_practice(practice, by=by)

    @rule(kind=KINDS, days=st.integers(min_value=1, max_value=60))
    def set_a_target(self, kind: str, days: int) -> None:
        version = publish(self.hub, [{"kind": kind, "working_days": days}])
        self.hub.run(target_actions.retime, version)
        self.hub.run(order_actions.reweigh)

    @rule(who=ANY, hours=st.integers(min_value=1, max_value=9))
    def fall_ill(self, who: int, hours: int) -> None:
        with self.hub.session():
            now = clock.now()
            ends = now + dt.timedelta(hours=hours)
            person = self.people[who % len(self.people)]
            db.session.add(Absence(user_id=person.id, starts_at=now, ends_at=ends))

    # What the hub's own processes do, and time.

    @rule(minutes=st.sampled_from([1, 20, 90, 300, 900]))
    def time_passes(self, minutes: int) -> None:
        clock.tick(minutes=minutes)

    @rule(hours=st.sampled_from([2, 23, 70]))
    def hours_pass_with_the_timetable_at_work(self, hours: int) -> None:
        clock.tick(hours=hours)
        for entry in TIMETABLE:
            self.hub.run(JOBS[entry.job])

    @rule(job=st.sampled_from(["place_raised", "top_up", "promote", "wake", "go_off_shift", "watch"]))
    def periodic_job(self, job: str) -> None:
        self.hub.run(JOBS[job])

    @rule()
    def the_workers_work(self) -> None:
        run_jobs(self.hub.app)

    # What must hold.

    @invariant()
    def everything_that_must_hold_always(self) -> None:
        assert self.hub.broken() == []

    @invariant()
    def every_request_is_there_and_what_is_done_stays_done(self) -> None:
        tasks = self.hub.tasks()
        assert len(tasks) == self.raised
        done = {task.id for task in tasks if task.status == Status.COMPLETED}
        assert done >= self.ended
        self.ended = done

    def teardown(self) -> None:
        """Give the workers their two minutes: then nothing is stuck."""
        for job in (
            system_actions.place_raised,
            time_actions.wake,
            time_actions.go_off_shift,
            time_actions.watch,
            system_actions.top_up,
        ):
            self.hub.run(job)
        run_jobs(self.hub.app)
        assert self.hub.broken(settled=True) == []

    def pick(self, which: int, statuses: tuple[Status, ...]) -> Task | None:
        tasks = [task for task in self.hub.tasks() if task.status in statuses]
        return tasks[which % len(tasks)] if tasks else None

    def by_its_own(self, act: Callable[..., Any], task: Task | None, **given: Any) -> None:
        """Have whoever has the task do this."""
        person = next((one for one in self.people if task and one.id == task.assignee_id), None)
        if person is not None:
            self.attempt(person, act, task, **given)

    def attempt(self, who: User, act: Callable[..., Any], task: Task | None, **given: Any) -> None:
        """Do it, or be refused and change nothing."""
        if task is None:
            return
        try:
            self.hub.act(who, act, task, **given)
        except HubError:
            assert self.hub.make.again(task).version == task.version


def draft_of(task: Task) -> Any:
    from hub.intake.drafts import Draft

    kind = kind_of(task)
    return Draft(
        practice_id=task.practice_id,
        kind=kind,
        answers={fact.code: FactAnswer.NO for fact in kind.facts},
        identity=None,
        ask="The one of last Friday.",
        receipt_on=task.receipt_on,
        requested=RequestedUrgency.ROUTINE,
        document="DOC-2" if kind.needs_document else "",
        subtype=task.subtype,
    )


def clear(owner: Any) -> None:
    """Take all work out of the hub; its people stay."""
    guarded = ("event", "outcome", "access_log", "recall_raise", "recall_change")
    for on in ("disable", "enable"):
        for table in guarded:
            owner.execute(f"alter table {table} {on} trigger user")
        if on == "disable":
            owner.execute(
                sql.SQL("truncate {} restart identity").format(sql.SQL(", ").join(map(sql.Identifier, WORK)))
            )
    owner.execute("update practice set held_since = null, held_reason = '', held_by_id = null")


@pytest.fixture
def machine(hub: Hub, owner: Any) -> type[Life]:
    """The life of a hub with three pharmacists and a technician, one of them late, one part of the day."""
    make, practice = hub.make, hub.practice
    late = make.pharmacist(practice, works=False)
    make.shift(late, start="12:00", end="20:00")
    short = make.pharmacist(practice, works=False, competences=("asthma",))
    make.shift(short, start="08:00", end="10:45")
    Life.hub, Life.owner = hub, owner
    Life.people = [make.pharmacist(practice, competences=("asthma",)), make.technician(practice), late, short]
    return Life


def run(machine: type[Life], examples: int, steps: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_what_must_hold_holds_after_every_step(machine: type[Life]) -> None:
    run(machine, examples=6, steps=25)


@pytest.mark.full
def test_what_must_hold_holds_for_long(machine: type[Life]) -> None:
    run(machine, examples=100, steps=50)

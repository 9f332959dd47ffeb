"""A morning that has begun: some of the demo's requests are done, waiting, sent back or handed over.

Each step is the clinician's own action on a task of their worklist. A step that finds no
task that fits is left out, so that the demo can begin at any hour.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import select

from hub.demo.seed import acting, actor_of
from hub.demo.staff import PEOPLE, DemoPerson
from hub.domain.actor import Actor, process
from hub.domain.eligibility import may_record
from hub.domain.errors import NotAllowed
from hub.domain.promises import local_day
from hub.domain.vocabulary import Band, FactAnswer, Profession, Status, SystemActor, WaitingOn
from hub.domain.worktime import LONDON, start_of_day
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.outcomes import actions as outcomes
from hub.placing import actions as placing
from hub.placing import order_queries, queries, system_actions
from hub.protocols.queries import kind_of
from hub.worklist import actions as worklist
from hub.worklist.queries import chase_times

BEGUN = dt.timedelta(minutes=100)
PLACING = process(SystemActor.PLACING)
REPLY = (
    "I have checked this against the record. Please tell the patient to take their medicines as the new "
    "repeat slip says, and to ring you if anything about it is unclear."
)
Step = Callable[[DemoPerson], bool]


def live_through(now: dt.datetime) -> None:
    """Place everything raised, and let the staff work for an hour and a half until `now`."""
    midnight = start_of_day(now.astimezone(LONDON).date())  # minutes are booked by day
    begun = max(now - BEGUN, midnight)
    steps = list(_steps())
    for number, (who, step) in enumerate(steps):
        with clock.at(begun + (now - begun) * number / len(steps)):
            _place()
            step(who)
    with clock.at(now):
        _place()


def _place() -> None:
    with acting(PLACING):
        while system_actions.place_batch():
            db.session.commit()
        system_actions.top_up()


def _steps() -> Iterator[tuple[DemoPerson, Step]]:
    people = {person.name: person for person in PEOPLE}
    yield people["Aisha Khan"], _complete
    yield people["Priya Raman"], _complete
    yield people["Ben Carter"], _hand_over
    yield people["Daniel Okafor"], _complete
    yield people["Tomasz Zielinski"], _send_back
    yield people["Helen Marsh"], _ask_practice
    yield people["Samuel Wright"], _wait_for_patient
    yield people["Priya Raman"], _complete
    yield people["Chloe Evans"], _complete
    yield people["Daniel Okafor"], _begin
    yield people["Aisha Khan"], _begin


def _work(person: DemoPerson, act: Callable[[Task, Actor], None], *, fits: Callable[[Task], bool]) -> bool:
    """Start the first task of this person's list that fits, and do `act` with it."""
    with acting(actor_of(person)) as by:
        mine = select(Task.ref).where(Task.assignee_id == by.user_id, Task.status == Status.ASSIGNED)
        for ref in db.session.scalars(order_queries.in_order(mine)).all():
            task = queries.get(ref, lock=True)
            if task.band != Band.NOW and fits(task) and _started(task, by):
                act(task, by)
                return True
    return False


def _started(task: Task, by: Actor) -> bool:
    """Start it, unless the rules refuse: shortly before midnight nothing fits into the day any more."""
    try:
        worklist.start(task, confirmed=True, by=by)
    except NotAllowed:
        return False
    return True


def _complete(person: DemoPerson) -> bool:
    assert person.profession is not None
    profession = person.profession

    def act(task: Task, by: Actor) -> None:
        completion = _completion(task, profession)
        assert completion is not None
        outcomes.record(task, completion=completion, by=by)

    return _work(person, act, fits=lambda task: _completion(task, profession) is not None)


def completion(task: Task, person: DemoPerson, number: int) -> outcomes.Completion | None:
    """Return how this person may end the task, in turn by `number`; some with a to-do for the practice."""
    assert person.profession is not None
    found = _completion(task, person.profession, number)
    return found and replace(found, to_dos=found.to_dos[: number % 4 == 1])


def _completion(task: Task, profession: Profession, number: int = -1) -> outcomes.Completion | None:
    """Return how this profession may end the task, with to-dos for the practice where there are some.

    With a `number` the outcome is the one whose turn it is.
    """
    kind = kind_of(task)
    answers = {code: FactAnswer(answer) for code, answer in task.answers.items()}
    allowed = [one for one in kind.outcomes if may_record(one, profession, answers, kind.facts) is None]
    if not allowed:
        return None
    outcome = (
        max(allowed[:3], key=lambda one: len(one.to_dos)) if number < 0 else allowed[number % len(allowed)]
    )
    practice = db.session.get(Practice, task.practice_id)
    assert practice is not None
    codes = [
        one.code
        for one in kind.record_codes
        if profession in one.professions and (not one.outcomes or outcome.code in one.outcomes)
    ]
    return outcomes.Completion(
        confirmed=True,
        checklist={item.code: "" for item in kind.checklist},
        outcome=outcome.code,
        minutes=task.minutes,
        to_dos=outcome.to_dos[:2],
        note="Recorded in the consultation of today.",
        recorded_in=practice.clinical_system,
        recorded_code=codes[0] if codes else "",
        reply=REPLY,
        facts={fact.code: "no" for fact in outcomes.open_facts(kind, task.answers)},
    )


def _begin(person: DemoPerson) -> bool:
    return _work(person, lambda task, by: None, fits=lambda task: True)


def _hand_over(person: DemoPerson) -> bool:
    note = "Screened: the letter changes two medicines and a repeat waits. Compared, noted in the record."

    def act(task: Task, by: Actor) -> None:
        placing.hand_over(task, note=note, by=by)

    return _work(person, act, fits=lambda task: len(kind_of(task).stages) > task.stage)


def _send_back(person: DemoPerson) -> bool:
    reason = "The document number leads to another patient's letter. Please check it and send this again."

    def act(task: Task, by: Actor) -> None:
        placing.send_back(task, reason_code="wrong_patient", reason=reason, by=by)

    return _work(person, act, fits=lambda task: task.band >= Band.INSIDE_TARGET)


def _ask_practice(person: DemoPerson) -> bool:
    return _wait(person, WaitingOn.PRACTICE, "Which inhaler did the nurse show? The record names two.")


def _wait_for_patient(person: DemoPerson) -> bool:
    return _wait(person, WaitingOn.PATIENT, "Rang twice, left a message to ring back.")


def _wait(person: DemoPerson, on: WaitingOn, words: str) -> bool:
    def act(task: Task, by: Actor) -> None:
        until = local_day(chase_times(task)[-1])
        worklist.wait(task, on=on, until=until, words=words, by=by)

    return _work(person, act, fits=lambda task: bool(chase_times(task)))

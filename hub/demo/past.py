"""Weeks that have passed: requests that were raised and done, so that reports have something to show.

Each lives by the same actions as today's, one after the other, at moments of past working days. Some were
late, some came late, some were sent back and corrected, and on some a safety question was left open.
"""

import datetime as dt
from dataclasses import replace
from random import Random

from sqlalchemy import select

from hub.conversation import actions as conversation
from hub.conversation import queries as requests
from hub.demo import at_work, day, seed
from hub.demo.requests import Ask, asks
from hub.demo.staff import PEOPLE, DemoPerson
from hub.domain.actor import Actor, process
from hub.domain.errors import HubError
from hub.domain.vocabulary import SystemActor
from hub.domain.worktime import WorkCalendar, utc_of
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.models import Practice, Task, ToDo
from hub.outcomes import actions as outcomes
from hub.placing import actions as placing
from hub.placing import queries, system_actions
from hub.protocols.queries import current_kinds
from hub.worklist import actions as worklist

COUNT = 36
FIRST, SPREAD = 4, 44  # working days before today: the nearest, and over how many they are spread
NUMBERS = 5000  # made-up patients are counted from here, away from today's
SEND_BACKS = (
    ("information_missing", "Which of the two inhalers is meant? Please say it in the request."),
    ("document_missing", "There is no letter under this number. Please check it."),
    ("wrong_patient", "The letter names another patient. Please check who it is about."),
)


def live_through(number: int, count: int) -> None:
    """Raise `count` requests of past weeks and have them done; the same number gives the same past."""
    rng = Random(number)  # noqa: S311, a demo must be repeatable
    doer = next(one for one in PEOPLE if one.name == "Priya Raman")
    ordinary = [ask for ask in asks() if not ask.is_just_now]
    managers = [code for one in PEOPLE[:1] for code in one.practices]
    others = [code for one in PEOPLE for code in one.practices if code not in managers]
    for n in range(count):
        codes = managers if n % 2 else others
        ask = ordinary[(n * 7 + number) % len(ordinary)]
        if n % 9 == 4:
            ask = replace(ask, received=40)  # it lay at the practice for weeks
        code = codes[n // 2 % len(codes)]
        ref, done = _one(n, ask, code, _moment(n, count), doer, rng)
        _over(ref, code, done, tick=n % 3 > 0 or n < count - 9)


def _one(
    n: int, ask: Ask, code: str, raised: dt.datetime, doer: DemoPerson, rng: Random
) -> tuple[str, dt.datetime]:
    ref = _raise(n, ask, code, raised, rng)
    _place(raised + dt.timedelta(minutes=2))
    if n % 7 == 3:
        _back_and_forth(n, ref, code, raised, doer)
    calendar = WorkCalendar()
    done = calendar.add_minutes(raised, 630 * (0, 1, 1, 3)[n % 4] + 120)
    with seed.acting(seed.actor_of(doer)) as by, clock.at(done):
        try:
            task = queries.get(ref, lock=True)
            placing.take(task, by=by)
            worklist.start(task, confirmed=True, by=by)
            completion = day.completion(task, doer, n)
            assert completion is not None
            outcomes.record(task, completion=completion, by=by)
        except HubError:
            db.session.rollback()  # a bank holiday, or a day that is full: it is stopped below
    return ref, done


def _raise(n: int, ask: Ask, code: str, moment: dt.datetime, rng: Random) -> str:
    with seed.acting(seed.requester(code)) as by, clock.at(moment):
        practice = db.session.scalars(select(Practice).where(Practice.ods_code == code)).one()
        kind = {one.code: one for one in current_kinds()}[ask.kind]
        draft = seed.draft(ask, kind, practice.id, seed.identity(ask, NUMBERS + n, rng), moment)
        if n % 5 == 2:
            raising = [fact.code for fact in kind.facts if fact.raises_if_unknown]
            told = {one: answer for one, answer in draft.answers.items() if one not in raising[:1]}
            draft = replace(draft, answers=told)
        return intake.raise_request(draft, by=by).ref


def _place(moment: dt.datetime) -> None:
    with seed.acting(process(SystemActor.PLACING)), clock.at(moment):
        while system_actions.place_batch():
            db.session.commit()


def _back_and_forth(n: int, ref: str, code: str, raised: dt.datetime, doer: DemoPerson) -> None:
    reason, words = SEND_BACKS[n // 7 % len(SEND_BACKS)]
    with seed.acting(seed.actor_of(doer)) as by, clock.at(raised + dt.timedelta(minutes=30)):
        placing.send_back(queries.get(ref, lock=True), reason_code=reason, reason=words, by=by)
    with seed.acting(seed.requester(code)) as by, clock.at(raised + dt.timedelta(minutes=90)):
        task = queries.get(ref, lock=True)
        conversation.correct(task, requests.draft_of(task), by=by)
    _place(raised + dt.timedelta(minutes=92))


def _over(ref: str, code: str, done: dt.datetime, *, tick: bool) -> None:
    """Tick what the practice was asked to do, if it did; nothing of the past stays open."""
    with seed.acting(seed.requester(code)) as by, clock.at(done + dt.timedelta(hours=1)):
        task = queries.get(ref, lock=True)
        if task.closed_at is None:
            conversation.withdraw(task, reason="Sorted out at the practice in the meantime.", by=by)
        elif tick:
            _tick(task, by)


def _tick(task: Task, by: Actor) -> None:
    for to_do_id in db.session.scalars(select(ToDo.id).where(ToDo.task_id == task.id)).all():
        conversation.tick(task, to_do_id, by=by)


def _moment(n: int, count: int) -> dt.datetime:
    """Return when the request number `n` of `count` was raised: a morning, the oldest first."""
    calendar, on = WorkCalendar(), at_work.today()
    left = FIRST + SPREAD * (count - 1 - n) // max(count - 1, 1)
    while left:
        on -= dt.timedelta(days=1)
        left -= calendar.is_working_day(on)
    return utc_of(on, dt.time(9, 30)) + dt.timedelta(minutes=n * 11 % 90)

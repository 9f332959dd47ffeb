"""Why a task stands where it stands, term by term, and what would put it first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, not_, or_, select

from hub.domain import order
from hub.domain.deadlines import Request
from hub.domain.order_answers import Ahead, Change, what_would_put_first
from hub.domain.promises import due_of
from hub.domain.urgency import band_of
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency, Status
from hub.domain.worktime import WorkCalendar
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.placing import order_queries, queries

_ASKED = {
    RequestedUrgency.ROUTINE: "it asked for it in its usual turn",
    RequestedUrgency.SOON: "it asked for it by tomorrow",
}


@dataclass(frozen=True)
class OrderStory:
    """A task's place in its line: whether its band stands in front by rule, the terms of its index (highest
    first is sooner; of no account where `hard`), and the sentences of what would put it first.

    `position` is its place from 1 among the `waiting` tasks of its line that the one who acts may see.
    """

    hard: bool
    hard_bands: int
    first: bool
    position: int
    waiting: int
    terms: tuple[order.Term, ...]
    would_put_first: tuple[str, ...]


def story_of(task: Task) -> OrderStory:
    """Return the story of a waiting task in its queue, or on a worklist among what nobody works on there."""
    now = order_queries.Order()
    place = order_queries.place_of(task, now.moment)
    ahead, waiting = _ahead(task, place, now)
    calendar = queries.hub_calendar() if task.hub_clock else _practice_calendar(task)
    would = what_would_put_first(
        place,
        ahead,
        _changes(task, place, now),
        now.policy,
        lambda minutes: calendar.add_minutes(clock.now(), minutes),
    )
    return OrderStory(
        hard=place.facts.band <= now.policy.hard_bands,
        hard_bands=now.policy.hard_bands,
        first=place.first,
        position=ahead.hard + ahead.others + 1,
        waiting=waiting,
        terms=order.terms_of(
            place.facts,
            signals=task.signals,
            requested=RequestedUrgency(task.requested),
            now_number=place.now_number,
            policy=now.policy,
        ),
        would_put_first=would,
    )


def _practice_calendar(task: Task) -> WorkCalendar:
    return queries.practice_calendar(queries.practice(task.practice_id))


def _line_of(task: Task) -> tuple[ColumnElement[bool], ...]:
    if task.status == Status.QUEUED:
        return Task.status == Status.QUEUED, Task.queue == task.queue
    return Task.assignee_id == task.assignee_id, Task.status == Status.ASSIGNED


def _ahead(task: Task, place: order.Place, now: order_queries.Order) -> tuple[Ahead, int]:
    """Return what stands before the task, and how many stand in its line: two statements."""
    before, hard = now.stands_before(place), Task.effective_band <= now.policy.hard_bands
    counts = select(func.count().filter(before), func.count().filter(before, hard), func.count())
    ahead, of_hard, waiting = db.session.execute(counts.select_from(Task).where(*_line_of(task))).one()
    # The index alone tells whose they are; only those rows are read.
    firsts = [
        now.sorted(select(Task.id).where(*_line_of(task), more)).limit(1).scalar_subquery()
        for more in (hard, not_(hard))  # apart, so that no index is worked out twice
    ]
    rows = db.session.scalars(select(Task).where(or_(*(Task.id == one for one in firsts))))
    places = [order_queries.place_of(one, now.moment) for one in rows]
    places.sort(key=lambda one: order.order_key(one, now.policy))
    pool = [one for one in places if one.facts.band > now.policy.hard_bands]
    return Ahead(next(iter(places), None), next(iter(pool), None), of_hard, ahead - of_hard), waiting


def _changes(task: Task, place: order.Place, now: order_queries.Order) -> Iterator[Change]:
    """Yield what the practice could say otherwise, and where the task would stand then."""
    request, practice = queries.request_of(task), queries.practice(task.practice_id)
    if request.requested != RequestedUrgency.URGENT:
        asked = replace(request, requested=RequestedUrgency.URGENT)
        words = f"the practice said that it needs this today ({_ASKED[request.requested]})"
        yield Change(words, _placed(task, asked, practice, place, now))
    for fact in request.kind.facts:
        if fact.band_if_yes is not None and request.answers.get(fact.code) != FactAnswer.YES:
            told = replace(request, answers={**request.answers, fact.code: FactAnswer.YES})
            words = f"the practice answered yes to the safety question “{fact.signal}”"
            yield Change(words, _placed(task, told, practice, place, now))


def _placed(
    task: Task, request: Request, practice: Practice, place: order.Place, now: order_queries.Order
) -> order.Place:
    """Return where the task would stand with this request, told now."""
    at, hub = clock.now(), queries.hub_calendar()
    clocks = queries.clocks_of(request, practice, None)
    placement = band_of(request, clocks, at, hub)
    # What once lifted a task goes on holding it.
    band = min(placement.band, Band(task.band))
    due_at = due_of(band, clocks, now=at, hub_calendar=hub, before=(Band(task.band), task.due_at))
    stored = order_queries.worked_out(
        request,
        due_at=due_at,
        signals=placement.signals,
        minutes=task.minutes,
        practice_hours=queries.practice_calendar(practice),
        policy=now.policy,
    )
    facts = replace(
        place.facts,
        band=Band(order.effective_band(band, task.override_band)),
        due_number=stored.due_number,
        fixed=stored.order_fixed,
    )
    return replace(place, facts=facts, due_at=due_at)

"""Pages of the worklist: my day, and one task."""

import datetime as dt

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.actor import Actor
from hub.domain.assignment import nobody_may
from hub.domain.contact import attempt_words
from hub.domain.eligibility import Person, hard_refusals, refusals, who_could
from hub.domain.forecast_words import done_words, needs_appointment, no_forecast_words
from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.routing import Needs
from hub.domain.vocabulary import OPEN_STATUSES, Profession, Role, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.forecasting import queries as forecasts
from hub.models import Task
from hub.notices import actions as notices
from hub.placing import clock_queries, order_story_queries, staff_queries
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor, roles
from hub.worklist import (
    act_views,
    closed_views,
    closing_presenters,
    day_presenters,
    history_presenters,
    news_presenters,
    place_presenters,
    presenters,
    queries,
    queue_queries,
    queue_views,
    reason_presenters,
    search_views,
    sheet_presenters,
    sheet_queries,
    who_presenters,
)
from hub.worklist.blueprint import bp

__all__ = ["act_views", "bp", "closed_views", "queue_views", "search_views"]

SHOWN_DONE = 10


@bp.get("/worklist")
@roles(Role.CLINICIAN)
def mine() -> Response:
    """Show my day: in progress, assigned in order, waiting, and what I completed today."""
    by, now = current_actor(), clock.now()
    assert by.user_id is not None
    if request.args.get("poll") == "1":
        # Whoever signs in again after a poll is led here as a person, who wants the page.
        return _news(by.user_id, now) if web.is_fragment() else redirect(url_for("worklist.mine"))
    found = queries.mine(by.user_id)
    done = queries.done_today(by.user_id)
    printing = request.args.get("print") == "1"
    person = placing.person(by.user_id)
    shown = day_presenters.day(
        found, done[:SHOWN_DONE], now=now, me=by.name, profession=person.profession if person else None
    )
    # Tens of thousands are counted only for whoever has nothing, and is told what waits.
    waiting = 0 if shown.assigned else sum(load.waiting for load in queue_queries.loads(by).values())
    seen = [one.practice.id for one in found] + [one.listed.practice.id for one in done[:SHOWN_DONE]]
    records.note_list_access(seen, by=by, what="worklist printed" if printing else "worklist")
    db.session.commit()
    return web.page(
        "worklist/mine.html",
        day=shown,
        now=now,
        since=now.isoformat(),
        standing=len(found),
        done_count=len(done),
        done_minutes=sum(one.minutes for one in done),
        time=day_presenters.time_words(person, _next_shift(person)),
        empty=day_presenters.nothing_assigned(person, waiting),
        printing=printing,
    )


def _next_shift(person: Person | None) -> dt.datetime | None:
    """Return when someone who is not at work comes to work again, as far as the rota says."""
    if person is None or person.at_work:
        return None
    return staff_queries.days_of([person.id])[person.id].next_starts_at


def _news(user_id: int, now: dt.datetime) -> Response:
    """Answer a poll: one line that says what is new, and nothing when nothing is."""
    try:
        since = dt.datetime.fromisoformat(request.args.get("since", ""))
        had = int(request.args.get("had", ""))
    except ValueError:
        since, had = now, -1
    news = queries.news(user_id, since if since.tzinfo else now)
    words = day_presenters.news_words(
        news.arrived, news.urgent, news.standing, had if had >= 0 else news.standing, news.risen
    )
    return web.page("worklist/_news.html", words=words, urgent=news.urgent + news.risen > 0)


@bp.get("/tasks/<ref>")
@roles(Role.CLINICIAN, Role.LEAD)
def task(ref: str) -> Response:
    """Show one task: what is asked, by when, why here, what may be done now, and what happened."""
    by, now = current_actor(), clock.now()
    found = queries.visible(ref, by=by)
    sheet = sheet_queries.sheet(found)
    is_open = Status(found.status) in OPEN_STATUSES
    people = placing.people()
    needs, today = placing.needs_of(found), now.astimezone(LONDON).date()
    viewer = _viewer(found, needs, people, by)
    acts = sheet_presenters.acts(
        Status(found.status), viewer, stage=found.stage, stages=len(sheet.kind.stages)
    )
    could = _could(found, sheet, needs, people) if is_open else None
    stands = _why_place(found, sheet, viewer) if is_open else None
    records.note_access(found, by=by, what="task")
    notices.read_of_task(found, by=by)
    answer = web.page(
        "worklist/task.html",
        sheet=sheet,
        task=found,
        now=now,
        today=today,
        title=presenters.kind_words(sheet.kind, found.subtype),
        tags=_tags(sheet, now),
        clocks=presenters.clocks(found, now),
        clock_lines=sheet_presenters.clock_lines(found, now),
        likely=_likely(found, could.not_now, needs, people) if could else [],
        counted=clock_queries.ledger_of(found, sheet.history, now),
        usual=history_presenters.usual(sheet.history),
        where=sheet_presenters.who_has_it(
            Status(found.status),
            viewer.is_mine,
            sheet.names.get(found.assignee_id or 0, "Someone"),
            found.waiting_on,
            reason_presenters.state_words(found.started_at, sheet.back, now),
        ),
        why_me=reason_presenters.why_me(found.why_me, by.name if viewer.is_mine else ""),
        routed_by=_routed_by(found, sheet) if is_open else "",
        why_place=stands,
        place=reason_presenters.band_words(found, now) if is_open else "",
        reasons=reason_presenters.reason_words(found.reasons, stands.weighed if stands else ()),
        notes=history_presenters.notes(sheet.history) if is_open else [],
        requested=sheet_presenters.requested_words(found.requested),
        contacts=[attempt_words(line.data) for line in sheet.history if line.act == Act.CONTACTED],
        facts=sheet_presenters.facts(sheet.kind, found.answers),
        facts_lines=news_presenters.facts_lines(sheet.history, sheet.kind),
        from_recall=news_presenters.recall_words(sheet.history) if is_open else "",
        chase=news_presenters.newest_chase(sheet.history, found) if is_open else None,
        changes=history_presenters.changes(sheet.history, sheet.names, sheet.kind) if is_open else [],
        history=history_presenters.history(sheet.history, sheet.names, sheet.kind),
        acts=sheet_presenters.only_known(acts, current_app.view_functions),
        could=could,
        cannot_finish=_cannot_finish(found, sheet.kind, viewer) if is_open else "",
        hours=sheet_presenters.hours_lines(sheet.practice.opening_hours),
        others=_others(sheet),
    )
    db.session.commit()
    return answer


def _others(sheet: sheet_queries.Sheet) -> list[tuple[str, str, bool]]:
    """Return the patient's other open tasks: reference, words, and whether it was raised together."""
    return [
        (one.ref, sheet_presenters.other_words(kind_of(one), one.subtype, one.status), sheet.is_mate(one))
        for one in sheet.others
    ]


def _could(
    found: Task, sheet: sheet_queries.Sheet, needs: Needs, people: list[Person]
) -> who_presenters.Could:
    closes = {one: closing_presenters.may_close(sheet.kind, found.answers, one) for one in Profession}
    judged = who_could(
        who_presenters.without_its_own(people, found), needs, clock.now().astimezone(LONDON).date()
    )
    held = sheet.practice.name if sheet.practice.held_since is not None else ""
    not_now = who_presenters.not_now(found, held=held, kept_for=sheet.marks.kept_for)
    return who_presenters.could_do(judged, needs, closes, not_now, holder_id=found.assignee_id)


def _likely(found: Task, not_now: str, needs: Needs, people: list[Person]) -> list[str]:
    """Say when a task is likely done; where nobody may do it now or ever, that stands there as the reason."""
    now = clock.now()
    nobody = nobody_may(needs, people, now.astimezone(LONDON).date()) or ""
    forecast = forecasts.of_task(found.id)
    appointment = needs_appointment(found.kind, found.started_at)
    said = done_words(forecast, now, nobody or not_now, due_at=found.due_at, appointment=appointment)
    return said or [no_forecast_words(nobody or not_now)]


def _routed_by(found: Task, sheet: sheet_queries.Sheet) -> str:
    """Name the routing rule that decided; "" while it is not placed."""
    if found.policy_version is None:
        return ""
    rule = placing.rule_of(found)
    return reason_presenters.routed_words(found, rule, sheet.kind.name)


def _cannot_finish(found: Task, kind: Kind, viewer: sheet_presenters.Viewer) -> str:
    """Say before they begin that this task is not the viewer's to end; "" if they may not do it anyway."""
    if viewer.person is None or (viewer.take and not viewer.is_mine):
        return ""
    return closing_presenters.cannot_finish(kind, found.answers, found.stage, viewer.person.profession)


def _why_place(
    found: Task, sheet: sheet_queries.Sheet, viewer: sheet_presenters.Viewer
) -> place_presenters.WhyPlace:
    stands = place_presenters.has_place(Status(found.status))
    holder = ""
    if found.assignee_id is not None:
        holder = "your" if viewer.is_mine else f"{sheet.names.get(found.assignee_id, 'someone')}'s"
    return place_presenters.why_place(
        found,
        order_story_queries.story_of(found) if stands else None,
        sheet.marks,
        holder=holder,
        links=place_presenters.links(found, is_lead=viewer.is_lead, is_mine=viewer.is_mine),
        sees_all=viewer.is_lead,
        late=reason_presenters.overdue(found, clock.now()),
    )


def _tags(sheet: sheet_queries.Sheet, now: dt.datetime) -> tuple[presenters.Tag, ...]:
    tags = presenters.tags(sheet.task, now, held=sheet.practice.held_since is not None)
    answered = sheet.task.status == Status.ASSIGNED and sheet.back == "answered"
    calls = closing_presenters.by_hand_tags("", sheet.last_call, now)
    set_by_people = presenters.marks(sheet.task, sheet.marks, now)
    return (*tags, *set_by_people, *([presenters.ANSWERED] if answered else []), *calls)


def _viewer(found: Task, needs: Needs, people: list[Person], by: Actor) -> sheet_presenters.Viewer:
    person = next((one for one in people if one.id == by.user_id), None)
    is_mine = found.assignee_id == by.user_id
    if person is None:
        return sheet_presenters.Viewer(None, is_mine, by.has(Role.LEAD))
    today = clock.now().astimezone(LONDON).date()
    take = refusals(person, needs, today=today, for_act="take")
    start = refusals(person, needs, today=today, for_act="start")
    if found.started_at is not None or queries.was_given_by_hand(found):
        start = hard_refusals(person, needs, today=today)
    return sheet_presenters.Viewer(
        person,
        is_mine,
        by.has(Role.LEAD),
        take=take[0].sentence if take else "",
        start=start[0].sentence if start else "",
        begun=found.started_at is not None,
        may_close=closing_presenters.may_close(kind_of(found), found.answers, person.profession),
    )

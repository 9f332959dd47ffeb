"""Recurring requests: the list of them, and one with its next twelve months."""

import datetime as dt

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Conflict, Invalid
from hub.domain.recalls.rhythm import Rhythm
from hub.domain.recalls.words import year_end_words
from hub.domain.vocabulary import Role
from hub.domain.worktime import WorkCalendar
from hub.extensions import db
from hub.intake import queries as intake
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds
from hub.recalls import (
    actions,
    change_presenters,
    form_views,
    forms,
    list_queries,
    people_views,
    presenters,
    queries,
)
from hub.recalls.blueprint import bp
from hub.recalls.shared import kind_of, own, raising_for
from hub.security import current_actor, roles

__all__ = ["bp", "form_views", "people_views"]

_readers = roles(Role.REQUESTER, Role.LEAD)
ACTS = {"resume": actions.resume, "end": actions.end}
SAID = {
    "pause": "Paused.",
    "resume": "It runs.",
    "end": "Ended.",
}


@bp.get("/recalls")
@_readers
def index() -> Response:
    """List the recalls of one's practices; for a lead of every practice, what has stopped first."""
    by = current_actor()
    mine = queries.practice_ids_of(by)
    everyone = by.has(Role.LEAD)
    kinds = {one.code: one for one in current_kinds()}
    rows = [
        {
            "recall": one.Recall,
            "name": queries.words_of(one.Recall, one.DataKey).name,
            "kind": kinds[one.Recall.kind].name if one.Recall.kind in kinds else one.Recall.kind,
            "rhythm": presenters.RHYTHMS[Rhythm(one.Recall.rhythm)][0],
            "practice": one.practice,
            "owner": one.owner,
            "members": one.members,
            "troubles": one.troubles,
            "tag": presenters.TAGS[one.Recall.status],
        }
        for one in queries.listed(None if everyone else mine)
    ]
    return web.page(
        "recalls/index.html",
        rows=rows,
        may_set_up=bool(raising_for()),
        many_practices=everyone or len(mine) > 1,
    )


@bp.get("/recalls/<int:recall_id>")
@_readers
def recall(recall_id: int) -> Response:
    """Show one recall: what it says, whom it raises in the next twelve months, whom it skips and why."""
    return _page(recall_id)


def _page(recall_id: int, problems: dict[str, str] | None = None) -> Response:
    by = current_actor()
    found, words = queries.get(recall_id, by=by)
    kind = kind_of(found.kind)
    everyone = list_queries.members(found)
    plan, today = list_queries.foresee(found, kind, everyone), intake.today()
    troubles = list_queries.troubles(found, everyone)
    rule, practice = queries.rule_of(found, kind), placing.practice(found.practice_id)
    return web.page(
        "recalls/recall.html",
        recall=found,
        words=words,
        kind=kind,
        practice=practice,
        owner=placing.names([found.owner_id])[found.owner_id],
        tag=presenters.TAGS[found.status],
        lines=presenters.lines(rule, kind, found.subtype, plan.limit),
        facts=presenters.fact_lines(kind, found.answers),
        year_end=year_end_words(rule, today, WorkCalendar()),
        members=len(everyone),
        starts=change_presenters.start_words(plan, _next_working_day(today)) if found.status == "new" else "",
        paused=change_presenters.paused_words(found.resumes_on) if found.status == "paused" else "",
        months=presenters.months(plan, today),
        days=presenters.days(plan, today),
        skipped=presenters.skipped(plan, troubles, list_queries.also_open(everyone)),
        raised=queries.raised_count(found),
        on_hold=change_presenters.hold_words(practice.name, practice.held_since, found.status),
        history=[(one.RecallChange.at, change_presenters.change_line(one.RecallChange, one.by))
                 for one in queries.changes(found)],
        may_change=found.practice_id in queries.practice_ids_of(by),
        values=request.form,
        problems=problems or {},
        status=422 if problems else 200,
    )  # fmt: skip


def _next_working_day(today: dt.date) -> dt.date:
    """Return the day on whose early morning recalls raise next."""
    work, day = WorkCalendar(), today + dt.timedelta(days=1)
    while not work.is_working_day(day):
        day += dt.timedelta(days=1)
    return day


@bp.post("/recalls/<int:recall_id>/state")
@roles(Role.REQUESTER)
def state(recall_id: int) -> Response:
    """Pause, resume or end a recall."""
    found, _ = own(recall_id, change=True)
    act = request.form.get("act", "")
    if act not in SAID:
        raise Conflict("Choose to pause, to resume or to end it.")
    try:
        if act == "pause":
            actions.pause(found, by=current_actor(), until=forms.pause_until(request.form))
        else:
            ACTS[act](found, by=current_actor())
    except Invalid as error:
        db.session.rollback()
        return _page(recall_id, error.problems)
    db.session.commit()
    flash(SAID[act])
    return redirect(url_for(".recall", recall_id=recall_id))

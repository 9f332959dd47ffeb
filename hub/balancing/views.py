"""The lead's pages: the board, the list behind each of its numbers, holds, and jobs that gave up."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import actions, board_presenters, forms, health_queries, presenters, queries
from hub.balancing import hand_views as hand_views  # its pages join the blueprint
from hub.balancing import minutes_views as minutes_views
from hub.balancing import plan_views as plan_views
from hub.balancing import urgency_views as urgency_views
from hub.balancing.blueprint import bp, leads
from hub.domain.errors import Invalid
from hub.extensions import clock, db
from hub.placing import actions as placing
from hub.placing.queries import people, practice
from hub.protocols.queries import current_kinds
from hub.security import current_actor

MOST_URGENT = 5
_LIST_ARGS = ("number", "queue", "person", "practice", "sort")  # what a list's own links carry on


@bp.get("/board")
@leads
def board() -> Response:
    """Show load against capacity: what waits, who has what, what needs a lead. Polled every half minute."""
    if request.args.get("poll") and not web.is_fragment():
        # The address of a poll keeps no session awake, so a person must not stay on it.
        return redirect(url_for("balancing.board"))
    now = clock.now()
    staff = people()
    at = queries.moment(now, staff)
    counted = queries.counts(at)
    known = {person.id for person in staff}
    former = queries.names(user_id for user_id in counted.people if user_id not in known)
    names = _kind_names()
    urgent = queries.tasks(queries.selection("decide"), at, size=MOST_URGENT)
    return web.page(
        "balancing/board.html",
        partial="balancing/_board.html",
        now=now,
        strip=board_presenters.strip(health_queries.health(now)),
        places=board_presenters.totals(counted.everywhere, queries.NUMBERS, queries.PLACES),
        totals=board_presenters.totals(counted.everywhere, queries.NUMBERS, queries.TOTALS),
        queues=board_presenters.queue_rows(counted.queues, now),
        people=board_presenters.person_rows(staff, counted.people, queries.in_progress(), former, names, now),
        to_decide=urgent.tally.tasks,
        urgent=[presenters.task_row(row, names, now) for row in urgent.rows],
        holds=presenters.held_practices(queries.held_practices(), now),
    )


@bp.get("/board/tasks")
@leads
def tasks() -> Response:
    """List exactly the tasks that a number of the board counted."""
    chosen = queries.selection(
        request.args.get("number", ""),
        queue=request.args.get("queue", ""),
        person=request.args.get("person", type=int),
        practice=request.args.get("practice", type=int),
        sort=request.args.get("sort", ""),
    )
    about = queries.names([chosen.person]).get(chosen.person, "") if chosen.person is not None else ""
    words = presenters.list_words(chosen.number.words, chosen.queue, about)
    return _list("balancing/tasks.html", chosen, words=words)


@bp.get("/board/decisions")
@leads
def decisions() -> Response:
    """List what needs a lead's decision, most urgent first, with why and since when."""
    return _list("balancing/decisions.html", queries.selection("decide"))


def _list(template: str, chosen: queries.Selection, **more: Any) -> Response:
    now = clock.now()
    found = queries.tasks(chosen, queries.moment(now, people()), page=request.args.get("page", 1, type=int))
    names = _kind_names()
    query = {name: value for name, value in request.args.items() if name in _LIST_ARGS}
    # A page that does not exist is the first, in the links back too.
    at: dict[str, Any] = query | ({"page": str(found.page)} if found.page > 1 else {})
    return web.page(
        template,
        chosen=chosen,
        found=found,
        rows=[presenters.task_row(row, names, now) for row in found.rows],
        here=url_for(request.endpoint or "balancing.board", **at),
        query=query,
        **more,
    )


def _kind_names() -> dict[str, str]:
    return {kind.code: kind.name for kind in current_kinds()}


@bp.get("/board/holds")
@leads
def holds() -> Response:
    """Show the practices on hold, and offer to hold another."""
    return _holds_page()


@bp.post("/board/holds")
@leads
def hold() -> Response:
    """Put a practice on hold."""
    try:
        typed = forms.hold(request.form, [row.id for row in queries.practices_to_hold()])
        found = practice(typed.practice_id)
        placing.hold(found, reason=typed.reason, by=current_actor())
    except Invalid as refusal:
        return _holds_page(refusal.problems, status=422)
    db.session.commit()
    flash(f"{found.name} is on hold: its work is not given out. Its clocks run on.")
    return redirect(url_for("balancing.holds"))


@bp.post("/board/holds/<int:practice_id>/end")
@leads
def end_hold(practice_id: int) -> Response:
    """End a practice's hold; ending it twice changes nothing."""
    found = practice(practice_id)
    placing.resume_practice(found, by=current_actor())
    db.session.commit()
    flash(f"{found.name} is no longer on hold: its work is given out again.")
    return redirect(url_for("balancing.holds"))


def _holds_page(problems: dict[str, str] | None = None, status: int = 200) -> Response:
    return web.page(
        "balancing/holds.html",
        status=status,
        problems=problems or {},
        values=request.form if request.method == "POST" else {},
        holds=presenters.held_practices(queries.held_practices(), clock.now()),
        practices=presenters.practice_options(queries.practices_to_hold()),
    )


@bp.get("/board/jobs")
@leads
def jobs() -> Response:
    """List the jobs that gave up."""
    return _jobs_page()


@bp.post("/board/jobs/<int:outbox_id>/retry")
@leads
def retry_job(outbox_id: int) -> Response:
    """Have a job tried again."""
    actions.retry(health_queries.dead_job(outbox_id), by=current_actor())
    db.session.commit()
    flash("The job is tried again within seconds.")
    return redirect(url_for("balancing.jobs"))


@bp.post("/board/jobs/<int:outbox_id>/dismiss")
@leads
def dismiss_job(outbox_id: int) -> Response:
    """Put a job away, saying why."""
    try:
        why = forms.dismissal(request.form)
    except Invalid as refusal:
        return _jobs_page({f"why-{outbox_id}": refusal.problems["why"]}, status=422)
    actions.dismiss(health_queries.dead_job(outbox_id), why=why, by=current_actor())
    db.session.commit()
    flash("The job is put away.")
    return redirect(url_for("balancing.jobs"))


def _jobs_page(problems: dict[str, str] | None = None, status: int = 200) -> Response:
    rows = presenters.dead_jobs(health_queries.dead_jobs())
    return web.page("balancing/jobs.html", status=status, jobs=rows, problems=problems or {})

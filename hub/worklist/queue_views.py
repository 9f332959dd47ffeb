"""Pages of the queues: what waits in each, and every waiting task."""

from flask import abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.eligibility import Person, refusals
from hub.domain.kinds import QUEUES
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles
from hub.worklist import presenters, queue_presenters, queue_queries
from hub.worklist.blueprint import bp
from hub.worklist.queue_queries import Filters


@bp.get("/queues")
@roles(Role.CLINICIAN, Role.LEAD)
def queues() -> Response:
    """Show what waits in each queue."""
    by, now = current_actor(), clock.now()
    loads = queue_queries.loads(by)
    return web.page("worklist/queues.html", rows=queue_presenters.overview(loads, now))


@bp.get("/queues/<name>")
@roles(Role.CLINICIAN, Role.LEAD)
def queue(name: str) -> Response:
    """Show the waiting tasks of one queue in order, filtered as the address says."""
    if name not in QUEUES:
        abort(404)
    by, now = current_actor(), clock.now()
    assert by.user_id is not None
    person = placing.person(by.user_id) if by.has(Role.CLINICIAN) else None
    filters = _filters(request.args, person)
    found = queue_queries.waiting_in(name, filters, by=by, page=_number(request.args.get("page")) or 1)
    practices, here = queue_queries.practices(by), queue_queries.kinds_in(name, by=by)
    # A rule of the routing table may have put another queue's kind here.
    kinds = [kind for kind in current_kinds() if kind.queue == name or kind.code in here]
    records.note_list_access((one.practice.id for one in found.rows), by=by, what="queue")
    rows = queue_presenters.rows(
        found.rows, found.first_position, now, _refusal_of(person), person.profession if person else None
    )
    db.session.commit()
    return web.page(
        "worklist/queue.html",
        name=name,
        title=QUEUES[name],
        rows=rows,
        found=found,
        is_clinician=person is not None,
        chips=queue_presenters.chips(request.args, practices, kinds),
        filters=queue_presenters.filter_options(practices, kinds),
        values=request.args,
        pages=queue_presenters.pages(found.number, found.pages, request.args),
    )


def _filters(args: MultiDict[str, str], person: Person | None) -> Filters:
    band = _number(args.get("band"))
    return Filters(
        practice_id=_number(args.get("practice")),
        kind=args.get("kind", "")[:12],
        band=band if band in range(1, 6) else None,
        fits=person if args.get("fits") == "1" else None,
    )


def _refusal_of(person: Person | None) -> queue_presenters.Judge:
    """Return the function that says why this person may not take a task ("" if they may)."""
    today = clock.now().astimezone(LONDON).date()

    def judge(one: presenters.ListedLike) -> str:
        if person is None:
            return ""
        found = refusals(person, placing.needs_of(one.task), today=today, for_act="take")
        return found[0].sentence if found else ""

    return judge


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None

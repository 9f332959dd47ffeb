"""The list of what is completed and stopped: filters in the address are days and ids only."""

import datetime as dt
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.forms import Reader
from hub.security import current_actor, roles
from hub.worklist import closed_presenters, closed_queries, queue_queries
from hub.worklist.blueprint import bp
from hub.worklist.closed_queries import Filters


@bp.get("/closed")
@roles(Role.CLINICIAN, Role.LEAD)
def closed() -> Response:
    """List what was completed and stopped by day, person and practice; a clinician's own."""
    by, now = current_actor(), clock.now()
    is_lead = by.has(Role.LEAD)
    practices = queue_queries.practices(by)
    common: dict[str, Any] = {
        "is_lead": is_lead,
        "spans": closed_presenters.span_options(),
        "people": closed_presenters.people_options(closed_queries.people()) if is_lead else [],
        "practices": [
            {"value": "", "text": "Any practice"},
            *({"value": str(one.id), "text": one.name} for one in practices),
        ],
    }
    try:
        filters = _filters(now.astimezone(LONDON).date())
    except Invalid as error:
        return web.page(
            "worklist/closed.html", values=request.args, problems=error.problems, status=422, **common
        )
    page = request.args.get("page", 1, type=int)
    found = closed_queries.closed(filters, by=by, page=page)
    records.note_list_access((one.listed.practice.id for one in found.rows), by=by, what="closed tasks")
    db.session.commit()
    kept = {name: request.args[name] for name in ("span", "person", "practice") if request.args.get(name)}
    days = closed_presenters.day_values(filters.last)
    step = dt.timedelta(days=(filters.last - filters.first).days + 1)
    return web.page(
        "worklist/closed.html",
        values={"span": closed_presenters.USUAL_SPAN} | request.args.to_dict() | days,
        problems={},
        filters=filters,
        found=found,
        rows=[closed_presenters.found_row(one.listed, now, one.who) for one in found.rows],
        before=closed_presenters.day_query(filters.last - step, kept),
        after=closed_presenters.day_query(filters.last + step, kept),
        is_latest=filters.last >= now.astimezone(LONDON).date(),
        pages=closed_presenters.pages(found.number, found.pages, days | kept),
        **common,
    )


def _filters(today: dt.date) -> Filters:
    """Return what the address asks for. Raises Invalid where the day is none."""
    reader = Reader(request.args)
    last = reader.date("day", "the day", required=False, example=f"{today.day} {today.month} {today.year}")
    reader.done()
    span = request.args.get("span", closed_presenters.USUAL_SPAN)
    days = int(span if span in closed_presenters.SPANS else closed_presenters.USUAL_SPAN)
    last = min(last or today, today)
    return Filters(
        first=last - dt.timedelta(days=days - 1),
        last=last,
        person=request.args.get("person", type=int),
        practice=request.args.get("practice", type=int),
    )

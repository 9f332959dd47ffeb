"""How well urgency is judged: given against what it should have been, and how urgently practices ask."""

import datetime as dt

from flask import request
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import urgency_presenters
from hub.balancing.blueprint import bp, leads
from hub.extensions import clock
from hub.placing import drift_queries
from hub.placing.queries import practice
from hub.protocols.queries import current_kinds


@bp.get("/board/urgency")
@leads
def urgency() -> Response:
    """Show drift by kind and practice, and each practice's asking, for the last so many days."""
    days, now = _days(), clock.now()
    since = now - dt.timedelta(days=days)
    return web.page(
        "balancing/urgency.html",
        days=days,
        choices=urgency_presenters.DAYS,
        drift=urgency_presenters.drift(
            drift_queries.drift(since, now), current_kinds(), days, request.args.get("page", 1, type=int)
        ),
        asking=urgency_presenters.asking(
            drift_queries.asking(since, now), days, every=request.args.get("every") == "1"
        ),
        enough=drift_queries.ENOUGH,
        rules=urgency_presenters.rules(drift_queries.ENOUGH, drift_queries.MUCH),
    )


@bp.get("/board/urgency/tasks")
@leads
def urgency_behind() -> Response:
    """List exactly the tasks that a number of the report counted."""
    days, now, number = _days(), clock.now(), request.args.get("number", "")
    kinds = current_kinds()
    kind, practice_id = request.args.get("kind", ""), request.args.get("practice", type=int)
    found = drift_queries.behind(
        number,
        now - dt.timedelta(days=days),
        now,
        kind=kind,
        practice_id=practice_id,
        page=request.args.get("page", 1, type=int),
    )
    name = practice(practice_id).name if practice_id is not None else ""
    return web.page(
        "balancing/urgency_behind.html",
        found=found,
        days=days,
        words=urgency_presenters.words(number, kind, name, kinds),
        completed=number in drift_queries.COMPLETED,
        rows=[urgency_presenters.behind_row(row, kinds) for row in found.rows],
        query={"number": number, "days": days, "kind": kind or None, "practice": practice_id},
    )


def _days() -> int:
    days = request.args.get("days", type=int)
    return days if days in urgency_presenters.DAYS else urgency_presenters.DAYS[1]

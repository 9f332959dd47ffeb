"""What work takes at each practice, as learned: the list of figures, and the tasks behind each."""

from flask import request
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import minutes_presenters
from hub.balancing.blueprint import bp, leads
from hub.placing import minutes_queries
from hub.placing.queries import policy, practice
from hub.protocols.queries import current_kinds


@bp.get("/board/minutes")
@leads
def minutes() -> Response:
    """List what work takes at each practice, of one practice or of all, the furthest from the plan first."""
    only = request.args.get("practice", type=int)
    found = minutes_queries.listed(request.args.get("page", 1, type=int), only)
    return web.page(
        "balancing/minutes.html",
        found=found,
        rows=minutes_presenters.rows(found.rows, current_kinds()),
        only=practice(only) if only is not None else None,
        query={"practice": only} if only is not None else {},
        in_use=minutes_presenters.in_use(policy().learned_percent),
        rules=minutes_presenters.RULES,
    )


@bp.get("/board/minutes/<int:figure_id>")
@leads
def minutes_behind(figure_id: int) -> Response:
    """List exactly the tasks that a figure stands on, and say how it was worked out."""
    figure, practice_name = minutes_queries.figure(figure_id)
    found = minutes_queries.behind(figure, request.args.get("page", 1, type=int))
    return web.page(
        "balancing/minutes_behind.html",
        found=found,
        shown=minutes_presenters.row(figure, practice_name, current_kinds()),
        worked_out=minutes_presenters.worked_out(figure, current_kinds()),
        query={"figure_id": figure_id},
    )

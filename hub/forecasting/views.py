"""The lead's forecast pages: what is likely late, when queues are clear, contracts, how good it was."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from hub import web
from hub.domain.vocabulary import Role
from hub.extensions import clock
from hub.forecasting import presenters, queries
from hub.protocols.queries import current_kinds
from hub.security import roles

bp = Blueprint("forecasting", __name__)
leads = roles(Role.LEAD)


@bp.get("/board/forecast")
@leads
def forecast() -> Response:
    """Show what will happen: tasks likely late, days to clear per queue, contracted minutes left."""
    now, run = clock.now(), queries.newest_run()
    found = queries.likely_late(page=request.args.get("page", 1, type=int))
    return web.page(
        "forecasting/forecast.html",
        run=run,
        late=presenters.late_words(run.figures) if run else (),
        queues=presenters.queue_rows(run.figures) if run else [],
        found=found,
        rows=presenters.late_rows(found.rows, {kind.code: kind.name for kind in current_kinds()}, now),
        contracts=presenters.contract_rows(queries.outlooks()),
    )


@bp.get("/board/forecast/how-good")
@leads
def how_good() -> Response:
    """Show what was predicted against what happened."""
    score = queries.score()
    return web.page(
        "forecasting/how_good.html",
        score=score,
        bins=presenters.bin_rows(score) if score else [],
        curve=queries.newest_run(),
    )

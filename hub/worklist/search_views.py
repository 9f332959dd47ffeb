"""The search: one field, sent as a form, because what is looked for must stand in no address."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.security import current_actor, roles
from hub.worklist import closed_presenters, search_forms, search_queries
from hub.worklist.blueprint import bp


@bp.get("/search")
@roles(Role.CLINICIAN, Role.LEAD)
def search() -> Response:
    """Ask what to look for."""
    return web.page("worklist/search.html", values={}, problems={})


@bp.post("/search")
@roles(Role.CLINICIAN, Role.LEAD)
def find() -> Response:
    """Lead to the task with this reference, or list the tasks of this patient.

    The list is the answer itself, without an address of its own: neither number nor name may
    stand in one, or be kept anywhere for the next page.
    """
    by = current_actor()
    try:
        wanted = search_forms.read(request.form)
    except Invalid as error:
        return web.page("worklist/search.html", values=request.form, problems=error.problems, status=422)
    if wanted.reference:
        task = search_queries.by_reference(wanted.reference, by=by)
        if task is not None:
            return redirect(url_for("worklist.task", ref=task.ref), code=303)
        found = []
    elif wanted.nhs_number:
        found = search_queries.by_nhs_number(wanted.nhs_number, by=by)
    else:
        assert wanted.born is not None
        found = search_queries.by_name(wanted.family, wanted.born, by=by)
    shown = found[: search_queries.MOST]
    records.note_list_access((one.practice.id for one in shown), by=by, what="search")
    db.session.commit()
    return web.page(
        "worklist/search.html",
        values=request.form,
        problems={},
        searched=closed_presenters.what_was_sought(wanted.reference, wanted.nhs_number),
        sought_reference=bool(wanted.reference),
        rows=[closed_presenters.found_row(one, clock.now()) for one in shown],
        more=len(found) > len(shown),
    )

"""Pages of files for a practice's own tools: choose, look who is in it, take it, note what came of it."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.errors import Invalid
from hub.domain.handouts import NO_RECORD_NUMBER, RECIPES, recipes_for
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.handouts import actions, contact_views, forms, presenters, queries, reply_views
from hub.handouts.blueprint import bp
from hub.models import Practice
from hub.security import current_actor, roles

__all__ = ["bp", "contact_views", "reply_views"]

MAY = (Role.REQUESTER, Role.CLINICIAN, Role.LEAD)


@bp.get("/files")
@roles(*MAY)
def index() -> Response:
    """Choose the practice; straight to it when there is only one."""
    found = queries.practices(current_actor())
    if len(found) == 1:
        return redirect(url_for("handouts.practice", code=found[0].ods_code))
    return web.page("handouts/index.html", practices=found)


@bp.get("/files/<code>")
@roles(*MAY)
def practice(code: str) -> Response:
    """Show which files may be taken for this practice, and which were."""
    one = queries.practice(code, by=current_actor())
    kinds = queries.review_kinds()
    tasks = _tasks(one)
    recipes = recipes_for(one.clinical_system)
    found = {recipe.tool: queries.standing(recipe.tool, tasks) for recipe in recipes}
    return web.page(
        "handouts/practice.html",
        practice=one,
        offers=presenters.offers(recipes, found),
        kinds=presenters.kind_options(kinds),
        who_options=presenters.WHO,
        values=request.args,
        kind=_choice("kind"),
        who=_choice("who"),
        taken=[(row, presenters.taken_line(row, who)) for row, who in queries.taken(one.id)],
    )


@bp.get("/files/<code>/<name>/patients")
@roles(*MAY)
def patients(code: str, name: str) -> Response:
    """Show exactly the patients who stand in a file, and those who cannot, with why."""
    by = current_actor()
    one, tool = queries.practice(code, by=by), forms.tool(name)
    found = queries.standing(tool, _tasks(one))
    records.note_list_access([one.id], by=by, what="patients of a file")
    page = web.page(
        "handouts/patients.html",
        practice=one,
        recipe=RECIPES[tool],
        no_record=NO_RECORD_NUMBER,
        in_it=[row for row in found if isinstance(row.line, tuple)],
        left=[row for row in found if not isinstance(row.line, tuple)],
        words=presenters.review_words(queries.review_kinds()),
        kind=_choice("kind"),
        who=_choice("who"),
        today=clock.now().astimezone(LONDON).date(),
    )
    db.session.commit()
    return page


@bp.post("/files/<code>/<name>")
@roles(*MAY)
def take(code: str, name: str) -> Response:
    """Hand out the file, and note that it was taken."""
    by = current_actor()
    one, tool = queries.practice(code, by=by), forms.tool(name)
    rows = actions.take(one, tool, queries.standing(tool, _tasks(one)), by=by)
    db.session.commit()
    day = clock.now().astimezone(LONDON).date()
    return _attachment(presenters.as_csv(rows), presenters.file_name(tool, one.ods_code, day))


@bp.post("/files/<code>/taken/<int:handout_id>/invited")
@roles(*MAY)
def invited(code: str, handout_id: int) -> Response:
    """Note on the requests of a file that its patients were invited."""
    by = current_actor()
    one = queries.practice(code, by=by)
    done = actions.note_invited(queries.handout(handout_id, one.id), by=by)
    db.session.commit()
    flash(f"Invited today: noted on {done} open {'request' if done == 1 else 'requests'}.")
    return redirect(
        url_for("handouts.practice", code=one.ods_code, kind=_choice("kind"), who=_choice("who")), code=303
    )


@bp.get("/files/<code>/documents")
@roles(*MAY)
def documents(code: str) -> Response:
    """Show what was done with documents, to paste into their workflow."""
    by = current_actor()
    one = queries.practice(code, by=by)
    today = clock.now().astimezone(LONDON).date()
    context: dict[str, Any] = {"practice": one, "values": request.args, "problems": {}, "rows": []}
    status = 200
    try:
        first, last = forms.days(request.args, today)
        found = queries.done_documents(one.id, first, last)
        context |= {
            "first": first,
            "last": last,
            "rows": [(row, presenters.paste_line(row)) for row in found],
        }
        records.note_list_access([one.id], by=by, what="outcomes of documents")
        db.session.commit()
    except Invalid as error:
        context["problems"], status = error.problems, 422
    return web.page("handouts/documents.html", status=status, **context)


@bp.post("/files/<code>/documents")
@roles(*MAY)
def take_documents(code: str) -> Response:
    """Hand out what was done with documents as CSV."""
    by = current_actor()
    one = queries.practice(code, by=by)
    first, last = forms.days(request.form, clock.now().astimezone(LONDON).date())
    found = queries.done_documents(one.id, first, last)
    head = ("Document", "Outcome", "Completed on", "By", "Hub reference")
    rows = [(d.document, d.outcome, f"{d.at.astimezone(LONDON):%d-%b-%Y}", d.by, d.task.ref) for d in found]
    records.note_list_access([one.id], by=by, what=f"file: outcomes of {len(rows)} documents")
    db.session.commit()
    return _attachment(presenters.as_csv([head, *rows]), f"documents-{one.ods_code}-{last:%Y-%m-%d}.csv")


def _tasks(one: Practice) -> list[Any]:
    codes = [kind.code for kind in queries.review_kinds()]
    kinds, subtype = forms.chosen(request.values.get("kind", ""), codes)
    return queries.invitable(queries.open_reviews(one.id, kinds, subtype), request.values.get("who", ""))


def _choice(name: str) -> str:
    """Return what was chosen of the reviews' kind or of whom to ask, for links and forms to keep."""
    return request.values.get(name, "")


def _attachment(body: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/csv; charset=utf-8", headers=headers)

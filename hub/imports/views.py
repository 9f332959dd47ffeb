"""The pages on which files of requests begin: the list of files, what a file must hold, and the upload."""

from collections.abc import Mapping

from flask import redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from hub import uploads, web
from hub.domain.errors import Invalid, NotFound
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import actions, example_presenters, forms, presenters, queries
from hub.imports import column_views as column_views  # its pages join the blueprint
from hub.imports import run_views as run_views
from hub.imports import step_views as step_views
from hub.imports.blueprint import bp, download, readers
from hub.imports.reading.limits import LARGEST_FILE
from hub.intake import queries as intake
from hub.models import Practice
from hub.protocols.queries import current_kinds
from hub.security import current_actor

_MOST_WORDS = f"up to {LARGEST_FILE // (1024 * 1024)} MB and 50,000 rows"
_TOO_LARGE = (
    f"The selected file is larger than {LARGEST_FILE // (1024 * 1024)} MB, so it was not read. "
    "Delete columns that are not needed, or split it into several files."
)


@bp.get("/imports")
@readers
def index() -> Response:
    """List the files, the newest first."""
    by = current_actor()
    requester = Role.REQUESTER in by.roles
    total = queries.runs_count(by)
    last = max(1, -(-total // queries.PAGE))
    page = presenters.page_number(request.args.get("page"), last)
    return web.page(
        "imports/index.html",
        rows=[presenters.run_row(one) for one in queries.runs_for(by, page)],
        total=total,
        page=page,
        last=last,
        numbers=presenters.page_numbers(page, last),
        requester=requester,
        nothing=presenters.no_files(requester),
    )


@bp.get("/imports/new")
@readers
def new() -> Response:
    """Say what a file must hold and what happens with it, and take one."""
    return _new({"kind": request.args.get("kind", "")})


@bp.post("/imports/new")
@readers
@uploads.takes_a_file(LARGEST_FILE)
def upload() -> Response:
    """Keep the file, and lead to the page on which its columns are confirmed."""
    by, practices = current_actor(), _raising_for()
    file = uploads.sent(request, "file")
    kinds = [kind.code for kind in current_kinds()]
    try:
        said = forms.start(
            request.form, practices=[one.ods_code for one in practices], kinds=kinds, file=file is not None
        )
        claim = web.claim_form("import")
        if claim.ref:
            return redirect(url_for(".run", ref=claim.ref))
        assert file is not None
        made = actions.upload(
            data=file.data, filename=file.name, practice=said.practice, kind=said.kind, by=by
        )
    except Invalid as refused:
        db.session.rollback()
        return _new(request.form, refused.problems, 422)
    claim.ref = made.ref
    db.session.commit()
    return redirect(url_for(".run", ref=made.ref))


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response:
    """Say that a file is too large. Nothing of it was read; who is asking was settled before."""
    return _new({}, {"file": _TOO_LARGE}, 413)


@bp.get("/imports/template/<kind>.<form>")
@readers
def template(kind: str, form: str) -> Response:
    """Give an empty file with the columns of a kind, or one with made-up rows."""
    found = intake.kind_named(kind)
    if found is None or form not in example_presenters.MAKERS:
        raise NotFound("There is no such template.")
    filled = request.args.get("filled") == "1"
    data = example_presenters.MAKERS[form](found, intake.today(), filled=filled)
    name = example_presenters.file_name(found, form, filled=filled)
    return download(data, name, example_presenters.MIMETYPES[form])


def _new(values: Mapping[str, str], problems: dict[str, str] | None = None, status: int = 200) -> Response:
    kinds, practices = current_kinds(), _raising_for()
    about = values.get("kind", "") or request.args.get("about", "")
    return web.page(
        "imports/new.html",
        status=status,
        may_raise=bool(practices),
        practices=presenters.practice_options(practices),
        kinds=presenters.kind_options(kinds),
        described=[(one, example_presenters.columns(one, intake.today())) for one in kinds],
        about=about,
        most_words=_MOST_WORDS,
        values=values,
        problems=problems or {},
    )


def _raising_for() -> list[Practice]:
    return queries.practices_for(current_actor())

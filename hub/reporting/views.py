"""The report of a practice or a network for a month: as page, CSV and PDF; and the rows behind a number."""

import io
from typing import Any

from flask import Blueprint, request, send_file
from werkzeug.wrappers import Response

from hub import web
from hub.conversation import list_queries
from hub.conversation.wanted_queries import Asked
from hub.domain.errors import NotFound
from hub.domain.measures import share_of_month
from hub.domain.promises import local_day
from hub.domain.request_list import is_month, read
from hub.domain.request_list_words import chips, order_words
from hub.domain.vocabulary import Role
from hub.extensions import clock
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds
from hub.reporting import file_presenters, list_presenters, presenters, queries, scope_queries
from hub.security import current_actor, roles

bp = Blueprint("reporting", __name__)
readers = roles(Role.REQUESTER, Role.LEAD)


@bp.get("/reports")
@readers
def reports() -> Response:
    """Show the report of a month; a lead first chooses whose."""
    scope, which = _scope(), _month()
    if scope is None:
        networks, practices = scope_queries.choices_of_lead()
        return web.page("reporting/choose.html", networks=networks, practices=practices)
    before, after = presenters.months(which, clock.now())
    return web.page(
        "reporting/report.html",
        report=_report(scope, which),
        scope=scope,
        which=which,
        before=before,
        after=after,
        months=presenters.month_choices(which, clock.now()),
        is_lead=current_actor().has(Role.LEAD),
    )


@bp.get("/reports/file.csv")
@readers
def as_csv() -> Response:
    """Hand out the report as CSV. It names no patient."""
    report = _report_or_none()
    made = io.BytesIO(file_presenters.csv_text(report).encode())
    name = file_presenters.file_name(report, "csv")
    return send_file(made, mimetype="text/csv", as_attachment=True, download_name=name)


@bp.get("/reports/file.pdf")
@readers
def as_pdf() -> Response:
    """Hand out the report as PDF. It names no patient."""
    # The library takes a second to load, which every process and command would pay at its start.
    from hub.reporting import pdf_presenters

    report = _report_or_none()
    made = io.BytesIO(pdf_presenters.pdf(report, current_actor().name, clock.now()))
    name = file_presenters.file_name(report, "pdf")
    return send_file(made, mimetype="application/pdf", as_attachment=True, download_name=name)


@bp.get("/reports/requests")
@roles(Role.LEAD)
def requests() -> Response:
    """List exactly the requests that a number of a lead's report counted."""
    scope = _scope()
    if scope is None:
        raise NotFound("There is no such report.")
    kinds = {kind.code: kind for kind in current_kinds()}
    wanted = read(request.args, kinds, ()).wanted
    asked = _asked(scope)
    count = list_queries.total(wanted, asked)
    last = max(1, -(-count // list_queries.PAGE))
    page = request.args.get("page", 1, type=int)
    page = page if 1 <= page <= last else 1
    rows = [
        list_presenters.row(one, kinds[one.Task.kind].name if one.Task.kind in kinds else one.Task.kind)
        for one in list_queries.listed(wanted, asked, page)
    ]
    return web.page(
        "reporting/requests.html",
        scope=scope,
        filters=[chip.text for chip in chips(wanted, kinds, {})],
        order=order_words(wanted),
        month=_month(),
        query=wanted.query() | {"of": scope.code, "month": _month()},
        count=count,
        rows=rows,
        page=page,
        last=last,
    )


def _scope() -> scope_queries.Scope | None:
    return scope_queries.scope(request.args.get("of", ""), by=current_actor())


def _month() -> str:
    """Return the month of the address; this one, if it names none or one to come."""
    current = f"{local_day(clock.now()):%Y-%m}"
    asked = request.args.get("month", "")
    return asked if is_month(asked) and asked <= current else current


def _report_or_none() -> presenters.Report:
    scope = _scope()
    if scope is None:
        raise NotFound("There is no such report.")
    return _report(scope, _month())


def _report(scope: scope_queries.Scope, which: str) -> presenters.Report:
    asked = _asked(scope)
    first, after = queries.days_of(which)
    bought = scope_queries.bought(scope.practice_ids, first, after)
    return presenters.report(
        scope.name,
        which,
        asked.now,
        standing=queries.now_counts(asked),
        happened=queries.month(asked, which),
        share=sum(share_of_month(one, first, after) for one in bought.values()),
        kinds={kind.code: kind for kind in placing.all_as_promised(current_kinds())},
    )


def _asked(scope: scope_queries.Scope) -> Asked:
    by: Any = current_actor()
    return Asked(scope.practice_ids, clock.now(), by.user_id)

"""The practice's list of requests: filtered, sorted, page by page; and the same rows as a file."""

from typing import Any

from flask import current_app, request, send_file
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import (
    export_presenters,
    list_presenters,
    list_queries,
    queries,
    sheet_presenters,
    wanted_queries,
)
from hub.conversation.blueprint import bp
from hub.domain.kinds import Kind
from hub.domain.request_list import Read, read
from hub.domain.request_list_words import chips, order_words
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.imports import news_queries
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles

MOST_ROWS = 50_000


class _Asked:
    """What this address asks for, of whose requests, and what the words of it mean."""

    def __init__(self) -> None:
        self.by = current_actor()
        self.practices = queries.practices_of(self.by)
        self.kinds: dict[str, Kind] = {kind.code: kind for kind in current_kinds()}
        self.names = {one.ods_code: one.name for one in self.practices}
        self.read: Read = read(request.args, self.kinds, self.names)
        self.wanted = self.read.wanted
        self.now = clock.now()
        ids = tuple(one.id for one in self.practices)
        self.asked = wanted_queries.Asked(ids, self.now, self.by.user_id)

    def row(self, found: Any) -> list_presenters.Row:
        task = found.Task
        kind = self.kinds[task.kind].name if task.kind in self.kinds else task.kind
        identity = records.identity_of(task.patient) if task.patient else None
        return list_presenters.row(found, kind, identity, self.now, current_app.config["HUB_TELEPHONE"])


@bp.get("/requests")
@roles(Role.REQUESTER)
def requests() -> Response:
    """List the practice's requests, what needs it first; while polling, only the counts."""
    asked = _Asked()
    wanted = asked.wanted
    counts = list_queries.counts(wanted, asked.asked)
    links = list_presenters.show_links(counts, wanted)
    if web.is_fragment() and request.args.get("poll") == "1":
        return web.page("conversation/_counts.html", links=links, query=wanted.query())
    last = max(1, -(-counts[wanted.show] // list_queries.PAGE))
    page = _page_number(last)
    found = list_queries.listed(wanted, asked.asked, page)
    rows = [asked.row(one) for one in found]
    records.note_list_access((one.Task.practice_id for one in found), by=asked.by, what="list of requests")
    bare = not wanted.filters() and wanted.show in ("open", "needs") and page == 1
    files = news_queries.waiting(asked.asked.practice_ids, asked.now) if bare else []
    answer = web.page(
        "conversation/requests.html",
        files=[list_presenters.file_row(one) for one in files],
        rows=rows,
        links=links,
        wanted=wanted,
        query=wanted.query(),
        chips=chips(wanted, asked.kinds, asked.names),
        choices=list_presenters.choices(wanted, asked.kinds, asked.names),
        values=list_presenters.values(wanted, request.args),
        heads=list_presenters.heads(wanted, len(asked.practices) > 1),
        count=counts[wanted.show],
        page=page,
        last=last,
        numbers=list_presenters.page_numbers(page, last),
        order=order_words(wanted),
        nothing=list_presenters.nothing_words(wanted, counts),
        many_practices=len(asked.practices) > 1,
        problems=asked.read.problems,
        status=422 if asked.read.problems else 200,
    )
    db.session.commit()
    return answer


@bp.get("/requests/download")
@roles(Role.REQUESTER)
def download() -> Response:
    """Say what the file of these requests contains, before anyone takes it."""
    asked = _Asked()
    return _download_page(asked, asked.read.problems)


@bp.post("/requests/download")
@roles(Role.REQUESTER)
def download_now() -> Response:
    """Hand out exactly the requests that are filtered, as CSV or XLSX; who took it is noted first."""
    asked = _Asked()
    count = list_queries.total(asked.wanted, asked.asked)
    form = request.form.get("format", "")
    problems = asked.read.problems | _problems(count, form)
    if problems:
        return _download_page(asked, problems)
    ids = [one.id for one in asked.practices if asked.wanted.practice in ("", one.ods_code)]
    records.note_list_access(ids, by=asked.by, what=f"file of {count} requests taken ({form})")
    db.session.commit()
    about = export_presenters.about(count, asked.now, asked.by.name, _filter_words(asked))
    lines = _lines(asked)
    if form == "xlsx":
        made = sheet_presenters.workbook(about, export_presenters.HEAD, lines)
    else:
        made = sheet_presenters.csv_file(export_presenters.HEAD, lines)
    name = export_presenters.file_name(asked.now, form)
    kind = sheet_presenters.XLSX if form == "xlsx" else "text/csv"
    return send_file(made, mimetype=kind, as_attachment=True, download_name=name)


def _lines(asked: _Asked) -> Any:
    for found in list_queries.every(asked.wanted, asked.asked, most=MOST_ROWS):
        yield export_presenters.line(found, asked.row(found), asked.kinds)


def _problems(count: int, form: str) -> dict[str, str]:
    if form not in ("csv", "xlsx"):
        return {"format": "Choose CSV or Excel."}
    if count > MOST_ROWS:
        return {"format": f"These are {count:,} requests; a file holds {MOST_ROWS:,}. Filter them first."}
    return {}


def _download_page(asked: _Asked, problems: dict[str, str]) -> Response:
    count = list_queries.total(asked.wanted, asked.asked)
    return web.page(
        "conversation/download.html",
        query=asked.wanted.query(),
        count=count,
        most=MOST_ROWS,
        filters=_filter_words(asked),
        columns=export_presenters.HEAD,
        problems=problems,
        status=422 if problems else 200,
    )


def _filter_words(asked: _Asked) -> list[str]:
    shown = list_presenters.SHOW_WORDS[asked.wanted.show]
    return [f"Shown: {shown}", *(chip.text for chip in chips(asked.wanted, asked.kinds, asked.names))]


def _page_number(last: int) -> int:
    """Return the page asked for; anything out of range is the first."""
    text = request.args.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return page if 1 <= page <= last else 1

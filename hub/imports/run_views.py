"""The page of one file, in each of its states; and its rows."""

from typing import Any

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.errors import Conflict, HubError, Invalid, NotFound
from hub.domain.import_words import AT_WORK, Group, RunStatus
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.imports import (
    caution_presenters,
    column_views,
    file_queries,
    presenters,
    queries,
    result_presenters,
    review_presenters,
    row_presenters,
    row_queries,
    tally_queries,
    warning_queries,
)
from hub.imports.blueprint import bp, download, readers
from hub.models import ImportRun
from hub.protocols.queries import current_kinds
from hub.security import current_actor

MOST_REFUSED = 100  # rows on the page for review; all of them are in the download
MOST_CLOSE = 20  # decided about at a time
_TO_CONFIRM = frozenset({RunStatus.UPLOADED, RunStatus.REVIEW, RunStatus.INVALID})


@bp.get("/imports/<ref>")
@readers
def run(ref: str) -> Response:
    """Show where a file stands. Polled, ever more patiently, while a job is at work on it."""
    found, polled = queries.get(ref), request.args.get("poll") == "1"
    if polled and not web.is_fragment():
        # The address of a poll keeps no session awake, so a person must not stay on it.
        return redirect(url_for(".run", ref=ref))
    if polled and found.status not in AT_WORK:
        # It is over: another page, with another heading and title, stands at this address now.
        return Response(headers={"HX-Refresh": "true"})
    return page_of(found)


def page_of(found: ImportRun, refused: HubError | None = None) -> Response:
    """Show the page of a file in its state, with the sentence of what was `refused`, if anything was."""
    if found.status in AT_WORK:
        return _progress(found)
    if found.status == RunStatus.UPLOADED or (request.args.get("again") and found.status in _TO_CONFIRM):
        return column_views.page(found)
    if found.status in (RunStatus.REVIEW, RunStatus.INVALID):
        return _review(found, refused)
    return _result(found, refused)


def _progress(found: ImportRun) -> Response:
    at, now = queries.progress(found), clock.now()
    after = presenters.next_poll(request.args.get("after"))
    return web.page(
        "imports/progress.html",
        partial="imports/_progress.html",
        ref=found.ref,
        about=about_of(found),
        heading=result_presenters.doing(found.status),
        progress=presenters.progress(found.status, at.done, at.total),
        meanwhile=result_presenters.meanwhile(found.status),
        stop_words=result_presenters.stop_words(found.status),
        after=after,
        now=now,
        polled=web.is_fragment(),
    )


def _review(found: ImportRun, refused: HubError | None) -> Response:
    counts, kinds = queries.counts(found), current_kinds()
    wrong = _refused(found, counts)
    close = _close(found, counts)
    views = [row_presenters.close_view(one, kinds) for one in close]
    several = queries.several(found)
    conflict = str(refused) if isinstance(refused, Conflict) else ""
    answer = web.page(
        "imports/review.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        ref=found.ref,
        heading=result_presenters.review_heading(found.status),
        about=about_of(found),
        counts=presenters.counts(counts, presenters.REVIEWED),
        close=[one for one in views if one.lines],
        beside=[one for one in views if not one.lines],
        beside_decisions=row_presenters.BESIDE_DECISIONS,
        all_beside=row_presenters.all_beside(counts[queries.BESIDE]),
        request_page=_request_page(),
        close_words=row_presenters.close_words(len(close), counts),
        decisions=row_presenters.DECISIONS,
        refused=row_presenters.views(wrong, kinds),
        refused_total=presenters.rows(counts["refused"]),
        refused_one=counts["refused"] == 1,
        refused_words=row_presenters.refused_words(len(wrong), counts["refused"]),
        unseen=review_presenters.unseen_words(counts[queries.UNSEEN], current_app.config["HUB_TELEPHONE"]),
        warning=_warning(found, counts),
        counted=caution_presenters.counted(found, several),
        together=caution_presenters.together(several),
        torn=caution_presenters.now_and_later(queries.now_and_later(found) if counts[Group.LATER] else 0),
        **_summed_up(found),
        seen=showed(found, counts),
        approve_words=result_presenters.approve_words(counts),
        next_words=result_presenters.approval_words(counts),
        kept_words=presenters.file_kept(found.file_removed_at, queries.kept_until(found)),
        conflict=conflict,
        values=row_presenters.decided(close) | (request.form.to_dict() if refused else {}),
        problems=dict(refused.problems) if isinstance(refused, Invalid) else {},
    )
    _note(found, "rows of a file to approve")
    return answer


def _summed_up(found: ImportRun) -> dict[str, Any]:
    """Return what holds for the rows that would be raised, and what speaks against what was said for all."""
    mapping = file_queries.mapping_of(found)
    if mapping is None:
        return {}
    kinds, head = column_views.kinds_of(found), file_queries.head_of(found)
    practice = column_views.chosen_practice(head)
    tally = tally_queries.tally_of(found, kinds)
    unused = tally_queries.conditions_unused(found, kinds)
    return {
        "facts": review_presenters.facts(tally, mapping, head.header, kinds),
        "doubts": review_presenters.doubts(tally, kinds),
        "doubted": presenters.rows(tally.doubted),
        "unused": [
            *review_presenters.unused(unused, mapping, kinds),
            *caution_presenters.codes_unused(tally_queries.practices_unused(found), practice),
        ],
        "other_practice": caution_presenters.other_practice(head, practice),
        "as_above": head.as_above if mapping.as_above else "",
    }


def showed(found: ImportRun, counts: dict[str, int]) -> str:
    """Return what a page to approve showed: which check, and how many requests would be raised."""
    return f"{found.round}-{counts['to_raise']}"


def _refused(found: ImportRun, counts: dict[str, int]) -> list[row_queries.RowSeen]:
    pages = range(1, -(-min(counts["refused"], MOST_REFUSED) // queries.PAGE) + 1)
    return [row for page in pages for row in row_queries.rows_of(found, "refused", page)][:MOST_REFUSED]


def _warning(found: ImportRun, counts: dict[str, int]) -> str:
    """Say that nobody would see in time what cannot wait among these rows; "" if somebody would."""
    if not counts["to_raise"] and not counts["undecided"]:
        return ""
    kinds = column_views.kinds_of(found)
    return warning_queries.not_in_time(found, kinds, telephone=current_app.config["HUB_TELEPHONE"])


def _close(found: ImportRun, counts: dict[str, int]) -> list[row_queries.RowSeen]:
    """Return the close matches to show: all if they are few, else the next that are not decided."""
    if not counts["close"]:
        return []
    group = "close" if counts["close"] <= MOST_CLOSE else "undecided"
    return row_queries.rows_of(found, group)[:MOST_CLOSE]


def _result(found: ImportRun, refused: HubError | None) -> Response:
    who = queries.names([found.user_id, found.approved_by_id, found.cancelled_by_id, found.undone_by_id])
    counts = queries.counts(found)
    return web.page(
        "imports/result.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        ref=found.ref,
        heading=result_presenters.heading(found),
        about=about_of(found),
        state=presenters.state(found.status),
        sentence=result_presenters.sentence(found),
        unseen=review_presenters.unseen_words(counts[queries.UNSEEN], current_app.config["HUB_TELEPHONE"]),
        counts=presenters.counts(counts | result_presenters.undone_counts(found), presenters.ENDED),
        sum_words=result_presenters.sum_words(found),
        next_words=result_presenters.next_words(found),
        may_open=Role.REQUESTER in current_actor().roles,
        errors=result_presenters.may_mend(found, counts),
        undo_words=result_presenters.undo_words(found),
        resume=found.status == RunStatus.FAILED,
        story=result_presenters.story(found, who),
        kept_words=presenters.file_kept(found.file_removed_at, queries.kept_until(found)),
        conflict=str(refused) if refused else "",
    )


@bp.get("/imports/<ref>/rows")
@readers
def rows(ref: str) -> Response:
    """List the rows that one number counts."""
    found, group = queries.get(ref), request.args.get("group", "")
    if group not in presenters.GROUPS:
        raise NotFound("There is no such group of rows.")
    total = row_queries.rows_count(found, group)
    last = max(1, -(-total // queries.PAGE))
    page = presenters.page_number(request.args.get("page"), last)
    seen = row_queries.rows_of(found, group, page)
    answer = web.page(
        "imports/rows.html",
        ref=ref,
        group=group,
        heading=presenters.heading_of(group),
        about=about_of(found),
        words=presenters.group_words(group),
        rows=row_presenters.views(seen, current_kinds()),
        plain=group == row_queries.LEFT_OUT,
        caption=presenters.caption(total, page, last),
        errors=group in ("refused", "not_yours") and found.file_removed_at is None,
        request_page=_request_page(),
        page=page,
        last=last,
        numbers=presenters.page_numbers(page, last),
    )
    _note(found, "rows of a file")
    return answer


@bp.get("/imports/<ref>/errors.csv")
@readers
def errors(ref: str) -> Response:
    """Give the rows that were not raised and can be mended, with what to do."""
    found = queries.get(ref)
    if found.file_removed_at is not None or found.status in (RunStatus.UPLOADED, RunStatus.CHECKING):
        raise NotFound("There is nothing to download of this file.")
    data = row_queries.corrected_csv(found)
    _note(found, "rows of a file downloaded")
    return download(data, f"to-mend-{found.ref}.csv", "text/csv; charset=utf-8")


def _request_page() -> str:
    """Return the endpoint at which the one who asks sees a request."""
    return "conversation.request_page" if Role.REQUESTER in current_actor().roles else "worklist.task"


def about_of(found: ImportRun) -> presenters.About:
    """Return which file it is, for the heads of its pages."""
    return presenters.about(
        found, queries.filename(found), file_queries.head_of(found), "", column_views.kinds_of(found)
    )


def _note(found: ImportRun, what: str) -> None:
    records.note_list_access([found.practice_id], by=current_actor(), what=what)
    db.session.commit()

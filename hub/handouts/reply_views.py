"""Pages on which replies are read back: upload, say what each word means, note them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, uploads, web
from hub.domain.contact import WORDS, Contact, meaning
from hub.domain.errors import Invalid, NotFound
from hub.domain.importing.layout import as_written
from hub.domain.importing.table import find_table
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.forms import date_values
from hub.handouts import actions, forms, queries, replies, reply_days
from hub.handouts.blueprint import bp
from hub.imports.reading import read_file
from hub.intake import draft_actions, draft_queries
from hub.models import Practice
from hub.security import current_actor, roles

MAY = (Role.REQUESTER, Role.CLINICIAN, Role.LEAD)
MOST_BYTES = 5_000_000
MOST_ROWS_NAMED = 20
GONE = "What you uploaded is kept for a day, and is gone now. Upload the file again."


@bp.get("/files/<code>/replies")
@roles(*MAY)
def upload(code: str) -> Response:
    """Ask for the report with the replies."""
    return _upload_page(queries.practice(code, by=current_actor()), {})


@bp.post("/files/<code>/replies")
@uploads.takes_a_file(MOST_BYTES)
@roles(*MAY)
def read_replies(code: str) -> Response:
    """Read the report, and keep what it says until it is noted."""
    by = current_actor()
    one = queries.practice(code, by=by)
    sent = uploads.sent(request, "file")
    try:
        if sent is None:
            raise Invalid({"file": "Choose the file with the replies."})
        table = find_table(read_file(sent.data, sent.name).rows)
        # A reply without a number is nobody's: never that of the patient above.
        rows = map(as_written, table.rows)
        found = replies.read(table.header, ((row.number, row.cells) for row in rows))
    except Invalid as error:
        return _upload_page(one, error.problems)
    handle = draft_actions.new_id()
    draft_actions.keep(handle, one.id, found.as_data(), by=by)
    db.session.commit()
    return redirect(url_for("handouts.check_replies", code=one.ods_code, handle=handle), code=303)


@bp.get("/files/<code>/replies/<handle>")
@roles(*MAY)
def check_replies(code: str, handle: str) -> Response:
    """Ask what each word of the replies means."""
    one, found = _kept(code, handle)
    typed = request.args.get("column", "")
    column = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else -1
    return _check_page(one, handle, found, column if column in range(len(found.titles)) else None)


@bp.post("/files/<code>/replies/<handle>")
@roles(*MAY)
def note_replies(code: str, handle: str) -> Response:
    """Note the replies on the patients' open reviews."""
    by = current_actor()
    one, found = _kept(code, handle)
    try:
        column = forms.column(request.form, len(found.titles))
        meant, on = forms.meant(request.form, found.words(column))
        days = _days(found)
        said = replies.chosen(found, column, meant, days)
        if not said:
            raise Invalid({"word-0": "Choose for one word at least what it means."})
        done, without = actions.note_replies(one, said, on=on, by=by)
        rows = [row for number, _, row in found.rows if number in set(without)]
    except Invalid as error:
        db.session.rollback()
        return _check_page(one, handle, found, forms.column(request.form, len(found.titles)), error.problems)
    records.note_list_access([one.id], by=by, what="replies of patients read back")
    db.session.commit()
    flash(_noted(done, rows))
    return redirect(url_for("handouts.practice", code=one.ods_code), code=303)


def _day_column(found: replies.Replies) -> int | None:
    """Return the column that holds the day of each reply, as chosen or as its title says."""
    asked, likely = reply_days.day_columns(found), reply_days.likely_day_column(found)
    return forms.day_column(request.values, asked, likely)


def _days(found: replies.Replies) -> dict[int, dt.date | None] | None:
    """Return each row's own day, None if one day holds for all. Raises Invalid for impossible ones."""
    column = _day_column(found)
    if column is None:
        return None
    days = reply_days.days_of(found, column)
    reply_days.check_days(days, _today())
    return days


def _noted(done: int, rows: list[int]) -> str:
    words = "1 reply noted." if done == 1 else f"{done} replies noted."
    if rows:
        listed = ", ".join(map(str, rows[:MOST_ROWS_NAMED])) + (" ..." if len(rows) > MOST_ROWS_NAMED else "")
        words += f" No open review here for the patient in {'row' if len(rows) == 1 else 'rows'} {listed}:"
        words += " nothing was noted there. Read those replies in Accurx."
    return words


def _proposed(word: str) -> str:
    """Return what is chosen at first: what is not plain must be read by somebody, and never dropped."""
    found = meaning(word) if word else None
    return found.value if found else Contact.WROTE.value if word else ""


def _kept(code: str, handle: str) -> tuple[Practice, replies.Replies]:
    by = current_actor()
    one = queries.practice(code, by=by)
    kept = draft_queries.find(handle, by=by) if draft_queries.is_id(handle) else None
    if kept is None or "unreadable" not in kept:
        raise NotFound(GONE)
    return one, replies.Replies.from_data(kept)


def _column_options(found: replies.Replies, columns: Iterable[int]) -> list[dict[str, str]]:
    return [{"value": str(i), "text": found.titles[i] or f"Column {i + 1}"} for i in columns]


def _today() -> dt.date:
    return clock.now().astimezone(LONDON).date()


def _upload_page(one: Practice, problems: dict[str, str]) -> Response:
    status = 422 if problems else 200
    return web.page("handouts/replies.html", practice=one, problems=problems, values={}, status=status)


def _check_page(
    one: Practice,
    handle: str,
    found: replies.Replies,
    column: int | None,
    problems: dict[str, str] | None = None,
) -> Response:
    shown = found.likely_column() if column is None else column
    day_column = _day_column(found)
    days = reply_days.days_of(found, day_column) if day_column is not None else {}
    words = found.words(shown)
    values: dict[str, Any] = {f"word-{i}": _proposed(word) for i, (word, _) in enumerate(words)}
    values |= {"column": str(shown), **date_values("on", _today())}
    values |= request.form.to_dict() if problems else {}
    values["day_column"] = reply_days.ONE_DAY if day_column is None else str(day_column)
    return web.page(
        "handouts/check_replies.html",
        practice=one,
        handle=handle,
        found=found,
        others=found.other_rows(shown),
        unreadable=", ".join(map(str, found.unreadable[:MOST_ROWS_NAMED])),
        words=words,
        column=shown,
        columns=_column_options(found, range(len(found.titles))),
        day_columns=[
            {"value": reply_days.ONE_DAY, "text": "None: one day for all rows"},
            *_column_options(found, reply_days.day_columns(found)),
        ],
        own_days=sum(day is not None for day in days.values()),
        meanings=[
            {"value": "", "text": "Note nothing"},
            *({"value": one.value, "text": WORDS[one]} for one in Contact if one is not Contact.INVITED),
        ],
        values=values,
        problems=problems or {},
        status=422 if problems else 200,
    )

"""Who is on a recall's list: the patients behind each number, putting some on, taking one off."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import queries as requests
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.vocabulary import PatientStatus, Role
from hub.extensions import db
from hub.intake import queries as intake
from hub.models import Recall
from hub.protocols.queries import current_kinds
from hub.recalls import (
    actions,
    joining_actions,
    joining_queries,
    list_queries,
    paste_forms,
    presenters,
    queries,
)
from hub.recalls.blueprint import bp
from hub.recalls.drafts import Joining
from hub.recalls.queries import Words
from hub.recalls.shared import own
from hub.security import current_actor, roles

_readers = roles(Role.REQUESTER, Role.LEAD)
PAGE = 50
MOST_NAMED = 40  # rows of a pasted list that a refusal names
REVIEWS = ("LTC", "SMR")  # whose patients are offered for a list at once


@bp.get("/recalls/<int:recall_id>/people")
@_readers
def people(recall_id: int) -> Response:
    """List who is on a recall, or exactly those behind one number of its preview."""
    by = current_actor()
    found, words = queries.get(recall_id, by=by)
    kind = intake.kind_named(found.kind)
    if kind is None or not kind.needs_patient:
        raise NotFound("This recall is about the practice itself.")
    everyone = list_queries.members(found)
    plan = list_queries.foresee(found, kind, everyone)
    troubles = list_queries.troubles(found, everyone)
    ids, title = presenters.chosen(plan, troubles, list_queries.also_open(everyone), request.args)
    shown = [one for one in everyone if ids is None or one.member.id in ids]
    rule, page = queries.rule_of(found, kind), _page_number(len(shown))
    coming = presenters.next_of(plan, troubles, rule, [one.member for one in everyone], intake.today())
    rows = [
        {
            "id": one.member.id,
            "identity": records.identity_of(one.patient) if one.patient else None,
            "last_done": one.member.last_done,
            "open_ref": one.open_ref,
            "also_open": one.also_open,
            "next": coming.get(one.member.id),
        }
        for one in shown[(page - 1) * PAGE : page * PAGE]
    ]
    records.note_list_access([found.practice_id], by=by, what="patients of a recall")
    answer = web.page(
        "recalls/people.html",
        recall=found,
        words=words,
        rows=rows,
        title=title,
        count=len(shown),
        all_count=len(everyone),
        chosen=ids is not None,
        page=page,
        last=max(1, -(-len(shown) // PAGE)),
        asked={name: request.args[name] for name in ("month", "day", "why") if name in request.args},
        may_change=found.practice_id in queries.practice_ids_of(by),
    )
    db.session.commit()
    return answer


@bp.get("/recalls/<int:recall_id>/raised")
@_readers
def raised(recall_id: int) -> Response:
    """List the requests that a recall has raised, last first."""
    by = current_actor()
    found, words = queries.get(recall_id, by=by)
    count = queries.raised_count(found)
    page = _page_number(count)
    rows = [
        {
            "task": one.Task,
            "raised": one.RecallRaise,
            "identity": records.identity_of(one.Task.patient) if one.Task.patient else None,
        }
        for one in queries.raised(found, limit=PAGE, offset=(page - 1) * PAGE)
    ]
    records.note_list_access([found.practice_id], by=by, what="requests of a recall")
    answer = web.page(
        "recalls/raised.html",
        recall=found,
        words=words,
        rows=rows,
        count=count,
        page=page,
        last=max(1, -(-count // PAGE)),
        mine=found.practice_id in queries.practice_ids_of(by),
    )
    db.session.commit()
    return answer


@bp.get("/recalls/<int:recall_id>/people/add")
@roles(Role.REQUESTER)
def add(recall_id: int) -> Response:
    """Ask for numbers, or offer who had a review in the last twelve months."""
    return _add_page(*own(recall_id), {})


@bp.post("/recalls/<int:recall_id>/people/add")
@roles(Role.REQUESTER)
def add_now(recall_id: int) -> Response:
    """Put patients of this practice on the list: those of the pasted numbers, or of recent reviews."""
    found, _ = own(recall_id, change=True)
    recent = request.form.get("recent", "")
    left_out: dict[int, str] = {}
    typed: dict[int, str] = {}
    elsewhere = joining_queries.elsewhere(found)
    skipped = titles = 0
    try:
        if recent in _reviews(found):
            ids = joining_queries.recently_done(found.practice_id, recent, found.subtype)
            joining = [Joining(one) for one in ids if one not in elsewhere]
            skipped = len(ids) - len(joining)
        else:
            paste = paste_forms.read(request.form.get("numbers", ""), today=intake.today())
            typed, titles = paste.typed, paste.titles
            joining, left_out = _whom(found, paste, elsewhere)
        if left_out and (request.form.get("leave_out") != "yes" or not joining):
            raise Invalid({"numbers": _rows_words(left_out)})
    except Invalid as error:
        db.session.rollback()
        return _add_page(*own(recall_id), request.form, error.problems, _refused(left_out, typed))
    count = actions.add(found, joining, by=current_actor())
    db.session.commit()
    flash(_added_words(count, len(joining), len(left_out), skipped, titles))
    return redirect(url_for(".recall", recall_id=recall_id))


def _whom(
    found: Recall, paste: paste_forms.Paste, elsewhere: Mapping[int, str]
) -> tuple[list[Joining], dict[int, str]]:
    """Return whom a pasted list names, new patients added, and why each other row is refused."""
    known = [one for one in paste.rows if one.details is None]
    new = [one for one in paste.rows if one.details is not None]
    joining, refused = joining_queries.find_pasted(found.practice_id, known, elsewhere)
    if new:
        joining, more = joining_actions.find_or_add(
            found, new, joining, elsewhere, today=intake.today(), by=current_actor()
        )
        refused |= more
    return joining, refused | paste.refused


@bp.post("/recalls/<int:recall_id>/people/<int:member_id>/remove")
@roles(Role.REQUESTER)
def remove(recall_id: int, member_id: int) -> Response:
    """Take one off the list."""
    found, _ = own(recall_id, change=True)
    actions.remove(found, list_queries.member(found, member_id), by=current_actor())
    db.session.commit()
    flash("Taken off the list. What was raised for them stays.")
    return redirect(url_for(".people", recall_id=recall_id))


@bp.get("/requests/<ref>/recall")
@roles(Role.REQUESTER)
def for_patient(ref: str) -> Response:
    """Offer the practice's recalls to a request's patient."""
    return _patient_page(ref, {})


@bp.post("/requests/<ref>/recall")
@roles(Role.REQUESTER)
def put_patient(ref: str) -> Response:
    """Put a request's patient on a recall."""
    by = current_actor()
    task = requests.get(ref, by=by)
    chosen = request.form.get("recall", "")
    if task.patient is None or task.patient.status != PatientStatus.REGISTERED:
        raise Conflict("Only a patient who is registered at your practice can be put on a recall.")
    offered = joining_queries.of_practice_with(task.practice_id, task.patient.id)
    if chosen not in {str(one.id) for one, _, is_on in offered if not is_on}:
        return _patient_page(ref, {"recall": "Choose a recall that they are not on yet."})
    found, _ = queries.get(int(chosen), by=by, change=True)
    if name := joining_queries.elsewhere(found).get(task.patient.id):
        db.session.rollback()
        return _patient_page(ref, {"recall": joining_queries.elsewhere_words(name)})
    actions.add(found, [Joining(task.patient.id)], by=by)
    db.session.commit()
    flash("Put on the recall.")
    return redirect(url_for("conversation.request_page", ref=task.ref))


def _patient_page(ref: str, problems: dict[str, str]) -> Response:
    by = current_actor()
    task = requests.get(ref, by=by)
    if task.patient is None:
        raise NotFound("This request is not about a patient.")
    offered = joining_queries.of_practice_with(task.practice_id, task.patient.id)
    records.note_access(task, by=by, what="recalls of the patient shown")
    answer = web.page(
        "recalls/for_patient.html",
        task=task,
        identity=records.identity_of(task.patient),
        patient_status=task.patient.status,
        today=intake.today(),
        offered=[{"value": str(one.id), "text": words.name} for one, words, is_on in offered if not is_on],
        on=[(one.id, words.name) for one, words, is_on in offered if is_on],
        values=request.form,
        problems=problems,
        status=422 if problems else 200,
    )
    db.session.commit()
    return answer


def _add_page(
    found: Recall,
    words: Words,
    values: Mapping[str, str],
    problems: dict[str, str] | None = None,
    refused: Sequence[tuple[int, str, str]] = (),
) -> Response:
    kinds, done = {one.code: one for one in current_kinds()}, joining_queries.recently_done
    recent: list[dict[str, Any]] = [
        {
            "code": code,
            "name": presenters.sort_words(kinds[code], found.subtype),
            "count": len(done(found.practice_id, code, found.subtype)),
        }
        for code in _reviews(found)
        if code in kinds
    ]
    return web.page(
        "recalls/add.html",
        recall=found,
        words=words,
        recent=recent,
        most=paste_forms.MOST_ROWS,
        most_new=paste_forms.MOST_NEW,
        refused=refused,
        values=values,
        problems=problems or {},
        status=422 if problems else 200,
    )


def _reviews(found: Recall) -> tuple[str, ...]:
    """Return the kinds whose patients are offered: of a condition's list only its own."""
    return (found.kind,) if found.subtype else REVIEWS


def _refused(left_out: Mapping[int, str], typed: Mapping[int, str]) -> list[tuple[int, str, str]]:
    """Return each row that is refused: its number, what was typed, and why."""
    return [(row, typed[row], why) for row, why in sorted(left_out.items())][:MOST_NAMED]


def _rows_words(refused: Mapping[int, str]) -> str:
    """Return each sentence once, with the rows that it is about."""
    by_sentence: dict[str, list[int]] = {}
    for row, sentence in sorted(refused.items()):
        by_sentence.setdefault(sentence, []).append(row)
    return " ".join(f"{_rows_named(rows)}: {sentence}" for sentence, rows in by_sentence.items())


def _rows_named(rows: Sequence[int]) -> str:
    named = ", ".join(map(str, rows[:MOST_NAMED]))
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return f"{'Row' if len(rows) == 1 else 'Rows'} {named}{more}"


def _added_words(count: int, named: int, left_out: int, skipped: int, titles: int) -> str:
    said = f"{count} {'patient' if count == 1 else 'patients'} put on the list."
    said += f" {named - count} stood on it already." if named > count else ""
    rows = "1 row was" if left_out == 1 else f"{left_out} rows were"
    said += f" {rows} left out." if left_out else ""
    said += f" Row {titles} was taken for titles." if titles else ""
    are = "1 was left out: already" if skipped == 1 else f"{skipped} were left out: already"
    return said + (f" {are} on another running recall that raises the same." if skipped else "")


def _page_number(count: int) -> int:
    text, last = request.args.get("page", "1"), max(1, -(-count // PAGE))
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return page if 1 <= page <= last else 1

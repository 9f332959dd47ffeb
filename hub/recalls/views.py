"""Recurring requests: the list of them, one with its next twelve months, setting up and changing."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.kinds import Kind
from hub.domain.recalls.intervals import USUAL
from hub.domain.recalls.rhythm import Rhythm
from hub.domain.recalls.words import year_end_words
from hub.domain.vocabulary import FactAnswer, Role
from hub.domain.worktime import WorkCalendar
from hub.extensions import db
from hub.intake import queries as intake
from hub.models import Recall
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds
from hub.recalls import actions, forms, list_queries, people_views, presenters, queries
from hub.recalls.blueprint import bp
from hub.recalls.drafts import RecallDraft
from hub.recalls.queries import Words
from hub.security import current_actor, roles

__all__ = ["bp", "people_views"]

_readers = roles(Role.REQUESTER, Role.LEAD)
ACTS = {"pause": actions.pause, "resume": actions.resume, "end": actions.end}
SAID = {
    "pause": "Paused. Nothing is raised until you resume it.",
    "resume": "It runs again.",
    "end": "Ended.",
}


@bp.get("/recalls")
@_readers
def index() -> Response:
    """List the recalls of one's practices; for a lead of every practice, what has stopped first."""
    by = current_actor()
    mine = queries.practice_ids_of(by)
    everyone = by.has(Role.LEAD)
    kinds = {one.code: one for one in current_kinds()}
    rows = [
        {
            "recall": one.Recall,
            "name": queries.words_of(one.Recall, one.DataKey).name,
            "kind": kinds[one.Recall.kind].name if one.Recall.kind in kinds else one.Recall.kind,
            "rhythm": presenters.RHYTHMS[Rhythm(one.Recall.rhythm)][0],
            "practice": one.practice,
            "owner": one.owner,
            "members": one.members,
            "troubles": one.troubles,
            "tag": presenters.TAGS[one.Recall.status],
        }
        for one in queries.listed(None if everyone else mine)
    ]
    return web.page(
        "recalls/index.html",
        rows=rows,
        may_set_up=bool(_raising_for()),
        many_practices=everyone or len(mine) > 1,
    )


@bp.get("/recalls/<int:recall_id>")
@_readers
def recall(recall_id: int) -> Response:
    """Show one recall: what it says, whom it raises in the next twelve months, whom it skips and why."""
    by = current_actor()
    found, words = queries.get(recall_id, by=by)
    kind = _kind(found.kind)
    everyone = list_queries.members(found)
    plan, today = list_queries.foresee(found, kind, everyone), intake.today()
    troubles = list_queries.troubles(found, everyone)
    rule = queries.rule_of(found, kind)
    return web.page(
        "recalls/recall.html",
        recall=found,
        words=words,
        kind=kind,
        practice=placing.practice(found.practice_id),
        owner=placing.names([found.owner_id])[found.owner_id],
        tag=presenters.TAGS[found.status],
        lines=presenters.lines(rule, kind, found.subtype, plan.limit),
        facts=presenters.fact_lines(kind, found.answers),
        year_end=year_end_words(rule, today, WorkCalendar()),
        members=len(everyone),
        months=presenters.months(plan, today),
        days=presenters.days(plan, today),
        skipped=presenters.skipped(plan, troubles),
        raised=queries.raised_count(found),
        history=[(one.RecallChange.at, presenters.change_line(one.RecallChange, one.by))
                 for one in queries.changes(found)],
        may_change=found.practice_id in queries.practice_ids_of(by),
    )  # fmt: skip


@bp.get("/recalls/new")
@roles(Role.REQUESTER)
def new() -> Response:
    """Ask what sort of recall it is to be, or show its form."""
    asked = request.args
    if not asked.get("rhythm") and not asked.get("kind"):
        return _choose({})
    kind, rhythm = _chosen(asked)
    if kind is None or rhythm is None:
        problems = {} if rhythm else {"rhythm": "Choose what decides when it is due."}
        return _choose(problems | ({} if kind else {"kind": "Choose what it raises."}))
    return _form(kind, rhythm, presenters.start_values(rhythm, kind, intake.today()))


@bp.post("/recalls/new")
@roles(Role.REQUESTER)
def set_up() -> Response:
    """Set up a recall, and lead to its list."""
    kind, rhythm = _chosen(request.args)
    if kind is None or rhythm is None or not _raising_for():
        raise NotFound("There is no such form.")
    claim = web.claim_form("recall")
    if claim.ref:
        return redirect(url_for(".recall", recall_id=int(claim.ref)))
    try:
        draft = _parse(kind, rhythm)
        _check_alone(draft)
    except Invalid as error:
        db.session.rollback()
        return _form(kind, rhythm, request.form, error.problems)
    made = actions.set_up(draft, by=current_actor())
    claim.ref = str(made.id)
    db.session.commit()
    flash("Set up. It raises from the next working day on, early in the morning.")
    return redirect(url_for(".add" if kind.needs_patient else ".recall", recall_id=made.id))


@bp.get("/recalls/<int:recall_id>/change")
@roles(Role.REQUESTER)
def change(recall_id: int) -> Response:
    """Show the form of a recall as it is."""
    found, words = _own(recall_id)
    return _change_form(found, words, forms.values_of(_draft_of(found, words)))


@bp.post("/recalls/<int:recall_id>/change")
@roles(Role.REQUESTER)
def save(recall_id: int) -> Response:
    """Change what a recall says."""
    found, _ = _own(recall_id, change=True)
    kind, seen = _kind(found.kind), request.form.get("version", "")
    try:
        draft = _parse(kind, Rhythm(found.rhythm), found)
        if draft.subtype != found.subtype:
            _check_alone(draft)
    except Invalid as error:
        db.session.rollback()
        return _change_form(*_own(recall_id), request.form, error.problems)
    actions.change(found, draft, seen=int(seen) if seen.isdecimal() else 0, by=current_actor())
    db.session.commit()
    flash("Changed. It counts from the next time it raises.")
    return redirect(url_for(".recall", recall_id=recall_id))


@bp.post("/recalls/<int:recall_id>/state")
@roles(Role.REQUESTER)
def state(recall_id: int) -> Response:
    """Pause, resume or end a recall."""
    found, _ = _own(recall_id, change=True)
    act = request.form.get("act", "")
    if act not in ACTS:
        raise Conflict("Choose to pause, to resume or to end it.")
    ACTS[act](found, by=current_actor())
    db.session.commit()
    flash(SAID[act])
    return redirect(url_for(".recall", recall_id=recall_id))


def _own(recall_id: int, *, change: bool = False) -> tuple[Recall, Words]:
    """Return a recall of a practice one raises for; to everyone else there is none, also to read its form."""
    by = current_actor()
    found, words = queries.get(recall_id, by=by, change=change)
    if found.practice_id not in queries.practice_ids_of(by):
        raise NotFound(queries.GONE)
    return found, words


def _raising_for() -> list[Any]:
    practices = intake.practices_of(current_actor())
    return [one for one in practices if one.served and one.status == "active"]


def _kind(code: str) -> Kind:
    kind = intake.kind_named(code)
    if kind is None:
        raise NotFound("There is no such kind of request any more.")
    return kind


def _kinds() -> dict[str, str]:
    """Return the kinds that can be raised by themselves: a document has to be named each time."""
    return {one.code: one.name for one in current_kinds() if not one.needs_document}


def _chosen(asked: Mapping[str, str]) -> tuple[Kind | None, Rhythm | None]:
    code, rhythm = asked.get("kind", ""), asked.get("rhythm", "")
    kind = intake.kind_named(code) if code in _kinds() else None
    found = Rhythm(rhythm) if rhythm in set(Rhythm) else None
    # The practice itself has no month of birth.
    if kind is not None and not kind.needs_patient and found == Rhythm.BIRTH_MONTH:
        found = None
    return kind, found


def _choose(problems: dict[str, str]) -> Response:
    return web.page(
        "recalls/choose.html",
        rhythms=presenters.rhythm_options(),
        kinds=presenters.options(_kinds(), "Choose one"),
        values=request.args,
        problems=problems,
        may_set_up=bool(_raising_for()),
        status=422 if problems else 200,
    )


def _parse(kind: Kind, rhythm: Rhythm, before: Recall | None = None) -> RecallDraft:
    ids = [before.practice_id] if before else [one.id for one in _raising_for()]
    return forms.parse(
        request.form,
        kind=kind,
        rhythm=rhythm,
        practice_ids=ids,
        today=intake.today(),
        stop_days=queries.stop_days(kind),
        before=queries.rule_of(before, kind) if before else None,
    )


def _check_alone(draft: RecallDraft) -> None:
    """Ask, before there is a second recall that raises the same, whether it is really wanted.

    Raises:
        Invalid: there is one, and nobody has said that there is to be another.
    """
    there = queries.alike(draft.practice_id, draft.kind.code, draft.subtype)
    if there and request.form.get("another") != "yes":
        raise Invalid({"another": presenters.alike_words([name for _, name in there])})


def _alike(kind: Kind, values: Mapping[str, str], practice_ids: list[int]) -> list[tuple[int, str]]:
    """Return the recalls that raise the same as the form says, by id and name."""
    asked = values.get("practice", "")
    here = [one for one in practice_ids if len(practice_ids) == 1 or str(one) == asked]
    found = [one for id in here for one in queries.alike(id, kind.code, values.get("subtype", ""))]
    return [(recall.id, name) for recall, name in found]


def _draft_of(found: Recall, words: Words) -> RecallDraft:
    kind = _kind(found.kind)
    return RecallDraft(
        practice_id=found.practice_id,
        kind=kind,
        name=words.name,
        ask=words.ask,
        rule=queries.rule_of(found, kind),
        subtype=found.subtype,
        answers={code: FactAnswer(answer) for code, answer in found.answers.items()},
        buffer_because=words.buffer_because,
    )


def _change_form(
    found: Recall, words: Words, values: Mapping[str, str], problems: dict[str, str] | None = None
) -> Response:
    more = {"recall": found, "heading": f"Change {words.name}"}
    return _form(_kind(found.kind), Rhythm(found.rhythm), values, problems, **more)


def _form(
    kind: Kind,
    rhythm: Rhythm,
    values: Mapping[str, str],
    problems: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    practices = _raising_for()
    names = {one.id: f"{one.name} ({one.ods_code})" for one in practices}
    sorts = {one.code: one.name for one in kind.subtypes}
    context = {"recall": None, "heading": f"New recall: {kind.name}"} | more
    problems = problems or {}
    return web.page(
        "recalls/form.html",
        kind=kind,
        rhythm=rhythm.value,
        rhythm_words=presenters.RHYTHMS[rhythm],
        practices=presenters.options(names, "Choose one") if len(names) > 1 else [],
        subtypes=presenters.options(sorts, "Choose one") if sorts else [],
        units=presenters.options(presenters.UNITS),
        answers=presenters.answer_options(),
        facts=presenters.facts_of(kind),
        usual=USUAL if rhythm == Rhythm.SINCE_DONE else (),
        year_end=bool(queries.stop_days(kind)),
        values=values,
        problems=problems,
        alike=_alike(kind, values, list(names)) if "another" in problems else [],
        status=422 if problems else 200,
        **context,
    )

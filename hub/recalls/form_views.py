"""Setting up a recall and changing what it says: choose its sort or a ready one, then its form."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Invalid, NotFound
from hub.domain.kinds import Kind
from hub.domain.recalls.intervals import LOCAL, USUAL
from hub.domain.recalls.ready import MONITORING, OTHERS, READY
from hub.domain.recalls.rhythm import Rhythm
from hub.domain.vocabulary import FactAnswer, Role
from hub.extensions import db
from hub.intake import queries as intake
from hub.models import Recall
from hub.protocols.queries import current_kinds
from hub.recalls import actions, forms, presenters, queries
from hub.recalls.blueprint import bp
from hub.recalls.drafts import RecallDraft
from hub.recalls.queries import Words
from hub.recalls.shared import kind_of, own, raising_for
from hub.security import current_actor, roles


@bp.get("/recalls/new")
@roles(Role.REQUESTER)
def new() -> Response:
    """Ask what sort of recall it is to be, or show its form."""
    asked = request.args
    if not asked.get("rhythm") and not asked.get("kind"):
        return _choose({})
    kind, rhythm = _chosen(asked)
    ready = READY.get(asked.get("ready", ""))
    if kind is None or rhythm is None:
        problems = {} if rhythm else {"rhythm": "Choose what decides when it is due."}
        return _choose(problems | ({} if kind else {"kind": "Choose what it raises."}))
    values = presenters.start_values(rhythm, kind, intake.today())
    if ready is not None and (ready.kind, ready.rhythm) == (kind.code, rhythm):
        values |= presenters.ready_values(ready)
    return _form(kind, rhythm, values)


@bp.post("/recalls/new")
@roles(Role.REQUESTER)
def set_up() -> Response:
    """Set up a recall, and lead to its list."""
    kind, rhythm = _chosen(request.args)
    if kind is None or rhythm is None or not raising_for():
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
    made = actions.set_up(draft, by=current_actor(), start=False)
    claim.ref = str(made.id)
    db.session.commit()
    then = "Put patients on it, look" if kind.needs_patient else "Look"
    flash(f"Set up, not started. {then} at what it would raise, then start it.")
    return redirect(url_for(".add" if kind.needs_patient else ".recall", recall_id=made.id))


@bp.get("/recalls/<int:recall_id>/change")
@roles(Role.REQUESTER)
def change(recall_id: int) -> Response:
    """Show the form of a recall as it is."""
    found, words = own(recall_id)
    return _change_form(found, words, forms.values_of(_draft_of(found, words)))


@bp.post("/recalls/<int:recall_id>/change")
@roles(Role.REQUESTER)
def save(recall_id: int) -> Response:
    """Change what a recall says."""
    found, words = own(recall_id, change=True)
    kind, seen = kind_of(found.kind), request.form.get("version", "")
    try:
        draft = _parse(kind, Rhythm(found.rhythm), found)
        renamed = kind.recalled_by == "name" and draft.name != words.name
        if draft.subtype != found.subtype or renamed:
            _check_alone(draft, found)
    except Invalid as error:
        db.session.rollback()
        return _change_form(*own(recall_id), request.form, error.problems)
    actions.change(found, draft, seen=int(seen) if seen.isdecimal() else 0, by=current_actor())
    db.session.commit()
    flash("Changed. It counts from the next time it raises.")
    return redirect(url_for(".recall", recall_id=recall_id))


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
        local=LOCAL,
        monitoring=[one for one in MONITORING if one.kind in _kinds()],
        others=[one for one in OTHERS if one.kind in _kinds()],
        values=request.args,
        problems=problems,
        may_set_up=bool(raising_for()),
        status=422 if problems else 200,
    )


def _parse(kind: Kind, rhythm: Rhythm, before: Recall | None = None) -> RecallDraft:
    ids = [before.practice_id] if before else [one.id for one in raising_for()]
    return forms.parse(
        request.form,
        kind=kind,
        rhythm=rhythm,
        practice_ids=ids,
        today=intake.today(),
        stop_days=queries.stop_days(kind),
        before=queries.rule_of(before, kind) if before else None,
    )


def _check_alone(draft: RecallDraft, itself: Recall | None = None) -> None:
    """Ask, before there is a second recall that raises the same, whether it is really wanted.

    Raises:
        Invalid: there is one, and nobody has said that there is to be another.
    """
    found = queries.alike(draft.practice_id, draft.kind, draft.subtype, draft.name)
    there = [one for one in found if itself is None or one[0].id != itself.id]
    if there and request.form.get("another") != "yes":
        raise Invalid({"another": presenters.alike_words([name for _, name in there])})


def _alike(kind: Kind, values: Mapping[str, str], practice_ids: list[int]) -> list[tuple[int, str]]:
    """Return the recalls that raise the same as the form says, by id and name."""
    asked = values.get("practice", "")
    here = [one for one in practice_ids if len(practice_ids) == 1 or str(one) == asked]
    said = values.get("subtype", ""), values.get("name", "")
    return [(recall.id, name) for one in here for recall, name in queries.alike(one, kind, *said)]


def _draft_of(found: Recall, words: Words) -> RecallDraft:
    kind = kind_of(found.kind)
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
    return _form(kind_of(found.kind), Rhythm(found.rhythm), values, problems, **more)


def _form(
    kind: Kind,
    rhythm: Rhythm,
    values: Mapping[str, str],
    problems: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    practices = raising_for()
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
        answers={fact.code: presenters.answer_options(fact.code) for fact in kind.facts},
        later=presenters.left_for_later(kind),
        facts=presenters.facts_of(kind),
        usual=USUAL if rhythm == Rhythm.SINCE_DONE else (),
        year_end=bool(queries.stop_days(kind)),
        values=values,
        problems=problems,
        alike=_alike(kind, values, list(names)) if "another" in problems else [],
        status=422 if problems else 200,
        **context,
    )

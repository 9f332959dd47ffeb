"""A form on one task: shown; then read, checked against what others did meanwhile, and done once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hub import web
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, HubError, Invalid, NotAllowed
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Task
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor, safe_return_path
from hub.worklist import queries, sheet_queries

STATUS_OF = {Conflict: 409, Invalid: 422, NotAllowed: 403}


@dataclass(frozen=True)
class Refused:
    """Why a form was not carried out: problems beside its fields, or one sentence with who and when."""

    status: int
    sentence: str = ""
    who: str = ""
    when: Any = None
    problems: dict[str, str] = field(default_factory=dict)


def send(
    form: str,
    ref: str,
    *,
    act: Callable[[Task, Actor], str],
    again: Callable[[Task, Refused], Response],
) -> Response:
    """Carry out a posted form once: lock the task, do `act`, commit, and lead to the address it returns.

    A form sent twice leads to the task. What a rule refuses shows the form again through
    `again`, with everything that was typed; nothing is changed then.
    """
    by = current_actor()
    try:
        claim = web.claim_form(form)
        if claim.ref:
            return redirect(url_for("worklist.task", ref=claim.ref))
        task = queries.visible(ref, by=by, lock=True)
        target = act(task, by)
        claim.ref = task.ref
        db.session.commit()
    except (Conflict, Invalid, NotAllowed) as refusal:
        db.session.rollback()
        return again(queries.visible(ref, by=by), _refused(refusal))
    return redirect(target)


def check_seen(task: Task, *, by: Actor) -> None:
    """Raise Conflict if somebody else has acted on the task since this form was shown."""
    version = request.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Invalid({"form_key": "This form is out of date. Open the page again and send it once more."})
    placing.check_not_overtaken(task, int(version), by=by)


def page(template: str, task: Task, refused: Refused | None = None, **context: Any) -> Response:
    """Render a form on a task, under the banner that says whom it is about."""
    conflict = refused is not None and refused.status == 409
    problems = dict(refused.problems) if refused else {}
    if refused and not problems:
        problems = {"refused": refused.sentence}
    typed: MultiDict[str, str] = request.form if request.method == "POST" else MultiDict()
    context.setdefault("values", typed)
    context.setdefault("back", back())
    return web.page(
        template,
        status=refused.status if refused else 200,
        task=task,
        kind=kind_of(task),
        practice=placing.practice(task.practice_id),
        identity=sheet_queries.identity_of(task),
        today=clock.now().astimezone(LONDON).date(),
        refused=refused,
        problems=problems,
        # Whoever was overtaken has now read what the other did; anyone else keeps what they had read.
        version=task.version if conflict else typed.get("version") or task.version,
        **context,
    )


def _refused(error: HubError) -> Refused:
    status = next(code for kind, code in STATUS_OF.items() if isinstance(error, kind))
    if isinstance(error, Invalid):
        return Refused(status, problems=error.problems)
    if isinstance(error, Conflict):
        return Refused(status, str(error), error.who, error.when)
    return Refused(status, str(error))


def identity_ticked(task: Task) -> bool:
    """Say whether the form confirms, one by one, all that must be checked against the open record."""
    return set(request.form.getlist("identity")) >= set(identity_parts(task))


def identity_parts(task: Task) -> tuple[str, ...]:
    """Return what must be ticked: three parts of a patient's identity, or the practice."""
    return ("name", "born", "number") if task.patient_id is not None else ("practice",)


def back() -> str:
    """Return the list of this site from which one came to the form, or ""."""
    return safe_return_path(request.values.get("back")) or ""


def refuse(task: Task, refused: Refused) -> Response:
    """Show why an act without a page of its own was not carried out."""
    return page("worklist/refused.html", task, refused)

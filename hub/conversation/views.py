"""The practice's pages: what we asked for and where it stands, and one request with its conversation."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import current_app, request
from werkzeug.wrappers import Response

from hub import records, request_forms, web
from hub.conversation import (
    actions,
    drafts,
    forms,
    holding_presenters,
    likely_presenters,
    presenters,
    queries,
    reply_presenters,
    story_presenters,
)
from hub.conversation import list_views as list_views  # its pages join the blueprint
from hub.conversation.blueprint import bp
from hub.domain.actor import Actor
from hub.domain.errors import Invalid, NotFound
from hub.domain.lifecycle import Act
from hub.domain.news import NOTHING_NEW, News
from hub.domain.vocabulary import OPEN_STATUSES, PatientStatus, Role, Status
from hub.extensions import clock, db
from hub.forecasting import queries as forecasts
from hub.handouts import queries as handouts
from hub.intake import actions as intake
from hub.intake import news_actions
from hub.intake import queries as intake_queries
from hub.models import Practice, Task
from hub.notices import actions as notices
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds, kind_of
from hub.security import current_actor, roles

Doing = Callable[[Task, Actor], Any]
GONE = {PatientStatus.DIED.value, PatientStatus.MOVED.value}


@bp.get("/requests/<ref>")
@roles(Role.REQUESTER)
def request_page(ref: str) -> Response:
    """Show one request; while polling, only where it stands."""
    by = current_actor()
    task = queries.get(ref, by=by)
    if web.is_fragment() and request.args.get("poll") == "1":
        return _page(task)
    records.note_access(task, by=by, what="request opened")
    notices.read_of_task(task, by=by)
    answer = _page(task)
    db.session.commit()
    return answer


@bp.post("/requests/<ref>/answers/<int:message_id>")
@roles(Role.REQUESTER)
def answer(ref: str, message_id: int) -> Response:
    """Answer a question."""
    text = request.form.get(f"answer-{message_id}", "")

    def act(task: Task, by: Actor) -> None:
        _with_news(
            task,
            drafts.prefix_of("answer", message_id),
            lambda news: actions.answer(task, message_id, text, by=by, news=news),
        )

    return _act(ref, "answer", act, "Your answer was sent.")


@bp.post("/requests/<ref>/messages")
@roles(Role.REQUESTER)
def write(ref: str) -> Response:
    """Write to the hub without being asked."""
    text = request.form.get("message", "")
    return _act(
        ref,
        "write",
        lambda task, by: actions.write(task, text, by=by, from_hub=False),
        "Your message stands on the request. The clinician who has it is told.",
    )


@bp.post("/requests/<ref>/to-dos/<int:to_do_id>/tick")
@roles(Role.REQUESTER)
def tick(ref: str, to_do_id: int) -> Response:
    """Tick a to-do, by name."""
    return _act(ref, "tick", lambda task, by: actions.tick(task, to_do_id, by=by), "Ticked, with your name.")


@bp.post("/requests/<ref>/chase")
@roles(Role.REQUESTER)
def chase(ref: str) -> Response:
    """Ask again."""
    reason = request.form.get("chase_reason", "")

    def act(task: Task, by: Actor) -> None:
        _with_news(
            task,
            drafts.prefix_of("chase", task.ref),
            lambda news: intake.chase(task, reason=reason, by=by, news=news),
        )

    return _act(ref, "chase", act, "The hub was told that you chase this.")


@bp.post("/requests/<ref>/withdraw")
@roles(Role.REQUESTER)
def withdraw(ref: str) -> Response:
    """End it, with a reason."""
    reason = request.form.get("withdraw_reason", "")
    return _act(ref, "withdraw", lambda task, by: actions.withdraw(task, reason=reason, by=by), "Stopped.")


@bp.get("/requests/<ref>/patient")
@roles(Role.REQUESTER)
def patient(ref: str) -> Response:
    """Ask whether the patient has really died or moved, and say what that stops."""
    by = current_actor()
    task = queries.get(ref, by=by)
    status = request.args.get("status", "")
    if task.patient is None or status not in GONE:
        raise NotFound("There is no such page.")
    stops = queries.open_of_patient(task.patient_id)
    kinds = {kind.code: kind.name for kind in current_kinds()}
    records.note_access(task, by=by, what="patient's open requests shown")
    page = web.page(
        "conversation/patient.html",
        task=task,
        identity=records.identity_of(task.patient),
        patient_status=task.patient.status,
        today=intake_queries.today(),
        gone_as=status,
        words=presenters.gone_words(len(stops)),
        stops=[{"ref": one.ref, "kind": kinds.get(one.kind, one.kind)} for one in stops],
    )
    db.session.commit()
    return page


@bp.post("/requests/<ref>/patient")
@roles(Role.REQUESTER)
def patient_gone(ref: str) -> Response:
    """Note that the patient has died or moved."""
    status = request.form.get("status", "")
    if status not in GONE:
        raise NotFound("There is no such page.")

    def act(task: Task, by: Actor) -> None:
        actions.patient_gone(queries.lock_patient(task), status=PatientStatus(status), by=by)

    return _act(ref, "gone", act, "Noted. You can undo this on this page.", lock=False)


@bp.post("/requests/<ref>/patient/back")
@roles(Role.REQUESTER)
def patient_back(ref: str) -> Response:
    """Take back that the patient has died or moved."""
    return _act(
        ref,
        "back",
        lambda task, by: actions.patient_back(queries.lock_patient(task), by=by),
        "Undone. What had stopped was raised again.",
        lock=False,
    )


def _act(ref: str, form: str, act: Doing, said: str, *, lock: bool = True) -> Response:
    """Do one act on a request, once; a refusal of a field stays on the page."""

    def again(task: Task, values: Mapping[str, str], problems: dict[str, str]) -> Response:
        return _page(task, problems, values)

    return request_forms.send(form, ref, act=act, again=again, said=said, lock=lock)


def _with_news(task: Task, prefix: str, act: Callable[[News], Any]) -> None:
    """Do `act` with what was told in the fields that begin with `prefix`.

    Raises:
        Invalid: with everything that is wrong, in these fields and for `act` itself.
    """
    answers, problems, news = news_actions.said(task).answers, {}, NOTHING_NEW
    try:
        news = forms.read_news(request.form, prefix, kind_of(task), answers, intake_queries.today())
    except Invalid as error:
        problems = error.problems
    try:
        act(news)
    except Invalid as error:
        raise Invalid(error.problems | problems) from error
    if problems:
        raise Invalid(problems)


def _page(
    task: Task, problems: dict[str, str] | None = None, values: Mapping[str, str] | None = None
) -> Response:
    kind = kind_of(task)
    history, messages, to_dos = queries.history(task), queries.messages(task), queries.to_dos(task)
    is_open = task.status in OPEN_STATUSES
    questions = [one for one in messages if is_open and one.asks and one.answered_at is None]
    practice = placing.practice(task.practice_id)
    draft = queries.draft_of(task)
    gone = task.patient is not None and task.patient.status != PatientStatus.REGISTERED
    to_do = sum(one.ticked_at is None for one in to_dos)
    asking = _asking(task, [one.id for one in questions], values or {})
    return web.page(
        "conversation/request.html",
        partial="conversation/_standing.html" if request.args.get("poll") == "1" else None,
        task=task,
        kind=kind,
        practice=practice,
        identity=draft.identity,
        patient_status=task.patient.status if task.patient else "registered",
        today=intake_queries.today(),
        is_open=is_open,
        **_standing(task, history, practice, has_question=bool(questions), to_dos=to_do),
        replied=reply_presenters.replied(history.lines),
        no_texts=is_open and kind.queue in handouts.REVIEW_QUEUES and handouts.wants_no_texts(task),
        is_news=request.args.get("version", str(task.version)) != str(task.version),
        sent_back=task.status == Status.SENT_BACK,
        sent_back_because=queries.sent_back_because(task) if task.status == Status.SENT_BACK else "",
        outcome=story_presenters.outcome_words(kind, task.outcome) if task.outcome else "",
        result=queries.result(task) if task.outcome else None,
        questions=questions,
        messages=[one for one in messages if one not in questions],
        answers={line.data.get("message") for line in history.lines if line.act == Act.ANSWERED},
        may_change=is_open and task.status != Status.SENT_BACK,
        to_dos=to_dos,
        steps=story_presenters.story(history.lines, kind, {one.id: one.text for one in to_dos}),
        asked=presenters.asked_lines(draft),
        may_chase=presenters.may_chase(task),
        chase_hint=presenters.chase_hint(task.chases),
        gone=gone,
        stopped=queries.stopped_with_patient(task.patient) if gone and task.patient else [],
        asking=asking,
        values={name: value for one in asking.values() for name, value in one.held} | dict(values or {}),
        problems=problems or {},
        status=422 if problems else 200,
    )


def _standing(
    task: Task, history: queries.History, practice: Practice, *, has_question: bool, to_dos: int
) -> dict[str, Any]:
    """Return what is said of where a request stands, by when it is done and whether anybody need act."""
    kind, now, telephone = kind_of(task), clock.now(), current_app.config["HUB_TELEPHONE"]
    is_open, held = task.status in OPEN_STATUSES, practice.held_since is not None
    due = presenters.due(task, now, telephone) if is_open else None
    warning = story_presenters.warning_of(history.lines, Status(task.status))
    unknown = presenters.unknown(task) if is_open and task.status != Status.SENT_BACK else []
    opened_at = queries.opened_at(task) if task.status == Status.ASSIGNED else None
    asks = bool(warning or unknown or (due and due.is_late))
    return {
        "standing": presenters.where_it_stands(
            task, who=history.who, has_question=has_question, to_dos=to_dos, held=held
        ),
        "holding": holding_presenters.holding(task, history.lines, history.who, opened_at),
        "due": due,
        "likely": likely_presenters.likely_words(task, forecasts.of_task(task.id), now, held=held),
        "why_then": presenters.why_then(task, kind, telephone),
        "unknown": unknown,
        "warning": warning,
        "nothing_to_do": holding_presenters.nothing_to_do(
            task, has_question=has_question, to_dos=to_dos, asks=asks
        ),
    }


def _asking(
    task: Task, question_ids: Iterable[int], values: Mapping[str, str]
) -> dict[str | int, drafts.Asking]:
    """Return what is asked with a chase (under "chase"), and with the answer to each open question."""
    kind, said = kind_of(task), news_actions.said(task)
    prefixes = {"chase": drafts.prefix_of("chase", task.ref)} | {
        one: drafts.prefix_of("answer", one) for one in question_ids
    }
    return {name: drafts.asking(prefix, kind, said, values) for name, prefix in prefixes.items()}

"""The page on which a task is completed."""

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from hub import task_forms
from hub.domain.actor import Actor
from hub.domain.eligibility import Person
from hub.domain.errors import NotAllowed
from hub.domain.promises import local_day
from hub.domain.recalls.words import answers_words
from hub.domain.vocabulary import Band, FactAnswer, Profession, Role, Status
from hub.extensions import clock
from hub.models import Task
from hub.outcomes import actions, forms, presenters, queries
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor, roles
from hub.task_forms import Refused
from hub.worklist import queries as worklist

bp = Blueprint("outcomes", __name__)


@bp.get("/tasks/<ref>/complete")
@roles(Role.CLINICIAN)
def complete(ref: str) -> Response:
    """Show the kind's checklist, its outcomes, and what to record where."""
    by = current_actor()
    task = worklist.visible(ref, by=by)
    step = presenters.step_before(Status(task.status), task.started_at is not None)
    if step is not None and task.assignee_id == by.user_id:
        return task_forms.page("outcomes/not_in_hand.html", task, step=step)
    actions.check_open_to(task, by=by)
    return _page(task)


@bp.post("/tasks/<ref>/complete")
@roles(Role.CLINICIAN)
def complete_now(ref: str) -> Response:
    """Complete the task; with "next", lead on to the next one."""

    def act(task: Task, by: Actor) -> str:
        actions.check_open_to(task, by=by)
        person = _person(by)
        completion = forms.read(
            request.form,
            kind_of(task),
            confirmed=task_forms.identity_ticked(task),
            ticked=request.form.getlist("to_do"),
            profession=person.profession,
            answers=_answers(task),
            system=placing.practice(task.practice_id).clinical_system,
            supervisors=[one.id for one in actions.supervisors(task, person)],
            given=Band(task.effective_band),
        )
        task_forms.check_seen(task, by=by)
        actions.record(task, completion=completion, by=by)
        flash(f"{task.ref} is completed. The practice sees the outcome, your answer and its to-dos.")
        return _next_page(by) if request.form.get("then") == "next" else url_for("worklist.mine")

    return task_forms.send("complete", ref, act=act, again=_page)


def _page(task: Task, refused: Refused | None = None) -> Response:
    by = current_actor()
    kind, person = kind_of(task), _person(by)
    profession, asked = person.profession, queries.asked_by(task)
    return task_forms.page(
        "outcomes/complete.html",
        task,
        refused,
        choices=presenters.choices(
            kind,
            profession,
            _answers(task),
            forms.suggestions(kind),
            chosen=request.form.get("outcome", ""),
        ),
        may_hand_over=profession is Profession.TECHNICIAN and task.stage < len(kind.stages),
        minutes_hint=presenters.minutes_hint(task.minutes, task.started_at, clock.now()),
        supervisors=presenters.supervisor_options(actions.supervisors(task, person)),
        open_facts=actions.open_facts(kind, task.answers),
        from_recall=answers_words(asked.data, local_day(asked.at)) if asked else "",
        found_out=presenters.FOUND_OUT_OPTIONS,
        urgencies=presenters.urgency_options(Band(task.effective_band)),
        most_own=forms.MOST_OWN_TO_DOS,
        longest_reply=forms.LONGEST_REPLY,
    )


def _next_page(by: Actor) -> str:
    """Return the address of the next task, else of the worklist; the completion stands either way."""
    assert by.user_id is not None
    task = worklist.first_of(by.user_id) or actions.pulled(by=by)
    if task is None:
        flash("No waiting task is one that you may do now.")
        return url_for("worklist.mine")
    return url_for("worklist.task", ref=task.ref)


def _person(by: Actor) -> Person:
    person = placing.person(by.user_id) if by.user_id is not None else None
    if person is None:
        raise NotAllowed("Only a clinician of the hub can do this.")
    return person


def _answers(task: Task) -> dict[str, FactAnswer]:
    return {code: FactAnswer(answer) for code, answer in task.answers.items()}

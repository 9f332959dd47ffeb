"""The pages on which one request is made: the form, what is open already, the check before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import drafts as conversation
from hub.domain.kinds import Kind
from hub.extensions import db
from hub.intake import forms, news_actions, presenters, queries
from hub.intake.drafts import Draft
from hub.models import Practice, Task
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor

Values = Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """One form being filled in: a new request, or (with `task`) the correction of one sent back.

    `start` is what the form holds before anything is typed.
    """

    kind: Kind
    practices: list[Practice]
    heading: str
    send_words: str
    start: Values
    task: Task | None = None
    sent_back_because: str = ""

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return self._address("intake.send", "intake.send_correction")

    def at(self, draft_id: str, **query: Any) -> str:
        """Return the address at which the form stands as it was typed under this id."""
        return self._address("intake.new", "intake.correct", draft=draft_id, **query)

    def _address(self, new: str, correction: str, **query: Any) -> str:
        if self.task is None:
            return url_for(new, kind=self.kind.code, **query)
        return url_for(correction, ref=self.task.ref, **query)

    @property
    def practice_ids(self) -> list[int]:
        """The practices one may choose from."""
        return [practice.id for practice in self.practices]

    def practice(self, practice_id: int) -> Practice:
        """Return one of these practices."""
        return next(one for one in self.practices if one.id == practice_id)


def form(sheet: Sheet, draft_id: str, values: Values, problems: dict[str, str] | None = None) -> Response:
    """Show the form with what was typed; with `problems` beside their fields, as a refusal."""
    kind = sheet.kind
    return web.page(
        "intake/form.html",
        kind=kind,
        action=sheet.action,
        draft_id=draft_id,
        heading=sheet.heading,
        task=sheet.task,
        sent_back_because=sheet.sent_back_because,
        values=values,
        problems=problems or {},
        panel=panel_so_far(sheet, values) if _told_anything(values) else None,
        practices=presenters.practice_options(sheet.practices),
        subtype_options=presenters.subtype_options(kind),
        no_number_options=presenters.no_number_options(forms.NO_NUMBER),
        safety=presenters.safety_facts(kind),
        helpful=presenters.helpful_facts(kind),
        answers=presenters.ANSWER_OPTIONS,
        urgencies=presenters.urgency_options(placing.as_promised(kind)),
        longest_ask=forms.LONGEST_ASK,
        longest_reason=forms.LONGEST_REASON,
        status=422 if problems else 200,
    )


def check(sheet: Sheet, draft_id: str, values: Values, draft: Draft, *, changed: bool) -> Response:
    """Show the request once more before it is sent."""
    return web.page(
        "intake/check.html",
        kind=sheet.kind,
        action=sheet.action,
        draft_id=draft_id,
        send_words=sheet.send_words,
        practice=sheet.practice(draft.practice_id),
        identity=draft.identity,
        today=queries.today(),
        panel=_panel(draft),
        late_receipt=presenters.late_receipt(draft.receipt_on, queries.today()),
        changed=changed,
        another_because=draft.another_because,
        request_lines=presenters.request_lines(draft),
        fact_lines=presenters.fact_lines(draft.kind, draft.answers),
        carried=list(values.items()),
    )


def already(
    sheet: Sheet, draft_id: str, values: Values, draft: Draft, found: list[Task], *, asked: bool
) -> Response:
    """Show the open requests for the same patient, what was typed beside them; chase one, or raise another.

    `asked` says that another one was wanted without a reason.
    """
    for task in found:
        records.note_access(task, by=current_actor(), what="shown as open already")
    problems = {"another_because": "Say why another one is needed."} if asked else {}
    texts = {task.id: queries.texts_of(task) for task in found}
    prefixes = {task.ref: conversation.prefix_of("chase", task.ref) for task in found}
    typed = {
        name: value
        for prefix in prefixes.values()
        for name, value in conversation.values_of(prefix, draft.news()).items()
    }
    page = web.page(
        "intake/already.html",
        kind=sheet.kind,
        action=sheet.action,
        draft_id=draft_id,
        identity=draft.identity,
        today=queries.today(),
        already=[_open_request(task, texts[task.id], draft, found) for task in found],
        asking={
            task.ref: conversation.asking(prefixes[task.ref], kind_of(task), news_actions.said(task), typed)
            for task in found
        },
        chase_words=draft.words(),
        carried=[(name, value) for name, value in values.items() if name != "another_because"],
        values=typed | {"another_because": presenters.why_another(draft.document, texts.values())},
        problems=problems,
        status=422 if problems else 200,
    )
    db.session.commit()
    return page


def panel_so_far(sheet: Sheet, values: Values) -> presenters.Panel | None:
    """Return when someone sees the request as it is filled in so far; None before a practice is chosen."""
    draft = forms.sketch(values, kind=sheet.kind, practice_ids=sheet.practice_ids, today=queries.today())
    return _panel(draft) if draft.practice_id else None


def foresee(draft: Draft) -> queries.Foreseen:
    """Return when someone sees the request if it is sent now."""
    return queries.foresee(draft, telephone=current_app.config["HUB_TELEPHONE"])


def _open_request(
    task: Task, texts: tuple[str, str], draft: Draft, found: list[Task]
) -> presenters.OpenRequest:
    names = queries.names(one.raised_by_id for one in found)
    lift = news_actions.weigh(task, draft.news())
    return presenters.open_request(task, texts, names, kind_of(task), lift)


def _panel(draft: Draft) -> presenters.Panel:
    found = foresee(draft)
    telephone = current_app.config["HUB_TELEPHONE"]
    why = (
        presenters.why_then(
            placing.as_promised(draft.kind, draft.subtype), draft.requested, found.placement, telephone
        )
        if found.placement
        else ()
    )
    return presenters.panel(found.seen, why)


def _told_anything(values: Values) -> bool:
    return any(name.startswith("fact-") for name in values)

"""Noting on many requests at once that their practice was told not to rely on them."""

from collections import Counter
from collections.abc import Sequence

from hub.domain.actor import Actor
from hub.domain.notices import Code
from hub.domain.promises import SeenBy
from hub.extensions import clock
from hub.intake import actions
from hub.models import Task
from hub.notices import actions as notices
from hub.placing import bulk, duty_queries
from hub.placing import queries as placing


def note_warnings(warned: Sequence[tuple[Task, SeenBy]], *, by: Actor) -> None:
    """Do for each of these requests, raised in this transaction, what `actions.note_warning` does for one.

    Leads on duty get one notice for each practice, which leads to the first of its requests and counts them;
    all stand on the list of what needs a decision. In few statements, however many they are.
    """
    if not warned:
        return
    counts = Counter(task.practice_id for task, _ in warned)
    held = {one: placing.practice(one).held_since is not None for one in counts}
    rows = [
        {
            "id": task.id,
            "data": actions.warned_of(warning, held=held[task.practice_id]),
            "why": actions.why_flagged(held=held[task.practice_id]),
        }
        for task, warning in warned
    ]
    bulk.warn(rows, by=by, now=clock.now())
    first = {task.practice_id: task for task, _ in reversed(warned)}
    told = duty_queries.leads_on_duty()
    for practice_id, count in counts.items():
        notices.notify(Code.NOBODY_IN_TIME, to=told, by=by, task=first[practice_id], count=count)

"""Every task's clocks counted again from its events alone, beside what is stored."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select

from hub.domain.deadlines import Request
from hub.domain.kinds import Kind
from hub.domain.ledger import TELLS, Happening, differences, ledger
from hub.domain.lifecycle import TRANSITIONS, Act
from hub.domain.vocabulary import RequestedUrgency
from hub.domain.worktime import WorkCalendar
from hub.extensions import db
from hub.models import KindVersion
from hub.placing.queries import hub_calendar
from hub.protocols.queries import kind

# Tasks whose first event tells their clocks, with the events that matter: those that tell clocks, and those
# that begin or may end a wait. What was raised before events told clocks cannot be counted again.
TASKS = """
        select t.id, t.ref, t.due_at, t.deadline_at, t.stopped_minutes, t.late_on_arrival,
               e.at, e.kind as act, e.data
        from task t
        join event r on r.task_id = t.id and r.seq = 1 and jsonb_exists(r.data, 'clocks')
        join event e on e.task_id = t.id
        where jsonb_exists(e.data, 'clocks') or e.kind = any(:clock_acts)
        order by t.id, e.seq"""
CLOCK_ACTS = [str(act) for act in TRANSITIONS if act not in (Act.PLACED, Act.ASSIGNED, Act.TAKEN)]


def kinds() -> dict[tuple[str, int], Kind]:
    """Return every published version of every kind."""
    found = db.session.execute(select(KindVersion.code, KindVersion.version)).all()
    return {(code, version): kind(code, version) for code, version in found}


def recount(rows: Iterable[Any], known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the reference and the differences of each task whose stored clocks its events do not give.

    `rows` are those of `TASKS`; `known` holds `kinds()` and the moment `now`. Nothing is read of a task
    but what is compared.
    """
    hub = hub_calendar()
    for _, group in groupby(rows, attrgetter("id")):
        lines = list(group)
        wrong = _differences(lines, known, hub)
        if wrong:
            yield lines[0].ref, "; ".join(wrong)


def _differences(lines: list[Any], known: Mapping[str, Any], hub: WorkCalendar) -> list[str]:
    first = lines[0]
    told = first.data.get(TELLS, {})
    version = known["kinds"].get((told.get("kind"), told.get("kind_version")))
    if version is None:
        return ["its first event names no kind that was published"]
    # Dates and hours come from the events: what stands here is overwritten by them.
    request = Request(version, "", RequestedUrgency.ROUTINE, {}, first.at.date(), first.at)
    events = (Happening(line.at, line.act, line.data) for line in lines)
    return differences(ledger(events, request, hub, known["now"]), first._mapping)

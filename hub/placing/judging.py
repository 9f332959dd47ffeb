"""What placing decides about one raised task, and what every task of a batch is judged against."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from hub.domain import deadlines
from hub.domain.assignment import Waiting, unplaceable
from hub.domain.promises import due_of, told
from hub.domain.routing import Routed, route
from hub.domain.urgency import Placement, band_of
from hub.domain.vocabulary import Band
from hub.domain.worktime import WorkCalendar
from hub.extensions import clock
from hub.models import Practice
from hub.placing import booking, minutes_queries, order_queries, queries
from hub.placing.bulk import Placed


class Facts:
    """Clock, rota, people and policy, read once for a whole batch."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.today = booking.today()
        self.staffed = queries.staffed_soon()
        self.people = queries.people()
        self.policy = queries.policy()
        self.hub = queries.hub_calendar()
        self._calendars: dict[int, WorkCalendar] = {}
        self._nobody: dict[Any, str] = {}

    @cached_property
    def figures(self) -> minutes_queries.Figures:
        """What work takes at each practice, read when something is first placed."""
        return minutes_queries.figures()

    def calendar(self, practice: Practice) -> WorkCalendar:
        """Return the practice's working time, built once."""
        if practice.id not in self._calendars:
            self._calendars[practice.id] = queries.practice_calendar(practice)
        return self._calendars[practice.id]

    def nobody(self, waiting: Waiting) -> str:
        """Say why nobody in the hub could ever do this, or ""; asked once per group of like needs."""
        alike = (waiting.needs.alike, waiting.excluded_ids)
        if alike not in self._nobody:
            self._nobody[alike] = unplaceable(waiting, self.people, self.today) or ""
        return self._nobody[alike]


def placed(task: Any, practice: Practice, facts: Facts) -> Placed:
    """Return queue, band and clocks of a raised task (or a row with its columns), and why."""
    request = queries.request_of(task)
    clocks = deadlines.clocks(
        request,
        facts.calendar(practice),
        facts.hub,
        facts.staffed,
        queries.second_stage_minutes(request.kind),
    )
    placement = band_of(request, clocks, facts.now, facts.hub)
    before = Band(task.band), task.due_at
    due_at = due_of(placement.band, clocks, now=facts.now, hub_calendar=facts.hub, before=before)
    clocks = replace(clocks, due_at=due_at)
    routed = route(
        request.kind,
        subtype=task.subtype,
        practice_id=practice.id,
        practice_name=practice.name,
        signals=placement.signals,
        stage=task.stage,
        band=placement.band,
        policy=facts.policy,
        usual=facts.figures.usual(practice.id, request.kind.code, task.subtype, task.stage),
    )
    waiting = Waiting(
        id=task.id,
        needs=routed.needs,
        band=placement.band,
        deadline_at=clocks.deadline_at,
        working_due_at=clocks.working_due_at,
        due_at=clocks.due_at,
        raised_at=task.raised_at,
        patient_id=task.patient_id,
        practice_id=practice.id,
        excluded_ids=frozenset(task.not_back_to),
    )
    stored = order_queries.worked_out(
        request,
        due_at=clocks.due_at,
        signals=placement.signals,
        minutes=routed.needs.minutes,
        practice_hours=facts.calendar(practice),
        policy=facts.policy.order,
    )
    data = {"clocks": told(placement.band, clocks, before[0]), **minutes_queries.told(routed)}
    return _row(waiting, placement, clocks, routed, facts, stored, data)


def _row(
    waiting: Waiting,
    placement: Placement,
    clocks: deadlines.Clocks,
    routed: Routed,
    facts: Facts,
    stored: order_queries.Stored,
    more: Mapping[str, Any],
) -> Placed:
    needs, nobody = routed.needs, facts.nobody(waiting)
    reasons = [reason.sentence for reason in placement.reasons]
    data: Mapping[str, Any] = {
        "band": int(placement.band),
        "because": [reason.code for reason in placement.reasons],
        "reasons": reasons,
        "route": list(routed.reasons),
        "policy": facts.policy.version,
        **more,
    }
    return Placed(
        id=waiting.id,
        band=int(placement.band),
        signals=list(placement.signals),
        not_told=list(placement.not_told),
        not_sure=list(placement.not_sure),
        reasons=reasons,
        due_at=clocks.due_at.isoformat(),
        deadline_at=clocks.deadline_at.isoformat() if clocks.deadline_at else None,
        deadline_why=clocks.deadline_why,
        working_due_at=clocks.working_due_at.isoformat(),
        late_on_arrival=clocks.late_on_arrival,
        queue=needs.queue,
        professions=[str(one) for one in needs.professions],
        needs_prescriber=needs.needs_prescriber,
        competences=list(needs.competences),
        minutes=needs.minutes,
        due_number=stored.due_number,
        target_minutes=stored.target_minutes,
        order_fixed=stored.order_fixed,
        hub_clock=stored.hub_clock,
        policy_version=facts.policy.version,
        decide_why=nobody,
        data={**data, "unplaceable": nobody} if nobody else {**data},
    )

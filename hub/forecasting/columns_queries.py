"""Rows of the database as columns of numbers: kinds, practices, groups of like needs, each task's facts."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from hub.domain import order
from hub.domain.eligibility import Person, may_do
from hub.domain.forecast import durations
from hub.domain.forecast.state import NEVER, NOBODY, Work
from hub.domain.hub_time import HubTime
from hub.domain.policy import Policy
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, Profession, RequestedUrgency, Status
from hub.domain.worktime import WorkCalendar
from hub.models import Practice, Task

_LEAST_LEFT = 0.25  # of the planned minutes: nobody is done the moment the plan is used up

COLUMNS = (
    Task.id, Task.practice_id, Task.kind, Task.subtype, Task.queue, Task.stage, Task.status,
    Task.effective_band, Task.professions, Task.needs_prescriber, Task.competences, Task.minutes, Task.due_at,
    Task.deadline_at, Task.working_due_at, Task.raised_at, Task.signals, Task.requested, Task.target_minutes,
    Task.assignee_id, Task.started_at, Task.pinned_since, Task.chase_at, Task.not_back_to, Task.patient_id,
    Practice.name.label("practice_name"), Practice.held_since, Practice.order_credit,
    Practice.order_people, Task.due_number, Task.paused_number, Task.hub_clock,
)  # fmt: skip


@dataclass
class Numbering:
    """Gives each value a number, the first time it is seen."""

    of: dict[Any, int] = field(default_factory=dict)

    def __call__(self, value: Any) -> int:
        """Return the value's number."""
        return self.of.setdefault(value, len(self.of))


class Numbers:
    """Numbers for kinds, practices and groups of like needs, and who may do each group."""

    def __init__(self, people: Sequence[Person], today: dt.date) -> None:
        self.kinds, self.practices = Numbering(), Numbering()
        self.place = {person.id: place for place, person in enumerate(people)}
        self._people, self._today = people, today
        self._groups: dict[Any, int] = {}
        self._able: list[list[bool]] = []

    def group(self, row: Any) -> int:
        """Return the number of this row's group: what the hard rungs ask, and whom it must not go back to."""
        return self.group_of(needs_of(row), tuple(row.not_back_to), nobody=row.held_since is not None)

    def group_of(self, needs: Needs, excluded: tuple[int, ...] = (), *, nobody: bool = False) -> int:
        """Return the number of the group of these needs, but for the `excluded`; `nobody`: it is held."""
        alike = (*needs.alike, excluded, nobody)
        if alike not in self._groups:
            self._groups[alike] = len(self._able)
            self._able.append(
                [
                    not nobody and one.id not in excluded and may_do(one, needs, today=self._today)
                    for one in self._people
                ]
            )
        return self._groups[alike]

    def may(self) -> Any:
        """Return groups x people."""
        return np.array(self._able, dtype=bool).reshape(len(self._able), len(self._people))


def stands_still(row: Any) -> bool:
    """Say whether the clock of a row with `COLUMNS` stands still: it waits on the practice or the patient."""
    return row.status == Status.WAITING and row.paused_number is not None


def needs_of(row: Any) -> Needs:
    """Return what a row with `COLUMNS` asks of the person who does it."""
    return Needs(
        practice_id=row.practice_id,
        practice_name=row.practice_name,
        queue=row.queue,
        professions=tuple(Profession(one) for one in row.professions),
        needs_prescriber=row.needs_prescriber,
        competences=tuple(row.competences),
        minutes=row.minutes,
        band=Band(row.effective_band),
        kind=row.kind,
        subtype=row.subtype,
    )


def needing(row: Any, needs: Needs | None, timing: Mapping[str, Any] | None = None) -> Any:
    """Return the row, or one like it that needs something else, or whose columns of `timing` are these."""
    if needs is None and not timing:
        return row
    other = dict(timing or {})
    if needs is not None:
        other |= {
            "queue": needs.queue, "professions": needs.professions,
            "needs_prescriber": needs.needs_prescriber, "competences": needs.competences,
            "minutes": needs.minutes,
        }  # fmt: skip
    return SimpleNamespace(**{**row._mapping, **other})


class Columns:
    """Collects rows of work, column by column."""

    def __init__(self, numbers: Numbers, policy: Policy) -> None:
        self._numbers, self._policy = numbers, policy
        self._rows: list[dict[str, Any]] = []

    def add_open(self, row: Any, time: HubTime) -> None:
        """Add an open task as it stands now."""
        holder = self._numbers.place.get(row.assignee_id, NOBODY)
        started = row.status == Status.IN_PROGRESS and holder != NOBODY
        begun = row.started_at is not None or row.pinned_since is not None or row.status == Status.WAITING
        spent = max(-time.minute(row.started_at), 0.0) if started else 0.0
        self._rows.append(
            self._shared(row)
            | {
                "due": self._due(row, time),
                "deadline": time.minute(row.deadline_at),
                "raised": time.minute(row.raised_at),
                "since": max(time.minute(row.chase_at), 0.0) if row.status == Status.WAITING else 0.0,
                "rises": self._rises(row, time),
                "holder": holder,
                "started": started,
                "pinned": begun and holder != NOBODY,
                "spent": min(spent, row.minutes * (1 - _LEAST_LEFT)),
            }
        )

    def add_example(self, row: Any, calendar: Any) -> bool:
        """Add a past arrival with its times counted from when it came; False if it is too strange to use."""
        came = HubTime(calendar, row.raised_at, 1)
        due = came.minute(row.due_at)
        if due < -10_000:
            return False
        self._rows.append(
            self._shared(row)
            | {
                "due": due, "deadline": came.minute(row.deadline_at), "raised": 0.0, "since": 0.0,
                "rises": self._rises(row, came), "holder": NOBODY, "started": False, "pinned": False,
                "spent": 0.0,
            }
        )  # fmt: skip
        return True

    def _shared(self, row: Any) -> dict[str, Any]:
        weights = self._policy.order.band_weights
        # Worked out by the policy that is asked about, which need not be the one in force.
        terms = order.fixed_weight(
            signals=row.signals, requested=RequestedUrgency(row.requested), minutes=row.minutes,
            policy=self._policy.order,
        )  # fmt: skip
        fixed = (terms + row.order_credit + row.order_people) / order.SCALE
        return {
            "ids": row.id,
            "kind": self._numbers.kinds(row.kind),
            "band": row.effective_band,
            # The terms have the minutes taken off already; the run takes them off again.
            "weight": weights[row.effective_band - 1] * math.exp(fixed) * row.minutes,
            "target": row.target_minutes,
            "minutes": row.minutes,
            "practice": self._numbers.practices(row.practice_id),
            "group": self._numbers.group(row),
        }

    @staticmethod
    def _due(row: Any, time: HubTime) -> float:
        """Return when it is due: if its clock stands still, when it will be, should it go on at its chase."""
        if not stands_still(row) or row.due_number <= row.paused_number:
            return time.minute(row.due_at)
        calendar = time.calendar if row.hub_clock else WorkCalendar()
        goes_on = max(row.chase_at or time.now, time.now)
        return time.minute(calendar.add_minutes(goes_on, row.due_number - row.paused_number))

    @staticmethod
    def _rises(row: Any, time: HubTime) -> float:
        """Return when a near deadline lifts it to band 2: one working day before its working due."""
        if row.deadline_at is None or row.effective_band <= Band.BY_TOMORROW:
            return NEVER
        left = time.open_minute(time.minute(row.working_due_at)) - order.ONE_DAY
        return max(time.when_open(left), 0.0)

    def as_work(self, known: durations.Durations) -> Work:
        """Return the rows as columns, with the minutes that they are expected to take."""
        names = (
            "ids", "kind", "band", "weight", "due", "deadline", "raised", "since", "rises", "holder",
            "started", "pinned", "target", "minutes", "practice", "group",
        )  # fmt: skip
        columns = {name: np.array([row[name] for row in self._rows]) for name in names}
        spent = np.array([row["spent"] for row in self._rows])
        if not len(spent):
            return Work.of(**{name: np.zeros(0) for name in names})
        columns["minutes"] = columns["minutes"].astype(float)
        takes = known.expected(columns["minutes"], columns["kind"], columns["practice"])
        return Work.of(**columns, expected=np.maximum(takes - spent, 1.0))

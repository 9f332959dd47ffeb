"""What the future is computed from: the open work, the people and the rule, as columns of numbers.

One axis of time serves all of it: minutes of the hub's working time, 0 being now, what is
past being negative. The working days ahead end at `Snapshot.day_ends`, the first of them today.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = float("inf")
NOBODY = -1


@dataclass(frozen=True)
class Work:
    """Pieces of work, one row each; a task in two stages is two rows.

    `ids` settle what is equal in every other respect, so they must be different. `kind` is the
    number of the kind group (the demand's columns), `band` 1 to 5 (the effective one, with any
    override), `weight` what the index multiplies by (band, signals, the requester's word,
    fairness). `due` and `deadline` are minutes from now (`deadline` inf if none), `target` the task's own
    target in working minutes, `minutes` the planned minutes that the rule reads, `expected` the
    minutes it is expected to take in fact (of what is started: the rest of them). `practice` and
    `group` are numbers; who may do a group stands in `Snapshot.may`. `since`: when it can be done (a
    waiting task wakes, a booked call begins); inf if nobody knows. `rises`: when a rule lifts it
    to band 2 (inf if never). `holder`: whose list it stands on (-1: in its queue); `pinned` work
    never leaves that list, `started` work is in progress there. `after`: the row that must
    be finished first (-1: none).
    """

    ids: Ints
    kind: Ints
    band: Ints
    weight: Floats
    due: Floats
    deadline: Floats
    target: Floats
    minutes: Floats
    expected: Floats
    practice: Ints
    group: Ints
    raised: Floats
    since: Floats
    rises: Floats
    holder: Ints
    started: Bools
    pinned: Bools
    after: Ints

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, **columns: ArrayLike) -> Self:
        """Build the columns; those left out say that nothing special is known.

        Needed are ids, kind, band, weight, due, target, minutes, practice and group.

        Raises:
            ValueError: a column has another length, or holds what cannot be.
        """
        n = len(np.asarray(columns["ids"]))
        usual: dict[str, Any] = {
            "deadline": NEVER, "expected": columns["minutes"], "raised": 0.0, "since": 0.0, "rises": NEVER,
            "holder": NOBODY, "started": False, "pinned": False, "after": NOBODY,
        }  # fmt: skip
        found = {}
        for one in fields(cls):
            dtype = {"Ints": np.int64, "Floats": np.float64, "Bools": np.bool_}[_type_name(one.type)]
            given: NDArray[Any] = np.asarray(columns.get(one.name, usual.get(one.name)), dtype=dtype)
            found[one.name] = np.array(np.broadcast_to(given, n)) if given.ndim == 0 else given.copy()
        unknown = set(columns) - set(found)
        if unknown:
            raise ValueError(f"Work has no column {sorted(unknown)[0]}.")
        work = cls(**found)
        work._check(n)
        return work

    def _check(self, n: int) -> None:
        for one in fields(self):
            if getattr(self, one.name).shape != (n,):
                raise ValueError(f"Work, {one.name}: must have {n} values.")
        if len(np.unique(self.ids)) < n:
            raise ValueError("Work, ids: two rows have the same.")
        for name in ("weight", "minutes", "expected", "target"):
            if not (getattr(self, name) > 0).all():
                raise ValueError(f"Work, {name}: must be above 0.")
        if ((self.started | self.pinned) & (self.holder < 0)).any():
            raise ValueError("Work, holder: what is started or pinned is on somebody's list.")
        if (self.after >= n).any():
            raise ValueError("Work, after: names a row that is not there.")

    def rows(self, chosen: Ints) -> Self:
        """Return the rows named, in that order; `after` is left as it is."""
        return replace(self, **{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


def _type_name(annotation: object) -> str:
    kind = str(annotation)
    return next(name for name, dtype in _DTYPES.items() if dtype in kind)


_DTYPES = {"Ints": "int64", "Floats": "float64", "Bools": "bool"}


@dataclass(frozen=True)
class People:
    """Who works when: stretches at work, sorted by person and time, never overlapping.

    `first[p]` to `first[p + 1]` are the stretches of person `p`; `day` is the number of the
    working day (0 today). `absence` is each person's chance of an unplanned day away,
    `last_practice` the practice they just worked for (-1: none).
    """

    first: Ints
    start: Floats
    end: Floats
    day: Ints
    absence: Floats
    last_practice: Ints

    def __len__(self) -> int:
        return len(self.absence)

    @classmethod
    def of(
        cls,
        stretches: list[list[tuple[int, float, float]]],
        absence: ArrayLike = 0.0,
        last_practice: ArrayLike = NOBODY,
    ) -> Self:
        """Build from each person's (day, start, end), in minutes from now, in order.

        Raises:
            ValueError: a stretch is empty or does not come after the one before.
        """
        count = len(stretches)
        flat = [one for mine in stretches for one in mine]
        for mine in stretches:
            edges = [edge for _, start, end in mine for edge in (start, end)]
            if edges != sorted(edges) or any(start >= end for _, start, end in mine):
                raise ValueError("People: stretches at work must follow each other, each of some length.")
        sizes = [len(mine) for mine in stretches]
        return cls(
            first=np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64),
            start=np.asarray([start for _, start, _ in flat], np.float64),
            end=np.asarray([end for _, _, end in flat], np.float64),
            day=np.asarray([day for day, _, _ in flat], np.int64),
            absence=np.array(np.broadcast_to(np.asarray(absence, np.float64), count)),
            last_practice=np.array(np.broadcast_to(np.asarray(last_practice, np.int64), count)),
        )

    def without(self, gone: Bools) -> Self:
        """Return the same people without the stretches marked in `gone`."""
        kept = ~gone
        before = np.concatenate([[0], np.cumsum(kept)])
        return replace(
            self, first=before[self.first].astype(np.int64), start=self.start[kept], end=self.end[kept],
            day=self.day[kept],
        )  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """The numbers of the order and of topping up (policy).

    `hard_bands` go first, by deadline; `lookahead` and `same_practice` belong to the index of the
    others, and `margin_minutes` is how long before its last moment a task has no slack left.
    `reserve` is the part of the minutes that serves the longest overdue of what is past
    `ceiling` times its target.
    """

    hard_bands: int = 2
    lookahead: float = 0.2
    same_practice: float = 1.5
    buffer_minutes: float = 45.0
    margin_minutes: float = 0.0
    reserve: float = 0.0
    ceiling: float = 1.5


@dataclass(frozen=True)
class Snapshot:
    """The hub at one moment. `may[g, p]`: person `p` may do work of eligibility group `g`.

    `beyond` are stretches of the axis (start, end) outside the hub's hours: people may work in them, but the
    rule's clock stands still, so slack and age are counted without them.
    """

    work: Work
    people: People
    may: Bools
    day_ends: Floats
    rule: Rule = Rule()
    beyond: Floats = field(default_factory=lambda: np.zeros((0, 2)))

    def __post_init__(self) -> None:
        if self.may.shape[1:] != (len(self.people),):
            raise ValueError("Snapshot, may: must be groups x people.")
        if len(self.work) and int(self.work.group.max()) >= len(self.may):
            raise ValueError("Snapshot, may: a row's group is missing.")
        if not len(self.day_ends) or (np.diff(self.day_ends, prepend=0.0) < 0).any():
            raise ValueError("Snapshot, day_ends: must rise from 0.")

    def rule_time(self, at: Floats) -> Floats:
        """Return moments of the axis as the rule counts them: without what lies `beyond`, from now."""
        found = at.copy()
        for start, end in self.beyond.tolist():
            found -= np.clip(at, start, end) - min(max(start, 0.0), end)
        return found

    @property
    def horizon(self) -> float:
        """When the forecast ends, in minutes from now."""
        return float(self.day_ends[-1])

"""The forward run once more, slowly and plainly: every waiting row is looked at whenever somebody chooses."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from hub.domain.forecast.state import Snapshot

MOST_CREDIT = 600.0


@dataclass
class Worker:
    """Somebody at one moment of the run."""

    number: int
    stretches: list[tuple[float, float]]
    last: int
    free: float = inf
    current: int = -1
    left: float = 0.0
    idle: bool = False
    listed: list[int] = field(default_factory=list)
    worked: int = -1

    def at_work(self, t: float) -> bool:
        return bool(self.stretches) and self.stretches[0][0] <= t < self.stretches[0][1]


class Slow:
    """One run of one snapshot; `finished`, `started` and `who` are the answer."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot, self.work, self.rule = snapshot, snapshot.work, snapshot.rule
        people, n = snapshot.people, len(snapshot.work)
        self.band = [int(band) for band in self.work.band]
        self.waiting: set[int] = set()
        self.finished, self.started, self.who = [inf] * n, [inf] * n, [-1] * n
        self.credit = 0.0
        self.workers = []
        for p in range(len(people)):
            mine = slice(int(people.first[p]), int(people.first[p + 1]))
            stretches = list(zip(people.start[mine].tolist(), people.end[mine].tolist(), strict=True))
            last = int(people.last_practice[p])
            self.workers.append(Worker(p, stretches, last, worked=last))
            if stretches:
                self.workers[-1].free = max(stretches[0][0], 0.0)

    def run(self) -> "Slow":
        self.fill_lists()
        moves = self.moves()
        while True:
            person = min(self.workers, key=lambda one: (one.free, one.number))
            if moves and moves[0][0] <= person.free:
                t, rising, _, row = moves.pop(0)
                if t > self.snapshot.horizon:
                    return self
                if rising:
                    self.band[row] = 2
                else:
                    self.appear(row, t)
            elif person.free <= self.snapshot.horizon:
                self.decide(person, person.free)
            else:
                return self

    def on_list(self, row: int) -> bool:
        w = self.work
        return bool(w.holder[row] >= 0 and not (w.pinned[row] and w.since[row] > 0))

    def moves(self) -> list[tuple[float, int, int, int]]:
        w, found = self.work, []
        for row in range(len(w)):
            if w.since[row] < inf and w.after[row] < 0 and not self.on_list(row):
                found.append((max(float(w.since[row]), 0.0), 0, int(w.ids[row]), row))
            if w.rises[row] < inf and w.band[row] > 2:
                found.append((max(float(w.rises[row]), 0.0), 1, int(w.ids[row]), row))
        return sorted(found)

    def fill_lists(self) -> None:
        w = self.work
        held = [row for row in range(len(w)) if self.on_list(row)]
        for row in sorted(held, key=lambda row: (not w.started[row], *self.key(row, 0.0, -1))):
            person = self.workers[w.holder[row]]
            if w.started[row] and person.current < 0:
                self.begin(person, row, 0.0)
            elif person.stretches or w.pinned[row]:
                person.listed.append(row)
            else:
                self.waiting.add(row)

    def hard(self, row: int) -> bool:
        return self.band[row] <= self.rule.hard_bands or self.band[row] == 1

    def key(self, row: int, t: float, practice: int) -> tuple[float, ...]:
        """What the queue is sorted by, lowest first."""
        w = self.work
        ends = (float(w.due[row]), float(w.raised[row]), float(w.ids[row]))
        if self.hard(row):
            return (self.band[row], 0.0, float(w.deadline[row]), *ends)
        left = self.felt(float(w.due[row])) - float(w.minutes[row])
        slack = max(left - self.rule.margin_minutes - self.felt(t), 0.0)
        index = (
            np.log(w.weight[row])
            - np.log(w.minutes[row])
            - slack * (1 / (self.rule.lookahead * float(w.target[row])))
        )
        index += np.log(self.rule.same_practice) if w.practice[row] == practice else 0.0
        return (9, -index, 0.0, *ends)

    def felt(self, at: float) -> float:
        """A moment as the rule counts it, minute by minute."""
        if at == inf:
            return at
        closed = self.snapshot.beyond.tolist()
        inside = sum(any(start <= one < end for start, end in closed) for one in range(int(abs(at))))
        return at - inside if at > 0 else at

    def held(self, person: Worker) -> float:
        return float(sum(self.work.minutes[row] for row in person.listed))

    def may(self, person: Worker, row: int) -> bool:
        return bool(self.snapshot.may[self.work.group[row], person.number])

    def appear(self, row: int, t: float) -> None:
        person = None
        if self.work.pinned[row]:
            person = self.workers[self.work.holder[row]]
        elif self.band[row] == 1:
            able = [one for one in self.workers if one.at_work(t) and self.may(one, row)]
            person = min(able, key=lambda one: (-self.room(one, t), one.number), default=None)
        if person is not None:
            person.listed.append(row)
        else:
            self.waiting.add(row)
            fits = [
                one for one in self.workers
                if one.idle and one.at_work(t) and self.may(one, row)
                and self.work.minutes[row] <= one.stretches[0][1] - t and self.band[row] > 1
            ]  # fmt: skip
            person = fits[0] if fits else None
        if person is not None and person.idle:
            person.idle, person.free = False, t

    def room(self, person: Worker, t: float) -> float:
        busy = 0.0 if person.idle else person.free - t
        return person.stretches[0][1] - t - self.held(person) - busy

    def decide(self, person: Worker, t: float) -> None:
        person.idle = False
        if person.current >= 0 and person.left <= 1e-9:
            row, person.current = person.current, -1
            self.finished[row] = t
            for later in range(len(self.work)):
                if self.work.after[later] == row:
                    self.appear(later, t)
        end = person.stretches[0][1]
        if t >= end - 1e-9:
            self.go_home(person, t)
            return
        if person.current < 0:
            found = self.next_row(person, t)
            if found is None:
                person.idle, person.free = True, end
                return
            self.begin(person, found, t)
        part = min(person.left, end - t)
        person.left -= part
        person.free = t + part

    def begin(self, person: Worker, row: int, t: float) -> None:
        person.current, person.left = row, float(self.work.expected[row])
        person.worked = int(self.work.practice[row])
        self.started[row], self.who[row] = t, person.number

    def go_home(self, person: Worker, t: float) -> None:
        person.stretches.pop(0)
        person.free = person.stretches[0][0] if person.stretches else inf
        listed, person.listed = person.listed, []
        for row in listed:
            if self.work.pinned[row]:
                person.listed.append(row)
            else:
                self.appear(row, t)

    def next_row(self, person: Worker, t: float) -> int | None:
        end = person.stretches[0][1]
        while True:
            while self.held(person) < self.rule.buffer_minutes or not person.listed:
                row = self.choose(person, t, end - t - self.held(person))
                if row is None:
                    break
                self.waiting.remove(row)
                person.listed.append(row)
                person.last = int(self.work.practice[row])
                self.credit = min(
                    self.credit + self.rule.reserve * float(self.work.minutes[row]), MOST_CREDIT
                )
            if not person.listed:
                return None
            first = min(person.listed, key=lambda row: self.list_rank(person, row))
            person.listed.remove(first)
            fits = self.work.minutes[first] <= end - t
            if fits or self.band[first] == 1 or self.work.pinned[first]:
                return first
            self.waiting.add(first)

    def is_old(self, row: int, t: float) -> bool:
        late = self.felt(t) - self.felt(float(self.work.due[row]))
        return late >= 0 and late > (self.rule.ceiling - 1) * float(self.work.target[row])

    def list_rank(self, person: Worker, row: int) -> tuple[int, bool]:
        return self.band[row] if self.hard(row) else 9, bool(self.work.practice[row] != person.worked)

    def choose(self, person: Worker, t: float, room: float) -> int | None:
        able = [row for row in self.waiting if self.may(person, row)]
        fits = [row for row in able if self.work.minutes[row] <= room]
        if self.credit > 0:
            old = [row for row in fits if not self.hard(row) and self.is_old(row, t)]
            if old:
                row = min(old, key=lambda row: self.key(row, inf, -1)[-3:])
                self.credit -= float(self.work.minutes[row])
                return row
        fits += [row for row in able if self.band[row] == 1 and row not in fits]
        return min(fits, key=lambda row: self.key(row, t, person.last), default=None)

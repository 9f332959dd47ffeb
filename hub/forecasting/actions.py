"""The forecast's jobs: foretell open work, keep each morning's predictions, settle what became of them."""

import datetime as dt
import math
from collections import Counter
from typing import Any

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from hub.domain.forecast import calibration, clearing
from hub.domain.promises import local_day
from hub.domain.vocabulary import Status
from hub.extensions import clock, db
from hub.forecasting import snapshot_queries
from hub.forecasting.columns_queries import stands_still
from hub.forecasting.snapshot_queries import Read
from hub.models import Forecast, ForecastRun, Prediction, Task
from hub.placing.queries import policy

RUNS = 20
_CHUNK = 2000


def foretell(runs: int = RUNS) -> int:
    """Foretell every open task and store it; the morning's first run is kept to be judged later.

    Same data, same moment, same answer: the seed is the moment. Returns how many tasks were foretold.
    """
    from hub.domain.forecast import runs as future  # loads the compiler, which only this job needs

    resolve()
    read = snapshot_queries.read()
    curve = learned()
    now = clock.now()
    found = future.chances(
        read.snapshot, read.history, seed=int(now.timestamp()), runs=runs, spread=read.spread
    )
    chance = curve.apply(found.late)
    made = ForecastRun(
        at=now,
        tasks=len(read.tasks),
        runs=runs,
        curve=curve.as_data(),
        figures=_figures(read, found),
    )
    db.session.add(made)
    db.session.flush()
    rows = [_row(read, found, chance, made.id, place) for place in range(len(read.tasks))]
    _store(rows)
    _keep(read, found.late, chance)
    return len(rows)


def resolve() -> int:
    """Write down what became of predictions whose due time has passed. Returns how many.

    Late is what was not completed by the time it was due when the prediction was made. What was
    cancelled is no evidence, so its prediction stays open for good.
    """
    now = clock.now()
    done_in_time = (Task.status == Status.COMPLETED) & (Task.closed_at <= Prediction.due_at)
    ended = Task.status == Status.CANCELLED
    settled = (
        update(Prediction)
        .where(Prediction.task_id == Task.id, Prediction.late.is_(None), Prediction.due_at < now, ~ended)
        .values(late=~done_in_time)
        .returning(Prediction.task_id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.scalars(settled).all())


def learned() -> calibration.Calibration:
    """Return what resolved predictions of the last quarter of a year teach."""
    since = local_day(clock.now()) - dt.timedelta(days=90)
    query = (
        select(Prediction.raw, Prediction.late, Prediction.made_on)
        .where(Prediction.late.is_not(None), Prediction.made_on >= since)
        .order_by(Prediction.made_on, Prediction.task_id)
    )
    rows = db.session.execute(query).all()
    return calibration.learned(
        np.array([row.raw for row in rows], float),
        np.array([float(row.late) for row in rows], float),
        np.array([row.made_on.toordinal() for row in rows], np.int64),
    )


def _row(read: Read, found: Any, chance: Any, run_id: int, place: int) -> dict[str, Any]:
    task = read.tasks[place]
    return {
        "task_id": task.id,
        "practice_id": task.practice_id,
        "run_id": run_id,
        "middle_at": read.time.moment(float(found.middle[place])),
        "by_80_at": read.time.moment(float(found.by_80[place])),
        "late": _chance(chance[place]),
        "late_if_on": _chance(found.late_if_on[place]),
        "late_if_usual": _chance(found.late_if_usual[place]),
    }


def _store(rows: list[dict[str, Any]]) -> None:
    names = ("run_id", "middle_at", "by_80_at", "late", "late_if_on", "late_if_usual")
    for start in range(0, len(rows), _CHUNK):
        query = insert(Forecast).values(rows[start : start + _CHUNK])
        new = {name: query.excluded[name] for name in names}
        db.session.execute(query.on_conflict_do_update(index_elements=["task_id"], set_=new))


def _keep(read: Read, raw: Any, chance: Any) -> None:
    """Keep this morning's predictions of tasks that are not late yet and due within the horizon."""
    today = local_day(clock.now())
    if db.session.scalar(select(func.count()).where(Prediction.made_on == today)):
        return
    rows = [
        {
            "task_id": task.id, "made_on": today, "practice_id": task.practice_id, "due_at": task.due_at,
            "raw": float(raw[place]), "said": float(chance[place]),
        }
        for place, task in enumerate(read.tasks)
        # What stands still is due at a time that nobody knows yet, so nobody could judge it later.
        if not math.isnan(raw[place]) and task.due_at > clock.now() and not stands_still(task)
    ]  # fmt: skip
    for start in range(0, len(rows), _CHUNK):
        db.session.execute(insert(Prediction).values(rows[start : start + _CHUNK]).on_conflict_do_nothing())


def _figures(read: Read, found: Any) -> dict[str, Any]:
    """Return what the run says of each queue: open tasks, days to clear, and what is left at the horizon.

    Clear it is of what can be worked on: what waits for somebody is counted apart, as is what nobody may do.
    """
    names = sorted({task.queue for task in read.tasks})
    if not names:
        return {"queues": {}, "days": len(read.time.days)}
    place = {name: number for number, name in enumerate(names)}
    able = [bool(one.any()) for one in read.snapshot.may]
    waits = [task.status == Status.WAITING for task in read.tasks]
    queue = np.array(
        [
            place[task.queue] if able[int(read.snapshot.work.group[row])] and not waits[row] else -1
            for row, task in enumerate(read.tasks)
        ]
    )
    opened = Counter(task.queue for task in read.tasks)
    waiting = Counter(task.queue for task, one in zip(read.tasks, waits, strict=True) if one)
    cleared = clearing.days_to_clear(
        found.finished, found.weights, queue, read.snapshot.day_ends, queues=len(names)
    )
    return {
        "days": len(read.time.days),
        "queues": {
            name: {
                "open": opened[name],
                "waiting": waiting[name],
                "nobody": opened[name] - waiting[name] - int(cleared.open[number]),
                "days": _finite(cleared.days[number]),
                "days_80": _finite(cleared.days_80[number]),
                "left": round(float(cleared.left[number]), 1),
            }
            for name, number in place.items()
        },
        "late": round(float(np.nansum(found.late)), 1),
        "late_already": sum(
            # A sum of weighted runs: what is late in all of them need not come to exactly 1.
            bool(found.late[row] > 0.99) and task.due_at <= clock.now()
            for row, task in enumerate(read.tasks)
        ),
        "late_if_on": round(float(np.nansum(found.late_if_on)), 1),
        "late_if_usual": round(float(np.nansum(found.late_if_usual)), 1),
        "policy": policy().version,
    }


def _chance(value: float) -> float | None:
    return None if math.isnan(value) else min(max(float(value), 0.0), 1.0)


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else float(value)

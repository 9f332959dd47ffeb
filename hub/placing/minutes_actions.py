"""Learning planned minutes from what tasks took, once a night."""

import datetime as dt

from hub.domain.learning import WINDOW_DAYS, Figure, learned
from hub.extensions import clock, db
from hub.models import LearnedMinutes
from hub.placing import minutes_queries
from hub.placing.minutes_queries import Sort
from hub.protocols.queries import current_kinds

# What was entered later than this may not be committed yet: every figure shows exactly the rows it counted.
SETTLED = dt.timedelta(minutes=10)


def learn_minutes() -> int:
    """Work out every figure anew from the outcomes of the last months; return how many there are.

    Running twice changes nothing but the moment of counting. A figure is in use from when it last
    changed; one that too few outcomes bear any more goes. Tasks already placed keep their minutes.
    """
    now = clock.now()
    until = now - SETTLED
    window = until - dt.timedelta(days=WINDOW_DAYS), until
    floors = {kind.code: kind.floor_minutes for kind in current_kinds()}
    stored, found = minutes_queries.stored(), 0
    for row in minutes_queries.outcomes(*window):
        sort = Sort(row.practice_id, row.kind, row.subtype, row.stage, row.planned)
        least = floors.get(row.kind, 1)
        # What was planned below a floor that has risen since is planned so no longer.
        figure = learned(row.took, row.planned, least) if row.planned >= least else None
        if figure is not None:
            _keep(sort, figure, stored.pop(sort, None), window, now)
            found += 1
    for gone in stored.values():
        db.session.delete(gone)
    return found


def _keep(
    sort: Sort,
    figure: Figure,
    row: LearnedMinutes | None,
    window: tuple[dt.datetime, dt.datetime],
    now: dt.datetime,
) -> None:
    if row is None:
        row = LearnedMinutes(**sort._asdict(), applied_from=now)
        db.session.add(row)
    elif row.minutes != figure.minutes:
        row.applied_from = now
    row.minutes, row.done, row.median = figure.minutes, figure.done, figure.exact_median
    row.since, row.until = window
    row.computed_at = now

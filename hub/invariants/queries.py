"""Running the checks: which of them does the database break now, and by which rows?"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.invariants import clock_queries
from hub.invariants.checks import ALWAYS, WORDS, Check
from hub.invariants.settled import SETTLED, SETTLES_IN
from hub.models import UserRole
from hub.placing import queries as placing_queries
from hub.placing import staff_queries

# Whoever checks may wait; a page may not.
PIECE = 5000  # rows read at once where a rule is judged here
PATIENCE = "set local statement_timeout = '10min'"


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold, and the rows that break it as (what, detail)."""

    check: Check
    rows: tuple[tuple[str, str], ...]


def broken(*, settled: bool = False) -> list[Broken]:
    """Return every rule that does not hold now. The one who acts must see all practices.

    `settled` asks as well what must hold once the workers have had two minutes.
    """
    checks = ALWAYS + SETTLED if settled else ALWAYS
    db.session.execute(text(PATIENCE))
    return run(db.session.connection(), checks, facts())


def run(connection: Connection, checks: Sequence[Check], known: dict[str, Any]) -> list[Broken]:
    """Return which of `checks` do not hold, as this connection sees the database."""
    found = []
    for check in checks:
        statement = text(check.sql)
        told = {**WORDS, **known, **check.told}
        wanted = {name: told[name] for name in statement.compile().params}
        if check.judge is None:
            found_rows: Iterable[Any] = connection.execute(statement, wanted)
        else:
            read = connection.execute(statement, wanted, execution_options={"yield_per": PIECE})
            found_rows = check.judge(read, told)
        rows = tuple((str(row[0]), str(row[1])) for row in found_rows)
        if rows:
            found.append(Broken(check, rows))
    return found


def facts() -> dict[str, Any]:
    """Return what the rota and the clock say, which the statements are told."""
    now = clock.now()
    called = staff_queries.on_call_ids(now) | staff_queries.on_call_ids(now - SETTLES_IN)
    return {
        "now": now,
        "kinds": clock_queries.kinds(),
        "order": placing_queries.policy().order,
        "before": now - SETTLES_IN,
        "at_work": _at_work(now),
        "on_call": sorted(called),
        "today": now.astimezone(LONDON).date(),
    }


def _at_work(now: dt.datetime) -> list[int]:
    """Who is on shift now, or was two minutes ago: someone just gone home is given that long."""
    ids = [row[0] for row in db.session.query(UserRole.user_id).where(UserRole.role == Role.CLINICIAN)]
    day = now.astimezone(LONDON).date()
    one = dt.timedelta(days=1)
    times = staff_queries.shift_times(ids, day - one, day + one)
    moments = (now, now - SETTLES_IN)
    return [
        user_id
        for user_id, intervals in times.items()
        if any(interval.contains(moment) for interval in intervals for moment in moments)
    ]

"""The timetable: each periodic job, how often, and why. Two timetables fire once."""

import datetime as dt
import logging
import signal
import threading
from dataclasses import dataclass
from types import FrameType

from flask import Flask
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from hub import background
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.models import Tick
from hub.models.acting import act_as
from workers.lane import beat

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Periodic:
    """One periodic job. A firing that was missed while everything was down is not made up:
    each of these looks at what is true now."""

    job: str
    seconds: int
    lane: str
    why: str


TIMETABLE = (
    Periodic("place_raised", 10, "placing", "requests whose own job was lost are placed all the same"),
    Periodic("top_up", 15, "placing", "everyone at work has the next half hour's work"),
    Periodic("promote", 60, "upkeep", "time may lift a task into a higher band"),
    Periodic("wake", 60, "upkeep", "waiting tasks come back on their chase date"),
    Periodic("go_off_shift", 60, "upkeep", "work of people who went home goes back or to the lead"),
    Periodic("watch", 60, "upkeep", "what nobody could do, or nobody has decided, stands on the lead's list"),
)
SWEEP_SECONDS = 5


def fire(entry: Periodic, now: dt.datetime) -> bool:
    """Insert this period's tick with its outbox row and commit; return whether we were first."""
    start = dt.datetime.fromtimestamp(now.timestamp() // entry.seconds * entry.seconds, dt.UTC)
    query = insert(Tick).values(name=entry.job, period=start).on_conflict_do_nothing().returning(Tick.name)
    first = db.session.execute(query).scalar_one_or_none() is not None
    if first:
        background.later(entry.job, key=f"{entry.job}:{start:%Y%m%dT%H%M%S}", lane=entry.lane)
    db.session.commit()
    return first


def run(app: Flask) -> None:
    """Fire ticks and sweep the outbox until told to stop. Survives a database that is away."""
    stop = threading.Event()

    def leave(signum: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    last_sweep = 0.0
    while not stop.wait(1.0):
        now = clock.now()
        with app.app_context():
            try:
                act_as(process(SystemActor.TIMETABLE))
                for entry in TIMETABLE:
                    fire(entry, now)
                if now.timestamp() - last_sweep >= SWEEP_SECONDS:
                    background.sweep()
                    beat(app, "timetable")
                    last_sweep = now.timestamp()
            except SQLAlchemyError as error:
                db.session.rollback()
                log.warning("the timetable waits for the database: %s", type(error).__name__)

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
    Periodic("call_out", 15, "placing", "what cannot wait reaches whoever is on call, or in a meeting"),
    Periodic("promote", 60, "upkeep", "time may lift a task into a higher band"),
    Periodic("wake", 60, "upkeep", "waiting tasks come back on their chase date"),
    Periodic("go_off_shift", 60, "upkeep", "work of people who went home goes back or to the lead"),
    Periodic("learn_minutes", 86400, "upkeep", "planned minutes follow what work takes at each practice"),
    Periodic("foretell", 900, "planning", "pages say when work will be done, and what will be late"),
    Periodic("watch", 60, "upkeep", "what nobody could do, or nobody has decided, stands on the lead's list"),
    Periodic("expire_overrides", 60, "upkeep", "what was put before others or kept for one ends in time"),
    Periodic("reweigh", 600, "upkeep", "the order follows a change of policy or of opening hours"),
    Periodic("share_out", 3600, "upkeep", "a practice behind its contracted share gains in the order"),
    Periodic("flag_past_ceiling", 900, "upkeep", "what is past its age ceiling stands on the lead's list"),
    Periodic(
        "write_letters", 60, "planning", "whom somebody wrote to hears of it, and letters put off are sent"
    ),
    Periodic("chase_to_dos", 3600, "upkeep", "to-dos and what was sent back are chased, and go to the lead"),
    Periodic("write_digests", 900, "planning", "each person's digest is written in its hour, once a day"),
    Periodic("forget_notices", 86400, "upkeep", "notices that were read long ago are removed"),
    Periodic("watch_imports", 60, "upkeep", "a file whose job gave up says so, and a lost job is found"),
    Periodic("remove_import_files", 3600, "upkeep", "the file itself is kept for thirty days only"),
    Periodic("raise_recalls", 86400, "upkeep", "what a practice asks for again and again is raised in time"),
    Periodic("forget_drafts", 3600, "upkeep", "what somebody typed and did not send is kept for a day only"),
)
SWEEP = dt.timedelta(seconds=5)
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def period_of(entry: Periodic, now: dt.datetime) -> dt.datetime:
    """Return when the period began in which `now` lies; the same for every process."""
    return dt.datetime.fromtimestamp(now.timestamp() // entry.seconds * entry.seconds, dt.UTC)


def fire(entry: Periodic, now: dt.datetime) -> bool:
    """Insert this period's tick with its outbox row and commit; return whether we were first."""
    start = period_of(entry, now)
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
    round_of = Rounds()
    while not stop.wait(1.0):
        with app.app_context():
            try:
                act_as(process(SystemActor.TIMETABLE))
                round_of.turn(app, clock.now())
            except SQLAlchemyError as error:
                db.session.rollback()
                log.warning("the timetable waits for the database: %s", type(error).__name__)


class Rounds:
    """What this process has fired, so that the database is asked once a period and not every second."""

    def __init__(self) -> None:
        self._done: dict[str, dt.datetime] = {}

    def turn(self, app: Flask, now: dt.datetime) -> list[str]:
        """Fire what is due, then sweep and write a heartbeat in their time; return what was fired."""
        fired = []
        for entry in TIMETABLE:
            start = period_of(entry, now)
            if self._done.get(entry.job) != start:
                if fire(entry, now):
                    fired.append(entry.job)
                self._done[entry.job] = start
        if now - self._done.get("sweep", NEVER) >= SWEEP:
            background.sweep()
            beat(app, "timetable")
            self._done["sweep"] = now
        return fired

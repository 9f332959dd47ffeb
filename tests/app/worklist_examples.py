"""What tests of a worklist do to a task and ask of a day."""

import datetime as dt
from typing import Any

from hub.extensions import db
from hub.models import ClinicianDay, Task
from tests.support.factories import Make
from tests.support.pages import fill_in

TUESDAY = "2026-11-24"


def wait(client: Any, task: Task, **more: Any) -> Any:
    """Have the task wait for the hospital until Tuesday, or as `more` says; return the answer."""
    typed = {"on": "hospital", "words": "The ward's reply about the dose.", "until": TUESDAY} | more
    return fill_in(client, f"/tasks/{task.ref}/wait", **typed)


def booked(acting: Any, make: Make, user: Any) -> int:
    """Return the minutes booked on this person's day."""
    with acting(make.lead()):
        found = db.session.get(ClinicianDay, (user.id, dt.date(2026, 11, 23)))
        return found.booked if found else 0

"""Runs one outbox row: lock it, do its job, mark it done, commit once.

Running twice, or at the same time as its own ghost, changes nothing: whoever does not get
the row's lock leaves, and whoever finds it done leaves.
"""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from hub import background
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.models import Outbox
from hub.models.acting import act_as

log = logging.getLogger(__name__)
_app: Flask | None = None


def serve(app: Flask) -> None:
    """Say which application the jobs of this process run in. Called once, before any fork."""
    global _app
    _app = app


def handle(outbox_id: int) -> None:
    """Run the job of one outbox row. This is the only function a worker accepts from Redis."""
    if _app is None:
        raise RuntimeError("workers.runner.serve(app) must be called before jobs run.")
    with _app.app_context():
        run_row(outbox_id)


def run_row(outbox_id: int) -> bool:
    """Run one row inside an application context; return whether this call did the work."""
    from workers.jobs import JOBS

    act_as(process(SystemActor.PLACING))
    row = _locked(outbox_id)
    if row is None:
        db.session.rollback()
        return False
    try:
        job: Callable[..., Any] = JOBS[row.job]
        job(**row.payload)
        row.attempts += 1
        row.done_at = clock.now()
        db.session.commit()
    except Exception as error:
        db.session.rollback()
        _note_failure(outbox_id, error)
        return False
    return True


def _locked(outbox_id: int) -> Outbox | None:
    query = (
        select(Outbox)
        .where(Outbox.id == outbox_id, Outbox.done_at.is_(None), Outbox.dead_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).one_or_none()


def _note_failure(outbox_id: int, error: Exception) -> None:
    # Frames only: an error's message may quote what it choked on.
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("job of outbox %s failed with %s\n%s", outbox_id, type(error).__name__, frames)
    row = _locked(outbox_id)
    if row is not None:
        background.failed(row, error)
    db.session.commit()

"""What tests of files ask of a file and do to the small hub."""

import datetime as dt

from sqlalchemy import select

from hub.domain.patient import Identity
from hub.extensions import db
from hub.imports import (
    row_queries,
)
from hub.models import Outbox
from tests.support.import_files import Importer, line
from tests.workers.conftest import Hub
from workers.runner import run_row

TOTALS = ("created", "duplicate", "refused", "skipped")


def totals(one: Importer) -> tuple[int, ...]:
    """Created, duplicate, refused, skipped: as the run says, and as its rows say."""
    rows = tuple(one.read(row_queries.rows_count, name) for name in TOTALS)
    run = one.read(lambda run: run)
    assert rows == (run.created, run.duplicate, run.refused, run.skipped)
    return rows


def status(one: Importer) -> str:
    return str(one.read(lambda run: run.status))


def next_job(hub: Hub) -> str:
    """Run the oldest job that is due, and say which it was."""
    with hub.app.app_context():
        query = select(Outbox).where(Outbox.done_at.is_(None)).order_by(Outbox.id).limit(1)
        row = db.session.scalars(query).one()
        row_id, job = row.id, row.job
        db.session.rollback()
        run_row(row_id)
        return job


def practice(hub: Hub) -> str:
    return hub.practice.ods_code


def identity_in(index: int) -> Identity:
    """Whom the row `line(index, ...)` names."""
    number, family, given, born, record, *_ = line(index, "")
    day, month, year = map(int, born.split("/"))
    return Identity(family, given, dt.date(year, month, day), number.replace(" ", ""), "", record)

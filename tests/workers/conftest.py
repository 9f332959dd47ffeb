"""A small hub: one practice, its manager, a lead, and whoever the test puts to work."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.imports import file_queries, step_actions
from hub.models import Event, Outbox, Practice, Task, User
from hub.models.acting import act_as
from hub.placing import queries, system_actions
from tests.support.factories import Make
from tests.support.import_files import Importer
from tests.support.running import acting_as

PLACING = process(SystemActor.PLACING)


@dataclass
class Hub:
    """The small hub, and short words for what tests do to it."""

    app: Flask
    make: Make
    practice: Practice
    manager: User
    lead: User

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """A session of the hub's own processes; committed at the end."""
        with self.app.app_context():
            act_as(PLACING)
            yield
            db.session.commit()

    def run(self, job: Callable[..., Any], *given: Any) -> Any:
        """Run a job of the hub's own processes and commit."""
        with self.session():
            return job(*given)

    def raised(self, kind: str = "MEDQ", **more: Any) -> Task:
        """A request, not placed yet, whose own job will not run."""
        task = self.make.request(self.practice, self.manager, kind, **more)
        self.forget_jobs()
        return task

    def queued(self, kind: str = "MEDQ", **more: Any) -> Task:
        """A request in its queue, given to nobody yet."""
        task = self.raised(kind, **more)
        self.run(system_actions.place_batch, [task.id])
        return self.make.again(task)

    def act(self, who: User, act: Callable[..., Any], task: Task, **given: Any) -> Any:
        """Do `act` on the task as this person, as a view does: load and lock, act, commit."""
        with acting_as(self.app, who) as by:
            return act(queries.get(task.ref, lock=True), by=by, **given)

    def start(self, who: User, task: Task) -> Task:
        """Have this person start the task."""
        from hub.worklist import actions

        self.act(who, actions.start, task, confirmed=True)
        return self.make.again(task)

    def forget_jobs(self) -> None:
        """Take every job for done, so that only what the test runs happens."""
        with self.session():
            db.session.query(Outbox).filter(Outbox.done_at.is_(None)).update({"done_at": Outbox.created_at})

    def events(self, task: Task) -> list[Event]:
        """The task's history."""
        with self.session():
            return list(db.session.scalars(select(Event).where(Event.task_id == task.id).order_by(Event.seq)))

    def last(self, task: Task) -> Event:
        """The task's newest event."""
        return self.events(task)[-1]

    def tasks(self) -> list[Task]:
        """Every task, oldest first."""
        with self.session():
            return list(db.session.scalars(select(Task).order_by(Task.id)))

    def broken(self, *, settled: bool = False) -> list[str]:
        """What does not hold though it must, with the rows."""
        from hub.invariants.queries import broken

        with self.session():
            return [f"{one.check.name}: {one.rows}" for one in broken(settled=settled)]


@pytest.fixture
def hub(app: Flask, make: Make) -> Hub:
    """A practice with its manager, and a lead. Nobody is at work."""
    practice = make.practice("Elm Surgery")
    return Hub(
        app=app,
        make=make,
        practice=practice,
        manager=make.requester(practice, name="Mo Manager"),
        lead=make.lead(name="Lee Lead"),
    )


@pytest.fixture
def pat(hub: Hub) -> User:
    """A pharmacist at work from 08:00 to 18:00."""
    return hub.make.pharmacist(hub.practice, name="Pat")


@pytest.fixture
def importer(hub: Hub) -> Importer:
    """The practice's manager, with a file."""
    return Importer(hub.app, hub.manager)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of four rows, each a job of its own."""
    monkeypatch.setattr(file_queries, "PART_ROWS", 4)
    monkeypatch.setattr(step_actions, "SECONDS", -1)

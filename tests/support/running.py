"""Acting, signing in, running jobs and counting statements in tests."""

import contextlib
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from hub.domain.actor import Actor
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Outbox, User, UserRole
from hub.models.acting import act_as
from hub.people import sessions
from hub.placing import known_staff_queries


def actor_of(app: Flask, user: User) -> Actor:
    """Return this person as one who acts, with the roles stored now."""
    with app.app_context():
        roles = db.session.scalars(select(UserRole.role).where(UserRole.user_id == user.id)).all()
        return Actor(user_id=user.id, name=user.name, roles=frozenset(map(Role, roles)))


@contextlib.contextmanager
def acting_as(app: Flask, who: Any) -> Iterator[Any]:
    """An application context in which `who` (an Actor or a User) acts; commits at the end."""
    actor = who if isinstance(who, Actor) else actor_of(app, who)
    with app.app_context():
        act_as(actor)
        yield actor
        db.session.commit()


def signed_in(app: Flask, user: User) -> FlaskClient:
    """Return a test client with a real session of this person."""
    with app.app_context():
        token = sessions.start(user.id, browser="a test")
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def run_jobs(app: Flask, most: int = 200) -> int:
    """Run outbox rows in this process until none is left; return how many did their work."""
    from workers.runner import run_row

    done = 0
    for _ in range(most):
        with app.app_context():
            query = select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.dead_at.is_(None))
            row_id = db.session.scalar(query.order_by(Outbox.id).limit(1))
            db.session.rollback()
            if row_id is None:
                return done
            ran = run_row(row_id)
            if not ran:
                error = db.session.scalar(select(Outbox.last_error).where(Outbox.id == row_id))
                raise AssertionError(f"the job of outbox row {row_id} failed: {error}")
            done += 1
    raise AssertionError(f"more than {most} jobs; does one make itself again?")


class Statements:
    """Counts the SQL statements between entering and leaving; transaction words do not count."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self._engine = db.engine
        self.seen: list[str] = []

    @property
    def count(self) -> int:
        """How many statements there were."""
        return len(self.seen)

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        self.seen.append(statement)

    def __enter__(self) -> "Statements":
        # What a process holds of the staff would make the second page cheaper than the first.
        known_staff_queries.forget()
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *error: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

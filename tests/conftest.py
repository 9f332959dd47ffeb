"""What every test may use: a real database and Redis, a clock that stands still, and made-up people."""

import datetime as dt
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from hub.extensions import db
from tests.support import database
from tests.support.factories import Make
from tests.support.running import Statements, acting_as, run_jobs, signed_in

MONDAY_TEN = dt.datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))


def pytest_configure(config: pytest.Config) -> None:
    """As root, give this run a folder of its own for temporary files.

    PostgreSQL then runs as another account, and pytest shuts its usual folder to others at the start of each
    run: also while another run's server is about to start in it.
    """
    if os.geteuid() == 0 and not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="hub-tests-")
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def test_servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[database.TestServers]:
    """A database of this test process's own, on servers that all test processes share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "servers"
    with database.own_database(shared, worker_id) as found:
        yield found


@pytest.fixture(scope="session")
def built_app(
    test_servers: database.TestServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application on an up-to-date schema with the kinds published; not emptied."""
    from flask_migrate import upgrade

    from hub import create_app
    from hub.people import sessions
    from hub.protocols.actions import publish

    # Guessing passwords need not be slow where there are none to protect.
    sessions.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    app = create_app(database.settings_for(test_servers, tmp_path_factory.mktemp("data")))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        upgrade()
        publish()
    # All that is loaded now stays: looking through it for garbage again and again costs every test.
    gc.freeze()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def clock() -> Iterator[Any]:
    """The product's clock, standing at Monday 23 November 2026, 10:00 in London."""
    from hub.clock import clock as the_clock

    with the_clock.at(MONDAY_TEN):
        yield the_clock


@pytest.fixture
def app(built_app: Flask, test_servers: database.TestServers, clock: Any) -> Flask:
    """The application on an empty database, at Monday ten o'clock."""
    from hub.background import redis_connection
    from hub.placing import queries

    database.empty(test_servers.owner_url)
    queries._policies.clear()  # another test's version 2 is not this one's
    redis_connection(built_app.config["REDIS_URL"]).flushdb()
    return built_app


@pytest.fixture
def make(app: Flask) -> Make:
    """Factories for made-up practices, people, patients and requests."""
    return Make(app)


@pytest.fixture
def as_user(app: Flask) -> Any:
    """Return `as_user(user) -> test client` with that person signed in."""

    def client(user: Any) -> FlaskClient:
        return signed_in(app, user)

    return client


@pytest.fixture
def acting(app: Flask) -> Any:
    """Return `with acting(actor_or_user):`, an application context in which that one acts."""

    def context(who: Any) -> AbstractContextManager[Any]:
        return acting_as(app, who)

    return context


@pytest.fixture
def jobs(app: Flask) -> Any:
    """Return `jobs()`, which runs everything in the outbox that is due and says how many ran."""
    return lambda: run_jobs(app)


@pytest.fixture
def statements(app: Flask) -> Any:
    """Return `with statements() as seen:`, after which `seen.count` is the number of SQL statements."""
    return lambda: Statements(app)


@pytest.fixture
def owner(test_servers: database.TestServers) -> Iterator[Any]:
    """A connection as the owner of the tables, past row-level security, for looking and for damage."""
    import psycopg

    from config import libpq_url

    with psycopg.connect(libpq_url(test_servers.owner_url), autocommit=True) as connection:
        yield connection


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by the folder they stand in."""
    for item in items:
        folder = Path(str(item.path)).parent.name
        if folder in ("browser", "faults"):
            item.add_marker(getattr(pytest.mark, folder))

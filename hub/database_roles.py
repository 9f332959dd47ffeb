"""Which accounts does the database know? Made before the migrations, which grant to them.

`hub_app` may sign in nowhere and owns nothing; migrations grant it what the application may do, and row-level
security binds it. Real accounts are its members.
"""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import sql

from config import libpq_url
from hub.processes import LocalError

APPLICATION = "hub_app"


def make_application_role(url: str) -> None:
    """Make `hub_app` if it does not exist, and this account its member. Any number may do so at once.

    Raises LocalError if this account may not.
    """
    with psycopg.connect(libpq_url(url), autocommit=True, connect_timeout=3) as connection:
        try:
            _make_role(connection, APPLICATION, "NOLOGIN")
            if not _may_put_on(connection):
                _make_member(connection, connection.info.user)
        except psycopg.errors.InsufficientPrivilege as error:
            user = connection.info.user
            raise LocalError(
                f"The database account {user} may not use the role {APPLICATION}. As an administrator "
                f"run: CREATE ROLE {APPLICATION} NOLOGIN (unless it exists); GRANT {APPLICATION} TO {user}"
            ) from error


def _may_put_on(connection: psycopg.Connection) -> bool:
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APPLICATION)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    connection.execute("RESET ROLE")
    return True


def make_database(url: str, *, name: str, owner: str, web: str) -> None:
    """Make a database, the role that owns it and the role that the application signs in with, where missing.

    `url` is a superuser's. The owner may make databases and roles too, for the tests.
    """
    with psycopg.connect(libpq_url(url), autocommit=True, connect_timeout=3) as connection:
        _make_role(connection, APPLICATION, "NOLOGIN")
        _make_role(connection, owner, "LOGIN CREATEDB CREATEROLE")
        _make_role(connection, web, "LOGIN")
        for member in (owner, web):
            _make_member(connection, member)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))


def _make_role(connection: psycopg.Connection, name: str, rights: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
        return
    statement = sql.SQL("CREATE ROLE {} " + rights)  # `rights` is a word of ours
    another_was_quicker = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
    with contextlib.suppress(*another_was_quicker):
        connection.execute(statement.format(sql.Identifier(name)))


def _make_member(connection: psycopg.Connection, name: str) -> None:
    statement = sql.SQL("GRANT {} TO {}")
    connection.execute(statement.format(sql.Identifier(APPLICATION), sql.Identifier(name)))

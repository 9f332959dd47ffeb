"""Where programs find the application: `flask NAME` calls create_app, gunicorn calls web."""

import logging
import sys

from flask import Flask

import hub
from config import ConfigError, Settings, load_settings
from hub import local, logs, memory
from hub.processes import LocalError
from hub.server_checks import server_problems


def create_app() -> Flask:
    """The application for a `flask` command, with servers: joined if they run, else started for its own time.

    Leaves with the sentences on the terminal if the configuration or this machine does not allow it.
    """
    is_asking_for_help = len(sys.argv) < 2 or "--help" in sys.argv
    try:
        settings = load_settings()
        return hub.create_app(
            _without_servers(settings) if is_asking_for_help else local.ensure_servers(settings)
        )
    except (ConfigError, LocalError) as error:
        raise SystemExit(str(error)) from error


def web() -> Flask:
    """The application for gunicorn, whose servers are named by the environment and fit.

    Leaves with the sentences on the terminal if they do not.
    """
    logs.configure()
    try:
        settings = load_settings()
        if not settings.database_url:
            raise ConfigError(
                ["DATABASE_URL and REDIS_URL are missing: `make run` starts servers and sets them."]
            )
        if problems := server_problems(settings):
            raise ConfigError(problems)
    except ConfigError as error:
        raise SystemExit(str(error)) from error
    for notice in settings.notices:
        logging.getLogger(__name__).warning(notice)
    app = hub.create_app(settings)
    memory.settle()
    return app


def _without_servers(settings: Settings) -> Settings:
    """Enough to list commands."""
    nowhere = settings.database_url or "postgresql://"
    return settings.with_servers(
        database_url=nowhere, database_owner_url=nowhere, redis_url=settings.redis_url
    )

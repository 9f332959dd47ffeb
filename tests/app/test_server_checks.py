"""The servers are looked at before anything relies on them; each thing wrong is one sentence."""

from dataclasses import replace

import pytest
from flask import Flask

from config import Settings
from hub import server_checks
from hub.server_checks import server_problems
from tests.support.database import TestServers


@pytest.fixture
def settings(built_app: Flask) -> Settings:
    """Settings that point to the test servers."""
    found: Settings = built_app.extensions["hub_settings"]
    return found


class Told:
    """A Redis that says about itself what a test wants to hear."""

    def __init__(self, server: dict[str, str], policy: str = "noeviction") -> None:
        self.answers = {"server": server, "memory": {"maxmemory_policy": policy}}

    def info(self, section: str) -> dict[str, str]:
        return self.answers[section]


def test_the_servers_of_this_run_are_right(settings: Settings) -> None:
    assert server_problems(settings) == []


def test_production_refuses_an_account_that_owns_the_tables(
    settings: Settings, test_servers: TestServers
) -> None:
    wrong = replace(settings, environment="production", database_url=test_servers.owner_url)
    (problem,) = server_problems(wrong)
    assert "a member of hub_app and nothing else" in problem


def test_production_takes_an_account_that_owns_nothing(settings: Settings) -> None:
    joint = "&" if "?" in settings.database_url else "?"
    url = f"{settings.database_url}{joint}options=-crole%3Dhub_app"
    assert server_problems(replace(settings, environment="production", database_url=url)) == []


def test_a_database_that_cannot_be_reached_is_told_without_its_password(settings: Settings) -> None:
    wrong = replace(settings, database_url="postgresql+psycopg://me:hunter2@127.0.0.1:1/hub")
    (problem,) = server_problems(wrong)
    assert problem.startswith("PostgreSQL cannot be reached with DATABASE_URL")
    assert "hunter2" not in problem


def test_a_redis_that_is_away_is_no_reason_not_to_start(settings: Settings) -> None:
    assert server_problems(replace(settings, redis_url="redis://127.0.0.1:1")) == []


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Told({"redis_version": "6.2.14"}), "Redis 6.2.14 is too old"),
        (Told({"redis_version": "7.2.4", "valkey_version": "7.2.5"}), "Valkey 7.2.5 is too old"),
        (Told({"redis_version": "7.4.0"}, policy="allkeys-lru"), "maxmemory-policy to noeviction"),
    ],
)
def test_a_redis_that_does_not_fit_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, told: Told, sentence: str
) -> None:
    monkeypatch.setattr(server_checks, "redis_connection", lambda url: told)
    (problem,) = server_problems(settings)
    assert sentence in problem


@pytest.mark.parametrize(
    "server",
    [{"redis_version": "7.0.15"}, {"redis_version": "7.2.4", "valkey_version": "8.0.1"}],
)
def test_the_oldest_that_fit_are_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, server: dict[str, str]
) -> None:
    monkeypatch.setattr(server_checks, "redis_connection", lambda url: Told(server))
    assert server_problems(settings) == []

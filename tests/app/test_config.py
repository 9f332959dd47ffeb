"""Settings: every problem is told at once, in a sentence; production takes nothing that is only handy."""

import base64
import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from config import ConfigError, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(range(100, 132))).decode()
PRODUCTION = {
    "HUB_ENV": "production",
    "SECRET_KEY": "uV3kq9-Zx2_pLw7RtY5nB8mC1dF4gH6j",
    "MASTER_KEYS": f"k2:{KEY},k1:{OTHER_KEY}",
    "LOOKUP_KEY": KEY,
    "DATABASE_URL": "postgresql://hub_web:made-up@db/hub",
    "DATABASE_OWNER_URL": "postgres://hub_owner:made-up@db/hub",
    "REDIS_URL": "rediss://cache",
    "PUBLIC_URL": "https://hub.example/",
    "HUB_ACCEPT_NOT_FOR_PATIENT_DATA": "yes",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ)
    return caught.value.problems


def test_a_whole_production_environment_is_read() -> None:
    settings = load_settings(PRODUCTION)
    assert settings.is_production
    assert settings.current_master_key_id == "k2"
    assert settings.master_keys == {"k2": bytes(range(32)), "k1": bytes(range(100, 132))}
    assert settings.database_url == "postgresql+psycopg://hub_web:made-up@db/hub"
    assert settings.database_owner_url == "postgresql+psycopg://hub_owner:made-up@db/hub"
    assert settings.public_url == "https://hub.example"
    assert settings.session_idle == timedelta(minutes=30)
    assert settings.session_length == timedelta(hours=12)


def test_production_says_that_it_is_not_for_patient_data() -> None:
    (notice,) = load_settings(PRODUCTION).notices
    assert "not for patient data" in notice
    (problem,) = problems(PRODUCTION | {"HUB_ACCEPT_NOT_FOR_PATIENT_DATA": ""})
    assert notice in problem
    assert "HUB_ACCEPT_NOT_FOR_PATIENT_DATA=yes" in problem


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is weak"),
        ({"MASTER_KEYS": ""}, "MASTER_KEYS is missing"),
        ({"MASTER_KEYS": "k1:c2hvcnQ="}, "not 32 random bytes"),
        ({"MASTER_KEYS": f"k1:{KEY},k1:{OTHER_KEY}"}, "each id used once"),
        ({"LOOKUP_KEY": base64.b64encode(bytes(32)).decode()}, "not 32 random bytes"),
        ({"LOOKUP_KEY": "not base64!"}, "not 32 random bytes"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"DATABASE_OWNER_URL": ""}, "DATABASE_OWNER_URL is missing"),
        ({"DATABASE_URL": "postgresql://hub_owner@db/hub"}, "owner's account"),
        ({"DATABASE_URL": "mysql://hub_web@db/hub"}, "DATABASE_URL must begin with one of postgresql://"),
        ({"REDIS_URL": ""}, "REDIS_URL is missing"),
        ({"PUBLIC_URL": "http://hub.example"}, "must begin with https://"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is refused"),
        ({"HUB_NOW": "2026-11-22T03:00"}, "HUB_NOW is refused"),
        ({"HUB_CLOCK_OFFSET": "60"}, "HUB_CLOCK_OFFSET is refused"),
        ({"HUB_DEMO_PASSWORD": "made-up"}, "HUB_DEMO_PASSWORD is refused"),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"SESSION_HOURS": "25"}, "SESSION_HOURS is '25'"),
        ({"SESSION_IDLE_MINUTES": "half"}, "SESSION_IDLE_MINUTES is 'half'"),
    ],
)
def test_production_refuses(change: dict[str, str], sentence: str) -> None:
    found = problems(PRODUCTION | change)
    assert len(found) == len(change), found
    assert sentence in found[0]


def test_all_problems_are_told_together() -> None:
    found = problems({"HUB_ENV": "production", "PORT": "http"})
    assert len(found) == len(set(found)) == 9, found


def test_no_problem_repeats_a_secret_or_a_password() -> None:
    environ = PRODUCTION | {
        "SECRET_KEY": "hunter2",
        "MASTER_KEYS": "k1:hunter2",
        "LOOKUP_KEY": "hunter2",
        "DATABASE_URL": "mysql://me:hunter2@db",
        "REDIS_URL": "tcp://:hunter2@cache",
        "PUBLIC_URL": "ftp://me:hunter2@hub.example",
    }
    assert "hunter2" not in " ".join(problems(environ))
    assert "hunter2" not in repr(
        load_settings(PRODUCTION | {"SECRET_KEY": "hunter2" + PRODUCTION["SECRET_KEY"]})
    )


def test_a_misspelt_environment_makes_no_development_secrets(tmp_path: Path) -> None:
    assert "HUB_ENV is 'prod'" in problems({"HUB_ENV": "prod", "HUB_DATA": str(tmp_path)})[0]
    assert not list(tmp_path.iterdir())


def test_development_makes_its_secrets_once_and_keeps_them_private(tmp_path: Path) -> None:
    environ = {"HUB_DATA": str(tmp_path / "var")}
    first = load_settings(environ)
    kept = tmp_path / "var" / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = load_settings(environ)
    assert (again.secret_key, again.master_keys, again.lookup_key) == (
        first.secret_key,
        first.master_keys,
        first.lookup_key,
    )
    assert load_settings({"HUB_DATA": str(tmp_path / "other")}).secret_key != first.secret_key
    assert os.listdir(kept.parent) == ["secrets.json"]


def test_development_secrets_that_cannot_be_read_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"SECRET_KEY": "half of them"}))
    (problem,) = problems({"HUB_DATA": str(tmp_path)})
    assert "restore the file" in problem
    assert json.loads((tmp_path / "secrets.json").read_text()) == {"SECRET_KEY": "half of them"}


def test_a_secret_may_stand_in_a_file_with_a_stray_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(PRODUCTION["SECRET_KEY"] + "\r\n")
    environ = PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(secret)}
    assert load_settings(environ).secret_key == PRODUCTION["SECRET_KEY"]
    found = problems(environ | {"SECRET_KEY_FILE": str(tmp_path / "none")})
    assert any("SECRET_KEY_FILE names a file that cannot be read" in problem for problem in found)


def test_one_server_named_without_the_other_is_refused(tmp_path: Path) -> None:
    found = problems({"HUB_DATA": str(tmp_path), "REDIS_URL": "redis://cache"})
    assert found == ["Set both DATABASE_URL and REDIS_URL, or neither for the embedded servers."]


def test_a_mail_server_is_optional_and_never_spoken_to_in_the_clear_where_it_matters() -> None:
    assert load_settings(PRODUCTION).mail is None
    given = {
        "SMTP_HOST": "mail.example",
        "MAIL_FROM": "hub@example.org",
        "SMTP_USER": "hub",
        "SMTP_PASSWORD": "made-up",
    }
    mail = load_settings(PRODUCTION | given).mail
    assert mail is not None
    assert (mail.port, mail.security, "made-up" in repr(mail)) == (587, "starttls", False)
    for change, sentence in (
        ({"MAIL_FROM": "hub"}, "MAIL_FROM is missing or no address"),
        ({"SMTP_SECURITY": "none"}, "SMTP_SECURITY=none would send the password in the clear"),
        ({"SMTP_SECURITY": "ssl"}, "SMTP_SECURITY is 'ssl'"),
        ({"SMTP_PASSWORD": ""}, "Set both SMTP_USER and SMTP_PASSWORD"),
        ({"SMTP_CA_FILE": "/nowhere.pem"}, "SMTP_CA_FILE names a file that is not there"),
    ):
        assert any(sentence in one for one in problems(PRODUCTION | given | change)), sentence

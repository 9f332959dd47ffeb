"""How is this installation set up? One settings object, read from the environment, checked before any start.

Every problem is one sentence with a hint, and all of them are shown together. Any variable may be given
as a file: `SECRET_KEY_FILE=/run/secrets/key` stands for `SECRET_KEY`.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Environment = Literal["development", "test", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("development", "test", "production")

LONDON = ZoneInfo("Europe/London")
KEY_BYTES = 32
SHORTEST_SECRET = 32
FEWEST_DIFFERENT = 8  # characters of a secret, and bytes of a key; random ones have many more
SECRET_NAMES = ("SECRET_KEY", "MASTER_KEYS", "LOOKUP_KEY")
RANDOM_TEXT = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
RANDOM_KEY = "python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
MAIL_SECURITY = ("starttls", "tls", "none")
MAIL_ADDRESS = re.compile(r"[^\s<>@\"',;:\\]+@[A-Za-z0-9.-]+", re.ASCII)
# From the numbers that Ofcom keeps free for drama.
MADE_UP_TELEPHONE = "01632 960000"
NOT_FOR_PATIENT_DATA = (
    "This version is not for patient data: it lacks one-time codes and OIDC, the organisation's sign-in."
)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The server that takes our e-mail. `security` is how it is spoken to, `sender` our own address."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


class ConfigError(Exception):
    """The environment does not describe a hub that may start; `problems` holds one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The hub cannot start:\n" + "\n".join(f"  * {problem}" for problem in problems))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the rest of the program may know about its surroundings.

    `database_url`, `database_owner_url` and `redis_url` are "" where the embedded servers are to be used
    (`hub.local` fills them in). `master_keys` maps a key's id to its 32 bytes; the first is the current one.
    """

    environment: Environment
    data_dir: Path
    secret_key: str = field(repr=False)
    master_keys: Mapping[str, bytes] = field(repr=False)
    lookup_key: bytes = field(repr=False)
    database_url: str = field(default="", repr=False)
    database_owner_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    port: int = 8000
    public_url: str = ""
    telephone: str = ""
    demo_password: str = field(default="", repr=False)
    session_idle: timedelta = timedelta(minutes=30)
    session_length: timedelta = timedelta(hours=12)
    job_lease: timedelta = timedelta(seconds=60)
    mail: Mail | None = None

    @property
    def is_production(self) -> bool:
        """Whether real people depend on this installation."""
        return self.environment == "production"

    @property
    def current_master_key_id(self) -> str:
        """The id of the key that wraps new data keys."""
        return next(iter(self.master_keys))

    @property
    def notices(self) -> list[str]:
        """Sentences to show whenever the hub starts and in `flask check-config`."""
        return [NOT_FOR_PATIENT_DATA] if self.is_production else []

    def with_servers(self, *, database_url: str, database_owner_url: str, redis_url: str) -> Settings:
        """The same settings, pointing to these servers."""
        return replace(
            self,
            database_url=sqlalchemy_url(database_url),
            database_owner_url=sqlalchemy_url(database_owner_url),
            redis_url=redis_url,
        )


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment describes.

    Outside production missing secrets are made once and kept in HUB_DATA. Raises ConfigError.
    """
    reader = _Reader(os.environ if environ is None else environ)
    environment = reader.environment()
    data_dir = Path(reader.text("HUB_DATA", "var")).expanduser().absolute()
    if environment != "production" and not all(reader.text(name) for name in SECRET_NAMES):
        reader.defaults = _kept_secrets(data_dir)
    settings = reader.settings(environment, data_dir)
    reader.check_clock()
    if settings.is_production:
        reader.check_production(settings)
    else:
        reader.check_servers(settings)
    if reader.problems:
        raise ConfigError(reader.problems)
    return settings


def parse_moment(text: str) -> datetime:
    """An ISO moment as an aware datetime; one without an offset is London time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)


def sqlalchemy_url(url: str) -> str:
    """The URL with psycopg 3 named as its driver, which SQLAlchemy needs and libpq does not know."""
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)


def libpq_url(url: str) -> str:
    """The URL as psycopg and the PostgreSQL tools read it."""
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql://", url)


def _kept_secrets(data_dir: Path) -> dict[str, str]:
    """A development hub's own secrets: made on first use and kept, so that data stays readable."""
    path = data_dir / "secrets.json"
    try:
        if not path.exists():
            _write_once(path, json.dumps(_new_secrets()))
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in SECRET_NAMES}
    except (OSError, ValueError, KeyError) as error:
        hint = "make HUB_DATA writable, restore the file, or empty HUB_DATA to start afresh"
        raise ConfigError([f"The secrets in {path} cannot be used ({error}): {hint}."]) from error


def _write_once(path: Path, text: str) -> None:
    """Write a private file; when two commands start at the same moment, the first finished file stands."""
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _new_secrets() -> dict[str, str]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()

    return {"SECRET_KEY": secrets.token_urlsafe(48), "MASTER_KEYS": f"dev1:{key()}", "LOOKUP_KEY": key()}


class _Reader:
    """Reads variables one by one and remembers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.defaults: Mapping[str, str] = {}
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The variable without stray blanks and line ends, its file's contents, or the default."""
        value = self.environ.get(name, "").strip()
        file_name = self.environ.get(f"{name}_FILE", "").strip()
        if not value and file_name:
            try:
                value = Path(file_name).read_text().strip()
            except OSError as error:
                self._complain(
                    f"{name}_FILE names a file that cannot be read ({error.strerror}): {file_name}."
                )
        return value or self.defaults.get(name, "") or default

    def environment(self) -> Environment:
        value = self.text("HUB_ENV", "development")
        for environment in ENVIRONMENTS:
            if value == environment:
                return environment
        self._complain(f"HUB_ENV is {value!r}: use one of {', '.join(ENVIRONMENTS)}.")
        # Read strictly: a misspelt "production" must not make itself development secrets.
        return "production"

    def settings(self, environment: Environment, data_dir: Path) -> Settings:
        port = self._number("PORT", 8000, most=65535)
        return Settings(
            environment=environment,
            data_dir=data_dir,
            secret_key=self._secret_key(),
            master_keys=self._master_keys(),
            lookup_key=self._key("LOOKUP_KEY", self.text("LOOKUP_KEY")),
            database_url=self._database("DATABASE_URL"),
            database_owner_url=self._database("DATABASE_OWNER_URL"),
            redis_url=self._url("REDIS_URL", ("redis", "rediss", "unix")),
            port=port,
            public_url=self._url("PUBLIC_URL", ("http", "https")).rstrip("/") or f"http://127.0.0.1:{port}",
            telephone=self.text("HUB_TELEPHONE", MADE_UP_TELEPHONE if environment == "development" else ""),
            demo_password=self.text("HUB_DEMO_PASSWORD"),
            session_idle=timedelta(minutes=self._number("SESSION_IDLE_MINUTES", 30, most=24 * 60)),
            session_length=timedelta(hours=self._number("SESSION_HOURS", 12, most=24)),
            job_lease=timedelta(seconds=self._number("JOB_LEASE_SECONDS", 60, most=3600)),
            mail=self._mail(environment),
        )

    def _mail(self, environment: Environment) -> Mail | None:
        """The server for e-mail; None, when no SMTP_HOST is given: then none is sent, and pages say so."""
        host, sender = self.text("SMTP_HOST"), self.text("MAIL_FROM")
        if not host:
            return None
        security = self.text("SMTP_SECURITY", "starttls")
        mail = Mail(
            host=host,
            port=self._number("SMTP_PORT", 465 if security == "tls" else 587, most=65535),
            security=security,
            sender=sender,
            user=self.text("SMTP_USER"),
            password=self.text("SMTP_PASSWORD"),
            ca_file=self.text("SMTP_CA_FILE"),
        )
        if security not in MAIL_SECURITY:
            self._complain(f"SMTP_SECURITY is {security!r}: use one of {', '.join(MAIL_SECURITY)}.")
        if not MAIL_ADDRESS.fullmatch(sender):
            self._complain("MAIL_FROM is missing or no address: write the one from which letters are sent.")
        if bool(mail.user) != bool(mail.password):
            self._complain("Set both SMTP_USER and SMTP_PASSWORD, or neither for a server that asks nothing.")
        if mail.user and security == "none":
            self._complain("SMTP_SECURITY=none would send the password in the clear: use starttls or tls.")
        if environment == "production" and security == "none":
            self._complain("SMTP_SECURITY=none is refused in production: use starttls or tls.")
        if mail.ca_file and not Path(mail.ca_file).is_file():
            self._complain(f"SMTP_CA_FILE names a file that is not there: {mail.ca_file}.")
        return mail

    def check_servers(self, settings: Settings) -> None:
        if bool(settings.database_url) != bool(settings.redis_url):
            self._complain("Set both DATABASE_URL and REDIS_URL, or neither for the embedded servers.")

    def check_clock(self) -> None:
        try:
            parse_moment(self.text("HUB_NOW", "2026-01-01"))
            timedelta(seconds=float(self.text("HUB_CLOCK_OFFSET", "0")))
        except (ValueError, OverflowError):
            self._complain("HUB_NOW cannot be read: write a moment such as 2026-11-22T03:00 (London time).")

    def check_production(self, settings: Settings) -> None:
        """What is handy on one machine and dangerous where real people depend on it."""
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PUBLIC_URL"):
            if not self.text(name):
                self._complain(
                    f"{name} is missing: production uses no embedded servers and no guessed address."
                )
        for name in ("HUB_NOW", "HUB_CLOCK_OFFSET", "HUB_DEMO_PASSWORD"):
            if self.text(name):
                self._complain(
                    f"{name} is refused in production: it is for demonstrations and tests; unset it."
                )
        if self.text("FLASK_DEBUG", "0").lower() not in ("0", "false", "no"):
            self._complain(
                "FLASK_DEBUG is refused in production: its error pages run code for anyone; unset it."
            )
        if self.text("PUBLIC_URL") and not settings.public_url.startswith("https://"):
            self._complain(
                "PUBLIC_URL must begin with https:// in production: sign-in cookies travel over TLS only."
            )
        if settings.database_url and _account(settings.database_url) == _account(settings.database_owner_url):
            self._complain(
                "DATABASE_URL is the owner's account: give the application its own, a member of hub_app."
            )
        if self.text("HUB_ACCEPT_NOT_FOR_PATIENT_DATA") != "yes":
            hint = "To try it with made-up people, set HUB_ACCEPT_NOT_FOR_PATIENT_DATA=yes."
            self._complain(f"{NOT_FOR_PATIENT_DATA} {hint}")

    def _complain(self, sentence: str) -> None:
        if sentence not in self.problems:
            self.problems.append(sentence)

    def _number(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name, str(default))
        if value.isdecimal() and 1 <= int(value) <= most:
            return int(value)
        self._complain(f"{name} is {value!r}: use a whole number from 1 to {most}.")
        return default

    def _url(self, name: str, schemes: tuple[str, ...]) -> str:
        """The variable, if it is an address of one of these kinds; never shown: it may hold a password."""
        value = self.text(name)
        if value and (urlsplit(value).scheme not in schemes or "://" not in value):
            self._complain(
                f"{name} must begin with one of {', '.join(f'{scheme}://' for scheme in schemes)}."
            )
        return value

    def _database(self, name: str) -> str:
        return sqlalchemy_url(self._url(name, ("postgresql", "postgres", "postgresql+psycopg")))

    def _secret_key(self) -> str:
        value = self.text("SECRET_KEY")
        if not value:
            self._complain(f"SECRET_KEY is missing: make one with {RANDOM_TEXT}")
        elif len(value) < SHORTEST_SECRET or len(set(value)) < FEWEST_DIFFERENT:
            self._complain(
                f"SECRET_KEY is weak, under {SHORTEST_SECRET} random signs: make one with {RANDOM_TEXT}"
            )
        return value

    def _master_keys(self) -> dict[str, bytes]:
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in self.text("MASTER_KEYS").split(","))):
            key_id, _, key = entry.partition(":")
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", key_id) or key_id in keys:
                self._complain(
                    "MASTER_KEYS must look like id1:key1,id2:key2, each id used once, of letters and digits."
                )
            keys[key_id] = self._key(f"Key {len(keys) + 1} of MASTER_KEYS", key)
        if not keys:
            self._complain(
                f"MASTER_KEYS is missing: write k1: and then the key that this makes: {RANDOM_KEY}"
            )
        return keys

    def _key(self, name: str, value: str) -> bytes:
        try:
            key = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not value:
            self._complain(f"{name} is missing: make one with {RANDOM_KEY}")
        elif len(key) != KEY_BYTES or len(set(key)) < FEWEST_DIFFERENT:
            self._complain(f"{name} is not {KEY_BYTES} random bytes in base64: make one with {RANDOM_KEY}")
        return key


def _account(url: str) -> str | None:
    return urlsplit(url).username

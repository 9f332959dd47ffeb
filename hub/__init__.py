"""The web application: a work queue for a remote pharmacy hub."""

from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import Settings, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, configured and with every stage's pages.

    Raises:
        config.ConfigError: the environment is not usable; each problem is one sentence.
    """
    from hub import cli, logs, pages, security, uploads, web
    from hub.extensions import csrf, db, limiter, login_manager, migrate

    settings = settings or load_settings()
    app = Flask(__name__, static_folder=None)  # files are served under names that carry their contents
    app.config.update(_flask_config(settings))
    app.extensions["hub_settings"] = settings
    logs.init_app(app)
    uploads.init_app(app)
    web.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory="hub/migrations")
    login_manager.init_app(app)
    # Before whatever reads a form: what a stranger sends is not read at all.
    security.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    pages.register(app)
    cli.register(app)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    secure = settings.public_url.startswith("https://")
    return {
        "TESTING": settings.environment == "test",
        "SECRET_KEY": settings.secret_key,
        "MASTER_KEYS": dict(settings.master_keys),
        "LOOKUP_KEY": settings.lookup_key,
        "REDIS_URL": settings.redis_url,
        "HUB_TELEPHONE": settings.telephone,
        "JOB_LEASE": settings.job_lease,
        "MAIL": settings.mail,
        "PUBLIC_URL": settings.public_url,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": True,
            "pool_timeout": 5,
            # An error's text must not quote what was sent to the database.
            "hide_parameters": True,
            "connect_args": {
                "connect_timeout": 3,
                "options": " ".join(
                    (
                        "-c statement_timeout=10s -c lock_timeout=3s",
                        "-c idle_in_transaction_session_timeout=30s -c timezone=UTC",
                        # Where one account serves for everything (development), the
                        # application still puts on the role that owns nothing.
                        "" if settings.is_production else "-c role=hub_app",
                    )
                ),
            },
        },
        "SESSION_COOKIE_NAME": "__Host-hub" if secure else "hub",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": _limits_uri(settings.redis_url),
        # A Redis that hangs must not hold the sign-in page; limits are then counted in memory.
        "RATELIMIT_STORAGE_OPTIONS": (
            {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}
            if settings.redis_url
            else {}
        ),
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_KEY_PREFIX": "limit",
        "RATELIMIT_ENABLED": settings.environment != "test",
    }


def _limits_uri(redis_url: str) -> str:
    if not redis_url:
        return "memory://"
    return "redis+" + redis_url if redis_url.startswith("unix://") else redis_url

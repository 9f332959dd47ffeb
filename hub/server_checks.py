"""Are these the servers the product needs? One sentence for each thing that is wrong with them."""

from __future__ import annotations

import psycopg
import redis

from config import Settings, libpq_url
from hub.background import redis_connection

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
OLDEST_VALKEY = 8


def server_problems(settings: Settings) -> list[str]:
    """Look at PostgreSQL and Redis as the settings name them; an empty list means that the hub may start.

    Redis that cannot be reached is no problem: the hub works without it, only later (see hub/background.py).
    """
    return [*_database_problems(settings), *_redis_problems(settings.redis_url)]


def _database_problems(settings: Settings) -> list[str]:
    try:
        with psycopg.connect(libpq_url(settings.database_url), connect_timeout=3) as connection:
            version = connection.info.server_version // 10000
            if version < OLDEST_POSTGRES:
                return [f"PostgreSQL {version} is too old: use PostgreSQL {OLDEST_POSTGRES} or newer."]
            return _rights_problems(connection) if settings.is_production else []
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        return [f"PostgreSQL cannot be reached with DATABASE_URL: {reason}"]


def _rights_problems(connection: psycopg.Connection) -> list[str]:
    """Row-level security and the append-only history bind neither superusers nor owners."""
    row = connection.execute(
        """
        SELECT bool_or(rolsuper OR rolbypassrls),
               EXISTS (SELECT 1 FROM pg_tables t JOIN pg_roles o ON o.rolname = t.tableowner
                       WHERE t.schemaname = 'public' AND pg_has_role(o.oid, 'MEMBER'))
        FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')
        """
    ).fetchone()
    is_above_rules, is_owner = row or (True, True)
    if is_above_rules or is_owner:
        return [
            "DATABASE_URL signs in with an account that owns tables or may pass by row-level security: "
            "use one that is a member of hub_app and nothing else."
        ]
    return []


def _redis_problems(url: str) -> list[str]:
    connection = redis_connection(url)
    try:
        server = connection.info("server")
        policy = connection.info("memory").get("maxmemory_policy", "noeviction")
    except redis.AuthenticationError:
        return ["Redis refuses the user or password in REDIS_URL."]
    except redis.RedisError:
        return []
    name, oldest = ("Valkey", OLDEST_VALKEY) if "valkey_version" in server else ("Redis", OLDEST_REDIS)
    version = str(server.get("valkey_version") or server["redis_version"])
    problems = []
    if int(version.split(".")[0]) < oldest:
        problems.append(
            f"{name} {version} is too old: REDIS_URL needs Redis {OLDEST_REDIS} or Valkey {OLDEST_VALKEY}."
        )
    if policy != "noeviction":
        problems.append(f"{name} may drop jobs when memory is short: set its maxmemory-policy to noeviction.")
    return problems

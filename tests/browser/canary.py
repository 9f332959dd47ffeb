"""Made-up identities as canaries: where, outside the database's sealed columns, do they turn up?"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from redis import Redis

from tests.support.browser_site import Site


def places_that_name(secrets: Iterable[str], site: Site, addresses: Iterable[str]) -> list[str]:
    """Places (log files, keys and values of Redis, addresses, jobs) that hold one of these words."""
    words = [secret.casefold() for secret in secrets]
    return [
        f"{place} holds {word!r}"
        for place, text in _searched(site, addresses)
        for word in words
        if word in text.casefold()
    ]


def _searched(site: Site, addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    logged = site.logged()
    assert any(logged.values()), "no process logged anything: this searches the wrong files"
    for name, text in logged.items():
        yield f"the log of {name}", text
    for address in addresses:
        yield "an address", unquote_plus(address)
    jobs = site.rows("select job, key, payload::text, last_error from outbox")
    assert jobs, "no job was recorded: this searches the wrong database"
    for job in jobs:
        yield "a job", " ".join(map(str, job))
    for key, value in everything_in_redis(site):
        yield f"Redis under {key}", f"{key} {value}"


def everything_in_redis(site: Site) -> Iterator[tuple[str, str]]:
    """Every key with its value, whatever its type; DUMP would hide text by compressing it."""
    from hub.background import redis_connection

    redis: Any = redis_connection(site.settings.redis_url)
    for key in redis.scan_iter():
        yield key.decode(errors="replace"), _value(redis, key)


def _value(redis: Redis, key: bytes) -> str:
    anything: Any = redis
    readers = {
        b"string": lambda: anything.get(key),
        b"list": lambda: anything.lrange(key, 0, -1),
        b"set": lambda: anything.smembers(key),
        b"zset": lambda: anything.zrange(key, 0, -1, withscores=True),
        b"hash": lambda: anything.hgetall(key),
        b"stream": lambda: anything.xrange(key),
    }
    kind = anything.type(key)
    return str(readers[kind]()) if kind in readers else ""

"""The servers of one machine survive kills, strangers with old pids, long paths and unreadable files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config import libpq_url
from hub.embedded import Servers, servers
from hub.processes import is_alive, kill, running_in, wait_until

ROOT = Path(__file__).resolve().parents[2]
JOIN_AND_WAIT = """
import sys, time
from pathlib import Path
from hub.embedded import Servers
Servers(Path(sys.argv[1]), durable=False).join()
print("joined", flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever still runs in it afterwards is ended."""
    yield tmp_path
    for folder in ("postgres", "valkey"):
        for pid in running_in(tmp_path / folder):
            kill(pid)


def test_data_stays_from_one_start_to_the_next(data_dir: Path) -> None:
    with servers(data_dir) as shared:
        write(shared, "kept")
    assert not running_in(data_dir / "postgres") and not running_in(data_dir / "valkey")
    with servers(data_dir) as shared:
        assert read(shared) == ["kept"]
        assert redis.Redis.from_url(shared.redis_url).get("word") == b"kept"


def test_the_application_signs_in_with_a_role_that_owns_nothing(data_dir: Path) -> None:
    with servers(data_dir, durable=False) as shared:
        write(shared, "the owner's")
        with (
            psycopg.connect(libpq_url(shared.app_url), options="-c role=hub_app") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT * FROM word")


def test_who_comes_later_joins_and_who_leaves_last_stops(data_dir: Path) -> None:
    first, second = Servers(data_dir, durable=False), Servers(data_dir, durable=False)
    first.join()
    second.join()
    assert (first.postgres.pid, first.valkey.pid) == (second.postgres.pid, second.valkey.pid)
    assert first.leave() is False
    assert second.postgres.is_running() and second.valkey.is_running()
    assert second.leave() is True
    assert not running_in(data_dir / "postgres") and not running_in(data_dir / "valkey")


def test_servers_of_a_killed_start_are_adopted(data_dir: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", JOIN_AND_WAIT, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout and starter.stdout.readline() == "joined\n"
        starter.kill()
    left = set(running_in(data_dir / "valkey"))
    assert left, "Valkey should outlive the process that started it"
    with servers(data_dir, durable=False) as shared:
        assert {shared.valkey.pid} == left
        assert read_version(shared.owner_url) >= 15
    assert not running_in(data_dir / "postgres") and not running_in(data_dir / "valkey")


@pytest.mark.parametrize("name", ["PostgreSQL", "Valkey"])
def test_a_killed_server_is_revived_with_its_data(data_dir: Path, name: str) -> None:
    with servers(data_dir) as shared:
        write(shared, "before the kill")
        pid = shared.postgres.pid if name == "PostgreSQL" else shared.valkey.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(pid), seconds=10)
        assert shared.revive() == [name]
        assert read(shared) == ["before the kill"]
        assert shared.revive() == []


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(data_dir: Path) -> None:
    with servers(data_dir, durable=False) as shared:
        write(shared, "safe")
        pid = shared.postgres.pid
        assert pid
        pid_file = (data_dir / "postgres" / "postmaster.pid").read_text()
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(pid), seconds=10)
        # A machine that was started anew gives low pids again: this test's own stands for one of them.
        stale = pid_file.replace(str(pid), str(os.getpid()), 1)
        (data_dir / "postgres" / "postmaster.pid").write_text(stale)
        shared.revive()
        assert read(shared) == ["safe"]


def test_a_first_start_cut_short_leaves_nothing_in_the_way(data_dir: Path) -> None:
    half = data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with servers(data_dir, durable=False) as shared:
        assert read_version(shared.owner_url) >= 15
    assert not half.exists()


def test_a_path_too_long_for_sockets_gets_a_short_private_one(data_dir: Path) -> None:
    deep = data_dir / ("long" * 20) / ("path" * 20)
    with servers(deep, durable=False) as shared:
        folder = Path((deep / "run" / "sockets").read_text())
        assert len(str(shared.postgres.sockets)) < 100
        assert shared.postgres.sockets.parent == folder
        assert shared.valkey.socket.parent.stat().st_mode & 0o077 == 0
        assert shared.postgres.sockets.stat().st_mode & 0o077 == 0
        write(shared, "short")
        assert read(shared) == ["short"]


def test_redis_data_that_cannot_be_read_is_put_aside(data_dir: Path) -> None:
    with servers(data_dir, durable=False) as shared:
        write(shared, "in PostgreSQL")
    manifest = next((data_dir / "valkey").glob("appendonlydir/*.manifest"))
    manifest.write_text("this is no manifest\n")
    with servers(data_dir, durable=False) as shared:
        assert read(shared) == ["in PostgreSQL"]
        assert redis.Redis.from_url(shared.redis_url).get("word") is None
    assert list(data_dir.glob("valkey.unreadable-*"))


def write(shared: Servers, word: str) -> None:
    with psycopg.connect(libpq_url(shared.owner_url)) as connection:
        connection.execute("CREATE TABLE word (word text)")
        connection.execute("INSERT INTO word VALUES (%s)", (word,))
    with redis.Redis.from_url(shared.redis_url) as client:
        client.set("word", word)


def read(shared: Servers) -> list[str]:
    with psycopg.connect(libpq_url(shared.owner_url)) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM word")]


def read_version(url: str) -> int:
    with psycopg.connect(libpq_url(url)) as connection:
        return connection.info.server_version // 10000

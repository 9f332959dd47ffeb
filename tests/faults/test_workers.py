"""Workers, Redis and web killed at the worst moment: no request is lost, none is given twice."""

import contextlib
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from rq import Callback, Queue
from rq.serializers import JSONSerializer

from hub import background
from hub.embedded_valkey import Valkey
from hub.models import Outbox, Task
from tests.faults.conftest import Processes, kill_hard, locked_days
from tests.support.form_fields import form_values
from tests.support.request_form import filled
from tests.workers.conftest import Hub

Until = Callable[[Callable[[], bool], str], None]


def outbox(hub: Hub) -> list[Outbox]:
    from sqlalchemy import select

    from hub.extensions import db

    with hub.session():
        return list(db.session.scalars(select(Outbox).order_by(Outbox.id)))


def assigned(hub: Hub) -> bool:
    """Whether every task has reached a worklist."""
    tasks = hub.tasks()
    return bool(tasks) and all(task.status == "assigned" for task in tasks)


def done(hub: Hub) -> bool:
    """Whether every job is done."""
    return all(row.done_at is not None for row in outbox(hub))


def placed_once(hub: Hub) -> None:
    """Each task was placed once and given once, and everything that must hold does."""
    for task in hub.tasks():
        kinds = [event.kind for event in hub.events(task)]
        assert (kinds.count("placed"), kinds.count("assigned")) == (1, 1), kinds
    assert hub.broken() == []


@pytest.mark.parametrize(
    "whom",
    [
        "worker and child",
        pytest.param("child", marks=pytest.mark.full),
        pytest.param("worker", marks=pytest.mark.full),
    ],
)
def test_a_worker_killed_in_the_middle_of_placing(
    hub: Hub, processes: Processes, until: Until, test_servers: Any, whom: str
) -> None:
    worker = processes.worker()
    with locked_days(test_servers.owner_url, hub) as someone_waits:
        task = hub.make.request(hub.practice, hub.manager)
        until(someone_waits, "the job stands in the middle")
        child = worker.children()[0]
        if whom == "child":
            kill_hard(child)
        else:
            kill_hard(worker, children=whom == "worker and child")
        until(lambda: not alive(child if whom != "worker" else worker), "it is dead")
        assert hub.make.again(task).status == "raised", "nothing was committed"
        assert [row.attempts for row in outbox(hub)] == [0], "and nobody could note a failure"
    if whom != "child":
        processes.worker()
    processes.timetable()
    until(lambda: assigned(hub), "another worker finishes")
    until(lambda: done(hub) or len(outbox(hub)) > 1, "the job is done")
    placed_once(hub)
    if whom == "worker":
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE or done(hub)


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_redis_emptied_in_the_middle(hub: Hub, processes: Processes, until: Until) -> None:
    for _ in range(5):
        hub.make.pharmacist(hub.practice)
    connection = background.redis_connection(hub.app.config["REDIS_URL"])
    hub.make.request(hub.practice, hub.manager)
    connection.flushdb()  # no worker was there yet: this one is lost for certain
    processes.worker()
    processes.timetable()
    for _ in range(10):
        hub.make.request(hub.practice, hub.manager)
        connection.flushdb()
    until(lambda: assigned(hub), "everything is placed")
    placed_once(hub)


@pytest.fixture
def own_redis() -> Iterator[Valkey]:
    """A Redis of this test's own, to be stopped."""
    with tempfile.TemporaryDirectory(prefix="hub-valkey-") as folder:
        home = Path(folder)
        server = Valkey(data=home / "data", socket=home / "s" / "valkey.sock", log=home / "log")
        server.ensure_running()
        yield server
        if server.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGCONT)
        server.stop()


@pytest.mark.parametrize("how", [pytest.param("hangs", marks=pytest.mark.full), "is gone"])
def test_with_redis_away_a_request_is_raised_and_placed_later(
    hub: Hub, processes: Processes, until: Until, own_redis: Valkey, how: str
) -> None:
    mine = {"REDIS_URL": own_redis.url}
    web = processes.web(**mine)
    browser = web.signed_in(hub.manager)
    assert own_redis.pid is not None
    if how == "hangs":
        os.kill(own_redis.pid, signal.SIGSTOP)
    else:
        own_redis.stop()
    answer = browser.post("/requests/new?kind=MEDQ", request_form(browser))
    assert answer.status == 302, answer.text
    [task] = hub.tasks()
    assert answer.location == f"/requests/{task.ref}"
    assert task.ref in browser.get(answer.location).text
    assert [row.done_at for row in outbox(hub)] == [None]
    if how == "hangs":
        os.kill(own_redis.pid, signal.SIGCONT)
    else:
        own_redis.ensure_running()
    processes.worker(**mine)
    processes.timetable(**mine)
    until(lambda: assigned(hub), "it is placed once Redis is back")
    placed_once(hub)


def request_form(browser: Any) -> dict[str, Any]:
    """A request filled in by a careful person, with what the page itself puts into its form."""
    action = "/requests/new?kind=MEDQ"
    form = browser.get(browser.get(action).location).text  # each form stands at an address of its own
    hidden = form_values(form, action, hidden_only=True)
    return filled("MEDQ", step="send") | hidden | {"step": "send"}


class Trap:
    """A Redis that kills whoever first speaks to it: by then the commit is over, the publishing not."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trap.sock"
        self.url = f"unix://{self.path}"
        self.victim: psutil.Process | None = None
        self.sprung = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self.path))
        self._socket.listen()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        with contextlib.suppress(OSError):
            while not self.sprung.is_set():
                connection, _ = self._socket.accept()
                with connection:
                    if connection.recv(1) and self.victim is not None:
                        kill_hard(self.victim)
                        self.sprung.set()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    with tempfile.TemporaryDirectory(prefix="hub-trap-") as folder:
        trap = Trap(Path(folder))
        yield trap
        trap.close()


def test_web_killed_between_commit_and_publishing(
    hub: Hub, processes: Processes, until: Until, trap: Trap
) -> None:
    # Limits are off in tests, so the first word to Redis is the doorbell.
    web = processes.web(REDIS_URL=trap.url)
    browser = web.signed_in(hub.manager)
    form = request_form(browser)
    trap.victim = web.process
    with pytest.raises(OSError, match=r"closed|reset|refused|without response"):
        browser.post("/requests/new?kind=MEDQ", form)
    assert trap.sprung.is_set()
    [task] = hub.tasks()
    assert (task.status, [row.done_at for row in outbox(hub)]) == ("raised", [None])
    processes.worker()
    processes.timetable()
    until(lambda: assigned(hub), "the sweep rings for it")
    placed_once(hub)


def test_the_form_sent_again_after_the_kill_makes_no_second_request(
    hub: Hub, processes: Processes, trap: Trap
) -> None:
    web = processes.web(REDIS_URL=trap.url)
    browser = web.signed_in(hub.manager)
    form = request_form(browser)
    trap.victim = web.process
    with pytest.raises(OSError, match=r"closed|reset|refused|without response"):
        browser.post("/requests/new?kind=MEDQ", form)
    again = processes.web()
    browser.url = again.url
    answer = browser.post("/requests/new?kind=MEDQ", form)
    [task] = hub.tasks()
    assert (answer.status, answer.location) == (302, f"/requests/{task.ref}")


def test_two_clinicians_take_one_task_at_once(hub: Hub, processes: Processes) -> None:
    web = processes.web()
    people = [hub.make.pharmacist(hub.practice, name=name) for name in ("Ann", "Bob")]
    browsers = [web.signed_in(one) for one in people]
    for _ in range(3):
        task = hub.queued()
        answers = at_once(browsers, task)
        assert sorted(answer.status for answer in answers) == [302, 409], [one.text[:300] for one in answers]
        winner = people[[answer.status for answer in answers].index(302)]
        refusal = next(answer.text for answer in answers if answer.status == 409)
        assert f"This task is on {winner.name}&#39;s worklist already." in refusal
        assert hub.make.again(task).assignee_id == winner.id
        assert [event.kind for event in hub.events(task)].count("taken") == 1
    assert hub.broken() == []


def at_once(browsers: list[Any], task: Task) -> list[Any]:
    """Both press "take" at the same moment."""
    path = f"/tasks/{task.ref}"
    forms = [form_values(one.get(path).text, f"{path}/take") for one in browsers]
    barrier = threading.Barrier(len(browsers))
    answers: dict[int, Any] = {}

    def press(number: int) -> None:
        barrier.wait(timeout=30)
        answers[number] = browsers[number].post(f"{path}/take", forms[number])

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return [answers[number] for number in range(len(browsers))]


def test_a_worker_runs_nothing_but_the_runner(
    hub: Hub, processes: Processes, until: Until, tmp_path: Path
) -> None:
    connection = background.redis_connection(hub.app.config["REDIS_URL"])
    ours = Queue("placing", connection=connection, serializer=JSONSerializer)
    marks = [tmp_path / name for name in ("plain", "pickled", "called-back")]
    ours.enqueue("os.system", f"touch {marks[0]}")
    Queue("placing", connection=connection).enqueue("os.system", f"touch {marks[1]}")
    ours.enqueue(background.RUNNER, "os.system", f"touch {marks[2]}")
    call_back = Callback("builtins.print")  # it would print the job, with its description
    ours.enqueue(
        background.RUNNER, 4711, description="CALLED BACK", on_success=call_back, on_failure=call_back
    )
    hub.make.request(hub.practice, hub.manager)
    processes.worker()
    until(lambda: assigned(hub), "the worker lives on and does what is ours")
    assert [mark for mark in marks if mark.exists()] == []
    assert "CALLED BACK" not in processes.said()
    assert processes.said().count("refused a job that is not ours") == 3


def test_two_workers_and_two_timetables_do_everything_once(
    hub: Hub, processes: Processes, until: Until
) -> None:
    for _ in range(4):
        hub.make.pharmacist(hub.practice)
    for _ in range(2):
        processes.worker()
        processes.worker("upkeep")
        processes.timetable()
    tasks = [hub.make.request(hub.practice, hub.manager) for _ in range(8)]
    until(lambda: assigned(hub), "everything is placed")
    until(
        lambda: {row.job for row in outbox(hub) if row.done_at} >= {"promote", "wake", "watch"},
        "upkeep is done",
    )
    placed_once(hub)
    assert len(hub.tasks()) == len(tasks)
    keys = [row.key for row in outbox(hub)]
    assert len(keys) == len(set(keys))
    assert "ERROR" not in processes.said(), processes.said()


def test_a_worker_that_is_told_to_stop_finishes_what_it_does(
    hub: Hub, processes: Processes, until: Until, test_servers: Any
) -> None:
    worker = processes.worker()
    with locked_days(test_servers.owner_url, hub) as someone_waits:
        hub.make.request(hub.practice, hub.manager)
        until(someone_waits, "the job stands in the middle")
        worker.send_signal(signal.SIGTERM)
    until(lambda: not alive(worker), "the worker has left")
    assert assigned(hub), processes.said()
    placed_once(hub)

"""Letters, handed to a real mail server that accepts, puts off, refuses, hangs, hangs up and swallows."""

import dataclasses
import datetime as dt
import os
import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from hub import post
from hub.conversation import actions as conversation
from hub.domain.letters import LEASE, MOST_ATTEMPTS, PAUSES, TOGETHER
from hub.extensions import clock, db
from hub.models import Letter, Notice, Task, Tick, User
from hub.notices.letter_actions import send_due
from hub.notices.writing_actions import write_digests, write_letters
from hub.people.password_link_actions import mail_link
from hub.processes import wait_until
from tests.support.mail_server import SENDER, MailServer, mail_server
from tests.workers.conftest import Hub

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture
def server(hub: Hub, running_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The server, set up in the hub; it accepts, and has taken nothing yet."""
    running_server.forget()
    monkeypatch.setitem(hub.app.config, "MAIL", running_server.mail)
    monkeypatch.setitem(hub.app.config, "PUBLIC_URL", "https://hub.example")
    return running_server


@pytest.fixture
def task(hub: Hub) -> Task:
    """A request that a pharmacist works on."""
    return hub.make.started(hub.practice, hub.manager, hub.make.pharmacist(hub.practice, name="Priya Nair"))


def ask(hub: Hub, task: Task, question: str = "Which dose of Testpersonine?") -> None:
    with hub.session():
        person = db.session.get(User, hub.make.again(task).assignee_id)
        assert person is not None
    hub.act(person, conversation.ask, task, question=question)


def letters(hub: Hub) -> list[Letter]:
    with hub.session():
        return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def only(hub: Hub) -> Letter:
    (found,) = letters(hub)
    return found


def later(pause: dt.timedelta) -> None:
    clock.set(clock.now() + pause)


def test_what_somebody_wrote_comes_in_one_letter_with_a_count_and_links_and_nothing_else(
    hub: Hub, server: MailServer, task: Task, caplog: pytest.LogCaptureFixture
) -> None:
    ask(hub, task)
    ask(hub, task, "And since when?")
    assert hub.run(write_letters) == 1
    (letter,) = server.taken()
    assert (letter["From"], letter["To"], letter["X-Taken-For"]) == (
        SENDER,
        hub.manager.email,
        hub.manager.email,
    )
    assert letter["Subject"] == "Pharmacy hub: somebody wrote to you"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<https://hub.example/inbox/settings>"
    assert letter["Message-ID"] == only(hub).message_id
    text = letter.get_payload(decode=True).decode().replace("\r\n", "\n")  # type: ignore[union-attr]
    assert "  2 questions from the hub\n" in text
    assert set(re.findall(r"https?://\S+", text)) == {
        "https://hub.example/inbox", "https://hub.example/inbox/settings",
    }  # fmt: skip
    for secret in (task.ref, "Testperson", "999", hub.practice.name, "Priya"):
        assert secret not in str(letter)
    assert "@" not in caplog.text
    assert hub.run(write_letters) == 0
    later(MINUTE)
    ask(hub, task, "One more.")
    assert hub.run(write_letters) == 0, "not two letters in a quarter of an hour"
    later(TOGETHER)
    assert hub.run(write_letters) == 1


def test_a_server_that_puts_off_is_asked_again_and_the_letter_arrives_once(
    hub: Hub, server: MailServer, task: Task
) -> None:
    server.behaves("greylist")
    ask(hub, task)
    assert hub.run(write_letters) == 0
    first = only(hub)
    assert (first.attempts, first.next_at - clock.now()) == (1, PAUSES[0])
    assert first.last_error == "The mail server put the letter off (code 451)."
    assert hub.run(send_due) == 0, "not before its time"
    later(PAUSES[0])
    assert hub.run(send_due) == 1
    assert (only(hub).attempts, only(hub).unsure, len(server.taken())) == (2, 0, 1)


@pytest.mark.parametrize(("how", "code"), [("refuse", 550), ("refuse_data", 554)])
def test_what_a_server_refuses_is_given_up_at_once_shown_to_the_lead_and_sent_again_on_demand(
    hub: Hub, server: MailServer, task: Task, as_user: Any, how: str, code: int
) -> None:
    server.behaves(how)
    ask(hub, task)
    assert hub.run(write_letters) == 0
    dead = only(hub)
    assert dead.dead_at is not None
    client = as_user(hub.lead)
    page = client.get("/letters").text
    assert f"The mail server refused the letter (code {code}). Tried 1 time;" in page
    assert "Mo Manager" in page
    assert hub.manager.email not in page
    server.behaves("accept")
    assert client.post(f"/letters/{dead.id}/resend").status_code == 302
    assert client.post(f"/letters/{dead.id}/resend").status_code == 409
    assert hub.run(send_due) == 1
    assert server.taken()[0]["Message-ID"] == dead.message_id
    assert "None. Every letter was sent" in client.get("/letters").text


def test_a_server_that_hangs_holds_nobody_and_one_that_cannot_be_trusted_gets_nothing(
    hub: Hub, server: MailServer, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(hub, task)
    server.behaves("hang")
    monkeypatch.setattr(post, "PATIENCE", 0.3)
    assert hub.run(write_letters) == 0
    assert only(hub).last_error == "The mail server did not answer in time."
    server.behaves("accept")
    monkeypatch.setattr(post, "PATIENCE", 10.0)
    for change, why in (
        ({"ca_file": ""}, "certificate cannot be trusted"),
        ({"password": "wrong"}, "does not accept our name and password (code 535)"),
        ({"port": 1}, "cannot be reached"),
    ):
        monkeypatch.setitem(hub.app.config, "MAIL", dataclasses.replace(server.mail, **change))
        later(PAUSES[-1])
        assert hub.run(send_due) == 0
        assert why in only(hub).last_error
    for _ in range(MOST_ATTEMPTS - 4):
        assert only(hub).dead_at is None
        later(PAUSES[-1])
        hub.run(send_due)
    assert only(hub).dead_at is not None, "at last it is given up"
    assert (only(hub).unsure, server.taken()) == (0, [])


def test_a_line_that_breaks_loses_no_letter_and_each_break_that_may_have_made_a_copy_is_counted(
    hub: Hub, server: MailServer, task: Task
) -> None:
    server.behaves("drop")
    ask(hub, task)
    hub.run(write_letters)
    before = only(hub)
    assert (before.sent_at, server.taken()) == (None, [])
    # The last byte may have left before we saw that the line was gone: then we cannot know, and say so.
    assert before.unsure in (0, 1)
    server.behaves("swallow")
    later(PAUSES[0])
    hub.run(send_due)
    assert only(hub).unsure == before.unsure + 1
    server.behaves("accept")
    later(PAUSES[1])
    assert hub.run(send_due) == 1
    assert [one["Message-ID"] for one in server.taken()] == [only(hub).message_id] * 2


def test_who_is_killed_after_the_letter_leaves_at_most_one_copy_that_is_known_as_such(
    hub: Hub, server: MailServer, task: Task
) -> None:
    server.behaves("hold")
    ask(hub, task)
    child = os.fork()
    if child == 0:
        try:
            with hub.app.app_context():
                db.engine.dispose(close=False)
            hub.run(write_letters)
        finally:
            os._exit(1)
    assert wait_until(lambda: bool(server.taken()), seconds=60)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    server.behaves("accept")
    assert only(hub).sending_since is not None
    assert hub.run(send_due) == 0, "perhaps somebody is still sending it"
    later(LEASE + MINUTE)
    hub.run(send_due)
    assert only(hub).unsure == 1
    later(PAUSES[0])
    assert hub.run(send_due) == 1
    later(dt.timedelta(days=1))
    assert hub.run(send_due) == 0
    assert [one["Message-ID"] for one in server.taken()] == [only(hub).message_id] * 2


def test_the_digest_comes_in_its_hour_once_a_day_with_what_one_may_see_and_only_if_there_is_news(
    hub: Hub, server: MailServer, task: Task, owner: Any, as_user: Any
) -> None:
    other = hub.make.requester(hub.practice, name="Ines Colleague")
    form = {"digest": "yes", "hour": "11", "sorts": ["messages"], "at_once": "no"}
    assert as_user(hub.manager).post("/inbox/settings", data=form).status_code == 302
    off = form | {"digest": "no"}
    assert as_user(other).post("/inbox/settings", data=off).status_code == 302
    nothing = as_user(other).post("/inbox/settings", data={"digest": "yes", "hour": "8", "at_once": "no"})
    assert nothing.status_code == 422
    ask(hub, task)
    assert (hub.run(write_digests), hub.run(write_letters)) == (0, 0), "it is ten o'clock"
    later(dt.timedelta(hours=1))
    assert hub.run(write_digests) == 1
    assert hub.run(write_digests) == 0
    assert hub.run(write_letters) == 1
    (letter,) = server.taken()
    assert (letter["To"], letter["Subject"]) == (hub.manager.email, "Pharmacy hub: 1 thing to see")
    later(dt.timedelta(days=1))
    assert hub.run(write_digests) == 0, "nothing came since"
    ask(hub, task, "Anything new?")
    with hub.session():
        days = db.session.scalars(select(Tick).where(Tick.name == f"digest:{hub.manager.id}")).all()
    assert len(days) == 2
    later(dt.timedelta(days=1))
    owner.execute("delete from practice_access where user_id = %s", [hub.manager.id])
    assert hub.run(write_digests) == 0, "what one may not see any more is not counted"


def test_the_lead_on_duty_hears_within_a_minute_that_a_practice_was_told_to_telephone(
    hub: Hub, server: MailServer, raise_unseen: Callable[[], None]
) -> None:
    away = hub.make.lead(name="Ava Away")
    hub.make.shift(hub.lead, "08:00", "20:00")
    hub.make.shift(away, "05:00", "06:00")
    raise_unseen()
    assert hub.run(write_letters) == 1
    (letter,) = server.taken()
    assert (letter["To"], letter["Subject"]) == (
        hub.lead.email,
        "Pharmacy hub: a practice was told to telephone",
    )
    raise_unseen()
    assert hub.run(write_letters) == 1, "an alarm is not held back"


@pytest.fixture
def raise_unseen(hub: Hub) -> Callable[[], None]:
    """A request that nobody at work sees in time, of which its practice was told so."""
    from hub.domain.urgency import SeenBy
    from hub.intake.actions import note_warning

    def do() -> None:
        task = hub.raised()
        hub.act(hub.manager, lambda task, by: note_warning(task, SeenBy(None, False, "Ring."), by=by), task)

    return do


def test_with_e_mail_off_nothing_is_written_and_pages_say_so(hub: Hub, task: Task, as_user: Any) -> None:
    ask(hub, task)
    assert (hub.run(write_letters), hub.run(write_digests), letters(hub)) == (0, 0, [])
    assert "E-mail is off in this hub" in as_user(hub.manager).get("/inbox/settings").text
    assert "E-mail is off" in as_user(hub.lead).get("/letters").text
    with hub.session():
        assert db.session.scalar(select(Notice.mailed_at)) is None


def test_a_link_for_a_forgotten_password_goes_out_once_and_works(hub: Hub, server: MailServer) -> None:
    for user_id in (hub.manager.id, hub.manager.id, 0):  # a job that runs twice sends one letter
        hub.run(mail_link, user_id)
    (letter,) = server.taken()
    assert letter["To"] == hub.manager.email
    text = letter.get_payload(decode=True).decode()  # type: ignore[union-attr]
    found = re.search(r"https://hub\.example(/password/[\w-]{43})", text)
    assert found is not None
    assert hub.app.test_client().get(found[1]).status_code == 200

"""Made-up identities and texts as canaries: sent through the whole app, found nowhere but sealed.

Not in a log, not in Redis, not in an address, not in a job, not in a cookie; and in the
database in no column that can be read without its key.
"""

import itertools
import json
import logging
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError

from hub.background import redis_connection
from hub.domain import identifiers
from hub.logs import JsonLines
from hub.protocols.files import kinds_on_disk
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import IDENTITY, fill_in, text_of
from tests.support.request_form import as_it_stands, stands_at
from tests.support.request_form import typed as typed_in

NUMBER = identifiers.made_up_nhs_number(777_777)
PERSON = {"family": "Zanzibarsson", "given": "Quilliam", "record_number": "RCQ88231"}
# One word for every place where a person may write: what is written, and where.
WORDS = {
    "ask": "xylophone", "urgency": "bandersnatch", "document": "DOKU-5150", "question": "mulligatawny",
    "answer": "tintinnabulate", "note": "quodlibet", "to_do": "flibbertigibbet", "because": "rumpelstilt",
    "release": "collywobbles", "send_back": "gobbledygook", "whom": "Brobdingnag", "escalate": "skedaddle",
    "chase": "lollygagging", "withdraw": "borborygmus", "assign": "widdershins", "decide": "pettifogger",
    "error": "kerfuffle", "refused": "taradiddle", "crash": "hullabaloo", "reply": "gallimaufry",
}  # fmt: skip
BORN = ("1923-02-28", "28-Feb-1923", "28/02/1923", "28 February 1923")
NUMBERS = (NUMBER, identifiers.format_nhs_number(NUMBER), f"{NUMBER[:3]}-{NUMBER[3:6]}-{NUMBER[6:]}")
CANARIES = (*PERSON.values(), *WORDS.values(), *NUMBERS, *BORN)
_keys = itertools.count(1)


def _key() -> dict[str, str]:
    return {"form_key": f"canary-{next(_keys):06d}"}


class Watched(FlaskClient):
    """A client that keeps every address it saw: asked for, led to, linked, and every cookie."""

    addresses: list[str] = []
    cookies: list[str] = []

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().open(*args, **kwargs)
        self.addresses.append(answer.request.full_path)
        self.addresses += [
            answer.headers.get(name, "") for name in ("Location", "HX-Redirect", "HX-Push-Url")
        ]
        if answer.mimetype == "text/html":
            self.addresses += re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', answer.text)
        self.cookies += answer.headers.getlist("Set-Cookie")
        return answer


@pytest.fixture
def watched(app: Any) -> Iterator[type[Watched]]:
    Watched.addresses, Watched.cookies = [], []
    app.test_client_class = Watched
    yield Watched
    app.test_client_class = None


def _request(kind: str, **changed: str) -> dict[str, str]:
    the_kind = {one.code: one for one in kinds_on_disk()}[kind]
    values = {
        **_key(), **PERSON, "has_number": "yes", "nhs_number": NUMBERS[1],
        "born-day": "28", "born-month": "2", "born-year": "1923", "ask": WORDS["ask"],
        "receipt-day": "23", "receipt-month": "11", "receipt-year": "2026", "requested": "urgent",
        "urgency_reason": WORDS["urgency"], "step": "send",
    }  # fmt: skip
    values |= {f"fact-{fact.code}": "no" for fact in the_kind.facts}
    if the_kind.needs_document:
        values["document"] = WORDS["document"]
    return values | changed


class Journey:
    """Everybody writes everywhere they can."""

    def __init__(self, make: Make, as_user: Any, jobs: Any) -> None:
        self.make, self.jobs = make, jobs
        self.practice = make.practice("Elm Street Surgery")
        self.manager = as_user(make.requester(self.practice))
        self.asha = make.pharmacist(self.practice, name="Asha Patel")
        self.work = as_user(self.asha)
        self.lead = as_user(make.lead())

    def raised(self, kind: str, **changed: str) -> str:
        """Raise a request, past the page that shows what is open for the patient already."""
        action = f"/requests/new?kind={kind}"
        answer = typed_in(self.manager, action, data=_request(kind, **changed))
        # Pages to read first: what is open for the patient already, or that nobody is at work.
        while answer.status_code == 200:
            again = form_values(answer.text, action) | {"anyway": "yes", "step": "send"}
            answer = typed_in(self.manager, action, data=again)
        assert answer.status_code == 302, text_of(answer)
        self.jobs()
        found = re.search(r"/requests/([0-9A-Z]{4}-[0-9A-Z]{4})", answer.location)
        assert found
        return found[1]

    def done(self, path: str, client: Any = None, **typed: Any) -> Any:
        """Fill in the form at `path` and have it accepted."""
        answer = fill_in(client or self.work, path, **typed)
        assert answer.status_code == 302, (path, text_of(answer))
        return answer

    def sent(self, path: str, **typed: Any) -> None:
        """Send a form of the practice's page and have it accepted."""
        answer = self.manager.post(path, data=_key() | typed)
        assert answer.status_code == 302, (path, text_of(answer))


def _worked_through(one: Journey, owner: Any) -> str:
    """One request from being raised to its last to-do. Returns its reference."""
    ref = one.raised("DISCH")
    one.sent(f"/requests/{ref}/chase", chase_reason=WORDS["chase"], **as_it_stands(ref, "DISCH"))
    for looked_for in (*NUMBERS, PERSON["family"]):
        where = one.manager.post("/requests/find", data={"find": looked_for}).location
        assert ref in one.manager.get(where).text
    one.work.get("/worklist")
    for typed in (*NUMBERS, f"{PERSON['family']} 28 2 1923"):
        found = one.lead.post("/search", data={"find": typed})
        assert ref in found.text, "by number and by name"
    one.done(f"/tasks/{ref}/start", **IDENTITY)
    when = {"when-day": "23", "when-month": "11", "when-year": "2026", "time": "09:55", "read_back": "yes"}
    one.done(f"/tasks/{ref}/escalate", whom=WORDS["whom"], note=WORDS["escalate"], **when)
    until = re.search(r'value="(2026-[0-9-]+)"', one.work.get(f"/tasks/{ref}/wait").text)
    assert until
    one.done(f"/tasks/{ref}/wait", on="practice", words=WORDS["question"], until=until[1])
    message = owner.execute("select id from message order by id desc limit 1").fetchone()[0]
    as_before = as_it_stands(message, "DISCH", form="answer")
    one.sent(f"/requests/{ref}/answers/{message}", **as_before, **{f"answer-{message}": WORDS["answer"]})
    one.jobs()
    one.done(f"/tasks/{ref}/start", **IDENTITY)
    kind = {k.code: k for k in kinds_on_disk()}["DISCH"]
    first, *others = kind.checklist
    answers = {f"check-{item.code}": "yes" for item in others}
    answers |= {f"check-{first.code}": "not_applicable", f"because-{first.code}": WORDS["because"]}
    told = {"outcome": kind.outcomes[0].code, "minutes": "12", "recorded": "yes", "then": "list"}
    told["nothing_left"] = "yes"
    more = {"own_to_dos": WORDS["to_do"], "note": WORDS["note"], "reply": WORDS["reply"]} | (
        {"code": "none"} if kind.record_codes else {}
    )
    one.done(f"/tasks/{ref}/complete", **IDENTITY, **answers, **told, **more)
    to_do = owner.execute("select id from to_do order by id desc limit 1").fetchone()[0]
    one.sent(f"/requests/{ref}/to-dos/{to_do}/tick")
    return ref


def _turned_away(one: Journey) -> list[str]:
    """Requests that end otherwise, each with the words that go with it."""
    sent_back = one.raised("MEDQ")
    one.done(f"/tasks/{sent_back}/send-back", code="other", reason=WORDS["send_back"])
    corrected = stands_at(one.manager, f"/requests/{sent_back}/correct")
    assert corrected.status_code == 200
    released = one.raised("OPLET")
    one.done(f"/tasks/{released}/release", reason=WORDS["release"])
    one.jobs()
    one.done(f"/tasks/{released}/assign", one.lead, to=str(one.asha.id), reason=WORDS["assign"])
    withdrawn = one.raised("SMR")
    one.sent(f"/requests/{withdrawn}/withdraw", withdraw_reason=WORDS["withdraw"])
    wrong = one.raised("LTC", subtype="HYP")
    one.done(f"/tasks/{wrong}/raised-in-error", one.lead, reason=WORDS["error"])
    return [sent_back, released, withdrawn, wrong]


def _decided(one: Journey, make: Make, as_user: Any) -> None:
    """A task that nobody may do comes to the lead, who notes a decision."""
    empty = make.practice("Nobody Works Here")
    manager = one.manager
    one.manager = as_user(make.requester(empty))
    ref = one.raised("MEDQ")
    one.manager = manager
    one.lead.get("/board")
    one.lead.get("/board/decisions")
    one.done(f"/tasks/{ref}/decide", one.lead, reason=WORDS["decide"])


def _refused(one: Journey, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms that are refused, and errors that quote what was typed."""
    refused = _request("MEDQ", ask=WORDS["refused"], family="")
    bad = typed_in(one.manager, "/requests/new?kind=MEDQ", data=refused)
    assert bad.status_code == 422
    assert WORDS["refused"] in bad.text, "what was typed is kept"
    one.manager.post("/requests/new?kind=MEDQ", data=_request("MEDQ", nhs_number=NUMBERS[0][:9] + "x"))
    for error in (
        RuntimeError(WORDS["crash"]),
        DataError("insert", {"family": WORDS["crash"]}, Exception(NUMBER)),
    ):
        _break(app, monkeypatch, error)
        assert one.manager.post("/requests/new?kind=MEDQ", data=_request("MEDQ")).status_code == 500


def _break(app: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    real = app.view_functions["intake.send"]

    def broken() -> None:
        raise error

    broken.__hub_access__ = real.__hub_access__  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "intake.send", broken)


def _found(places: Iterable[tuple[str, str]]) -> list[str]:
    words = [canary.casefold() for canary in CANARIES]
    return [f"{place} holds {word!r}" for place, text in places for word in words if word in text.casefold()]


def _logged(records: list[logging.LogRecord]) -> Iterator[tuple[str, str]]:
    lines = JsonLines()
    for record in records:
        yield f"the log of {record.name}", record.getMessage() + " " + lines.format(record)


def _in_redis(app: Any) -> Iterator[tuple[str, str]]:
    redis: Any = redis_connection(app.config["REDIS_URL"])
    readers = {
        "string": redis.get, "hash": redis.hgetall, "set": redis.smembers,
        "list": lambda key: redis.lrange(key, 0, -1), "zset": lambda key: redis.zrange(key, 0, -1),
    }  # fmt: skip
    for key in redis.scan_iter():
        value = readers[redis.type(key).decode()](key)
        if isinstance(value, dict):
            value = [*value, *value.values()]
        for part in value if isinstance(value, (list, set)) else [value]:
            yield f"Redis under {key!r}", f"{key!r} {_unpacked(part)}"


def _unpacked(value: bytes) -> str:
    """What RQ compresses is read as it was before."""
    try:
        return zlib.decompress(value).decode(errors="replace")
    except zlib.error:
        return value.decode(errors="replace")


def _in_cookies(app: Any, cookies: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each cookie as it is sent, and what it holds: a session is signed, not sealed."""
    opener = app.session_interface.get_signing_serializer(app)
    for cookie in cookies:
        yield "a cookie", cookie
        value = cookie.split(";")[0].partition("=")[2]
        if value:
            yield "an opened cookie", json.dumps(opener.loads(value), default=str)


def _in_the_database(owner: Any) -> Iterator[tuple[str, str]]:
    """Every value of every row of every table, as a dump would write it; bytes as they are."""
    tables = owner.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    assert len(tables) > 20
    for (table,) in tables:
        cursor = owner.execute(f"select * from {table}")
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            for name, value in zip(names, row, strict=True):
                yield f"{table}.{name}", _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", errors="replace")
    return json.dumps(value, ensure_ascii=False, default=str) if value is not None else ""


def test_nothing_anyone_said_of_a_patient_is_found_outside_what_is_sealed(
    app: Any, make: Make, as_user: Any, jobs: Any, owner: Any, watched: type[Watched],
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    one = Journey(make, as_user, jobs)
    ref = _worked_through(one, owner)
    others = _turned_away(one)
    _decided(one, make, as_user)
    _shown_to_those_it_is_for(one, ref, others)
    _refused(one, app, monkeypatch)

    redis = list(_in_redis(app))
    jobs_told = owner.execute("select job, key, payload::text, last_error from outbox").fetchall()
    assert redis, "no job reached Redis: this searches the wrong one"
    assert len(jobs_told) > 5
    assert any("request" in record.getMessage() for record in caplog.records)
    assert any("RuntimeError" in record.getMessage() for record in caplog.records), "the crash was logged"
    assert len(watched.addresses) > 200
    assert watched.cookies
    places = [
        *_logged(caplog.records),
        *redis,
        *(("an address", unquote_plus(address)) for address in watched.addresses),
        *(("a job", " ".join(map(str, job))) for job in jobs_told),
        *_in_cookies(app, watched.cookies),
        *_in_the_database(owner),
    ]
    assert _found(places) == []


def _shown_to_those_it_is_for(one: Journey, ref: str, others: list[str]) -> None:
    """The canaries did go in: those who may read them find each one."""
    pages = [one.manager.get(f"/requests/{each}").text for each in (ref, *others)]
    pages += [one.lead.get(f"/tasks/{each}").text for each in (ref, *others)]
    pages += [one.lead.get("/board/decisions").text]
    shown = "\n".join(pages).casefold()
    unseen = {
        "decide",
        "refused",
        "crash",
    }  # noted in the history of a task that is not opened here; never stored
    missing = [word for name, word in WORDS.items() if name not in unseen and word.casefold() not in shown]
    missing += [word for word in PERSON.values() if word.casefold() not in shown]
    assert missing == []
    assert NUMBERS[1] in shown


def test_this_search_would_find_them(app: Any, owner: Any, make: Make) -> None:
    """The searches are tried on what they must find, so that silence means something."""
    practice = make.practice(f"{PERSON['family']} Surgery")
    assert any("practice.name" in one for one in _found(_in_the_database(owner)))
    owner.execute("update practice set name = 'x' where id = %s", (practice.id,))
    redis: Any = redis_connection(app.config["REDIS_URL"])
    redis.hset("rq:job:1", "data", zlib.compress(json.dumps(["", [WORDS["note"]]]).encode()))
    redis.set(f"limit/{PERSON['given']}", "1")
    assert len({one.split(" holds")[0] for one in _found(_in_redis(app))}) == 2
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", f"{PERSON['family']} is on your worklist.")]
    kept = client.get_cookie("hub")
    assert kept is not None
    assert _found(_in_cookies(app, [f"hub={kept.value}; Path=/"]))
    record = logging.LogRecord("hub", logging.INFO, "", 0, "saw %s", (NUMBER,), None)
    assert _found(_logged([record]))

"""Every address: who may open it, what every answer carries, and that another practice's do not exist."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule

from hub import create_app
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.security import CONTENT_SECURITY_POLICY, HEADERS, PUBLIC, access_of
from tests.app.url_table import ANY, CLINICIAN, HUB, LEAD, REQUESTER, WHO
from tests.support.factories import Make

_keys = itertools.count(1)


def _rules(app: Any) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method it takes."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def _address(app: Any, rule: Rule, **known: Any) -> str:
    with app.test_request_context():
        words = {name: known.get(name, ANY[name]) for name in rule.arguments}
        return str(app.url_map.bind("localhost").build(rule.endpoint, words))


def _form() -> dict[str, Any]:
    """Fields that most forms have, so that an answer is about the task and not about the form."""
    return {
        "form_key": f"url-map-{next(_keys):06d}", "version": "1", "reason": "A reason", "words": "Some words",
        "text": "An answer", "status": "died", "confirmed": "yes", "to": "1", "on": "practice",
        "identity": ["name", "born", "number"],
    }  # fmt: skip


def test_every_endpoint_stands_in_the_table_with_the_access_it_has(app: Any) -> None:
    endpoints = {rule.endpoint for rule, _ in _rules(app)}
    assert endpoints - set(WHO) == set(), "say in TABLE who may open these"
    assert set(WHO) - endpoints == set(), "these are gone"
    marked = {endpoint: access_of(app, endpoint) for endpoint in endpoints}
    assert [name for name, access in marked.items() if access is None] == []
    assert {name: access for name, access in marked.items() if access != WHO[name]} == {}


def test_what_is_not_marked_is_closed_to_everyone(app: Any, make: Make) -> None:
    fresh = create_app(app.extensions["hub_settings"])
    fresh.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    from tests.support.running import signed_in

    assert "/sign-in" in fresh.test_client().get("/forgotten").location
    everything = make.user(*Role, practices=(make.practice(),))
    answer = signed_in(fresh, everything).get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text
    with fresh.app_context():
        db.engine.dispose()  # an application of its own has connections of its own


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_is_its_own_and_nothing_else(
    app: Any, make: Make, as_user: Any, role: Role
) -> None:
    user = make.user(role, practices=(make.practice(),))
    client = as_user(user)
    wrong = []
    for rule, method in _rules(app):
        if rule.endpoint == "sign_in.sign_out":
            continue
        address = _address(app, rule)
        answer = client.open(address, method=method, data=_form() if method == "POST" else None)
        access = WHO[rule.endpoint]
        allowed = access == PUBLIC or role in access
        refused = answer.status_code == 403 and "Your account does not have that role." in answer.text
        if allowed == refused or answer.status_code >= 500:
            wrong.append(f"{method} {address}: {answer.status_code}")
    assert not wrong, wrong


def test_nobody_opens_anything_before_signing_in(app: Any) -> None:
    client = app.test_client()
    for rule, method in _rules(app):
        address = _address(app, rule)
        answer = client.open(address, method=method, data=_form() if method == "POST" else None)
        if WHO[rule.endpoint] == PUBLIC:
            assert answer.status_code < 500
            continue
        assert answer.status_code == 302, address
        assert answer.location.startswith("/sign-in?back=/"), address
        part = client.open(address, method=method, headers={"HX-Request": "true"})
        assert (part.status_code, part.text) == (204, ""), "a sign-in form must not land inside a page"
        assert part.headers["HX-Redirect"].startswith("/sign-in"), address


def _plain(answer: Any) -> tuple[int, str, dict[str, str]]:
    """What a person can compare: status, text (without token) and headers (without the request's number)."""
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
    headers = {k: v for k, v in answer.headers.items() if k not in ("X-Request-ID", "Set-Cookie", "Date")}
    return answer.status_code, text, headers


def _same_as_random(app: Any, client: Any, endpoints: list[tuple[Rule, str]], theirs: dict[str, Any]) -> int:
    """Try addresses of another practice; each answer must be the 404 that a random address gets."""
    tried = 0
    for rule, method in endpoints:
        real, random = _address(app, rule, **theirs), _address(app, rule)
        if real == random:
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answers = [
                client.open(where, method=method, data=_form() if method == "POST" else None, headers=headers)
                for where in (real, random)
            ]
            assert answers[0].status_code == 404, f"{method} {real}"
            assert _plain(answers[0]) == _plain(answers[1]), f"{method} {real}"
            tried += 1
    return tried


def _counts(owner: Any) -> dict[str, int]:
    tables = ("task", "event", "message", "to_do", "outcome", "patient", "access_log", "form_key", "outbox")
    return {table: owner.execute(f"select count(*) from {table}").fetchone()[0] for table in tables}


@pytest.fixture
def foreign(make: Make, acting: Any) -> Any:
    """A task of another practice, with a question, somebody's work and an outcome to tick."""
    from hub.conversation import actions as conversation
    from hub.placing import queries as placing

    practice = make.practice("Elm Street Surgery")
    pharmacist = make.pharmacist(practice)
    task = make.started(practice, make.requester(practice), pharmacist)
    with acting(pharmacist) as by:
        conversation.ask(placing.get(task.ref, lock=True), "Which dose?", by=by)
    return practice, make.again(task), pharmacist


def test_another_practice_does_not_exist_for_a_requester(
    app: Any, make: Make, as_user: Any, foreign: Any, owner: Any
) -> None:
    practice, task, _ = foreign
    message = owner.execute("select id from message").fetchone()[0]
    before = _counts(owner)
    client = as_user(make.requester(make.practice("Old Mill")))
    mine = [(rule, method) for rule, method in _rules(app) if WHO[rule.endpoint] == REQUESTER]
    known = {"ref": task.ref, "message_id": message, "practice_id": practice.id}
    assert _same_as_random(app, client, mine, known) >= 20
    assert _counts(owner) == before, "nothing was changed, and nothing was noted against the practice"
    for query in (f"practice={practice.id}", f"practice={practice.ods_code}"):
        for page in ("/requests", "/requests/new"):
            answer = client.get(f"{page}?{query}")
            assert task.ref not in answer.text
            assert practice.name not in answer.text


def test_what_belongs_to_another_request_is_not_reached_through_ones_own(
    make: Make, as_user: Any, foreign: Any, owner: Any
) -> None:
    _, theirs, _ = foreign
    message = owner.execute("select id from message").fetchone()[0]
    to_do = owner.execute(
        "insert into to_do (task_id, practice_id, text_sealed, created_at) "
        "values (%s, %s, %s, now()) returning id",
        (theirs.id, theirs.practice_id, b"x" * 40),
    ).fetchone()[0]
    mill = make.practice("Old Mill")
    manager = make.requester(mill)
    mine = make.request(mill, manager)
    client = as_user(manager)
    before = _counts(owner)
    for path, theirs_id in (("answers/%d", message), ("to-dos/%d/tick", to_do)):
        answers = [client.post(f"/requests/{mine.ref}/{path % n}", data=_form()) for n in (theirs_id, 999999)]
        assert answers[0].status_code in (404, 409)
        assert _plain(answers[0]) == _plain(answers[1])
    assert _counts(owner) == before
    assert owner.execute("select answered_at from message").fetchone()[0] is None
    assert owner.execute("select ticked_at from to_do").fetchone()[0] is None


def test_another_practice_does_not_exist_for_a_clinician(
    app: Any, make: Make, as_user: Any, foreign: Any, owner: Any
) -> None:
    _, task, _ = foreign
    before = _counts(owner)
    client = as_user(make.pharmacist(make.practice("Old Mill")))
    work = [(rule, method) for rule, method in _rules(app) if WHO[rule.endpoint] in (CLINICIAN, HUB)]
    assert _same_as_random(app, client, work, {"ref": task.ref}) >= 30
    assert _counts(owner) == before
    for page in ("/queues", "/queues/queries", "/worklist"):
        assert task.ref not in client.get(page).text


def test_someone_of_two_roles_has_each_only_where_it_was_given(
    app: Any, make: Make, as_user: Any, foreign: Any
) -> None:
    """Row-level security shows such a person both practices; the pages must still tell the roles apart."""
    elm, task, _ = foreign
    mill = make.practice("Old Mill")
    asks_at_elm = make.user(Role.REQUESTER, Role.CLINICIAN, profession="pharmacist")
    make.access(asks_at_elm, elm, Role.REQUESTER)
    make.access(asks_at_elm, mill, Role.CLINICIAN)
    client = as_user(asks_at_elm)
    assert client.get(f"/requests/{task.ref}").status_code == 200
    work = [(rule, method) for rule, method in _rules(app) if WHO[rule.endpoint] in (CLINICIAN, HUB)]
    _same_as_random(app, client, work, {"ref": task.ref})
    works_at_elm = make.user(Role.REQUESTER, Role.CLINICIAN, profession="pharmacist")
    make.access(works_at_elm, elm, Role.CLINICIAN)
    make.access(works_at_elm, mill, Role.REQUESTER)
    client = as_user(works_at_elm)
    assert client.get(f"/tasks/{task.ref}").status_code == 200
    requests = [(rule, method) for rule, method in _rules(app) if WHO[rule.endpoint] == REQUESTER]
    _same_as_random(app, client, requests, {"ref": task.ref})


def test_access_that_was_taken_away_is_gone_with_the_next_click(
    make: Make, as_user: Any, foreign: Any, owner: Any
) -> None:
    _, task, pharmacist = foreign
    client = as_user(pharmacist)
    assert client.get(f"/tasks/{task.ref}").status_code == 200
    owner.execute("delete from practice_access where user_id = %s", (pharmacist.id,))
    assert client.get(f"/tasks/{task.ref}").status_code == 404
    owner.execute("update app_user set active = false where id = %s", (pharmacist.id,))
    assert "/sign-in" in client.get("/worklist").location


def _dressed(answer: Any) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, (name, answer.request.path)
    assert "HX-Request" in answer.headers["Vary"]
    if not answer.request.path.startswith("/assets/"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_every_answer_carries_the_headers_errors_too(
    app: Any, make: Make, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = as_user(make.user(*Role, practices=(make.practice(),)))
    stranger = app.test_client()
    for rule, method in _rules(app):
        if rule.endpoint != "sign_in.sign_out":
            _dressed(everyone.open(_address(app, rule), method=method))
        _dressed(stranger.open(_address(app, rule), method=method))
    statuses = {}
    for words, address, method in (
        ("no such page", "/nowhere", "GET"), ("not by this method", "/board", "DELETE"), ("home", "/", "GET"),
    ):  # fmt: skip
        answer = everyone.open(address, method=method)
        _dressed(answer)
        statuses[words] = answer.status_code
    assert statuses == {"no such page": 404, "not by this method": 405, "home": 302}
    for error, status in ((RuntimeError("boom"), 500), (OperationalError("x", {}, Exception("away")), 503)):
        _break(app, monkeypatch, error)
        answer = everyone.get("/board")
        assert answer.status_code == status
        assert "boom" not in answer.text
        assert "away" not in answer.text
        _dressed(answer)


def _break(app: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken() -> None:
        raise error

    broken.__hub_access__ = LEAD  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "balancing.board", broken)


def test_the_policy_lets_nothing_run_that_is_not_ours() -> None:
    rules = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["base-uri"] == rules["object-src"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_no_page_has_script_or_style_of_its_own(app: Any, make: Make, as_user: Any, foreign: Any) -> None:
    practice, task, _ = foreign
    everyone = make.user(*Role, practices=(practice,))
    client = as_user(everyone)
    seen = 0
    for rule, method in _rules(app):
        if method != "GET" or rule.endpoint == "assets.file":
            continue
        answer = client.get(_address(app, rule, ref=task.ref, user_id=everyone.id, code=practice.ods_code))
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        seen += 1
        where, markup = answer.request.path, answer.text
        assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on|hx-vals", markup), where
        assert not re.search(r"<script(?![^>]*\ssrc=)", markup), where
        assert len(re.findall(r"<h1\b", markup)) == 1, where
        assert '<html lang="en-GB"' in markup, where
        ids = re.findall(r'\sid="([^"]*)"', markup)
        assert len(ids) == len(set(ids)), (where, [one for one in ids if ids.count(one) > 1])
        assert not re.search(r'(?:href|src|action)="(\w+:)?//', markup), where
    assert seen > 20


def test_a_form_without_its_token_changes_nothing(app: Any, make: Make, as_user: Any, owner: Any) -> None:
    client = as_user(make.user(*Role, practices=(make.practice(),)))
    before = _counts(owner)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for rule, method in _rules(app):
            if method == "POST":
                answer = client.post(_address(app, rule), data=_form())
                assert answer.status_code == 409, rule.rule
                assert "Your session changed while this page was open" in answer.text, rule.rule
                _dressed(answer)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert _counts(owner) == before
    assert client.get("/account").status_code == 200, "not even signing out"


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Any, make: Make) -> None:
    from tests.support.factories import PASSWORD

    user = make.lead()
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie

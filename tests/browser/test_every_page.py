"""Every page that a link leads to, in each role: it opens, and holds to the rules of all pages."""

import datetime as dt
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Response
from sqlalchemy import select

from hub.domain.recalls.rhythm import Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Patient, User
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds
from hub.recalls import actions as recall_actions
from hub.recalls import queries as recalls
from hub.recalls.drafts import Joining, RecallDraft
from hub.worklist import actions
from hub.worklist import queries as worklist
from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make
from tests.support.running import acting_as

MOST_PAGES = 60
MOST_BYTES, MOST_BYTES_OF_SCRIPT = 100_000, 40_000  # transferred, compressed as they are sent
_NAMES_A_THING = re.compile(r"/(\d+|[0-9A-Z]{4}-[0-9A-Z]{4})(?=/|$)")
_A_FILE = re.compile(r"\.(csv|xlsx|pdf|txt)(\?|$)")  # is downloaded, not opened
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.href)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "role", [pytest.param(one, marks=pytest.mark.full if one is Role.ADMIN else ()) for one in Role]
)
def test_every_page_that_a_role_can_reach(
    site: Site, make: Make, person: Callable[..., Person], role: Role
) -> None:
    walker = person(someone(site, make, role))
    seen = walked(walker, site.url)
    assert len(seen) >= FEWEST[role], f"only these pages were found: {sorted(seen)}"


FEWEST = {Role.REQUESTER: 8, Role.CLINICIAN: 12, Role.LEAD: 20, Role.ADMIN: 6}


def someone(site: Site, make: Make, role: Role) -> User:
    """A person of this role in a hub where a task stands in most places a task can stand."""
    practice = make.practice("Elder Tree Surgery", network=make.network("Wold Network"))
    requester = make.requester(practice, name="Rhea Requester")
    clinician = make.pharmacist(practice, name="Clio Clinician")
    lead, admin = make.lead(name="Leda Lead"), make.admin(name="Ada Admin")
    for kind in ("MEDQ", "DISCH", "SMR"):
        make.request(practice, requester, kind)
    site.wait_until_placed()
    _recall(site, requester)
    with acting_as(site.app, clinician) as actor:
        first = worklist.first_of(clinician.id)
        assert first is not None
        actions.start(placing.get(first.ref, lock=True), confirmed=True, by=actor)
    return {Role.REQUESTER: requester, Role.CLINICIAN: clinician, Role.LEAD: lead, Role.ADMIN: admin}[role]


def _recall(site: Site, requester: User) -> None:
    """A weekly round with everyone of the practice on its list, so that its pages are not empty."""
    rule = Rule(Rhythm.FIXED, Every(1, Unit.WEEK), dt.date(2026, 12, 1))
    with acting_as(site.app, requester) as by:
        kind = next(one for one in current_kinds() if one.code == "SMR")
        practice_id = recalls.practice_ids_of(by)[0]
        recall = recall_actions.set_up(RecallDraft(practice_id, kind, "Rose Court", "Look.", rule), by=by)
        everyone = db.session.scalars(select(Patient.id).where(Patient.practice_id == practice_id))
        recall_actions.add(recall, map(Joining, everyone), by=by)


def walked(walker: Person, url: str) -> set[str]:
    """Follow every link from the front page on, each sort of address once; gives the sorts."""
    ahead, seen = deque([walker.page.url]), set[str]()
    while ahead and len(seen) < MOST_PAGES:
        address = ahead.popleft()
        sort = sort_of(address)
        if not address.startswith(url) or sort in seen or _A_FILE.search(sort):
            continue
        seen.add(sort)
        walker.opens(address.removeprefix(url))
        assert walker.status < 400, f"a link leads to {address}, which answered {walker.status}"
        ahead.extend(walker.page.evaluate(_LINKS))
    return seen


def sort_of(address: str) -> str:
    """The address without which task, person or place it names, and with the names of its questions only."""
    parts = urlsplit(address)
    asked = "&".join(sorted({name for name, _ in parse_qsl(parts.query)}))
    return _NAMES_A_THING.sub("/x", parts.path) + (f"?{asked}" if asked else "")


def test_a_page_that_does_not_exist_says_what_to_do(make: Make, person: Callable[..., Person]) -> None:
    manager = person(make.requester(make.practice(), name="Maya Manager"))
    manager.opens("/requests/0000-0000")
    assert manager.status == 404
    manager.follows("Go to your own list")
    assert manager.page.url.endswith("/requests")


def test_a_page_of_another_role_says_for_whom_it_is(make: Make, person: Callable[..., Person]) -> None:
    manager = person(make.requester(make.practice(), name="Maya Manager"))
    manager.opens("/board")
    assert manager.status == 403
    manager.reads("This page is for hub leads. Your account does not have that role.")


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.CLINICIAN, Role.LEAD])
def test_a_front_page_weighs_little_with_nothing_kept_from_before(
    site: Site, make: Make, person: Callable[..., Person], role: Role
) -> None:
    walker = person(someone(site, make, role))
    walker.page.context.new_cdp_session(walker.page).send("Network.clearBrowserCache")
    came: list[Response] = []
    walker.page.on("response", lambda response: came.append(response))
    walker.looks_again()
    weights = {one.url: one.request.sizes()["responseBodySize"] for one in came}
    scripts = {url: weight for url, weight in weights.items() if url.endswith(".js")}
    assert len(scripts) == 3, "the page was not fetched afresh"
    assert sum(weights.values()) <= MOST_BYTES, weights
    assert sum(scripts.values()) <= MOST_BYTES_OF_SCRIPT, scripts

"""The README's tour: its pictures are made here, from the demo, by doing what they show.

`make tour` writes them into docs/tour; `make test` makes them too, in a folder of its own, so that the tour
can always be made.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hub import background
from hub.extensions import db
from hub.processes import wait_until
from tests.browser import import_side, practice_side
from tests.browser.patients import HIPPOLYTA
from tests.support.browser_person import Person
from tests.support.browser_site import Site

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "tour"
MOST_BYTES = 150_000
WINDOW = {"width": 1280, "height": 860}
IN_README = re.compile(r"\]\(docs/tour/([\w-]+\.png)\)")
WAITS_FOR_ITS_PRACTICE = """
    select u.name, u.email, t.ref from task t
    join practice_access a on a.practice_id = t.practice_id and a.role = 'requester'
    join app_user u on u.id = a.user_id
    where t.status = 'waiting' and t.waiting_on = 'practice' order by t.id, u.id limit 1"""
HAS_ONE_IN_PROGRESS = """
    select u.name, u.email, t.ref from task t join app_user u on u.id = t.assignee_id
    where t.status = 'in_progress' and u.profession = 'pharmacist'
    order by (select count(*) from task other where other.assignee_id = u.id) desc, u.id limit 1"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: into the repository only when asked."""
    found = PICTURES if os.environ.get("TOUR") else tmp_path / "tour"
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.fixture
def demo(site: Site) -> Site:
    """The hub with the demo in it, as `make run` shows it."""
    with site.without_workers():
        result = site.app.test_cli_runner().invoke(args=["seed-demo"])
        assert result.exit_code == 0, result.output
    return site


@pytest.fixture
def visitor(demo: Site, browser: Browser) -> Iterator[Callable[[str, str], Person]]:
    """Return `visitor(name, email)`, one of the demo's people, signed in."""
    opened = []

    def enter(name: str, email: str) -> Person:
        context = browser.new_context(viewport=WINDOW, locale="en-GB")  # type: ignore[arg-type]
        opened.append(context)
        one = Person(context, demo.url, name)
        one.signs_in(email, demo.settings.demo_password)
        return one

    yield enter
    for context in opened:
        context.close()


@pytest.mark.slow
@pytest.mark.full
def test_the_tour_can_be_made(demo: Site, visitor: Callable[[str, str], Person], folder: Path) -> None:
    [(manager_name, manager_email, asked_ref)] = demo.rows(WAITS_FOR_ITS_PRACTICE)
    manager = visitor(str(manager_name), str(manager_email))
    the_practices_side(manager, str(asked_ref), folder)
    [(name, email, ref)] = demo.rows(HAS_ONE_IN_PROGRESS)
    the_clinicians_side(visitor(str(name), str(email)), str(ref), folder)
    foretell(demo)
    lead = visitor("Margaret Ellis", "margaret.ellis@hub.example")
    the_leads_side(lead, folder)
    what_decides(lead, demo, folder)
    manager.presses("Sign out")
    keep(manager, folder, "sign-in")

    made = {path.name: path.stat().st_size for path in folder.glob("*.png")}
    assert set(made) == named_in_readme()
    assert not {name: size for name, size in made.items() if size > MOST_BYTES}


def the_practices_side(manager: Person, asked_ref: str, folder: Path) -> None:
    """Raise a request up to the last look, then read what came of others."""
    manager.follows("New request")
    manager.follows("Medication query")
    if manager.page.get_by_label("Practice", exact=True).count():
        manager.page.get_by_label("Practice", exact=True).select_option(index=1)
    practice_side.says_who_it_is_about(manager, HIPPOLYTA)
    manager.writes(HIPPOLYTA.ask, into="What do you ask of us?")
    practice_side.answers_every_question_with(manager, "No")
    keep(manager, folder, "new-request")
    manager.presses("Check before you send")
    keep(manager, folder, "check-before-you-send")
    manager.follows("Requests")
    keep(manager, folder, "practice-requests")
    manager.opens(f"/requests/{asked_ref}")
    keep(manager, folder, "practice-request")
    many_from_a_file(manager, folder)


def many_from_a_file(manager: Person, folder: Path) -> None:
    """Upload an export, see how its columns are read, and what would be raised."""
    manager.opens("/imports/new")
    import_side.uploads(manager)
    keep(manager, folder, "import-columns")
    manager.picks("Asthma", of="Condition")
    manager.presses("Check all rows")
    import_side.waits_for(manager, "Look, then approve")
    keep(manager, folder, "import-review")


def the_clinicians_side(clinician: Person, ref: str, folder: Path) -> None:
    """The day's list, one task, and how it is completed."""
    clinician.opens("/worklist")
    keep(clinician, folder, "worklist")
    clinician.opens(f"/tasks/{ref}")
    keep(clinician, folder, "task")
    clinician.presses("Complete")
    keep(clinician, folder, "complete")


def the_leads_side(lead: Person, folder: Path) -> None:
    """Load against minutes, what needs a decision, and who works when."""
    lead.opens("/board")
    keep(lead, folder, "board")
    lead.opens("/board/decisions")
    keep(lead, folder, "decisions")
    lead.follows("Rota")
    keep(lead, folder, "rota")


def foretell(demo: Site) -> None:
    """Have a forecast made, as the timetable does every quarter of an hour."""
    with demo.app.app_context():
        background.later("foretell", key="foretell:tour", lane="planning")
        db.session.commit()
    wait_for_jobs(demo)


def wait_for_jobs(demo: Site) -> None:
    """Wait until nothing is left to do; the first forecast compiles its loops, which takes its time."""
    left = "select 1 from outbox where done_at is null"
    assert wait_until(lambda: not demo.rows(left), seconds=150), "the workers do not keep up"


def what_decides(lead: Person, demo: Site, folder: Path) -> None:
    """Why a task stands where it stands, what will be late, a plan of the day, and the rules behind it."""
    lead.opens("/queues/medication-reviews")
    lead.page.locator("tbody tr[id^='task-'] a").nth(3).click()
    lead.unfolds("What counts towards its place")
    keep(lead, folder, "why-here", at="#why-this-place")
    lead.opens("/board/forecast")
    keep(lead, folder, "forecast")
    lead.opens("/board/rebalance")
    lead.presses("Make a plan")
    wait_for_jobs(demo)
    lead.looks_until(lambda: "nothing is moved yet" in lead.text(), "a plan")
    keep(lead, folder, "plan")
    lead.opens("/policies")
    lead.writes("Care homes first", into="What is it for?")
    lead.presses("Begin the draft")
    lead.page.get_by_role("link", name="Edit “Reviews in a care home”").wait_for()
    keep(lead, folder, "policies")


def keep(one: Person, folder: Path, name: str, at: str = "") -> None:
    """Save what stands in the window, from the element `at` on, small enough for a repository."""
    one.page.evaluate("document.activeElement && document.activeElement.blur(); scrollTo(0, 0)")
    if at:
        one.page.locator(at).evaluate("element => element.scrollIntoView()")
    (folder / f"{name}.png").write_bytes(one.picture())


def named_in_readme() -> set[str]:
    """The pictures that the README shows."""
    return set(IN_README.findall((ROOT / "README.md").read_text()))


def test_the_readme_shows_every_picture_and_no_other() -> None:
    kept = {path.name: path.stat().st_size for path in PICTURES.glob("*")}
    assert named_in_readme() == set(kept)
    assert not {name: size for name, size in kept.items() if size > MOST_BYTES}

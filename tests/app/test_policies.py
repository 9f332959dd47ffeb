"""Policies: drafts, a preview that says exactly what publishing then does, and the way back."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import Event
from hub.policies import queries
from hub.policies.route_actions import route_anew
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of


def fill_in(client: Any, path: str, *, action: str = "", page: Any = None, **typed: Any) -> Any:
    """Open the page, fill in the form that goes to `action` ("": to the page itself), and send it."""
    page = page or client.get(path)
    assert page.status_code == 200, (path, page.status_code, text_of(page))
    return client.post(action or path, data=form_values(page.text, action) | typed)


class Hub:
    """A lead, and four waiting tasks of one practice: two queries and two documents."""

    def __init__(self, make: Make, as_user: Any) -> None:
        self.practice, self.lead = make.practice(), make.lead()
        self.manager = make.requester(self.practice)
        self.queries = [make.placed(self.practice, self.manager, kind="MEDQ") for _ in range(2)]
        self.documents = [make.placed(self.practice, self.manager, kind="DOCWF") for _ in range(2)]
        self.client = as_user(self.lead)

    def begin(self) -> str:
        """Begin a draft; return its address."""
        answer = fill_in(self.client, "/policies", name="Queries to pharmacists")
        assert answer.status_code == 302
        return str(answer.headers["Location"])


@pytest.fixture
def hub(make: Make, as_user: Any) -> Hub:
    """See `Hub`."""
    return Hub(make, as_user)


RULE = {"name": "All queries to a pharmacist", "kinds": "MEDQ", "professions": "pharmacist", "minutes": "25"}


def test_a_rule_is_written_previewed_published_and_taken_back(
    hub: Hub, make: Make, jobs: Any, acting: Any
) -> None:
    before = {task.id: (task.queue, task.professions, task.minutes, task.due_at) for task in hub.queries}
    address = hub.begin()
    assert fill_in(hub.client, f"{address}/rules/new", **RULE).status_code == 302
    preview = hub.client.get(f"{address}/preview")
    assert "2 waiting tasks would be routed otherwise" in text_of(preview)
    assert set(re.findall(r'href="/tasks/([^"]+)"', preview.text)) == {task.ref for task in hub.queries}

    answer = fill_in(hub.client, address, action=f"{address}/publish", why="Queries came back too often.")
    assert answer.headers["Location"].endswith("/policies/2")
    assert make.again(hub.queries[0]).minutes == before[hub.queries[0].id][2], "nothing is routed by a page"
    jobs()
    for task in hub.queries:
        now = make.again(task)
        assert (now.professions, now.minutes, now.policy_version) == (["pharmacist"], 25, 2)
        assert now.due_at == before[task.id][3], "a policy moves no clock"
        with acting(hub.lead):
            newest = select(Event.kind).where(Event.task_id == now.id, Event.seq == now.version)
            assert db.session.scalar(newest) == Act.ROUTED_ANEW
    for task in hub.documents:
        assert make.again(task).version == task.version

    back = fill_in(hub.client, "/policies/1", action="/policies/1/back", why="They have to wait too long.")
    assert back.headers["Location"].endswith("/policies/3")
    jobs()
    for task in hub.queries:
        now = make.again(task)
        assert (now.queue, now.professions, now.minutes, now.due_at) == before[task.id]
    page = text_of(hub.client.get("/policies"))
    assert "Back to version 1. They have to wait too long." in page
    assert "Queries came back too often." in page


def test_what_is_on_a_worklist_stays_as_it_is(hub: Hub, make: Make, jobs: Any) -> None:
    pharmacist = make.pharmacist(hub.practice)
    task = make.started(hub.practice, hub.manager, pharmacist, kind="MEDQ")
    address = hub.begin()
    fill_in(hub.client, f"{address}/rules/new", **RULE)
    assert f"/tasks/{task.ref}" not in hub.client.get(f"{address}/preview").text
    fill_in(hub.client, address, action=f"{address}/publish", why="Try it.")
    jobs()
    assert make.again(task).minutes == task.minutes


def test_every_number_opens_its_rows(hub: Hub) -> None:
    address = hub.begin()
    fill_in(hub.client, f"{address}/rules/new", **RULE)
    page = hub.client.get(address).text
    for place, count in re.findall(r'/matches/(\d+)">(\d+)<span', page):
        rows = hub.client.get(f"{address}/matches/{place}").text
        assert len(set(re.findall(r'href="/tasks/([^"]+)"', rows))) == int(count)
    preview = hub.client.get(f"{address}/preview").text
    links = re.findall(r'href="([^"]+preview\?change=[^"]+)">(\d+) tasks?<', preview)
    assert links
    for link, count in links:
        rows = hub.client.get(link.replace("&amp;", "&")).text
        assert len(set(re.findall(r'href="/tasks/([^"]+)"', rows))) == int(count)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Name the rule by what it does."),
        ({"minutes": "soon"}, "Write whole minutes from 1 to 480"),
        ({"minutes": "481"}, "Write whole minutes from 1 to 480"),
        ({"practices": "Z00000"}, "serves no practice with the ODS code Z00000"),
        ({"professions": [], "minutes": ""}, "Say what the rule does"),
        ({"name": "Complex reviews"}, "two rules have the same name"),
        ({"professions": ["technician"], "needs_prescriber": "yes"}, "a technician does not prescribe"),
        ({"stages": []}, "Choose for which stage"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_what_was_typed_stays(
    hub: Hub, typed: dict[str, Any], sentence: str
) -> None:
    address = hub.begin()
    answer = fill_in(hub.client, f"{address}/rules/new", **(RULE | typed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'value="MEDQ" checked' in re.sub(r"\s+", " ", answer.text)
    assert "All queries to a pharmacist" not in hub.client.get(address).text


def test_two_leads_do_not_undo_each_other(hub: Hub, make: Make, as_user: Any) -> None:
    address = hub.begin()
    page = hub.client.get(f"{address}/rules/new")
    other = as_user(make.lead(name="Olwen Other"))
    fill_in(other, f"{address}/rules/0", minutes="50")
    answer = fill_in(hub.client, f"{address}/rules/new", page=page, **RULE)
    assert answer.status_code == 409
    assert "This draft was changed since you opened it" in text_of(answer)
    assert 'value="All queries to a pharmacist"' in answer.text


def test_a_draft_that_would_undo_another_version_is_not_published(hub: Hub, as_user: Any) -> None:
    first, second = hub.begin(), hub.begin()
    for address in (first, second):
        fill_in(hub.client, f"{address}/rules/new", **RULE)
    assert fill_in(hub.client, first, action=f"{first}/publish", why="First.").status_code == 302
    answer = fill_in(hub.client, second, action=f"{second}/publish", why="Second.")
    assert answer.status_code == 409
    assert "Version 2 was published since this draft was begun" in text_of(answer)


def test_numbers_are_changed_in_their_ranges(hub: Hub, acting: Any) -> None:
    address = hub.begin()
    answer = fill_in(hub.client, f"{address}/numbers", order_hard_bands="3")
    assert answer.status_code == 422
    assert 'href="#order_hard_bands"' in answer.text
    assert "How much urgent work always goes first (1 or 2): must be from 1 to 2" in text_of(answer)
    assert (
        fill_in(hub.client, f"{address}/numbers", order_hard_bands="1", buffer_minutes="30").status_code
        == 302
    )
    words = text_of(hub.client.get(address))
    assert "How much urgent work always goes first (1 or 2): 1 instead of 2." in words
    assert "Minutes of work kept ready on each worklist: 30 instead of 45." in words


def test_what_a_safety_fact_counts_is_told_in_figures_and_moves_the_order(hub: Hub, make: Make) -> None:
    """Frailty outweighs what was raised sooner; once it counts nothing, the two change places."""
    plain, frail = (
        make.placed(hub.practice, hub.manager, "SMR", answers=answers)
        for answers in ({}, {"severe_frailty": FactAnswer.YES})
    )
    address = hub.begin()
    assert "No waiting task would stand at another place" in text_of(hub.client.get(f"{address}/preview"))
    form = hub.client.get(f"{address}/numbers")
    found = re.search(r'for="(signal_\d+)">\s*severe frailty', form.text)
    assert found, "its field"
    assert fill_in(hub.client, f"{address}/numbers", page=form, **{found[1]: ""}).status_code == 302
    page = hub.client.get(f"{address}/preview")
    words = "What the safety fact “severe frailty” counts: nothing instead of 150 percent."
    assert words in text_of(page)
    assert "2 waiting tasks would stand at another place in their queues." in text_of(page)
    for task, places in ((plain, "place 1 instead of 2"), (frail, "place 2 instead of 1")):
        assert re.search(f"{task.ref}.*?{places}", page.text, re.S), places
    listed = hub.client.get(f"{address}/places")
    assert set(re.findall(r'href="/tasks/([^"]+)"', listed.text)) == {plain.ref, frail.ref}

    assert fill_in(hub.client, address, action=f"{address}/publish", why="Tried.").status_code == 302
    newer, older = (text_of(hub.client.get(f"/policies/{number}")) for number in (2, 1))
    assert words in newer
    assert "“severe frailty” counts (percent)" not in newer
    assert "What the safety fact “severe frailty” counts (percent)" in older
    assert "“now” 64; “by tomorrow” 16" in older
    assert "Go back to this version" in older
    assert "Go back to this version" not in newer


def test_the_price_of_a_choice_is_shown_beside_it(hub: Hub) -> None:
    from hub.domain.measured import prices

    words = text_of(hub.client.get(f"{hub.begin()}/numbers"))
    one = next(one for one in prices("hard_bands") if (one.value, one.load, one.shape) == (1, 1.6, "surge"))
    assert "How much urgent work always goes first (1 or 2) Set to 1" in words
    assert f"{one.breach_pct:.1f}%" in words


def test_the_rule_form_names_the_practices_of_its_codes(hub: Hub) -> None:
    page = hub.client.get(f"{hub.begin()}/rules/new").text
    assert f'<option value="{hub.practice.ods_code}">{hub.practice.name}</option>' in page
    assert f"<dt>{hub.practice.name}</dt><dd>{hub.practice.ods_code}</dd>" in page


def test_rules_change_places_and_leave(hub: Hub) -> None:
    address = hub.begin()
    names = re.findall(r"Edit<span[^>]*> “([^”]+)”", hub.client.get(address).text)
    fill_in(hub.client, address, action=f"{address}/rules/1/sooner")
    fill_in(hub.client, address, action=f"{address}/rules/2/remove")
    found = re.findall(r"Edit<span[^>]*> “([^”]+)”", hub.client.get(address).text)
    assert found == [names[1], names[0], *names[3:]]


def test_nothing_new_is_not_published(hub: Hub) -> None:
    address = hub.begin()
    answer = fill_in(hub.client, address, action=f"{address}/publish", why="Why not.")
    assert answer.status_code == 422
    assert "there is nothing to publish" in text_of(answer)
    assert fill_in(hub.client, address, action=f"{address}/discard").status_code == 302
    assert hub.client.get(address).headers["Location"].endswith("/policies")


def test_a_job_for_a_version_that_is_not_in_force_does_nothing(hub: Hub, acting: Any, app: Any) -> None:
    with acting(hub.lead):
        assert queries.newest_version() == 1
        assert route_anew(7) == 0


def test_a_page_takes_as_many_statements_whatever_waits(hub: Hub, make: Make, statements: Any) -> None:
    address = hub.begin()
    fill_in(hub.client, f"{address}/rules/new", **RULE)
    fill_in(hub.client, f"{address}/numbers", order_lookahead_percent="10")

    def count() -> int:
        with statements() as seen:
            assert hub.client.get(f"{address}/preview").status_code == 200
        return int(seen.count)

    before = count()
    for _ in range(20):
        make.placed(hub.practice, hub.manager, kind="MEDQ")
    assert count() == before


def test_what_a_draft_does_to_lateness_is_foreseen_with_the_same_draws(
    hub: Hub, make: Make, jobs: Any, clock: Any
) -> None:
    make.technician(hub.practice)
    address = hub.begin()
    page = f"{address}/preview"
    waits = fill_in(hub.client, page, action=page).headers["Location"]
    assert "is working out" in text_of(hub.client.get(waits))
    jobs()
    assert "is working out" not in text_of(hub.client.get(waits))
    told = text_of(hub.client.get(page))
    assert "Worked out Mon 23-Nov-2026 10:00 for the 4 tasks that were open then." in told
    assert ": as many as now." in text_of(hub.client.get(page)), (
        "a draft that changes nothing changes nothing"
    )

    # Only a pharmacist may do them now, and the hub has none.
    fill_in(hub.client, f"{address}/rules/new", **RULE)
    assert "Work out how many would be late" in text_of(hub.client.get(page)), (
        "an older edit's answer is not shown"
    )
    fill_in(hub.client, page, action=page)
    jobs()
    shown = hub.client.get(page)
    assert "2 tasks that would become likely late" in text_of(shown)
    rows = hub.client.get(f"{address}/lateness?which=more").text
    assert set(re.findall(r'href="/tasks/([^"]+)"', rows)) == {task.ref for task in hub.queries}
    # Once the work has changed, the same edit is worked out again.
    make.placed(hub.practice, hub.manager, kind="MEDQ")
    clock.tick(minutes=5)
    waits = fill_in(hub.client, page, action=page).headers["Location"]
    assert "is working out" in text_of(hub.client.get(waits))
    jobs()
    assert "Worked out Mon 23-Nov-2026 10:05 for the 5 tasks" in text_of(hub.client.get(waits))
    # What was foreseen is no change of the draft.
    assert fill_in(hub.client, address, action=f"{address}/publish", why="All the same.").status_code == 302
    led = hub.client.get(f"{address}/preview", follow_redirects=True)
    assert led.request.path == "/policies/2"
    assert "was published: this is the version that it became." in text_of(led)


def test_a_draft_that_was_thrown_away_says_so(hub: Hub) -> None:
    address = hub.begin()
    fill_in(hub.client, address, action=f"{address}/discard")
    sent = {"form_key": "a-number-in-it", "version": "0"}
    led = hub.client.post(f"{address}/numbers", data=sent, follow_redirects=True)
    assert led.request.path == "/policies"
    assert "was thrown away. Nothing was saved." in text_of(led)

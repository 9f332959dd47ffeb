"""The pages of recurring requests: set up, list, preview whose numbers lead to their rows, whose it is."""

import datetime as dt
import re
from typing import Any

import pytest

from hub.conversation import actions as conversation
from hub.conversation import queries as requests
from hub.extensions import db
from hub.models import Practice
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.recalls import raise_actions
from hub.worklist import actions as worklist
from tests.support.factories import Make
from tests.support.running import acting_as, run_jobs
from tests.workers.conftest import PLACING

FORM = {
    "name": "Rose Court round", "ask": "Please look at them.", "every_count": "1", "every_unit": "week",
    "starts-day": "24", "starts-month": "11", "starts-year": "2026", "daily_limit": "2",
    "fact-care_home_new": "no",
}  # fmt: skip
NEW = "/recalls/new?rhythm=fixed&kind=SMR"


@pytest.fixture
def mill(make: Make) -> Any:
    practice = make.practice("Old Mill")
    return practice, make.requester(practice, name="Karen Whitlock")


def key(n: int) -> dict[str, str]:
    return {"form_key": f"recall-{n:06d}"}


def set_up(client: Any, **more: str) -> str:
    answer = client.post(NEW, data=FORM | key(1) | more)
    assert answer.status_code == 302, answer.text
    page = re.match(r"/recalls/\d+", answer.location)
    assert page is not None
    start(client, page[0])
    return page[0]


def start(client: Any, page: str) -> None:
    assert client.post(f"{page}/state", data={"act": "resume"}).status_code == 302


def test_from_a_pasted_list_to_the_request_that_says_where_it_comes_from(
    app: Any, make: Make, mill: Any, as_user: Any, clock: Any, statements: Any
) -> None:
    practice, manager = mill
    people = [make.identity() for _ in range(3)]
    for one in people:
        make.request(practice, manager, identity=one)
    stranger = make.identity()
    elm = make.practice("Elm Street")
    make.request(elm, make.requester(elm), identity=stranger)
    client = as_user(manager)
    page = set_up(client)
    lines = [
        people[0].nhs_number,
        f"{people[1].record_number}\t1/10/2026",
        stranger.nhs_number,
        people[2].nhs_number,
    ]
    refused = client.post(f"{page}/people/add", data={"numbers": "\n".join(["NHS number", *lines])})
    assert refused.status_code == 422
    assert "Row 4: None of your patients known to us has this number." in refused.text
    assert people[0].nhs_number in refused.text, "what was typed is kept"
    assert client.get(f"{page}/people").text.count("Take off") == 0, "and nothing was changed"
    added = client.post(f"{page}/people/add", data={"numbers": "\n".join(lines), "leave_out": "yes"})
    assert added.status_code == 302
    with statements() as one_list:
        preview = client.get(page).text
    assert "3 patients put on the list. 1 row was left out." in preview
    assert "Nov-2026 (from " in preview
    assert "Nov-2027 (to " in preview
    for asked, number in re.findall(r'href="/recalls/\d+/people\?([^"]+)">(\d+)<', preview):
        shown = client.get(f"{page}/people?{asked.replace('&amp;', '&')}").text
        assert f">{number} patient" in shown, asked
        assert shown.count("Take off") == int(number)
    clock.set(clock.now() + dt.timedelta(days=1))
    with acting_as(app, PLACING):
        raise_actions.raise_recalls()
    run_jobs(app)
    client = as_user(manager)  # nobody is signed in for a day
    raised = client.get(f"{page}/raised").text
    refs = re.findall(r"/requests/([0-9A-Z]{4}-[0-9A-Z]{4})", raised)
    assert len(refs) == 2
    request = client.get(f"/requests/{refs[0]}").text
    assert "A recall raised this request in the name of Karen Whitlock." in request
    assert "Raised by recall “Rose Court round”" in request
    assert f'href="{page}"' in request
    with statements() as more:
        client.get(page)
    assert more.count == one_list.count


def test_every_problem_is_said_at_once_and_nothing_is_stored(mill: Any, as_user: Any, owner: Any) -> None:
    client = as_user(mill[1])
    typed = {"name": "", "ask": "x", "every_count": "0", "every_unit": "week", "starts-day": "1",
             "starts-month": "1", "starts-year": "2020", "daily_limit": "a few", "buffer": "-1"}  # fmt: skip
    answer = client.post(NEW, data=typed | key(1))
    assert answer.status_code == 422
    for sentence in (
        "Give it a name.",
        "1 to 99",
        "This day has passed",
        "1 to 200",
        "1 to 365",
        "Answer Yes, No or",
    ):
        assert sentence in answer.text
    assert owner.execute("select count(*) from recall").fetchone()[0] == 0
    assert "Choose what it raises." in client.get("/recalls/new?rhythm=fixed&kind=DISCH").text, "no letters"


def test_pause_change_resume_and_end_are_written_down_by_name(mill: Any, as_user: Any) -> None:
    client = as_user(mill[1])
    page = set_up(client)
    form = client.get(f"{page}/change").text
    assert 'value="Rose Court round"' in form
    for act, said in (("pause", "paused it"), ("resume", "resumed it"), ("end", "ended it")):
        if act == "end":
            changed = FORM | {"name": "Rose House", "version": "1"}
            assert client.post(f"{page}/change", data=changed).status_code == 302
            assert client.post(f"{page}/change", data=changed).status_code == 409, "seen before the change"
        assert client.post(f"{page}/state", data={"act": act}).status_code == 302
        assert f"Karen Whitlock {said}" in client.get(page).text
    assert "Rose House" in client.get("/recalls").text
    assert "Karen Whitlock changed its name." in client.get(page).text
    assert client.post(f"{page}/state", data={"act": "resume"}).status_code == 409


def test_nothing_is_raised_before_its_twelve_months_were_seen_and_a_pause_ends_on_its_day(
    app: Any, make: Make, mill: Any, as_user: Any, clock: Any
) -> None:
    client, who = as_user(mill[1]), make.request(*mill)
    new = "/recalls/new?rhythm=since_done&kind=MEDQ"
    form = client.get(new).text
    assert "Has someone already asked" in form and 'name="fact-repeat_contact"' not in form
    assert "Ask when it is raised" in form
    asked = dict.fromkeys(re.findall(r'name="(fact-[a-z_]+)"', form), "no")
    asked |= {"fact-out_of_critical_medicine": "later", "every_count": "3", "every_unit": "month"}
    made = client.post(new, data=FORM | asked | key(1))
    page = made.location.removesuffix("/people/add")
    recall = int(page.rsplit("/", 1)[1])
    assert client.post(f"/requests/{who.ref}/recall", data={"recall": str(recall)}).status_code == 302
    seen = client.get(page).text
    assert "first raises on Tue 24-Nov-2026, early in the morning: 1 request that day, 4 in all" in seen
    assert ("Not started" in seen, "Asked when it is raised" in seen) == (True, True)
    with acting_as(app, PLACING):
        assert raise_actions.raise_recall(recall) == 0
    start(client, page)
    changed = FORM | asked | {"version": "1", "every_count": "6"}
    assert client.post(f"{page}/change", data=changed).status_code == 302
    wrong = {"act": "pause", "until-day": "22", "until-month": "11", "until-year": "2026"}
    assert "Enter a day after today" in client.post(f"{page}/state", data=wrong).text
    assert client.post(f"{page}/state", data=wrong | {"until-day": "25"}).status_code == 302
    history = client.get(page).text
    assert "Karen Whitlock changed when it is due: from 3 to 6 months." in history
    assert "Karen Whitlock paused it until 25-Nov-2026." in history
    for _, raised in ((24, 0), (25, 1)):
        clock.set(clock.now() + dt.timedelta(days=1))
        with acting_as(app, PLACING):
            raise_actions.raise_recalls()
            assert raise_actions.raise_recall(recall) == raised
    assert "Its pause ended, so it went on by itself." in as_user(mill[1]).get(page).text


def test_another_practice_finds_none_and_a_lead_reads_only(
    make: Make, mill: Any, as_user: Any, owner: Any
) -> None:
    task = make.request(*mill)
    page = set_up(as_user(mill[1]))
    mine = as_user(mill[1])
    assert "Put this patient on a recall" in mine.get(f"/requests/{task.ref}").text
    put = {"recall": page.rsplit("/", 1)[1]}
    assert mine.post(f"/requests/{task.ref}/recall", data=put).status_code == 302
    assert mine.post(f"/requests/{task.ref}/recall", data=put).status_code == 422, "they are on it"
    member = owner.execute("select id from recall_member").fetchone()[0]
    other = as_user(make.requester(make.practice("Elm Street")))
    for path in ("", "/people", "/raised", "/people/add", "/change"):
        assert other.get(page + path).status_code == 404
    for path in ("/people/add", "/change", "/state", f"/people/{member}/remove"):
        assert other.post(page + path, data=FORM | key(2) | {"act": "end", "numbers": "1"}).status_code == 404
    assert "Rose Court" not in other.get("/recalls").text
    lead = as_user(make.lead())
    assert "Rose Court round" in lead.get("/recalls").text
    assert "Take off" not in lead.get(f"{page}/people").text
    assert "Pause it" not in lead.get(page).text
    assert lead.post(f"{page}/state", data={"act": "end"}).status_code == 403
    assert mine.post(f"{page}/people/{member}/remove").status_code == 302
    assert "Nobody is on the list yet" in mine.get(f"{page}/people").text


def test_a_second_recall_of_the_same_sort_is_asked_about_and_no_patient_is_on_both(
    app: Any, make: Make, mill: Any, as_user: Any, clock: Any, owner: Any
) -> None:
    task, client = make.request(*mill), as_user(mill[1])
    first = set_up(client)
    asked = client.post(NEW, data=FORM | key(2) | {"name": "Second"})
    assert asked.status_code == 422
    assert "already has a recall that raises the same: “Rose Court round”" in asked.text
    assert f'href="{first}"' in asked.text
    assert owner.execute("select count(*) from recall").fetchone()[0] == 1
    buffer = {"buffer": "100", "buffer_because": "Once in a while."}
    went_on = client.post(NEW, data=FORM | key(3) | {"name": "Second", "another": "yes"} | buffer)
    second = went_on.location.removesuffix("/people/add")
    start(client, second)
    one, two = (page.rsplit("/", 1)[1] for page in (first, second))
    assert client.post(f"/requests/{task.ref}/recall", data={"recall": one}).status_code == 302
    refused = client.post(f"/requests/{task.ref}/recall", data={"recall": two})
    assert (refused.status_code, "is on the recall “Rose Court round”" in refused.text) == (422, True)
    number = owner.execute("select count(*) from recall_member").fetchone()[0]
    assert number == 1
    # A list from before this was asked: the same patient on both is raised once, while open or just done.
    owner.execute(
        "insert into recall_member (recall_id, practice_id, patient_id, added_on, added_by_id)"
        " select %s, practice_id, patient_id, added_on, added_by_id from recall_member",
        [int(two)],
    )
    clock.set(clock.now() + dt.timedelta(days=1))
    with acting_as(app, PLACING):
        assert [raise_actions.raise_recall(int(recall)) for recall in (one, two)] == [1, 0]
    owner.execute("alter table task disable trigger user")
    owner.execute(
        "update task set status = 'completed', outcome = 'done', closed_at = %s where kind = 'SMR'",
        [clock.now()],
    )
    owner.execute("alter table task enable trigger user")
    clock.set(clock.now() + dt.timedelta(days=7))
    with acting_as(app, PLACING):
        assert [raise_actions.raise_recall(int(recall)) for recall in (two, one)] == [0, 1]


def test_a_list_of_one_condition_offers_its_own_patients_and_its_form_speaks_of_lists(
    make: Make, mill: Any, as_user: Any
) -> None:
    practice, manager = mill
    make.request(practice, manager, "LTC", subtype="AST")
    make.request(practice, manager, "LTC", subtype="COPD")
    client, new = as_user(mill[1]), "/recalls/new?rhythm=birth_month&kind=LTC"
    form = client.get(new).text
    assert "raise a request for that patient yourself" in form
    assert "How soon" not in form
    facts = dict.fromkeys(re.findall(r'name="(fact-[a-z_]+)"', form), "no")
    more = {"subtype": "AST", "buffer": "10", "buffer_because": "Enough."}
    page = client.post(new, data=FORM | facts | more | key(1)).location
    assert "Put this patient on the list" in client.get(page).text
    assert client.post(page, data={"recent": "LTC"}).status_code == 302
    people = client.get(page.removesuffix("/add")).text
    assert ("1 patient<" in people, "A request of this kind is open" in people) == (True, True)


def test_a_ready_one_needs_no_codes_and_goes_on_while_its_practice_is_held(
    app: Any, make: Make, mill: Any, as_user: Any, acting: Any
) -> None:
    practice, manager = mill
    client, task = as_user(manager), make.request(practice, manager)
    chosen = client.get("/recalls/new").text
    link = re.search(r'href="([^"]*ready=lithium)"', chosen)
    assert link is not None and "Weekly care-home round" in chosen
    new = link[1].replace("&amp;", "&")
    form = client.get(new).text
    assert 'value="Lithium monitoring"' in form and re.search(r'value="LITHIUM" selected', form)
    assert ">Medicine<" in re.sub(r"\s", "", form)
    facts = dict.fromkeys(re.findall(r'name="(fact-[a-z_]+)"', form), "no")
    more = {"subtype": "LITHIUM", "every_count": "3", "every_unit": "month", "starts-day": "23"}
    page = client.post(new, data=FORM | facts | more | key(1)).location.removesuffix("/people/add")
    recall = page.rsplit("/", 1)[1]
    start(client, page)
    assert client.post(f"/requests/{task.ref}/recall", data={"recall": recall}).status_code == 302
    assert "on hold since" not in client.get(page).text
    with acting(make.lead()) as by:
        stored = db.session.get(Practice, practice.id)
        assert stored is not None
        placing.hold(stored, reason="EMIS is down.", by=by)
        db.session.commit()
    held = client.get(page).text
    assert "This recall goes on" in held and "on hold since Mon 23-Nov-2026" in held
    with acting_as(app, PLACING):
        assert raise_actions.raise_recall(int(recall)) == 1


def test_answers_given_for_a_list_are_never_taken_for_the_patients_own(
    app: Any, make: Make, mill: Any, as_user: Any, clock: Any, owner: Any
) -> None:
    practice, manager = mill
    client, who = as_user(manager), make.request(practice, manager)
    page = set_up(client)
    recall = page.rsplit("/", 1)[1]
    assert client.post(f"/requests/{who.ref}/recall", data={"recall": recall}).status_code == 302
    clock.set(clock.now() + dt.timedelta(days=1))
    with acting_as(app, PLACING):
        assert raise_actions.raise_recall(int(recall)) == 1
    pharmacist = make.pharmacist(practice)
    run_jobs(app)
    ref = owner.execute("select ref from task where kind = 'SMR'").fetchone()[0]
    said = (
        "came from the recall that raised this on 24-Nov-2026. They were given once, on 23-Nov-2026, "
        "for everyone on its list, not for this patient: confirm each of them with the record."
    )
    mine = as_user(pharmacist)
    assert said in mine.get(f"/tasks/{ref}").text
    with acting_as(app, pharmacist) as by:
        task = placing_queries.get(ref, lock=True)
        worklist.start(task, confirmed=True, by=by)
    assert said in mine.get(f"/tasks/{ref}/complete").text
    with acting_as(app, pharmacist) as by:
        task = placing_queries.get(ref, lock=True)
        placing.send_back(task, reason_code="other", reason="Which home?", by=by)
    with acting_as(app, manager) as by:
        task = requests.get(ref, by=by, lock=True)
        conversation.correct(task, requests.draft_of(task), by=by)
    assert said not in mine.get(f"/tasks/{ref}").text, "the practice has answered for this patient now"

"""Why a task stands where it stands, and what people may set against that: pages, tags, history, refusals."""

import re
from typing import Any

import pytest

from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

SET = {"place": "first", "until": "tomorrow", "reason": "The patient goes abroad."}


class Hub:
    """A practice with nobody at work, so that everything waits in its queue, and a lead."""

    def __init__(self, make: Make, as_user: Any) -> None:
        self.make, self.as_user = make, as_user
        self.elm = make.practice("Elm Surgery")
        self.asks = make.requester(self.elm, name="Mo Manager")
        self.pat = make.pharmacist(self.elm, name="Pat Pharmacist", works=False)
        self.lead = make.lead(name="Leda Lead")

    def waiting(self, kind: str = "MEDQ", **more: Any) -> Any:
        return self.make.placed(self.elm, self.asks, kind, **more)

    def page(self, task: Any, user: Any = None) -> str:
        return text_of(self.as_user(user or self.lead).get(f"/tasks/{task.ref}"))

    def sets(self, task: Any, what: str, user: Any = None, **typed: Any) -> Any:
        return fill_in(self.as_user(user or self.lead), f"/tasks/{task.ref}/{what}", **typed)

    def posts(self, task: Any, what: str, user: Any = None) -> Any:
        return self.as_user(user or self.lead).post(
            f"/tasks/{task.ref}/{what}",
            data={"form_key": f"{what.replace('/', '-')}-{task.ref}", "version": "1"},
        )


@pytest.fixture
def hub(make: Make, as_user: Any) -> Hub:
    return Hub(make, as_user)


def test_a_waiting_task_says_what_counts_and_what_would_put_it_first(hub: Hub) -> None:
    hub.waiting("SMR", requested=RequestedUrgency.SOON)
    task = hub.waiting("SMR", requested=RequestedUrgency.SOON)
    words = hub.page(task)
    assert "Why this place?" in words
    assert "It stands at place 2 of the 2 tasks in the queue “Medication reviews”." in words
    assert re.search(r"The practice asks for tomorrow .{0,90} puts it a little forward", words)
    assert re.search(rf"{task.minutes} minutes of work .{{0,90}} puts it behind shorter work", words)
    assert re.search(
        r"What would put it first\?( Any one of these would:)? If the practice said that it needs this today "
        r"\(it asked for it by tomorrow\)\.",
        words,
    )
    assert not re.search(r"logarithm|\bATC\b|index|millionth", words, re.I)


def test_the_figures_for_whoever_checks_multiply_to_what_they_come_to(hub: Hub) -> None:
    words = hub.page(hub.waiting("SMR", requested=RequestedUrgency.SOON))
    said, figures = re.split(r"The same in figures, to check it", words)
    assert not re.search(r"divided by|times [\d.]", said), "figures stand where nobody must read them"
    product = 1.0
    for how, figure in re.findall(r"(times|divided by) ([\d.,]+)", figures):
        value = float(figure.replace(",", ""))
        product = product * value if how == "times" else product / value
    shown = re.search(r"multiplied and divided: ([\d.]+) here", figures)
    assert shown
    assert product == pytest.approx(float(shown[1]), rel=0.05)


def test_a_clinician_is_told_that_only_their_practices_count(hub: Hub) -> None:
    task = hub.waiting("SMR")
    assert "It is the only task in the queue “Medication reviews”. What" in hub.page(task)
    assert "Only practices that you work for are counted." in hub.page(task, hub.pat)


def test_what_stands_in_front_by_rule_says_the_rule(hub: Hub) -> None:
    task = hub.waiting(answers={"pregnancy": FactAnswer.YES})
    words = hub.page(task)
    assert "The earliest deadline that cannot move goes first" in words
    assert "The same in figures" not in words
    assert "What would put it first? It is first already." in words


def test_what_is_begun_stands_in_no_line(hub: Hub, make: Make) -> None:
    at_work = make.pharmacist(hub.elm)
    task = make.started(hub.elm, hub.asks, at_work)
    words = hub.page(task, at_work)
    assert "It stands in no line now, because it has been started." in words
    assert "What would put it first?" not in words


def test_the_statements_of_a_page_do_not_grow_with_its_line(hub: Hub, statements: Any) -> None:
    task = hub.waiting()
    counts = []
    for _ in range(2):
        client = hub.as_user(hub.lead)
        client.get(f"/tasks/{task.ref}")
        with statements() as seen:
            client.get(f"/tasks/{task.ref}")
        counts.append(seen.count)
        for _ in range(4):
            hub.waiting()
        hub.sets(task, "set-place", **SET)
    assert counts[0] == counts[1]


def test_a_lead_sets_a_task_first_and_everyone_sees_by_whom(hub: Hub) -> None:
    other, task = hub.waiting(), hub.waiting()
    answer = hub.sets(task, "set-place", **SET)
    assert answer.status_code == 302
    tag = "Set first by Leda Lead until 24-Nov-2026 23:59"
    words = hub.page(task)
    assert tag in words
    assert "Leda Lead set it first in its line until Tue 24-Nov-2026 23:59; the reason is in the" in words
    assert "Leda Lead set it first in its line until Tue 24-Nov-2026 23:59. The patient goes abroad." in words
    queue = hub.as_user(hub.pat).get("/queues/queries")
    assert tag in text_of(queue)
    shown = re.findall(r'id="task-([^"]+)"', queue.text)
    assert shown == [task.ref, other.ref]
    assert tag in text_of(hub.as_user(hub.lead).get("/board/tasks?number=open"))
    assert "place 2 of the 2 tasks" in hub.page(other)


def test_a_band_that_is_set_is_the_tag_that_lists_sort_by(hub: Hub) -> None:
    task = hub.waiting("SMR")
    hub.sets(task, "set-place", place="2", until="today", reason="The ward rang.")
    for path in ("/queues/medication-reviews", "/board/tasks?number=open", f"/tasks/{task.ref}"):
        words = text_of(hub.as_user(hub.lead).get(path))
        assert "Set to “by tomorrow” by Leda Lead until 23:59" in words, path
        assert "By tomorrow" in words, path
    assert "By the rules it is “planned”." in hub.page(task)


def test_a_set_place_is_taken_back(hub: Hub) -> None:
    task = hub.waiting()
    hub.sets(task, "set-place", **SET)
    assert hub.posts(task, "set-place/take-back").status_code == 302
    words = hub.page(task)
    assert "Set first by" not in words
    assert "Leda Lead took back the place that a person had set." in words
    again = hub.as_user(hub.lead).post(
        f"/tasks/{task.ref}/set-place/take-back", data={"form_key": "another-key", "version": "1"}
    )
    assert again.status_code == 409


def test_a_set_place_ends_by_itself(hub: Hub, clock: Any, jobs: Any, acting: Any) -> None:
    from hub.placing import override_actions

    task = hub.waiting()
    hub.sets(task, "set-place", place="first", until="day", reason="Why not.", time="14:30",
             **{"day-day": "23", "day-month": "11", "day-year": "2026"})  # fmt: skip
    assert "until 14:30" in hub.page(task)
    clock.tick(hours=5)
    with acting(override_actions.TIMETABLE):
        assert override_actions.expire_overrides() == 1
    words = hub.page(task)
    assert "Set first by" not in words
    assert "The hub ended the place that a person had set, because its time was over." in words


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"place": ""}, "Choose where it should stand."),
        ({"until": ""}, "Choose until when."),
        ({"until": "day"}, "Enter the day until which it counts."),
        ({"until": "day", "day-day": "23", "day-month": "12", "day-year": "2026"}, "within the next 14 days"),
        ({"until": "day", "time": "noon"}, "Write the time as hours and minutes"),
        ({"reason": " "}, "Say why, so that everyone who is passed over can read it."),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_what_was_typed_stays(
    hub: Hub, typed: dict[str, str], sentence: str
) -> None:
    task = hub.waiting()
    given = {"place": "2", "until": "tomorrow", "reason": "The ward rang."} | typed
    answer = hub.sets(task, "set-place", **given)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert sentence in text_of(answer)
    if given["place"]:
        assert re.search(r'value="2"[^>]* checked', answer.text)
    if given["reason"].strip():
        assert "The ward rang." in answer.text
    if given["until"]:
        assert re.search(rf'value="{given["until"]}"[^>]* checked', answer.text)
    assert hub.make.again(task).override_until is None


def test_a_safety_rule_is_not_set_behind_others(hub: Hub) -> None:
    task = hub.waiting(answers={"pregnancy": FactAnswer.YES})
    page = hub.as_user(hub.lead).get(f"/tasks/{task.ref}/set-place")
    assert "Planned" not in text_of(page)
    answer = hub.sets(task, "set-place", place="4", until="today", reason="It can wait.")
    assert answer.status_code == 403
    assert "A safety rule put this into “by tomorrow”" in text_of(answer)
    assert "It can wait." in answer.text
    assert hub.make.again(task).override_until is None


def test_only_a_lead_or_whoever_has_it_may_set_it(hub: Hub, make: Make) -> None:
    task = hub.waiting()
    assert "Set its place" not in hub.page(task, hub.pat)
    client = hub.as_user(hub.pat)
    for path in ("set-place", "pin"):
        answer = client.get(f"/tasks/{task.ref}/{path}")
        assert answer.status_code == 403
        assert "Only a hub lead, or the clinician who has the task, can" in text_of(answer)
    theirs = make.pharmacist(hub.elm, name="Ash Atwork")
    mine = hub.waiting()
    assert make.again(mine).assignee_id == theirs.id
    assert hub.sets(mine, "set-place", theirs, **SET).status_code == 302
    assert "Set first by Ash Atwork" in text_of(hub.as_user(theirs).get("/worklist"))


def test_a_task_is_pinned_and_unpinned(hub: Hub, make: Make) -> None:
    ash = make.pharmacist(hub.elm, name="Ash Atwork")
    task = hub.waiting()
    empty = hub.sets(task, "pin", ash, reason="")
    assert empty.status_code == 422
    assert "Say why it should stay with this person." in text_of(empty)
    assert hub.sets(task, "pin", ash, reason="I know her.").status_code == 302
    assert "Ash Atwork pinned it: it stays with Ash Atwork. I know her." in hub.page(task)
    assert "Pinned" in text_of(hub.as_user(ash).get("/worklist"))
    assert hub.posts(task, "unpin").status_code == 302
    assert "Leda Lead unpinned it." in hub.page(task)
    assert "Pinned" not in text_of(hub.as_user(ash).get("/worklist"))


def test_a_task_is_reserved_and_freed(hub: Hub) -> None:
    task = hub.waiting("SMR")
    wrong = hub.sets(task, "reserve", to="", until="tomorrow", reason="She knows him.")
    assert wrong.status_code == 422
    assert "Choose for whom it is to be kept." in text_of(wrong)
    assert "She knows him." in wrong.text
    answer = hub.sets(task, "reserve", to=str(hub.pat.id), until="tomorrow", reason="She knows him.")
    assert answer.status_code == 302
    tag = "Reserved for Pat Pharmacist until 24-Nov-2026 23:59"
    assert "Leda Lead reserved it for Pat Pharmacist until Tue 24-Nov-2026 23:59. She knows" in hub.page(task)
    for path in (f"/tasks/{task.ref}", "/queues/medication-reviews", "/board/tasks?number=open"):
        assert tag in text_of(hub.as_user(hub.lead).get(path)), path
    assert hub.posts(task, "unreserve").status_code == 302
    words = hub.page(task)
    assert tag not in words
    assert "Leda Lead ended its reservation." in words


def test_what_is_closed_or_cannot_wait_is_not_kept_for_anyone(hub: Hub, make: Make) -> None:
    task = hub.waiting(answers={"serious_reaction": FactAnswer.YES})
    assert make.again(task).band == 1
    assert "Reserve for someone" not in hub.page(task)
    answer = hub.sets(task, "reserve", to=str(hub.pat.id), until="today", reason="For her.")
    assert answer.status_code == 403
    assert "This task cannot wait, so it cannot be reserved." in text_of(answer)


def test_the_place_on_each_page_is_its_place_in_the_list(hub: Hub) -> None:
    hub.waiting("SMR", requested=RequestedUrgency.SOON)
    hub.waiting("SMR", requested=RequestedUrgency.URGENT)
    first = hub.waiting("SMR")
    hub.waiting("SMR", answers={"care_home_new": FactAnswer.YES})
    hub.sets(first, "set-place", **SET)
    shown = re.findall(r'id="task-([^"]+)"', hub.as_user(hub.lead).get("/queues/medication-reviews").text)
    assert len(shown) == 4
    for position, ref in enumerate(shown, start=1):
        words = text_of(hub.as_user(hub.lead).get(f"/tasks/{ref}"))
        assert f"It stands at place {position} of the 4 tasks in the queue" in words

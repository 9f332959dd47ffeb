"""A person puts work before others, keeps it for someone, or says afterwards how urgent it was."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.vocabulary import Band, FactAnswer, WaitingOn
from hub.placing import (
    actions,
    drift_queries,
    keeping_actions,
    override_actions,
    system_actions,
    time_actions,
    waiting_queries,
)
from hub.worklist import actions as worklist
from hub.worklist import queries as worklist_queries
from tests.workers.conftest import Hub

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
SOON = NOW + dt.timedelta(hours=3)
SERIOUS = {"serious_reaction": FactAnswer.YES}


def override(hub: Hub, task: Any, **given: Any) -> None:
    values = {"band": None, "first": False, "until": SOON, "reason": "The patient flies tomorrow."}
    hub.act(hub.lead, override_actions.set_override, task, **(values | given))


def in_line(hub: Hub) -> list[int]:
    with hub.session():
        return [row.id for row in waiting_queries.waiting()]


# Overrides


def test_a_lead_sets_a_band_for_a_time_and_the_event_says_so(hub: Hub) -> None:
    first, other = hub.queued("SMR"), hub.queued("SMR")
    assert in_line(hub) == [first.id, other.id]
    override(hub, other, band=Band.BY_TOMORROW)
    other = hub.make.again(other)
    assert (other.band, other.override_band, other.effective_band) == (4, 2, 2)
    assert in_line(hub) == [other.id, first.id]
    event = hub.last(other)
    assert (event.kind, event.actor_id, event.status) == ("overridden", hub.lead.id, "queued")
    assert event.data == {"band": 2, "first": False, "until": SOON.isoformat(), "rule": 4}
    assert event.reason_sealed and b"flies" not in event.reason_sealed
    assert hub.broken() == []


def test_first_in_its_queue_is_first_but_for_what_cannot_wait(hub: Hub) -> None:
    urgent, plain, pushed = hub.queued(answers=SERIOUS), hub.queued("MEDQ"), hub.queued("SMR")
    override(hub, pushed, first=True)
    assert in_line(hub) == [urgent.id, pushed.id, plain.id]


def test_nobody_puts_a_task_behind_what_a_safety_rule_gave_it(hub: Hub) -> None:
    urgent = hub.queued(answers=SERIOUS)
    with pytest.raises(
        NotAllowed, match="A safety rule put this into “now”, so nobody may set it to “planned”"
    ):
        override(hub, urgent, band=Band.PLANNED)
    later = hub.queued("MEDQ")
    override(hub, later, band=Band.WHEN_CAPACITY_ALLOWS)
    assert hub.make.again(later).effective_band == 5


def test_a_rule_that_lifts_it_later_counts_for_more_than_an_override(hub: Hub, owner: Any) -> None:
    task = hub.queued("MEDQ")
    override(hub, task, band=Band.WHEN_CAPACITY_ALLOWS)
    for _ in range(2):
        from hub.intake.actions import chase

        hub.act(hub.manager, chase, hub.make.again(task), reason="Still waiting")
    again = hub.make.again(task)
    assert (again.band, again.override_band, again.effective_band) == (2, 5, 2)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"band": None, "first": False}, "band"),
        ({"first": True, "reason": " "}, "reason"),
        ({"first": True, "until": NOW}, "until"),
        ({"first": True, "until": NOW + dt.timedelta(days=15)}, "until"),
    ],
)
def test_an_override_needs_a_choice_a_reason_and_an_end(hub: Hub, given: dict[str, Any], field: str) -> None:
    task = hub.queued()
    with pytest.raises(Invalid) as refused:
        override(hub, task, **given)
    assert set(refused.value.problems) == {field}
    assert hub.make.again(task).version == task.version


def test_only_a_lead_or_whoever_has_it_may_and_only_while_it_is_open(hub: Hub) -> None:
    mine, other = hub.make.pharmacist(hub.practice), hub.make.pharmacist(hub.practice)
    task = hub.queued()
    hub.act(mine, actions.take, task)
    given = {"band": None, "first": True, "until": SOON, "reason": "Asked by telephone."}
    with pytest.raises(NotAllowed, match="Only a hub lead, or the clinician who has the task"):
        hub.act(other, override_actions.set_override, hub.make.again(task), **given)
    hub.act(mine, override_actions.set_override, hub.make.again(task), **given)
    assert hub.make.again(task).override_first
    raised = hub.raised()
    with pytest.raises(Conflict, match="is being placed"):
        override(hub, raised, first=True)


def test_an_override_ends_by_itself_or_is_taken_back(hub: Hub, clock: Any) -> None:
    one, two = hub.queued(), hub.queued()
    override(hub, one, first=True)
    override(hub, two, band=Band.BY_TOMORROW)
    hub.act(hub.lead, override_actions.clear_override, hub.make.again(two))
    assert hub.last(two).kind == "override_cleared"
    with pytest.raises(Conflict):
        hub.act(hub.lead, override_actions.clear_override, hub.make.again(two))
    assert hub.run(override_actions.expire_overrides) == 0
    clock.tick(hours=3)
    assert hub.run(override_actions.expire_overrides) == 1
    ended = hub.make.again(one)
    assert (ended.override_first, ended.override_band, ended.override_until) == (False, None, None)
    event = hub.last(one)
    assert (event.kind, event.actor_system, event.data["first"]) == ("override_expired", "timetable", True)
    assert hub.run(override_actions.expire_overrides) == 0


def test_what_a_lead_sets_to_now_goes_at_once_beyond_the_buffer(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice)
    for _ in range(6):
        hub.queued()
    hub.run(system_actions.top_up)
    task = hub.queued("SMR")
    override(hub, task, band=Band.NOW)
    assert hub.run(system_actions.top_up) == 1
    assert hub.make.again(task).assignee_id == pharmacist.id


# Pinned


def pinned(hub: Hub, kind: str = "SMR", **more: Any) -> tuple[Any, Any]:
    pharmacist = hub.make.pharmacist(hub.practice)
    task = hub.queued(kind, **more)
    hub.act(pharmacist, actions.take, task)
    hub.act(pharmacist, keeping_actions.pin, hub.make.again(task), reason="I know this patient.")
    return pharmacist, hub.make.again(task)


def test_what_is_pinned_stays_over_the_end_of_the_shift(hub: Hub, clock: Any) -> None:
    pharmacist, task = pinned(hub)
    event = hub.last(task)
    assert (event.kind, event.data, bool(event.reason_sealed)) == ("pinned", {"to": pharmacist.id}, True)
    plain = hub.queued("SMR")
    hub.act(pharmacist, actions.take, plain)
    clock.tick(hours=9)
    hub.run(time_actions.go_off_shift)
    assert hub.make.again(task).assignee_id == pharmacist.id
    assert hub.make.again(plain).status == "queued"
    hub.act(pharmacist, keeping_actions.unpin, hub.make.again(task))
    hub.run(time_actions.go_off_shift)
    assert hub.make.again(task).status == "queued"


def test_what_is_due_before_they_are_back_does_not_stay(hub: Hub, clock: Any, make: Any) -> None:
    pharmacist, task = pinned(hub, "MEDQ")
    make.absent(pharmacist, hours=24 * 6)
    hub.run(time_actions.go_off_shift)
    again = hub.make.again(task)
    assert (again.status, again.pinned_since) == ("queued", None)


def test_what_cannot_wait_is_neither_pinned_nor_reserved(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice)
    task = hub.queued(answers=SERIOUS)
    with pytest.raises(NotAllowed, match="cannot wait, so it cannot be reserved"):
        hub.act(
            hub.lead, keeping_actions.reserve, task, to=pharmacist.id, until=SOON, reason="Knows the patient."
        )
    hub.act(pharmacist, actions.take, task)
    with pytest.raises(NotAllowed, match="cannot wait, so it cannot be pinned"):
        hub.act(pharmacist, keeping_actions.pin, hub.make.again(task), reason="I know this patient.")


def test_a_pin_ends_when_a_lead_moves_the_task_and_needs_a_person(hub: Hub) -> None:
    _, task = pinned(hub)
    other = hub.make.pharmacist(hub.practice)
    with pytest.raises(Conflict, match="pinned already"):
        hub.act(hub.lead, keeping_actions.pin, task, reason="Again.")
    hub.act(hub.lead, actions.move, task, to=other.id, reason="She is ill.")
    assert hub.make.again(task).pinned_since is None
    with pytest.raises(Conflict, match="cannot be pinned"):
        hub.act(hub.lead, keeping_actions.pin, hub.queued(), reason="Whose?")


def test_what_is_pinned_and_wakes_while_they_are_away_is_kept_for_them(
    hub: Hub, clock: Any, make: Any
) -> None:
    pharmacist, task = pinned(hub)
    task = hub.start(pharmacist, task)
    with hub.session():
        until = worklist_queries.chase_times(task)[0].date()
    hub.act(pharmacist, worklist.wait, task, on=WaitingOn.HOSPITAL, until=until, words="The letter")
    make.absent(pharmacist, hours=24 * 3)
    clock.tick(hours=24 * (until - NOW.date()).days + 3)
    hub.run(time_actions.wake)
    again = hub.make.again(task)
    assert (again.status, again.reserved_for_id) == ("queued", pharmacist.id)


# Reserved


def test_what_is_reserved_goes_to_nobody_else_until_its_time(hub: Hub, clock: Any) -> None:
    task = hub.queued("SMR")
    kept_for, other = (
        hub.make.pharmacist(hub.practice, name="Kit", works=False),
        hub.make.pharmacist(hub.practice),
    )
    hub.act(hub.lead, keeping_actions.reserve, task, to=kept_for.id, until=SOON, reason="Knows the patient.")
    assert hub.run(system_actions.top_up) == 0
    with pytest.raises(NotAllowed, match="reserved for Kit until Mon 23-Nov-2026 13:00"):
        hub.act(other, actions.take, hub.make.again(task))
    clock.tick(hours=3)
    assert hub.run(override_actions.expire_overrides) == 1
    assert hub.last(task).data == {"for": kept_for.id, "because": "expired"}
    assert hub.run(system_actions.top_up) == 1
    assert hub.make.again(task).assignee_id == other.id


def test_whoever_it_is_reserved_for_is_given_it_and_that_ends_it(hub: Hub) -> None:
    task = hub.queued("SMR")
    hub.make.pharmacist(hub.practice)
    kept_for = hub.make.pharmacist(hub.practice, name="Kit")
    hub.act(hub.lead, keeping_actions.reserve, task, to=kept_for.id, until=SOON, reason="Knows the patient.")
    assert hub.run(system_actions.top_up) == 1
    again = hub.make.again(task)
    assert (again.assignee_id, again.reserved_for_id, again.reserved_until) == (kept_for.id, None, None)
    assert "It was reserved for Kit." in again.why_me


@pytest.mark.parametrize("until", [NOW, NOW + dt.timedelta(days=15), NOW + dt.timedelta(days=10)])
def test_a_reservation_ends_before_it_is_due(hub: Hub, until: dt.datetime) -> None:
    kept_for = hub.make.pharmacist(hub.practice)
    with pytest.raises(Invalid):
        hub.act(hub.lead, keeping_actions.reserve, hub.queued(), to=kept_for.id, until=until, reason="Why")


def test_reserving_is_for_leads_and_for_people_who_may_do_it(hub: Hub, make: Any) -> None:
    task, stranger = hub.queued(), make.pharmacist(make.practice())
    with pytest.raises(NotAllowed, match="has no access to"):
        hub.act(hub.lead, keeping_actions.reserve, task, to=stranger.id, until=SOON, reason="Why")
    mine = make.pharmacist(hub.practice)
    with pytest.raises(NotAllowed, match="Only a hub lead"):
        hub.act(mine, keeping_actions.reserve, task, to=mine.id, until=SOON, reason="Why")


def test_a_lead_lets_everybody_have_it_again(hub: Hub) -> None:
    task, kept_for = hub.queued("SMR"), hub.make.pharmacist(hub.practice, works=False)
    hub.act(hub.lead, keeping_actions.reserve, task, to=kept_for.id, until=SOON, reason="Knows the patient.")
    hub.act(hub.lead, keeping_actions.unreserve, hub.make.again(task))
    assert hub.make.again(task).reserved_for_id is None
    assert hub.last(task).data["because"] == "cleared"
    with pytest.raises(Conflict):
        hub.act(hub.lead, keeping_actions.unreserve, hub.make.again(task))


# Afterwards


def done(hub: Hub, who: Any, kind: str, should: Band | None) -> Any:
    from hub.outcomes import actions as outcomes
    from hub.outcomes.actions import Completion
    from hub.protocols.queries import kind_of

    task = hub.queued(kind)
    hub.act(who, actions.take, task)
    task = hub.start(who, task)
    with hub.session():
        the_kind = kind_of(task)
    completion = Completion(
        confirmed=True,
        checklist={item.code: "" for item in the_kind.checklist},
        outcome=the_kind.outcomes[0].code,
        minutes=10,
        to_dos=(),
        note="",
        recorded_in="EMIS Web",
        recorded_code="",
        reply="Take it at night.",
        band_should=should,
    )
    hub.act(who, outcomes.record, task, completion=completion)
    return hub.make.again(task)


def test_what_the_urgency_should_have_been_is_kept_and_drift_is_counted(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice)
    sooner = done(hub, pharmacist, "SMR", Band.BY_TOMORROW)
    done(hub, pharmacist, "SMR", None)
    done(hub, pharmacist, "MEDQ", Band.INSIDE_TARGET)
    assert hub.last(sooner).data["band_should"] == 2
    assert hub.last(sooner).data["band"] == 4
    since, until = NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1)
    with hub.session():
        found = drift_queries.drift(since, until)
        rows = drift_queries.behind("said", since, until).rows
        narrowed = drift_queries.behind("said", since, until, kind="SMR", practice_id=hub.practice.id).rows
    assert [(one.kind, one.completed, one.said, one.sooner, one.later) for one in found] == [
        ("SMR", 2, 1, 1, 0),
        ("MEDQ", 1, 1, 0, 0),
    ]
    assert {row.kind for row in rows} == {"SMR", "MEDQ"}
    assert [(row.ref, row.band, row.band_should) for row in narrowed] == [(sooner.ref, 4, 2)]


def test_a_practice_that_marks_everything_urgent_stands_out(hub: Hub, make: Any) -> None:
    from hub.domain.vocabulary import RequestedUrgency

    other = make.practice("Old Mill")
    manager = make.requester(other)
    for number in range(10):
        hub.raised(requested=RequestedUrgency.URGENT if number % 2 else RequestedUrgency.SOON)
        asked = RequestedUrgency.URGENT if number == 0 else RequestedUrgency.ROUTINE
        make.request(other, manager, requested=asked)
    with hub.session():
        elm, mill = drift_queries.asking(NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1))
        rows = drift_queries.behind(
            "urgent", NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1), practice_id=other.id
        ).rows
    assert (elm.practice_name, elm.requests, elm.urgent, elm.soon) == ("Elm Surgery", 10, 5, 5)
    assert (elm.share, elm.others, elm.stands_out) == (1.0, 0.1, True)
    assert (mill.share, mill.stands_out) == (0.1, False)
    assert [row.requested for row in rows] == ["urgent"]

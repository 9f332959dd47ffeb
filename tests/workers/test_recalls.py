"""The daily job of recurring requests: once, in whose name, under the limit, and nobody lost."""

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.conversation import actions as conversation
from hub.conversation import queries as requests
from hub.domain.errors import Conflict
from hub.domain.recalls.rhythm import Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import FactAnswer, PatientStatus
from hub.extensions import clock, db
from hub.intake import queries as intake
from hub.models import Patient, RecallRaise, Task
from hub.recalls import actions, list_queries, queries, raise_actions
from hub.recalls.drafts import Joining, RecallDraft
from tests.support.bulk import past_the_guards
from tests.support.running import acting_as, run_jobs
from tests.workers.conftest import PLACING, Hub

TODAY = dt.date(2026, 11, 23)
WEEKLY = Rule(Rhythm.FIXED, Every(1, Unit.WEEK), TODAY, daily_limit=2)


def set_up(hub: Hub, rule: Rule = WEEKLY, kind: str = "SMR", people: int = 3, **more: Any) -> int:
    """A recall of the manager's, with as many patients whom the hub knows on its list."""
    known = [hub.raised("MEDQ") for _ in range(people)]
    with acting_as(hub.app, hub.manager) as by:
        the_kind = intake.kind_named(kind)
        assert the_kind is not None
        answers = {fact.code: FactAnswer.NO for fact in the_kind.facts}
        draft = RecallDraft(
            hub.practice.id, the_kind, "Rose Court", "Please look.", rule, answers=answers, **more
        )
        recall = actions.set_up(draft, by=by)
        actions.add(recall, [Joining(one.patient_id or 0) for one in known], by=by)
        return recall.id


def next_day(days: int = 1) -> None:
    clock.set(clock.now() + dt.timedelta(days=days))


def raised(hub: Hub) -> list[Any]:
    with hub.session():
        return list(db.session.execute(select(RecallRaise, Task).join(Task, Task.id == RecallRaise.task_id)
                                       .order_by(Task.id)))  # fmt: skip


class TestTheDay:
    def test_what_is_due_is_raised_in_the_name_of_whom_it_was_set_up_by_and_says_so(self, hub: Hub) -> None:
        recall_id = set_up(hub)
        hub.run(raise_actions.raise_recalls)
        assert run_jobs(hub.app) >= 1
        rows = raised(hub)
        assert [(one.RecallRaise.raised_on, one.Task.kind) for one in rows] == [(TODAY, "SMR")] * 2
        first = hub.events(rows[0].Task)[0]
        assert first.actor_id == hub.manager.id
        assert first.data["recall"] == recall_id
        with acting_as(hub.app, hub.manager) as by:
            task = requests.get(rows[0].Task.ref, by=by)
            assert "Raised by recall “Rose Court”" in requests.draft_of(task).ask
            assert requests.history(task).lines[0].text == "Raised by recall “Rose Court”."

    def test_the_rest_comes_the_next_working_day_and_time_alone_raises_nobody_twice(self, hub: Hub) -> None:
        recall_id = set_up(hub)
        for _ in range(2):
            hub.run(raise_actions.raise_recall, recall_id)
        assert len(raised(hub)) == 2
        next_day()
        for _ in range(2):
            hub.run(raise_actions.raise_recall, recall_id)
        assert len({one.RecallRaise.member_id for one in raised(hub)}) == 3
        next_day(7)  # all are still open
        assert hub.run(raise_actions.raise_recall, recall_id) == 0
        hub.act(hub.manager, conversation.withdraw, raised(hub)[0].Task, reason="Away.")
        assert hub.run(raise_actions.raise_recall, recall_id) == 1
        assert [one.RecallRaise.period_on for one in raised(hub)][-1] == TODAY + dt.timedelta(days=7)
        next_day(4)  # Saturday
        before = hub.run(raise_actions.raise_recalls)
        assert before == 0

    def test_two_jobs_at_the_same_time_raise_once(self, hub: Hub) -> None:
        recall_id = set_up(hub)
        gate, counts = threading.Barrier(2), list[int]()

        def go() -> None:
            with acting_as(hub.app, PLACING):
                gate.wait()
                counts.append(raise_actions.raise_recall(recall_id))

        both = [threading.Thread(target=go) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(counts) == [0, 2]
        assert len(raised(hub)) == 2

    def test_who_cannot_be_raised_is_listed_with_the_reason_and_the_others_are_raised(
        self, hub: Hub, owner: Any
    ) -> None:
        recall_id = set_up(hub, people=2)
        first = owner.execute("select patient_id from recall_member order by id limit 1").fetchone()[0]
        owner.execute(
            "update data_key set wrapped = null where id = (select data_key_id from patient where id = %s)",
            [first],
        )
        assert hub.run(raise_actions.raise_recall, recall_id) == 1
        with acting_as(hub.app, hub.manager) as by:
            recall, _ = queries.get(recall_id, by=by)
            troubles = list_queries.troubles(recall, list_queries.members(recall))
            assert list(troubles.values()) == [raise_actions.ERASED]
        assert owner.execute("select count(*) from patient").fetchone()[0] == 2, "nobody was added for them"

    def test_who_died_is_skipped_and_comes_back_when_that_is_undone(self, hub: Hub) -> None:
        recall_id = set_up(hub, people=1)
        with hub.session():
            patient = db.session.scalars(select(Patient)).one()
            patient.status, patient.status_since = PatientStatus.DIED, clock.now()
        assert hub.run(raise_actions.raise_recall, recall_id) == 0
        with hub.session():
            patient = db.session.scalars(select(Patient)).one()
            patient.status, patient.status_since = PatientStatus.REGISTERED, None
        assert hub.run(raise_actions.raise_recall, recall_id) == 1


class TestWhoOwnsIt:
    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("update app_user set active = false where id = %s", "was switched off"),
            ("delete from practice_access where user_id = %s", "does not raise requests for this practice"),
        ],
    )
    def test_it_stops_when_they_are_gone_and_a_colleague_takes_it_on(
        self, hub: Hub, owner: Any, statement: str, said: str
    ) -> None:
        recall_id = set_up(hub)
        owner.execute(statement, [hub.manager.id])
        assert hub.run(raise_actions.raise_recall, recall_id) == 0
        colleague = hub.make.requester(hub.practice)
        with acting_as(hub.app, colleague) as by:
            recall, _ = queries.get(recall_id, by=by, change=True)
            assert said in recall.stopped_why
            actions.resume(recall, by=by)
        assert hub.run(raise_actions.raise_recall, recall_id) == 2
        assert hub.events(raised(hub)[0].Task)[0].actor_id == colleague.id


def test_a_recall_about_the_practice_itself_needs_no_list(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    named = intake.kind_named

    def about_the_practice(code: str) -> Any:
        kind = named(code)
        return kind and dataclasses.replace(kind, needs_patient=False, about="practice")

    monkeypatch.setattr(intake, "kind_named", about_the_practice)
    recall_id = set_up_alone(hub)
    assert hub.run(raise_actions.raise_recall, recall_id) == 1
    next_day(7)
    assert hub.run(raise_actions.raise_recall, recall_id) == 0, "the last round is still open"


def set_up_alone(hub: Hub) -> int:
    with acting_as(hub.app, hub.manager) as by:
        kind = intake.kind_named("SMR")
        assert kind is not None
        return actions.set_up(RecallDraft(hub.practice.id, kind, "Round", "Please go.", WEEKLY), by=by).id


class TestWhatCountsAsTheSame:
    def on(self, hub: Hub, who: Any, kind_code: str, name: str, subtype: str = "") -> int:
        with acting_as(hub.app, hub.manager) as by:
            kind = intake.kind_named(kind_code)
            assert kind is not None
            draft = RecallDraft(hub.practice.id, kind, name, "Please look.", WEEKLY, subtype=subtype)
            recall = actions.set_up(draft, by=by)
            actions.add(recall, [Joining(who.patient_id or 0)], by=by)
            return recall.id

    def listed(self, hub: Hub, recall_id: int) -> list_queries.Listed:
        with acting_as(hub.app, hub.manager) as by:
            recall, _ = queries.get(recall_id, by=by)
            return list_queries.members(recall)[0]

    @pytest.mark.parametrize(
        ("kind", "mine", "others"),
        [("MEDQ", "", ""), ("CAREHOME", "", ""), ("HRDM", "MTX", "LITHIUM")],
    )
    def test_an_unrelated_open_or_done_request_of_the_kind_holds_nothing_up_and_is_said(
        self, hub: Hub, owner: Any, kind: str, mine: str, others: str
    ) -> None:
        """A question about ramipril, or lithium's monitoring, is not methotrexate's monitoring."""
        other = hub.raised(kind, subtype=others)
        recall_id = self.on(hub, other, kind, "Methotrexate", mine)
        listed = self.listed(hub, recall_id)
        assert (listed.member.is_open, listed.open_ref, listed.also_open) == (False, "", other.ref)
        with past_the_guards(owner, "task"):
            owner.execute(
                "update task set status = 'completed', outcome = 'done', closed_at = %s where id = %s",
                [clock.now(), other.id],
            )
        assert self.listed(hub, recall_id).member.last_done is None, "nor does it count as done"
        assert hub.run(raise_actions.raise_recall, recall_id) == 1
        listed = self.listed(hub, recall_id)
        assert (listed.member.is_open, listed.also_open) == (True, "")

    @pytest.mark.parametrize(
        ("kind", "names", "sorts"),
        [
            ("HRDM", ("Methotrexate", "Lithium"), ("MTX", "LITHIUM")),
            ("MEDQ", ("Methotrexate", "Lithium"), ("", "")),
        ],
    )
    def test_one_patient_is_on_two_lists_of_different_things_and_on_neither_twice(
        self, hub: Hub, kind: str, names: tuple[str, str], sorts: tuple[str, str]
    ) -> None:
        who = hub.raised("MEDQ")  # an open question of another sort holds nothing up
        both = [self.on(hub, who, kind, name, sort) for name, sort in zip(names, sorts, strict=True)]
        with pytest.raises(Conflict, match="is on the recall “Lithium”"):
            self.on(hub, who, kind, " lithium ", sorts[1])
        assert [hub.run(raise_actions.raise_recall, one) for one in both] == [1, 1]
        next_day(7)
        assert [hub.run(raise_actions.raise_recall, one) for one in both] == [0, 0], "each its own is open"

    def test_a_round_set_up_anew_under_its_name_does_not_start_from_nothing(self, hub: Hub) -> None:
        who = hub.raised("MEDQ")
        first = self.on(hub, who, "CAREHOME", "Rose Court")
        assert hub.run(raise_actions.raise_recall, first) == 1
        with acting_as(hub.app, hub.manager) as by:
            actions.end(queries.get(first, by=by, change=True)[0], by=by)
        again = self.on(hub, who, "CAREHOME", "Rose  court")
        assert hub.run(raise_actions.raise_recall, again) == 0, "the last one is still open"
        assert hub.run(raise_actions.raise_recall, self.on(hub, who, "CAREHOME", "Elm Lodge")) == 1

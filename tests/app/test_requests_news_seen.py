"""Danger signs that come up later: told by raising it again, and what the clinician sees of all of them."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Band, WaitingOn
from hub.extensions import db
from hub.models import Task
from tests.app.news_examples import NEW, WITHIN_THE_HOUR, chased, wait_on
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of
from tests.support.request_form import filled, typed


class TestRaisedAgain:
    """What was typed for a new request goes onto the open one when that is chased instead."""

    GRAVE = {"fact-serious_reaction": "yes", "fact-high_risk_medicine": "yes", "requested": "urgent"}

    @pytest.fixture
    def open_one(
        self, client: Any, make: Make, acting: Any, manager: Any, pharmacist: Any, jobs: Any
    ) -> Task:
        sent = typed(client, NEW, data=filled("MEDQ", step="send"))
        jobs()
        with acting(manager):
            return db.session.scalars(select(Task).where(Task.ref == sent.location.rsplit("/", 1)[1])).one()

    def again(self, client: Any, **changed: str) -> Any:
        data = filled("MEDQ", step="check", form_key="another-key", urgency_reason="Widespread rash now")
        return typed(client, NEW, data=data | changed)

    def test_it_says_so_and_the_chase_carries_everything(
        self, make: Make, client: Any, open_one: Task
    ) -> None:
        page = self.again(client, **self.GRAVE)
        words = text_of(page)
        assert (
            "What you typed now is graver than this request. Chase it, and all of this goes onto it" in words
        )
        assert (
            "Could a medicine be making the patient seriously ill? Yes (the open request says: No)" in words
        )
        assert "Today (the open request says: In its usual turn)" in words
        assert "If it cannot wait, telephone the hub or your duty clinician." in words
        path = f"/requests/{open_one.ref}/chase"
        fields = form_values(page.text, path)
        assert fields["chase_reason"].strip().startswith("Widespread rash now")
        assert client.post(path, data=fields).status_code == 302
        after = make.again(open_one)
        assert (after.band, after.requested) == (Band.NOW, "urgent")
        assert (after.answers["serious_reaction"], after.answers["high_risk_medicine"]) == ("yes", "yes")
        assert after.due_at == WITHIN_THE_HOUR

    def test_what_is_no_graver_is_not_called_so(self, client: Any, open_one: Task) -> None:
        assert "is graver than this request" not in text_of(self.again(client))

    def test_what_was_carried_survives_an_error(self, make: Make, client: Any, open_one: Task) -> None:
        path = f"/requests/{open_one.ref}/chase"
        fields = form_values(self.again(client, **self.GRAVE).text, path)
        refused = client.post(path, data=fields | {"chase_reason": " "})
        assert refused.status_code == 422
        again = form_values(refused.text, path) | {"chase_reason": "Rash", "form_key": "one-more-key"}
        assert client.post(path, data=again).status_code == 302
        assert make.again(open_one).answers["high_risk_medicine"] == "yes"

    def test_one_that_was_sent_back_is_corrected_with_what_was_typed(
        self, make: Make, client: Any, open_one: Task, pharmacist: Any, change: Any
    ) -> None:
        from hub.placing import actions

        change(
            pharmacist,
            open_one.ref,
            lambda task, by: actions.send_back(task, reason_code="unclear", reason="Which one?", by=by),
        )
        page = self.again(client, **self.GRAVE)
        path = f"/requests/{open_one.ref}/correct"
        form = typed(client, path, data=form_values(page.text, path) | {"step": "change"})
        fields = form_values(form.text, path)
        assert (fields["fact-serious_reaction"], fields["requested"]) == ("yes", "urgent")
        check = typed(client, path, data=fields | {"step": "check"})
        sent = typed(client, path, data=form_values(check.text, path) | {"step": "send"})
        assert sent.status_code == 302
        assert make.again(open_one).band == Band.NOW

    def test_one_that_waits_for_an_answer_is_chased_only_with_something_graver(
        self, make: Make, client: Any, open_one: Task, pharmacist: Any, change: Any
    ) -> None:
        from hub.worklist import actions

        change(pharmacist, open_one.ref, lambda task, by: actions.start(task, confirmed=True, by=by))
        change(pharmacist, open_one.ref, wait_on(WaitingOn.PRACTICE))
        path = f'action="/requests/{open_one.ref}/chase"'
        calm = self.again(client)
        assert path not in calm.text
        assert "The hub waits for your answer to a question." in text_of(calm)
        assert path in self.again(client, **self.GRAVE).text


class TestWhatTheClinicianSees:
    def test_the_newest_chase_stands_first_and_the_facts_say_when_they_were_answered(
        self, make: Make, client: Any, as_user: Any, practice: Any, manager: Any, pharmacist: Any, clock: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        for number, words in enumerate(("She rang.", "Face swelling\nsince noon"), 1):
            clock.tick(minutes=10)
            told = {"_fact_serious_reaction": "not_sure"} if number == 2 else {}
            data = chased(task.ref, **told) | {"chase_reason": words, "form_key": f"chase-number-{number}"}
            client.post(f"/requests/{task.ref}/chase", data=data)
        work = as_user(pharmacist)
        page = text_of(work.get(f"/tasks/{task.ref}"))
        assert page.index("Face swelling since noon") < page.index("What is asked")
        assert "Chased 2 times, last by Sam Okoro, Mon 23-Nov-2026 10:20" in page
        assert re.search(
            r"It is urgent now: it moved up, from “.+?” to “by tomorrow”\. It is due \w+ 2", page
        )
        assert re.search(
            r"Why me\? .*Since then the practice has asked again or told more: it is “by tomorrow” now", page
        )
        assert "As answered on Mon 23-Nov-2026 10:00, before the chase; told since then:" in page
        later = re.search(r"With the chase on Mon 23-Nov-2026 10:20: (.*?)\.", page)
        assert later
        assert "suspected serious reaction: not sure" in later[1]
        row = text_of(work.get("/worklist"))
        assert "Chased: “Face swelling”" in row
        assert "since noon" not in row

    def test_a_chase_that_wakes_a_task_is_not_called_an_answer_and_the_lead_is_told_by_the_hub(
        self, make: Make, client: Any, as_user: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        ref = make.started(practice, manager, pharmacist).ref
        change(pharmacist, ref, wait_on(WaitingOn.HOSPITAL))
        client.post(f"/requests/{ref}/chase", data=chased(ref, _fact_serious_reaction="yes"))
        work = as_user(pharmacist)
        page = text_of(work.get(f"/tasks/{ref}"))
        assert "chased it: it came back to the worklist it was on." in page
        assert "the practice has chased it" in page
        assert "the practice has chased it" in text_of(work.get("/worklist"))
        assert "answered: it came back" not in page
        assert "The hub put it on the lead's list: The practice has told more" in page

    def test_without_a_chase_nothing_is_said_of_one(
        self, make: Make, as_user: Any, practice: Any, manager: Any, pharmacist: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        page = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
        assert "As answered on Mon 23-Nov-2026 10:00." in page
        assert "chase" not in page.lower()

"""A task is found by its reference, and a patient's by number or name, without either standing anywhere."""

import datetime as dt
import re
from typing import Any

import pytest

from hub.domain.errors import Invalid
from hub.domain.identifiers import format_nhs_number
from hub.domain.patient import name_key
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Patient
from hub.worklist import search_forms
from hub.worklist.search_forms import Wanted
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

BORN = dt.date(1950, 3, 27)


def find(client: Any, what: str) -> Any:
    """Look for something, as the field in the header does."""
    return client.post("/search", data={"find": what})


def refs(page: Any) -> list[str]:
    """Return the references of the rows, in order."""
    return re.findall(r'<tr role="row"[^>]* id="task-([^"]+)"', page.text)


class TestReference:
    @pytest.mark.parametrize(
        "typed",
        [str, str.lower, lambda ref: ref.replace("-", ""), lambda ref: f" {ref.lower()[:4]} {ref[5:]} "],
    )
    def test_any_way_of_writing_it_leads_to_the_task(
        self, make: Make, place: Any, as_user: Any, typed: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        for user in (place.pharmacist, make.lead()):
            answer = find(as_user(user), typed(task.ref))
            assert (answer.status_code, answer.location) == (303, f"/tasks/{task.ref}")

    def test_the_address_takes_any_case_too(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        for ref in (task.ref.lower(), task.ref.replace("-", "").lower()):
            for path in ("", "/start", "/release", "/escalate"):
                assert client.get(f"/tasks/{ref}{path}").status_code == 200, (ref, path)
        answer = fill_in(client, f"/tasks/{task.ref.lower()}/release", reason="Not mine.")
        assert answer.status_code == 302
        assert make.again(task).status == "queued"

    def test_one_that_is_not_there_or_not_mine_reads_the_same(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        elsewhere = make.practice("Oak Surgery")
        theirs = make.placed(elsewhere, make.requester(elsewhere))
        client = as_user(place.pharmacist)
        words = []
        for ref in (theirs.ref, "ZZZZ-ZZZZ"):
            answer = find(client, ref)
            assert answer.status_code == 200
            words.append(text_of(answer).replace(ref, "REF"))
        assert words[0] == words[1]
        assert "Nothing was found for the reference REF in the practices that you work in." in words[0]
        assert "If it is a family name, add the date of birth." in text_of(find(client, "Robinson"))


class TestPatient:
    def test_the_number_lists_the_patients_tasks_open_ones_first(
        self, make: Make, place: Any, as_user: Any, clock: Any
    ) -> None:
        who = make.identity(family="Wood", given="Ada")
        stopped = make.placed(place.practice, place.manager, identity=who)
        fill_in(as_user(place.pharmacist), f"/tasks/{stopped.ref}/raised-in-error", reason="Twice.")
        clock.tick(minutes=5)
        open_one = make.placed(place.practice, place.manager, kind="SMR", identity=who)
        make.placed(place.practice, place.manager)
        for typed in (who.nhs_number, format_nhs_number(who.nhs_number)):
            page = find(as_user(place.pharmacist), typed)
            assert page.status_code == 200
            assert refs(page) == [open_one.ref, stopped.ref]
        words = text_of(page)
        assert "2 tasks found" in words
        assert "WOOD, Ada" in words
        assert "Stopped: raised in error" in words
        assert "Open: on someone's worklist" in words
        assert f'href="/tasks/{stopped.ref}"' in page.text

    def test_a_lead_finds_it_at_every_practice_and_a_clinician_where_they_work(
        self, make: Make, place: Any, as_user: Any, owner: Any
    ) -> None:
        who = make.identity()
        elsewhere = make.practice("Oak Surgery")
        here = make.request(place.practice, place.manager, identity=who)
        there = make.request(elsewhere, make.requester(elsewhere), identity=who)
        owner.execute("update practice set served = false where id = %s", (elsewhere.id,))
        assert set(refs(find(as_user(make.lead()), who.nhs_number))) == {here.ref, there.ref}
        assert refs(find(as_user(place.pharmacist), who.nhs_number)) == [here.ref]
        both = make.pharmacist(place.practice)
        make.access(both, elsewhere, Role.REQUESTER)  # to raise for a practice is not to work in it
        assert refs(find(as_user(both), who.nhs_number)) == [here.ref]

    @pytest.mark.parametrize(
        "typed", ["O'Neill-Müller 27 3 1950", "ONEILL MULLER, 27/03/1950", "o`neill müller 27-Mar-1950"]
    )
    def test_a_family_name_with_a_date_of_birth(
        self, make: Make, place: Any, as_user: Any, typed: str
    ) -> None:
        who = make.identity(family="O'Neill-Müller", born=BORN)
        mine = make.request(place.practice, place.manager, identity=who)
        make.request(place.practice, place.manager, identity=make.identity(family="O'Neill-Müller"))
        make.request(place.practice, place.manager, identity=make.identity(family="Wood", born=BORN))
        assert refs(find(as_user(place.pharmacist), typed)) == [mine.ref]

    def test_a_corrected_name_is_found_and_the_old_one_no_more(
        self, make: Make, place: Any, as_user: Any, acting: Any
    ) -> None:
        from hub.intake import patients

        who = make.identity(family="Wood", born=BORN)
        task = make.request(place.practice, place.manager, identity=who)
        with acting(place.manager):
            patient = patients.find(place.practice.id, who)
            assert patient is not None
            patients.store(patient, make.identity(family="Woods", born=BORN))
            db.session.commit()
        client = as_user(place.pharmacist)
        assert refs(find(client, "Woods 27 3 1950")) == [task.ref]
        assert refs(find(client, "Wood 27 3 1950")) == []

    def test_whoever_was_kept_before_the_search_is_made_findable_once(
        self, app: Any, make: Make, place: Any, as_user: Any, owner: Any
    ) -> None:
        task = make.request(place.practice, place.manager, identity=make.identity(family="Wood", born=BORN))
        erased = make.request(place.practice, place.manager, identity=make.identity())
        owner.execute("update patient set name_hash = null")
        owner.execute("update data_key set wrapped = null where id = %s", (erased.data_key_id,))
        assert refs(find(as_user(place.pharmacist), "Wood 27 3 1950")) == []
        run = app.test_cli_runner().invoke
        assert (
            run(args=["fill-search"]).output
            == "1 patients can now be found by family name and date of birth.\n"
        )
        assert refs(find(as_user(place.pharmacist), "Wood 27 3 1950")) == [task.ref]
        assert run(args=["fill-search"]).output == ""

    def test_who_found_whom_is_logged(self, make: Make, place: Any, as_user: Any, owner: Any) -> None:
        who = make.identity()
        make.request(place.practice, place.manager, identity=who)
        lead = make.lead()
        find(as_user(lead), who.nhs_number)
        seen = owner.execute(
            "select what, practice_id from access_log where user_id = %s", (lead.id,)
        ).fetchall()
        assert seen == [("search", place.practice.id)]

    def test_what_was_typed_stands_in_no_address_and_no_log(
        self, make: Make, place: Any, as_user: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        who = make.identity(family="Zanzibarsson", born=BORN)
        make.request(place.practice, place.manager, identity=who)
        with caplog.at_level("INFO"):
            for typed in (who.nhs_number, "Zanzibarsson 27 3 1950"):
                page = find(as_user(place.pharmacist), typed)
                addresses = re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', page.text)
                assert addresses
                assert not [one for one in addresses if who.nhs_number in one or "zanz" in one.lower()]
                assert page.headers["Cache-Control"] == "no-store"
        assert "Zanzibarsson" not in caplog.text
        assert who.nhs_number not in caplog.text

    def test_it_costs_the_same_whatever_there_is(
        self, make: Make, place: Any, as_user: Any, statements: Any
    ) -> None:
        who = make.identity(born=BORN)
        make.request(place.practice, place.manager, identity=who)
        client = as_user(make.lead())

        def costs() -> list[int]:
            found = []
            for typed in (who.nhs_number, f"{who.family} 27 3 1950"):
                find(client, typed)
                with statements() as seen:
                    assert find(client, typed).status_code == 200
                found.append(seen.count)
            return found

        few = costs()
        for _ in range(3):
            practice = make.practice()
            asks = make.requester(practice)
            make.request(practice, asks, identity=who)
            make.request(practice, asks, kind="SMR", identity=who)
        assert costs() == few
        assert max(few) <= 8, few


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("k7qm4txn", Wanted(reference="K7QM-4TXN")),
        ("12345678", Wanted(reference="1234-5678")),
        ("999 000 0018", Wanted(nhs_number="9990000018")),
        ("van der Berg 1/12/1944", Wanted(family="van der Berg", born=dt.date(1944, 12, 1))),
        ("Smith, 27 March 1950", Wanted(family="Smith", born=BORN)),
    ],
)
def test_what_is_looked_for_is_told_from_how_it_is_written(typed: str, wanted: Wanted) -> None:
    assert search_forms.read({"find": typed}) == wanted


@pytest.mark.parametrize(
    "typed", ["", " ", "Smith", "999 000 0017", "27 3 1950", "Smith 31 2 1950", "Smith 1 2 50", "x" * 121]
)
def test_what_is_none_of_them_is_refused_and_kept(place: Any, as_user: Any, typed: str) -> None:
    answer = find(as_user(place.pharmacist), typed)
    assert answer.status_code == 422
    assert "<title>Error: Find a task" in answer.text
    if typed.strip():
        assert f'value="{typed}"' in answer.text
    with pytest.raises(Invalid) as refused:
        search_forms.read({"find": typed})
    assert set(refused.value.problems) == {"find"}


def test_only_hub_staff_have_the_field(make: Make, place: Any, as_user: Any) -> None:
    for user, has in (
        (place.pharmacist, True),
        (make.lead(), True),
        (place.manager, False),
        (make.admin(), False),
    ):
        page = as_user(user).get("/account").text
        assert ('role="search"' in page) is has
    assert find(as_user(place.manager), "K7QM-4TXN").status_code == 403


def test_a_name_without_its_accents_is_the_same_name() -> None:
    assert name_key("Ó Súilleabháin", BORN) == name_key("O SUILLEABHAIN", BORN)
    assert name_key("Wood", BORN) != name_key("Wood", BORN + dt.timedelta(days=1))
    assert name_key("Wood", BORN) != name_key("Woods", BORN)


def test_every_new_patient_is_findable(make: Make, place: Any, acting: Any) -> None:
    make.request(place.practice, place.manager)
    with acting(make.lead()):
        assert db.session.query(Patient).filter(Patient.name_hash.is_(None)).count() == 0

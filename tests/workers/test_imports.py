"""Files of requests: raised as each would be alone, each row with one end, whatever changes meanwhile."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import records, vault
from hub.domain.errors import NotAllowed
from hub.domain.patient import Identity
from hub.domain.vocabulary import PatientStatus
from hub.extensions import db
from hub.imports import (
    actions,
    draft_actions,
    queries,
    row_queries,
)
from hub.intake import actions as intake
from hub.intake import many_actions, patients
from hub.intake import queries as intake_queries
from hub.models import Event, ImportRow, ImportRun, Notice, Patient, PracticeAccess, Task
from tests.support.import_files import Importer, as_csv, line
from tests.support.running import acting_as, run_jobs, signed_in
from tests.workers.conftest import Hub
from tests.workers.import_examples import identity_in, next_job, practice, status, totals


def columns(row: Any) -> dict[str, Any]:
    """A row's values; what is sealed, random or an id left out."""
    apart = {"id", "ref", "patient_id", "data_key_id", "task_id", "bundle"}
    names = [one.key for one in row.__mapper__.column_attrs]
    return {
        name: getattr(row, name)
        for name in names
        if name not in apart and not name.endswith(("_sealed", "_hash"))
    }


def sealed(row: Any, key: Any) -> dict[str, str]:
    contexts = {"ask_sealed": "ask", "document_sealed": "document", "urgency_reason_sealed": "urgency"}
    return {name: vault.unseal(key, getattr(row, name), words) for name, words in contexts.items()}


class TestRaisedAsOneWouldBe:
    @pytest.mark.parametrize(
        "more",
        [
            {"kind": "SMR"},
            {"kind": "LTC", "condition": "Asthma", "receipt": "02/11/2026"},
            {"kind": "DISCH", "document": "Doc 7", "ask": ""},
            {"kind": "MEDQ", "ask": "May she take both?", "record_number": "", "urgency": "soon"},
        ],
        ids=lambda more: more["kind"],
    )
    def test_field_by_field(self, hub: Hub, importer: Importer, more: dict[str, str]) -> None:
        importer.defaults = {
            "fact-high_risk_medicine": "yes", "fact-pregnancy": "not_sure", "fact-recent_flare": "yes",
            "fact-ten_medicines": "yes", "urgency_reason": "She travels on Friday",
            "next_issue": "2026-12-01",
        }  # fmt: skip
        importer.checked(as_csv([line(1, practice(hub), **more)]))
        importer.act(actions.approve)
        assert next_job(hub) == "commit_import"
        with acting_as(hub.app, hub.manager) as by:
            values = row_queries.told_of(*self._told()).values
            twin = values | {"nhs_number": line(2, "")[0], "family": "Twin", "record_number": "70002"}
            if not values.get("record_number"):
                twin["record_number"] = ""
            draft = draft_actions.asker(by).draft(twin)
            warning = intake_queries.foresee(draft, telephone="").seen  # nobody is on the rota
            assert not warning.in_time
            intake.raise_request(draft, by=by, warning=warning)
        with hub.session():
            query = select(Task, Patient).join(Patient, Patient.id == Task.patient_id).order_by(Task.id)
            (task, patient), (task2, patient2) = db.session.execute(query)
            for one, other in ((task, task2), (patient, patient2)):
                assert columns(one) == columns(other)
            events = [
                columns(one) for one in db.session.scalars(select(Event).order_by(Event.task_id, Event.seq))
            ]
            assert [one["kind"] for one in events] == ["raised", "warned", "flagged"] * 2
            assert events[:3] == events[3:]
            told = [one.code for one in db.session.scalars(select(Notice).order_by(Notice.id))]
            assert told.count("nobody_in_time") == 2, "the lead on duty"
            assert told.count("decision") == 1, "said once of a practice"
            assert sealed(task, self._key(task)) == sealed(task2, self._key(task2))
            assert task.data_key_id == patient.data_key_id
            identity = Identity.from_data(
                vault.unseal_data(self._key(task), patient.identity_sealed, "identity")
            )
            assert (identity.family, identity.given) == ("Testperson1", "Alex")
            assert patient.nhs_hash == vault.lookup(hub.practice.id, "nhs", identity.nhs_number)
            hashes = [(one.record_hash is None, one.name_hash is None) for one in (patient, patient2)]
            assert hashes[0] == hashes[1]

    @staticmethod
    def _told() -> tuple[Any, Any]:
        run = db.session.scalars(select(ImportRun)).one()
        return queries.get(run.ref).file_key, db.session.scalars(select(ImportRow.told_sealed)).one()

    @staticmethod
    def _key(task: Task) -> Any:
        from hub.models import DataKey

        return db.session.get(DataKey, task.data_key_id)

    def test_in_as_many_statements_however_many_rows(
        self, hub: Hub, importer: Importer, statements: Callable[[], Any]
    ) -> None:
        counted = []
        for rows, start in ((1, 1), (3, 10), (30, 20)):  # the first also reads the policy
            importer.checked(as_csv(line(start + n, practice(hub)) for n in range(rows)))
            importer.act(actions.approve)
            with statements() as seen:
                assert next_job(hub) == "commit_import"
            counted.append(seen.count)
            run_jobs(hub.app)
        assert counted[1] == counted[2] < 75

    def test_reviews_of_one_patient_are_one_bundle_and_nothing_else_is(
        self, hub: Hub, importer: Importer, small_parts: None
    ) -> None:
        more: list[dict[str, str]] = [
            {"kind": "SMR"}, {"kind": "MEDQ"}, {"kind": "DISCH", "document": "D1"}, {"kind": "SMR"},
        ]  # fmt: skip
        lines = [line(1 if n < 3 else 2, practice(hub), **one) for n, one in enumerate(more)]
        lines += [line(1, practice(hub), kind="LTC", condition="Asthma")]  # in the next part
        importer.checked(as_csv(lines)).act(actions.approve)
        run_jobs(hub.app)
        bundles = {
            task.kind: task.bundle for task in hub.tasks() if task.patient_id == hub.tasks()[0].patient_id
        }
        assert bundles["SMR"] == bundles["LTC"] is not None
        assert bundles["MEDQ"] is bundles["DISCH"] is None
        page = signed_in(hub.app, hub.lead).get(f"/tasks/{hub.tasks()[0].ref}").get_data(as_text=True)
        together, also = page.partition("Raised together with")[2].split("Also open for this patient")
        mate = next(task.ref for task in hub.tasks() if task.kind == "LTC")
        assert mate in together
        assert mate not in also
        assert [task.bundle for task in hub.tasks()].count(None) == 3


class TestEveryRowHasOneEnd:
    def test_each_group_and_what_becomes_of_it(self, hub: Hub, importer: Importer) -> None:
        for index in (1, 2, 3):
            held = identity_in(index)
            hub.make.request(hub.practice, hub.manager, "SMR" if index == 1 else "MEDQ", identity=held)
        ours = practice(hub)
        lines = [
            line(1, ours),  # open already
            line(2, ours, family="Newname"),  # close matches
            line(3, ours, born="31/12/1999"),
            line(4, ours),
            line(4, ours, ask="Again"),  # twice
            line(5, ours, nhs_number="999 000 0000"),  # refused
            line(6, "Z99999"),  # nobody's
            line(4, ours, kind="MEDQ", family="Else"),  # another name than in row 5
            line(3, ours, family="Else", born="01/02/1931"),  # another person altogether under this number
        ]
        importer.checked(as_csv(lines))
        assert len(hub.tasks()) == 3, "nothing is raised before approval"
        found = importer.counts()
        assert found == {
            "new": 1, "open": 1, "close": 2, "twice": 1, "refused": 3, "not_yours": 1, "undecided": 2,
            "to_raise": 1, "unseen": 1,
        }  # fmt: skip
        wrong = {row.number: row.told for row in importer.read(row_queries.rows_of, "refused")}
        assert [one.column for one in wrong[7].problems] == ["NHS Number"]
        assert wrong[9].problems[0].sentence.startswith("Row 5 gives this patient another family name")
        assert wrong[10].problems[0].sentence.startswith(patients.ANOTHER_HELD)
        assert "tell the hub lead" in wrong[10].problems[0].sentence
        assert importer.read(row_queries.rows_of, "twice")[0].told.repeats_row == 5
        assert importer.read(row_queries.rows_of, "open")[0].task_ref == hub.tasks()[0].ref
        assert set(importer.read(row_queries.row, 3).told.differs) == {"family"}
        importer.act(actions.decide, 3, "use")
        importer.act(actions.decide, 4, "skip")
        importer.act(actions.approve)
        run_jobs(hub.app)
        assert totals(importer) == (2, 2, 4, 1)
        assert status(importer) == "partly"
        with hub.session():
            everyone = db.session.scalars(select(Patient).options(joinedload(Patient.data_key)))
            names = [records.identity_of(one).family for one in everyone]
        assert "Newname" not in names, "as held"
        assert not hub.broken(settled=True)

    def test_what_changes_between_review_and_approval_is_seen(self, hub: Hub, importer: Importer) -> None:
        ours = practice(hub)
        hub.make.request(hub.practice, hub.manager, "MEDQ", identity=identity_in(3))
        hub.make.request(hub.practice, hub.manager, "MEDQ", identity=identity_in(4))
        importer.checked(as_csv([line(n, ours) for n in (1, 2, 3)] + [line(4, ours, family="Newname")]))
        importer.act(actions.decide, 5, "use")
        hub.make.request(hub.practice, hub.manager, "SMR", identity=identity_in(2))  # asked for meanwhile
        with hub.session():
            gone, renamed = db.session.scalars(select(Patient).order_by(Patient.id).limit(2))
            gone.status, gone.status_since = PatientStatus.DIED, dt.datetime.now(dt.UTC)
            db.session.refresh(renamed, ["data_key"])
            patients.store(renamed, Identity("Third", "Alex", identity_in(4).born, *_rest(identity_in(4))))
        importer.act(actions.approve)
        run_jobs(hub.app)
        assert totals(importer) == (1, 1, 2, 0)
        why = {
            row.number: row_queries.sentences(row) for row in importer.read(row_queries.rows_of, "refused")
        }
        assert "has died" in why[4][0]
        assert why[5] == [many_actions.CHANGED]

    def test_a_practice_taken_away_before_the_requests_are_raised(self, hub: Hub, importer: Importer) -> None:
        other = hub.make.practice("Oak")
        from hub.domain.vocabulary import Role

        hub.make.access(hub.manager, other, Role.REQUESTER)
        importer.checked(as_csv([line(1, practice(hub)), line(2, other.ods_code)]))
        assert importer.counts()["new"] == 2
        colleague = Importer(hub.app, hub.make.requester(hub.practice))
        colleague.ref = importer.ref
        assert colleague.counts()["new"] == 1, "each sees the rows of their own practices"
        for act in (actions.approve, actions.cancel):
            with pytest.raises(NotAllowed, match="Mo Manager"):
                colleague.act(act)
        importer.act(actions.approve)
        with hub.session():
            db.session.query(PracticeAccess).filter(PracticeAccess.practice_id == other.id).delete()
        run_jobs(hub.app)
        with acting_as(hub.app, hub.lead):
            run = queries.get(importer.ref)
            assert (run.created, run.refused) == (1, 1)

    def test_nothing_is_told_of_another_practice(self, hub: Hub, importer: Importer) -> None:
        other = hub.make.practice("Oak")
        elsewhere = hub.make.requester(other)
        hub.make.request(other, elsewhere, "SMR", identity=identity_in(1))
        importer.checked(as_csv([line(1, other.ods_code), line(1, "Z99999"), line(1, practice(hub))]))
        there, nowhere = importer.read(row_queries.rows_of, "not_yours")
        alike = {"practice"}
        assert {**there.told.values, "practice": ""} == {**nowhere.told.values, "practice": ""}, alike
        assert (there.task_ref, there.told.problems) == (nowhere.task_ref, nowhere.told.problems)
        assert importer.counts()["new"] == 1, "their patient is not ours"
        with acting_as(hub.app, elsewhere), pytest.raises(Exception, match="no such file"):
            queries.get(importer.ref)

    def test_a_request_raised_at_the_same_moment_is_not_raised_twice(
        self, hub: Hub, importer: Importer
    ) -> None:
        importer.checked(as_csv([line(1, practice(hub)), line(2, practice(hub))]))
        importer.act(actions.approve)
        with acting_as(hub.app, hub.manager) as by:
            values = importer_values(importer)
            intake.raise_request(draft_actions.asker(by).draft(values), by=by)
            thread = threading.Thread(target=next_job, args=[hub])
            thread.start()
            thread.join(timeout=0.5)
            assert thread.is_alive(), "it waits for the twin"
        thread.join(timeout=10)
        assert totals(importer) == (1, 1, 0, 0)


def _rest(identity: Identity) -> tuple[str, str, str]:
    return identity.nhs_number, identity.no_number_because, identity.record_number


def importer_values(one: Importer) -> dict[str, str]:
    """What the file's first row asks."""
    run = queries.get(one.ref)
    found: dict[str, str] = row_queries.rows_of(run, "new")[0].told.values
    return found

"""A file's run: part by part, stopped and gone on with, taken back, and the file itself removed."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.errors import Conflict, Invalid
from hub.extensions import db
from hub.imports import actions, file_queries, queries, row_queries, undo_queries, upkeep_actions
from hub.intake import actions as intake
from hub.models import Outbox
from tests.support.import_files import Importer, as_csv, line
from tests.support.running import acting_as, run_jobs
from tests.workers.conftest import Hub
from tests.workers.import_examples import identity_in, next_job, practice, status, totals
from workers.runner import run_row


class TestPartByPart:
    def test_a_job_that_dies_or_runs_twice_changes_no_total(
        self, hub: Hub, importer: Importer, small_parts: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = [
            line(n % 11, practice(hub), nhs_number="" if n == 5 else line(n % 11, "")[0]) for n in range(13)
        ]
        importer.upload(as_csv(lines))
        ghosts = [next_job(hub)]
        with hub.session():
            first = db.session.scalars(select(Outbox.id).order_by(Outbox.id).limit(1)).one()
        with hub.app.app_context():
            assert not run_row(first), "done is done"
        run_jobs(hub.app)
        assert importer.counts()["to_raise"] == 10
        importer.act(actions.approve)
        ghosts.append(next_job(hub))
        # A ghost of the first round finds that it is not meant any more.
        from hub.imports import commit_actions

        run = importer.read(lambda run: run)
        assert hub.run(commit_actions.commit_import, run.id, run.round - 1) == 0
        with monkeypatch.context() as broken:
            broken.setattr(commit_actions, "packed", lambda rows: 1 / 0)  # after the requests were written
            next_job(hub)
        assert len(hub.tasks()) == 4, "half a part is none"
        with hub.session():
            db.session.query(Outbox).update({"next_at": Outbox.created_at})
        run_jobs(hub.app)
        assert totals(importer) == (10, 2, 1, 0)
        assert (len(hub.tasks()), status(importer)) == (10, "partly")
        assert ghosts == ["check_import", "commit_import"]
        assert not hub.broken(settled=True)

    def test_the_next_part_of_a_large_file(self, hub: Hub, importer: Importer, owner: Any) -> None:
        importer.upload(as_csv([line(1, practice(hub))]))
        owner.execute("update import_run set rows_total = 50000, checked_to = 40000")
        owner.execute(
            "update import_part set rows = 20000; "
            "insert into import_part (run_id, part, practice_id, rows, sealed) "
            "select run_id, p, practice_id, 20000, sealed from import_part, generate_series(1, 2) p"
        )
        assert importer.read(file_queries.next_part) == 2

    def test_approving_twice_and_cancelling_on_the_way(
        self, hub: Hub, importer: Importer, small_parts: None
    ) -> None:
        importer.checked(as_csv(line(n, practice(hub)) for n in range(10)))
        importer.act(actions.approve)
        with pytest.raises(Conflict, match="approved already"):
            importer.act(actions.approve)
        with pytest.raises(Conflict):
            importer.act(actions.undo)
        next_job(hub)
        importer.act(actions.cancel)
        assert totals(importer) == (4, 0, 0, 6)
        run_jobs(hub.app)
        assert (totals(importer), status(importer)) == ((4, 0, 0, 6), "cancelled")
        with pytest.raises(Conflict, match="nothing left"):
            importer.act(actions.cancel)

    def test_cancelled_before_approval_nothing_is_raised(self, hub: Hub, importer: Importer) -> None:
        importer.upload(as_csv([line(1, practice(hub))]))
        importer.act(actions.cancel)
        run_jobs(hub.app)
        assert (hub.tasks(), totals(importer), status(importer)) == ([], (0, 0, 0, 0), "cancelled")
        with pytest.raises(Conflict):
            importer.act(actions.approve)

    def test_a_file_of_nothing_to_raise_cannot_be_approved(self, hub: Hub, importer: Importer) -> None:
        importer.checked(as_csv([line(1, "Z99999")]))
        assert status(importer) == "invalid"
        with pytest.raises(Conflict):
            importer.act(actions.approve)
        held = identity_in(2)
        hub.make.request(hub.practice, hub.manager, identity=held)
        importer.checked(as_csv([line(2, practice(hub), family="Other")]))
        with pytest.raises(Invalid, match="No row would be raised"):
            importer.act(actions.approve)

    def test_what_a_job_gave_up_says_so_and_goes_on_where_it_stopped(
        self, hub: Hub, importer: Importer, small_parts: None, owner: Any
    ) -> None:
        importer.checked(as_csv(line(n, practice(hub)) for n in range(6)))
        importer.act(actions.approve)
        next_job(hub)
        with hub.session():
            db.session.query(Outbox).filter(Outbox.done_at.is_(None), Outbox.job == "commit_import").update(
                {"dead_at": Outbox.created_at}
            )
        hub.run(upkeep_actions.watch_imports)
        assert status(importer) == "failed"
        assert totals(importer) == (4, 0, 0, 0)
        importer.act(actions.go_on)
        owner.execute("delete from outbox where job = 'commit_import' and done_at is null")
        hub.run(upkeep_actions.watch_imports)  # a lost job is handed out again
        run_jobs(hub.app)
        assert (totals(importer), status(importer)) == ((6, 0, 0, 0), "completed")


class TestUndo:
    def test_takes_back_what_nobody_acted_on_and_says_why_the_rest_stays(
        self, hub: Hub, importer: Importer
    ) -> None:
        pat = hub.make.pharmacist(hub.practice)
        importer.checked(as_csv(line(n, practice(hub)) for n in range(6)))
        importer.act(actions.approve)
        run_jobs(hub.app)
        given = [task for task in hub.tasks() if task.status == "assigned"]
        assert len(given) >= 2, "on a worklist is not begun"
        hub.start(pat, given[0])
        waiting = next(task for task in hub.tasks() if task.status == "queued")
        with acting_as(hub.app, hub.manager) as by:
            from hub.placing import queries as placing

            intake.chase(placing.get(waiting.ref, lock=True), reason="Please soon", by=by)
        assert importer.read(undo_queries.foreseen) == undo_queries.Foreseen(back=4, stay=2), "as it is done"
        importer.act(actions.undo)
        run_jobs(hub.app)
        run = importer.read(lambda run: run)
        assert (run.undone, run.kept, run.status) == (4, 2, "undone")
        ends = {task.id: (task.status, task.cancel_reason) for task in hub.tasks()}
        assert ends.pop(given[0].id) == ("in_progress", None)
        assert ends.pop(waiting.id)[0] == "queued"
        assert set(ends.values()) == {("cancelled", "raised_in_error")}
        why = {row.kept_why for row in importer.read(row_queries.rows_of, "kept")}
        assert why == {"This request has been started.", "Somebody has acted on it since it was raised."}
        with pytest.raises(Conflict):
            importer.act(actions.undo)
        assert not hub.broken(settled=True)


class TestTheFileItself:
    def test_is_removed_after_thirty_days_and_cannot_be_read_any_more(
        self, hub: Hub, importer: Importer, clock: Any, owner: Any
    ) -> None:
        importer.checked(as_csv([line(1, practice(hub)), line(2, practice(hub), family="")]))
        importer.act(actions.approve)
        run_jobs(hub.app)
        forgotten = Importer(hub.app, hub.manager).checked(as_csv([line(3, practice(hub))]))
        clock.tick(days=29)
        assert hub.run(upkeep_actions.remove_import_files) == 0
        clock.tick(days=1)
        assert hub.run(upkeep_actions.remove_import_files) == 2
        assert totals(importer) == (1, 0, 1, 0)
        assert (status(forgotten), totals(forgotten)) == ("cancelled", (0, 0, 0, 1))
        assert importer.read(queries.filename) == ""
        assert importer.read(file_queries.head_of).header == ()
        assert importer.read(row_queries.rows_of, "refused")[0].told.values == {}
        left = "select count(*) from import_row where told_sealed is not null or patient_hash is not null"
        assert owner.execute(left).fetchone() == (0,)
        keys = "select wrapped from import_run r join data_key k on k.id = r.file_key_id"
        assert owner.execute(keys).fetchall() == [(None,), (None,)]
        assert owner.execute("select count(*) from import_part").fetchone() == (0,)
        assert not hub.broken()

    def test_rows_to_mend_come_as_a_file_that_no_spreadsheet_runs(self, hub: Hub, importer: Importer) -> None:
        bad = line(1, practice(hub), nhs_number="=HYPERLINK(1)", family="-2+3", given="@sum")
        importer.checked(as_csv([line(2, practice(hub)), bad]))
        text = importer.read(row_queries.corrected_csv).decode("utf-8-sig")
        head, row = text.splitlines()
        assert head.startswith("Row in your file,NHS Number,Surname")
        assert row.startswith("3,'=HYPERLINK(1),'-2+3,'@sum,")
        assert "NHS Number:" in row

    def test_nothing_of_it_is_readable_in_the_database(
        self, hub: Hub, importer: Importer, owner: Any
    ) -> None:
        wrong = line(2, practice(hub), family="", record_number="XYZ/1")
        importer.checked(as_csv([line(1, practice(hub)), wrong]))
        for table in ("import_run", "import_part", "import_row", "import_mapping", "outbox"):
            text = str(owner.execute(f"select to_jsonb(t) from {table} t").fetchall())
            words = ("Testperson", "XYZ/1", "Surname", "99900000", "999 000 0")
            assert not [word for word in words if word in text], table

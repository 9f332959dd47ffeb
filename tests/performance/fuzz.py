"""`python -m tests.performance.fuzz [SEED] [FILES]`: thousands of made and broken files through the pages.

Each goes through upload, columns, check and, now and then, approval. None may give an error page of ours,
leave half an import, or take more than 300 MB. One JSON object a line: the sum, then each sort of change
with how many files had it, and how many of those were refused in a sentence.
"""

import csv
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hub.domain.import_words import RunStatus
from hub.domain.importing.fields import fields_for, missing
from hub.extensions import db
from hub.imports import actions, file_queries, queries
from hub.models import ImportRow, ImportRun, Task, User
from hub.protocols.queries import current_kinds
from tests.performance.fuzz_files import Made
from tests.performance.fuzz_made import make
from tests.support.form_fields import form_values
from tests.support.running import acting_as, actor_of, run_jobs, signed_in

MOST_MB = 300
_ROWS_OF = {0: 40_000, 1: 2_000, 2: 300}  # by what is left of a seed divided by a thousand: a few large files


@dataclass
class Outcome:
    """What became of the files so far."""

    files: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    peak_mb: int = 0
    checked: int = 0
    rows: int = 0
    approved: int = 0
    created: int = 0


class Person:
    """Somebody of two practices who uploads whatever they have, and confirms whatever is proposed."""

    def __init__(self, app: Flask, who: User) -> None:
        self.app, self.by = app, actor_of(app, who)
        self.client: FlaskClient = signed_in(app, who)

    def bring(self, seed: int, made: Made, outcome: Outcome, *, pages: bool, approve: bool) -> None:
        """Take one file as far as it goes, and note what must not be; without `pages` one only."""
        before = self._stored()
        address = self._upload(seed, made, outcome)
        if not address:
            assert self._stored() == before, "a refused file left something"
            return
        if pages:
            self._confirm(address)
        else:
            self._confirm_directly(address)
        run_jobs(self.app, most=2_000)
        if pages:
            self._look(address)
        self._sums(address, outcome)
        assert self._stored()[1:] == before[1:], "something was raised before it was approved"
        if approve:
            self._approve(address, before, outcome)

    def _upload(self, seed: int, made: Made, outcome: Outcome) -> str:
        """Return the address of the file's page; "" when it was refused in a sentence."""
        sent = {
            "form_key": f"fuzz-{seed:08d}",
            "kind": made.kind,
            "practice": "column" if seed % 2 else "K81003",
        }
        answer = self.client.post("/imports/new", data=sent | {"file": (io.BytesIO(made.data), made.name)})
        if answer.status_code == 302:
            return str(answer.location)
        assert answer.status_code in (413, 422), f"the upload answered {answer.status_code}"
        assert 'href="#file"' in answer.text, "the refusal does not name the file"
        outcome.refused.update(made.done)
        outcome.refused["all files"] += 1
        return ""

    def _confirm(self, address: str) -> None:
        """Accept what is proposed, answer what is asked; what no column gives is read from any left."""
        typed = {
            "step": "check",
            "default-condition": "AST",
            "default-ask": "Review",
            "date_order": "dmy",
        }
        typed |= {"default-receipt-day": "20", "default-receipt-month": "11", "default-receipt-year": "2026"}
        page = self._look(address)
        for _ in range(3):
            fields = form_values(page, f"{address}/columns") | typed
            asked = re.findall(r'name="(default-fact-[a-z_]+)"', page)
            answer = self.client.post(f"{address}/columns", data=fields | dict.fromkeys(asked, "not_sure"))
            if answer.status_code == 302:
                return
            assert answer.status_code == 422, f"the columns answered {answer.status_code}"
            page = answer.text
            typed |= _guess(page, fields)
        # There are not columns enough for a request: such a file ends here.

    def _confirm_directly(self, address: str) -> None:
        """As `_confirm`, without the page."""
        with acting_as(self.app, self.by):
            run = queries.get(address.rpartition("/")[2], lock=True)
            head = file_queries.head_of(run)
            kinds = [kind for kind in current_kinds() if head.begun.kind in (None, kind.code)]
            typed = {code: "not_sure" for code in fields_for(kinds) if code.startswith("fact-")}
            typed |= {"condition": "AST", "ask": "Review", "receipt": "2026-11-20"}
            chosen = head.begun.columns
            lacking = missing(list(chosen.values()), list(typed), kinds[0] if head.begun.kind else None)
            free = [place for place in range(len(head.header)) if place not in chosen]
            chosen = chosen | dict(zip(free, lacking, strict=False))
            actions.set_mapping(run, replace(head.begun, columns=chosen, defaults=typed), by=self.by)

    def _look(self, address: str, *more: str) -> str:
        answer = self.client.get(address + "".join(more))
        assert answer.status_code == 200, f"{''.join(more) or 'the page'} answered {answer.status_code}"
        return answer.text

    def _approve(self, address: str, before: tuple[int, int], outcome: Outcome) -> None:
        if self._run(address)[0] != RunStatus.REVIEW:
            return
        page = self._look(address)
        if f"{address}/approve" not in page:  # nothing in it can be raised
            return
        shown = form_values(page, f"{address}/approve")
        answer = self.client.post(f"{address}/approve", data=shown, follow_redirects=True)
        assert answer.status_code in (200, 422), f"the approval answered {answer.status_code}"
        run_jobs(self.app, most=5_000)
        self._look(address)
        for group in ("refused", "new", "close", "left_out"):
            self._look(address, f"/rows?group={group}")
        mended = self.client.get(f"{address}/errors.csv")
        assert mended.status_code == 200, f"the errors answered {mended.status_code}"
        assert not any(
            cell[:1] in "=+@" for line in csv.reader(io.StringIO(mended.text)) for cell in line if cell
        )
        if answer.status_code == 200:
            outcome.approved += 1
            self._sums(address)
            created = self._run(address)[1]["created"]
            assert self._stored()[1] - before[1] == created, "what was raised is not what was counted"
            outcome.created += created

    def _run(self, address: str) -> tuple[str, dict[str, int]]:
        """Return the status of a file and its counts, with those of the rows that are stored."""
        names = ("created", "duplicate", "refused", "skipped", "requests", "rows_total", "checked_to")
        with acting_as(self.app, self.by):
            run = queries.get(address.rpartition("/")[2])
            rows = select(func.count(), func.count(func.distinct(ImportRow.number)))
            stored, numbers = db.session.execute(rows.where(ImportRow.run_id == run.id)).one()
            counts = {name: getattr(run, name) for name in names}
            return run.status, counts | {"stored": stored, "numbers": numbers}

    def _sums(self, address: str, outcome: Outcome | None = None) -> None:
        """Every row of the file is somewhere, and in one place only; with `outcome`, before it is raised."""
        status, counts = self._run(address)
        if status == RunStatus.UPLOADED:
            return
        assert status in ("review", "invalid", "completed", "partly"), f"it is {status}"
        requests, numbers = counts["stored"], counts["numbers"]
        assert counts["checked_to"] == counts["rows_total"] == numbers, "a row of the file is nowhere"
        assert counts["requests"] == requests, "requests are lost or twice"
        if outcome is not None:
            outcome.checked += 1
            outcome.rows += numbers
        else:
            parts = sum(counts[name] for name in ("created", "duplicate", "refused", "skipped"))
            assert parts == requests, "created + duplicate + refused + skipped is not all rows"

    def _stored(self) -> tuple[int, int]:
        """Return how many files and tasks there are."""
        with acting_as(self.app, self.by):
            counts = (select(func.count()).select_from(one).scalar_subquery() for one in (ImportRun, Task))
            files, tasks = db.session.execute(select(*counts)).one()
            return files, tasks


def _guess(page: str, fields: dict[str, str]) -> dict[str, str]:
    """Return, for fields that no column gives, columns that are not needed: as somebody in a hurry would."""
    free = [name for name, value in fields.items() if re.fullmatch(r"column-\d+", name) and value == "ignore"]
    lacking = dict.fromkeys(re.findall(r'id="missing-([a-z_]+)"', page))
    return dict(zip(free, lacking, strict=False))


def run(
    person: Person,
    seeds: range,
    make_one: Callable[[int], Made],
    outcome: Outcome,
    *,
    pages: int,
    approve: int,
    most_mb: int = MOST_MB,
) -> None:
    """Bring the files of these seeds, one in `pages` by all its pages; one in `approve` is also approved.

    What must not be is noted in `outcome`, also that this process took more than `most_mb`.
    """
    for seed in seeds:
        made = make_one(seed)
        outcome.files.update(made.done)
        outcome.files["all files"] += 1
        _forget_peak()
        try:
            person.bring(seed, made, outcome, pages=seed % pages == 0, approve=seed % approve == 0)
        except Exception as error:  # whatever it is, it is what is looked for
            outcome.wrong.append(
                f"seed {seed} ({', '.join(made.done)}): {type(error).__name__}: {error}"[:400]
            )
        peak = _peak_mb()
        outcome.peak_mb = max(outcome.peak_mb, peak)
        if peak > most_mb:
            outcome.wrong.append(f"seed {seed} ({', '.join(made.done)}): {peak} MB")


def _forget_peak() -> None:
    """Let the system begin anew to note how much memory this process holds at most (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> int:
    return _status_mb("VmHWM:")


def held_mb() -> int:
    """Return how much memory this process holds now."""
    return _status_mb("VmRSS:")


def _status_mb(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(name)[2].split()[0]) // 1024


def main() -> None:
    """Bring FILES files beginning with those of SEED x 1,000,000; end with 1 if anything was wrong."""
    from tests.performance.bench import print_line, stage

    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    outcome, start = Outcome(), time.perf_counter()
    with stage() as found:
        practice = found.make.practice(ods_code="K81003")
        other = found.make.practice("Elder Tree Surgery")
        person = Person(found.app, found.make.requester(practice, other))
        first = seed * 1_000_000
        sizes = {
            first + place + left: rows for place in range(0, files, 1_000) for left, rows in _ROWS_OF.items()
        }
        run(
            person,
            range(first, first + files),
            lambda one: make(one, most_rows=sizes.get(one, 8)),
            outcome,
            pages=3,
            approve=4,
        )
    seconds = round(time.perf_counter() - start)
    all_files = outcome.files.pop("all files")
    print_line(
        {
            "fuzz": "files",
            "seed": seed,
            "files": all_files,
            "refused": outcome.refused["all files"],
            "checked": outcome.checked,
            "rows": outcome.rows,
            "approved": outcome.approved,
            "raised": outcome.created,
            "wrong": len(outcome.wrong),
            "peak_mb": outcome.peak_mb,
            "seconds": seconds,
        }
    )
    for name in sorted(outcome.files):
        print_line({"change": name, "files": outcome.files[name], "refused": outcome.refused[name]})
    print("\n".join(outcome.wrong), file=sys.stderr)
    sys.exit(bool(outcome.wrong))


if __name__ == "__main__":
    main()

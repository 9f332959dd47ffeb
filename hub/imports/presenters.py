"""How a file of requests is shown: its state, its progress, what its rows have become, and the way back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.import_words import RunStatus
from hub.domain.kinds import Kind
from hub.domain.worktime import LONDON

FIRST_POLL, LAST_POLL = 2, 15  # seconds between two looks: more and more patient
# State: the tag's adjective, its colour, and one sentence that says what it means.
STATES: dict[RunStatus, tuple[str, str, str]] = {
    RunStatus.UPLOADED: ("Not checked", "white", "Confirm what its columns hold, then we check the rows."),
    RunStatus.CHECKING: ("Being checked", "blue", "We look at every row. Nothing is raised yet."),
    RunStatus.INVALID: ("Unusable", "red", "No row can be raised as it is. Nothing was raised."),
    RunStatus.REVIEW: ("Ready to approve", "orange", "Checked. Nothing is raised before you approve it."),
    RunStatus.IMPORTING: ("Being raised", "blue", "The requests are being raised."),
    RunStatus.COMPLETED: ("Done", "green", "Every row is a request, or was one already."),
    RunStatus.PARTLY: ("Partly done", "orange", "Some rows were not raised."),
    RunStatus.CANCELLED: ("Cancelled", "grey", "It was stopped."),
    RunStatus.UNDOING: ("Being undone", "blue", "What was raised is being taken back."),
    RunStatus.UNDONE: ("Undone", "grey", "What nobody had begun was taken back."),
    RunStatus.FAILED: ("Stopped by a fault", "red", "Something went wrong on our side. Nothing is lost."),
}
# What the rows of a group are, and what becomes of them.
GROUPS: dict[str, tuple[str, str]] = {
    "new": ("New", "Will be raised"),
    "close": ("For you to decide", "Other details than we hold, or another review is open"),
    "open": ("Open already", "Not raised again, the open request goes on"),
    "twice": ("Twice in this file", "The first of them counts"),
    "later": ("Due later", "Not raised now: bring an up-to-date list then, or set up a recall"),
    "not_yours": ("For a practice you do not raise for", "Not raised"),
    "refused": ("Cannot be used as they are", "Not raised, to be mended"),
    "created": ("Raised", "Each is a request of its own"),
    "duplicate": ("Open already or twice in the file", "Not raised again"),
    "skipped": ("Skipped", "Not raised: due later, by your decision, or stopped before"),
    "undone": ("Taken back", "Stopped: nobody had acted on them"),
    "kept": ("Not taken back", "Somebody had acted on them"),
    "doubted": ("Raised as Not sure", "Their own text names what the No for all rows denies"),
    "unseen": ("Nobody sees them in time", "Do not rely on these: telephone"),
    "left_out": ("Left out", "Titles, totals, repeated titles"),
}
REVIEWED = ("new", "close", "open", "twice", "later", "not_yours", "refused", "left_out")
ENDED = ("created", "duplicate", "refused", "skipped", "undone", "kept", "left_out")


@dataclass(frozen=True, slots=True)
class State:
    """The state of a run: tag, its colour, and a sentence."""

    tag: str
    colour: str
    sentence: str


@dataclass(frozen=True, slots=True)
class About:
    """Which file it is: its name, for whom, what it asks, how it was read."""

    name: str
    practice: str
    kind: str
    how: tuple[str, ...]
    left_out: str
    rows_words: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One file of the list."""

    ref: str
    name: str
    at: dt.datetime
    by: str
    state: State
    rows: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: for the bar, for reading, and for saying aloud only when a quarter is passed."""

    done: int
    total: int
    percent: int
    words: str
    aloud: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many rows of one group; the number links to exactly these."""

    group: str
    rows: str
    words: str
    means: str


def state(status: str) -> State:
    """Return how a run's status is shown."""
    return State(*STATES[RunStatus(status)])


def number(count: int) -> str:
    """Return a number with commas: 49,850."""
    return f"{count:,}"


def rows(count: int) -> str:
    """Return "1 row" or "49,850 rows"."""
    return "1 row" if count == 1 else f"{count:,} rows"


def requests(count: int) -> str:
    """Return "1 request" or "49,850 requests"."""
    return "1 request" if count == 1 else f"{count:,} requests"


def named(filename: str) -> str:
    """Return a file's name, or what stands in its place once it is removed."""
    return filename or "A file that is removed"


def about(run: Any, filename: str, head: Any, practice: str, kinds: Sequence[Kind]) -> About:
    """Return which file it is; `head` is `file_queries.Head`."""
    kind = kinds[0].name if len(kinds) == 1 else "Several kinds: a column of the file says which"
    where = f"Its titles stand in row {head.header_row}" if head.header_row else "It has no row of titles"
    where += _said(head)
    left_out = (
        f"{rows(run.rows_left_out)} left out: titles, totals, repeated titles." if run.rows_left_out else ""
    )
    how = tuple(_stopped(one) for one in (*head.how, where, *head.notes))
    return About(named(filename), practice, kind, how, left_out, rows(run.rows_total))


def _said(head: Any) -> str:
    if not head.titles_mark:
        return "."
    return ", as you chose for an earlier file." if head.titles_again else ", as you chose."


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def seen_before(before: Any) -> str:
    """Say that this very file was uploaded before (`queries.Listed`); "" if not, or if it led to nothing."""
    if before is None or before.run.status in (RunStatus.UPLOADED, RunStatus.INVALID):
        return ""
    when = f"{before.run.created_at.astimezone(LONDON):%d-%b-%Y %H:%M}"
    return (
        f"This very file was uploaded before, {when}, by {before.by_name}: {before.run.ref}, "
        f"{raised_words(before.run)}. What is still open is not raised again."
    )


def raised_words(run: Any) -> str:
    """Return how many requests were raised, and how many of them were taken back."""
    if not run.undone:
        return f"{requests(run.created)} raised"
    if run.undone == run.created:
        return f"{requests(run.created)} raised and taken back"
    return f"{requests(run.created)} raised, {run.undone:,} of them taken back"


def run_row(listed: Any) -> RunRow:
    """Return one file of the list (`queries.Listed`)."""
    run = listed.run
    words = rows(run.rows_total)
    if run.created:
        words += f", {raised_words(run)}"
    return RunRow(run.ref, named(listed.filename), run.created_at, listed.by_name, state(run.status), words)


def progress(status: str, done: int, total: int) -> Progress:
    """Return how far checking or raising is."""
    done = min(done, total)
    verb = {"checking": "checked", "importing": "gone through"}.get(status, "taken back")
    words = f"{number(done)} of {rows(total)} {verb}" if done else f"Waiting to begin with {rows(total)}"
    quarters = 4 * done // total if total else 0
    aloud = ("Begun", "A quarter done", "Half done", "Three quarters done", "Nearly finished")[quarters]
    return Progress(done, total, 100 * done // total if total else 0, words, aloud)


def next_poll(seconds: str | None) -> int:
    """Return after how many seconds to look again, given how long the last wait was."""
    last = int(seconds) if seconds and seconds.isascii() and seconds.isdigit() and len(seconds) < 3 else 0
    return min(LAST_POLL, max(FIRST_POLL, -(-last * 3 // 2)))


def counts(found: Mapping[str, int], groups: Sequence[str]) -> list[Count]:
    """Return those of the groups that have rows, in this order."""
    meant = dict(GROUPS)
    if found.get("undone"):
        meant["created"] = ("Had been raised", "Those taken back are stopped; only the others go on")
    return [Count(one, rows(found[one]), *meant[one]) for one in groups if found.get(one)]


def heading_of(group: str) -> str:
    """Return what the rows of a group are."""
    return GROUPS[group][0]


def group_words(group: str) -> str:
    """Say what becomes of the rows of a group."""
    return f"{GROUPS[group][1]}."


def caption(total: int, page: int, last: int) -> str:
    """Return the caption of a page of rows."""
    return f"{rows(total)}, page {page} of {last}" if last > 1 else rows(total)


def file_kept(removed_at: dt.datetime | None, until: dt.date) -> str:
    """Say how long the file itself is kept."""
    if removed_at is not None:
        return "The file itself is removed; these counts stay."
    return f"The file is kept encrypted until {until:%d-%b-%Y}, then removed. The counts stay."


def practice_options(practices: Sequence[Any]) -> list[dict[str, str]]:
    """Return practices as radios, and that a column says it; none where there is no choice."""
    if len(practices) < 2:
        return []
    own = [{"value": one.ods_code, "text": f"{one.name} ({one.ods_code})"} for one in practices]
    return [*own, {"value": "column", "text": "A column of the file says which, row by row"}]


def kind_options(kinds: Sequence[Kind]) -> list[dict[str, str]]:
    """Return the kinds as radios, and that a column says it."""
    own = [{"value": one.code, "text": one.name} for one in kinds]
    return [*own, {"value": "column", "text": "Several of these: a column of the file says which"}]


def no_files(may_upload: bool) -> str:
    """Say why the list of files is empty."""
    if may_upload:
        return "Your practice has not sent a file yet. One file can raise up to 50,000 requests."
    return "No practice has sent a file yet."


def page_number(asked: str | None, last: int) -> int:
    """Return the page asked for; anything out of range is the first."""
    page = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    return page if 1 <= page <= last else 1


def page_numbers(current: int, last: int) -> Sequence[int | None]:
    """Return the page numbers to show, None for a gap: the first, the last and those around."""
    near = sorted({one for one in (1, current - 1, current, current + 1, last) if 1 <= one <= last})
    shown: list[int | None] = []
    for one in near:
        if shown and shown[-1] is not None and one - shown[-1] > 1:
            shown.append(None)
        shown.append(one)
    return shown

"""What is said of a file while it is worked on, before it is approved, at its end; and of the way back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hub.domain.import_words import RunStatus
from hub.domain.worktime import LONDON
from hub.imports.presenters import requests, rows

_DOING = {
    RunStatus.CHECKING: "Checking your file",
    RunStatus.IMPORTING: "Raising your requests",
    RunStatus.UNDOING: "Taking your requests back",
}
_MEANWHILE = {
    RunStatus.CHECKING: (
        "You may leave this page and come back by Requests, Requests from files. Nothing is raised before "
        "you have seen what we found, and have approved it."
    ),
    RunStatus.IMPORTING: (
        "You may leave this page and come back by Requests, Requests from files. Each request goes to the "
        "hub as soon as it is raised."
    ),
    RunStatus.UNDOING: "You may leave this page. What somebody has begun to work on stays.",
}
_STOP = {
    RunStatus.CHECKING: "Cancel: raise nothing",
    RunStatus.IMPORTING: "Stop here: raise no more",
}
_HEADINGS = {
    RunStatus.COMPLETED: "Your requests are raised",
    RunStatus.PARTLY: "Your requests are raised, some rows are not",
    RunStatus.CANCELLED: "Cancelled",
    RunStatus.UNDONE: "Undone",
    RunStatus.FAILED: "Stopped by a fault on our side",
}


def doing(status: str) -> str:
    """Return the heading while a job is at work."""
    return _DOING[RunStatus(status)]


def meanwhile(status: str) -> str:
    """Say what one may do while a job is at work."""
    return _MEANWHILE[RunStatus(status)]


def stop_words(status: str) -> str:
    """Return the words on the button that stops what is going on; "" where nothing can."""
    return _STOP.get(RunStatus(status), "")


def review_heading(status: str) -> str:
    """Return the heading of what the check found."""
    return "No row can be raised" if status == RunStatus.INVALID else "Look, then approve"


def approve_words(counts: Mapping[str, int]) -> str:
    """Return the words on the button that raises; "" when there is nothing to raise."""
    to_raise = counts["to_raise"]
    return f"Raise {requests(to_raise)}" if to_raise else ""


def approval_words(counts: Mapping[str, int]) -> str:
    """Say what happens next."""
    to_raise, undecided = counts["to_raise"], counts["undecided"]
    if not to_raise and undecided:
        return "No row would be raised yet: decide about the patients above first."
    if not to_raise and counts["later"]:
        return (
            "No row of this file would be raised now: what is due later is left out. Change how the columns "
            "are read to raise it now, or bring an up-to-date list then."
        )
    if not to_raise:
        return "No row of this file can be raised as it is. Mend the rows and upload the file again."
    said = f"{requests(to_raise)} will be raised in your name, as if you had filled in the form for each."
    if undecided:
        said += f" {rows(undecided)} that you have not decided about will be skipped."
    return f"{said} You can undo this while nobody has begun to work on them."


def heading(run: Any) -> str:
    """Return the heading at the end."""
    return _HEADINGS[RunStatus(run.status)]


def sentence(run: Any) -> str:
    """Say in one sentence what came of it."""
    status = RunStatus(run.status)
    if status is RunStatus.FAILED:
        return run.error or "Something went wrong on our side. Nothing is lost: go on from where it stopped."
    if status is RunStatus.UNDONE:
        left = f" {_staying(run.kept)}" if run.kept else ""
        return f"{_had(run.undone)} taken back.{left}"
    if not run.created:
        return "Nothing was raised."
    return f"{_had(run.created)} raised."


def _had(count: int) -> str:
    return f"{requests(count)} {'was' if count == 1 else 'were'}"


def undone_counts(run: Any) -> dict[str, int]:
    """Return how many were taken back, and could not be."""
    return {"undone": run.undone, "kept": run.kept}


def sum_words(run: Any) -> str:
    """Say that every row is accounted for."""
    if not run.committed_to:
        return ""
    parts = {
        "raised": run.created,
        "open already or twice": run.duplicate,
        "to mend": run.refused,
        "skipped": run.skipped,
    }
    told = " + ".join(f"{count:,} {words}" for words, count in parts.items())
    several = run.requests > run.rows_total
    split = " A row that names several conditions counts once for each." if several else ""
    return f"No row is lost: {told} = {run.committed_to:,}.{split}"


def next_words(run: Any) -> str:
    """Say what happens now with what was raised."""
    if run.status in (RunStatus.COMPLETED, RunStatus.PARTLY) and run.created:
        return "The hub now decides who does each of them and by when. Each stands among your requests."
    return ""


def may_mend(run: Any, counts: Mapping[str, int]) -> bool:
    """Say whether there are rows to mend and to upload anew."""
    ended = run.status in (RunStatus.COMPLETED, RunStatus.PARTLY, RunStatus.CANCELLED)
    return ended and run.file_removed_at is None and bool(counts["refused"] or counts["not_yours"])


def undo_words(run: Any) -> str:
    """Say what undoing does and until when it is possible; "" where there is nothing to undo."""
    ended = (RunStatus.COMPLETED, RunStatus.PARTLY, RunStatus.CANCELLED)
    if run.status not in ended or not run.created:
        return ""
    return (
        "If this was the wrong file, you can take its requests back. It is possible for each request until "
        "somebody acts on it: a clinician begins it or asks you something, or you chase or correct it. Those "
        "stay, and the page says which. Undoing can be done once, and not be undone itself."
    )


def undo_heading(foreseen: Any) -> str:
    """Return the question before a file is undone; `foreseen` is `undo_queries.Foreseen`."""
    return f"Take back {requests(foreseen.back)}?" if foreseen.back else "Nothing can be taken back"


def undo_stay(foreseen: Any) -> str:
    """Say how many stay, because somebody has acted on them; "" if all can be taken back."""
    return _staying(foreseen.stay) if foreseen.stay else ""


def undo_button(foreseen: Any) -> str:
    """Return the words on the button that undoes; "" if nothing would be taken back."""
    return f"Yes, take back {requests(foreseen.back)}" if foreseen.back else ""


def _staying(count: int) -> str:
    them = ("stays", "it") if count == 1 else ("stay", "them")
    return f"{requests(count)} {them[0]}, because somebody has acted on {them[1]}."


def story(run: Any, who: Mapping[int, str]) -> list[tuple[str, str]]:
    """Return who did what with the file, and when."""
    steps = (
        ("Uploaded", run.created_at, run.user_id),
        ("Approved", run.approved_at, run.approved_by_id),
        ("Cancelled", run.cancelled_at, run.cancelled_by_id),
        ("Finished", run.finished_at, None),
        ("Undone", run.undone_at, run.undone_by_id),
    )
    return [(words, _when(at, who.get(user_id or 0, ""))) for words, at, user_id in steps if at is not None]


def _when(at: dt.datetime, name: str) -> str:
    moment = at.astimezone(LONDON).strftime("%a %d-%b-%Y %H:%M")
    return f"{moment}, {name}" if name else moment

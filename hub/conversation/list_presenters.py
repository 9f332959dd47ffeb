"""How the practice's list of requests is shown: rows, filters, pages, and why a list is empty."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.conversation.presenters import Due, Standing, TaskLike, due, where_it_stands
from hub.domain.import_words import RunStatus
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.domain.promises import when_words
from hub.domain.request_list import Wanted
from hub.domain.request_list_words import LATE_WORDS, STATUS_WORDS, URGENCY_WORDS
from hub.domain.vocabulary import OPEN_STATUSES, PatientStatus, Status

SHOW_WORDS = {
    "open": "Open",
    "needs": "Needs you",
    "new": "Unread",
    "done": "Done",
    "stopped": "Stopped",
    "all": "All",
}
_OVER = {Status.COMPLETED: "Done by the hub", Status.CANCELLED: "Stopped"}
_FILE_WAITS = {
    RunStatus.UPLOADED: "confirm what its columns hold",
    RunStatus.REVIEW: "checked, waits for you to approve it",
    RunStatus.INVALID: "no row can be raised as it is: mend it and upload it again, or cancel it",
    RunStatus.FAILED: "stopped by a fault of ours: go on from where it stopped",
}
_EMPTY = {
    "open": "Nothing is open. What you raise stands here until it is done.",
    "needs": "Nothing needs you. Questions, requests sent back and things to do would stand here.",
    "new": "You have read everything. Requests with something that you have not read would stand here.",
    "done": "Nothing is done yet.",
    "stopped": "Nothing was stopped.",
    "all": "Your practice has not raised anything yet.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One request in the list; `over` stands in place of a due time where the hub has nothing left to do."""

    ref: str
    kind: str
    identity: Identity | None
    practice: str
    standing: Standing
    due: Due | None
    over: str
    raised: str
    needs_you: bool
    news: str


def row(found: Any, kind_name: str, identity: Identity | None, now: dt.datetime, telephone: str = "") -> Row:
    """Return a row of `queries.listed` as the list shows it; `telephone` is the hub's number, or ""."""
    task: TaskLike = found.Task
    who = f"{found.assignee}, {found.profession}" if found.profession else found.assignee or ""
    standing = where_it_stands(
        task, who=who, has_question=found.has_question, to_dos=found.to_dos, held=found.held_since is not None
    )
    return Row(
        ref=task.ref,
        kind=kind_name,
        identity=identity,
        practice=found.practice,
        standing=standing,
        due=due(task, now, telephone) if task.status in OPEN_STATUSES else None,
        over="" if task.status in OPEN_STATUSES else _OVER[Status(task.status)],
        raised=when_words(task.raised_at),
        needs_you=found.needs_you,
        news=f"{found.news} unread" if found.news else "",
    )


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of requests that waits for the practice: where it stands, and what to do."""

    ref: str
    name: str
    words: str


def file_row(file: Any) -> FileRow:
    """Return a file (`news_queries.File`) as the page of requests points it out."""
    to_mend = f"{file.refused:,} row{'' if file.refused == 1 else 's'} to mend and to send again"
    return FileRow(file.ref, file.filename, _FILE_WAITS.get(file.status, to_mend))


def show_links(counts: dict[str, int], wanted: Wanted) -> list[dict[str, Any]]:
    """Return the tabs with their counts, in the order of the page; each keeps the other filters."""
    return [
        {
            "show": show,
            "text": words,
            "count": _count_words(show, counts),
            "here": show == wanted.show,
            "query": {"show": show} | replace(wanted, show=show).query(),
        }
        for show, words in SHOW_WORDS.items()
    ]


def _count_words(show: str, counts: dict[str, int]) -> str:
    """Return a filter's count; of the open ones also with whom they are, unless all are with the hub."""
    sent_back, to_do = counts["sent_back"], counts["to_do"]
    if show != "open" or not sent_back + to_do:
        return str(counts[show])
    shares = {
        "with the hub": counts["open"] - sent_back - to_do,
        "sent back to you": sent_back,
        "done, with to-dos for you": to_do,
    }
    return f"{counts['open']}: {', '.join(f'{count} {words}' for words, count in shares.items() if count)}"


def nothing_words(wanted: Wanted, counts: dict[str, int]) -> str:
    """Say why a list is empty, and what to do instead."""
    show = wanted.show
    if wanted.filters():
        which = "" if show == "all" else f" under {SHOW_WORDS[show]}"
        return f"No request{which} fits all of these filters. Remove some to see others."
    if show == "needs" and counts["open"]:
        return f"{_EMPTY['needs']} {counts['open']} open, all with the hub."
    if show == "done" and counts["to_do"]:
        return "What is done and still has to-dos for you stands under Open until you have ticked them."
    return _EMPTY[show]


def choices(wanted: Wanted, kinds: Mapping[str, Kind], practices: Mapping[str, str]) -> dict[str, Any]:
    """Return what may be chosen in each filter, as options of a select."""
    may = {
        "kind": {code: kind.name for code, kind in kinds.items()},
        "practice": dict(practices) if len(practices) > 1 else {},
        "status": STATUS_WORDS if wanted.show in ("open", "needs", "new", "all") else {},
        "late": LATE_WORDS,
        "urgency": URGENCY_WORDS,
    }
    return {
        name: [{"value": value, "text": text} for value, text in ({"": "Any"} | options).items()]
        for name, options in may.items()
        if options
    }


def values(wanted: Wanted, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in the fields of the filters; a date as it is shown, or as it was typed if wrong."""
    found = dict(wanted.query())
    for name, day in (("raised-from", wanted.raised_from), ("raised-to", wanted.raised_to)):
        found[name] = f"{day:%d-%b-%Y}" if day else typed.get(name, "")
    return found


@dataclass(frozen=True, slots=True)
class Head:
    """A way to sort: its words, the address's words for it, and how the list is sorted by it now."""

    text: str
    query: dict[str, str]
    sorted: str


def heads(wanted: Wanted, many_practices: bool) -> list[Head]:
    """Return the ways to sort; choosing the one in force turns it round, or takes it off again."""
    names = {"due": "due", "raised": "raised", "closed": "ended", "kind": "kind", "practice": "practice"}
    if not many_practices:
        del names["practice"]
    if wanted.show in ("open", "needs"):
        del names["closed"]
    found = []
    for name, text in names.items():
        ways = ["", f"-{name}", name] if name in ("raised", "closed") else ["", name, f"-{name}"]
        now = ways.index(wanted.sort) if wanted.sort in ways else 0
        state = {name: "ascending", f"-{name}": "descending"}.get(wanted.sort, "")
        found.append(Head(text, replace(wanted, sort=ways[(now + 1) % 3]).query(), state))
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """A patient among what was found: a request of theirs, on whose page more can be said of them."""

    ref: str
    name: str
    born: dt.date
    gone: bool


def people(found: Sequence[Any], identities: Sequence[Identity | None]) -> list[Person]:
    """Return each patient among the rows once, in the order of the rows."""
    persons: dict[int, Person] = {}
    for one, identity in zip(found, identities, strict=True):
        task = one.Task
        if identity is not None and task.patient_id not in persons:
            gone = task.patient.status != PatientStatus.REGISTERED
            persons[task.patient_id] = Person(task.ref, identity.name, identity.born, gone)
    return list(persons.values())


def found_words(count: int, more: bool, not_all_names: bool, most: tuple[int, int]) -> str:
    """Say how much was found; `most` are how many rows are shown and how many patients' names compared."""
    shown, compared = most
    words = "1 request" if count == 1 else f"{count or 'No'} requests"
    said = f"The first {shown} are shown: type more of the name." if more else f"{words} found."
    if not_all_names:
        said += (
            f" Only your newest {compared} patients were looked at by name: use the NHS number for others."
        )
    return said


def page_numbers(current: int, last: int) -> Sequence[int | None]:
    """Return the page numbers to show, None for a gap: always the first, the last and those around."""
    near = {1, current - 1, current, current + 1, last}
    numbers = sorted(number for number in near if 1 <= number <= last)
    shown: list[int | None] = []
    for number in numbers:
        if shown and shown[-1] is not None and number - shown[-1] > 1:
            shown.append(None)
        shown.append(number)
    return shown

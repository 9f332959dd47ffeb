"""How the inbox is shown: each notice's words, its filters, and why it is empty."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.notices import MEANINGS, SORTS, Code, Sort
from hub.domain.promises import when_words


@dataclass(frozen=True, slots=True)
class Row:
    """One notice: its sentence, what it is about ("Discharge letter ABCD-1234, Old Mill"), where it leads."""

    id: int
    words: str
    subject: str
    place: str
    ref: str
    when: str
    iso: str
    unread: bool


def row(found: Any, kinds: Mapping[str, str], to_decide: int, files: Mapping[str, Any] | None = None) -> Row:
    """Return one row of `queries.inbox` as it is shown; `kinds` maps a kind's code to its name.

    `files` are those that notices are about, by reference (`hub.imports.news_queries.File`).
    """
    notice = found.Notice
    meaning = MEANINGS[Code(notice.code)]
    words = meaning.words.format(who=found.who or "The hub", count=f"{notice.count:,}")
    if notice.code == Code.DECISION:
        words = f"{words}: {to_decide:,} on the list now" if to_decide else f"{words}: none on the list now"
    if notice.code == Code.IMPORT_OVER and (file := (files or {}).get(notice.about)):
        words = _came_of(file)
    kind = kinds.get(found.kind or "", found.kind or "")
    subject = ", ".join(filter(None, (f"{kind} {found.ref}".strip() if found.ref else "", found.practice)))
    return Row(
        id=notice.id,
        words=f"{words}.",
        subject=subject,
        place=meaning.place,
        ref=found.ref or notice.about,
        when=when_words(notice.created_at),
        iso=notice.created_at.astimezone(dt.UTC).isoformat(),
        unread=notice.read_at is None,
    )


def _came_of(file: Any) -> str:
    """Say what came of a file, by name: a name may name a patient, so it stands on the page only."""
    ends = {
        "raised": file.created,
        "open already or twice": file.duplicate,
        "to mend": file.refused,
        "skipped": file.skipped,
    }
    said = ", ".join(f"{count:,} {words}" for words, count in ends.items() if count)
    name = f"Your file “{file.filename}”" if file.filename else f"Your file {file.ref}"
    return f"{name} is done: {said or 'nothing raised'}"


@dataclass(frozen=True, slots=True)
class InboxLink:
    """The navigation's link to the inbox; `count` is "" when nothing is unread."""

    url: str
    count: str
    here: bool


def inbox_link(url: str, unread: int, *, here: bool) -> InboxLink:
    """Return the link with its count; from 100 on it says "99+"."""
    return InboxLink(url, "" if not unread else str(unread) if unread < 100 else "99+", here)


def filters(sorts: Collection[Sort], chosen: str) -> list[dict[str, Any]]:
    """Return the sorts as options of a select, headed by all."""
    options = [{"value": "", "text": "Everything"}, *({"value": s.name, "text": s.words} for s in sorts)]
    return [option | {"selected": option["value"] == chosen} for option in options]


def count_words(total: int, unread_only: bool) -> str:
    """Say how many notices a list holds."""
    what = "unread notice" if unread_only else "notice"
    return f"{total:,} {what}" if total == 1 else f"{total:,} {what}s"


def nothing_words(chosen: str, unread_only: bool) -> str:
    """Say why the list is empty, and what to do instead."""
    of = f" of “{SORTS[chosen].words}”" if chosen else ""
    if unread_only:
        return f"Nothing unread{of}. What you have read stands under All."
    return f"Nothing{of} yet. What others do to your requests or your work will stand here."


def hours() -> list[dict[str, str]]:
    """Return the hours of a day as options of a select."""
    return [{"value": str(hour), "text": f"{hour:02d}:00"} for hour in range(24)]


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter that was given up. Whose it is, what sort, when, how often, why; `twice` warns of a copy."""

    id: int
    who: str
    what: str
    written: str
    given_up: str
    attempts: int
    why: str
    twice: str


_LETTERS = {"digest": "Digest", "at_once": "Letter that somebody wrote"}


def letter(found: Any, who: str) -> LetterRow:
    """Return a letter (a `Letter`) of this person as the list of those given up shows it."""
    times = "once" if found.unsure == 1 else f"{found.unsure} times"
    return LetterRow(
        id=found.id,
        who=who,
        what=_LETTERS[found.kind],
        written=when_words(found.made_at),
        given_up=when_words(found.dead_at),
        attempts=found.attempts,
        why=found.last_error,
        twice=f"It may have arrived {times}: the line broke before the server answered."
        if found.unsure
        else "",
    )


def state_words(is_on: bool, waiting: int, trouble: str, last_sent: dt.datetime | None) -> list[str]:
    """Say how sending stands, in sentences."""
    if not is_on:
        return ["E-mail is off: no server for it is set up. Notices stand in each person's inbox."]
    last = f"The last letter was sent {when_words(last_sent)}." if last_sent else "None was sent this week."
    count = "1 letter is" if waiting == 1 else f"{waiting:,} letters are"
    return [f"E-mail is on. {last} {count} under way.", *([f"Last trouble: {trouble}"] if trouble else [])]

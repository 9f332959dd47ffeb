"""What somebody is told of without asking: the codes of notices, whom each concerns, and its words.

A notice holds a code and ids, never a text about a patient: its words are made here when it
is shown. What goes by e-mail is counts of these, and a link.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.vocabulary import Role


class Code(StrEnum):
    """What a notice says."""

    # For a practice.
    ASKED = "asked"
    WROTE = "wrote"
    SENT_BACK = "sent_back"
    SENT_BACK_OPEN = "sent_back_open"
    DONE_TO_DO = "done_to_do"
    TO_DO_OPEN = "to_do_open"
    DONE = "done"
    STOPPED = "stopped"
    PLACE_SET = "place_set"
    IMPORT_OVER = "import_over"
    RECALL_STOPPED = "recall_stopped"
    # For the clinician who has the task.
    ANSWERED = "answered"
    TOLD = "told"
    CHANGED = "changed"
    CHASED = "chased"
    GIVEN_URGENT = "given_urgent"
    # For leads.
    DECISION = "decision"
    NOBODY_IN_TIME = "nobody_in_time"


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of notices that a person chooses or filters by: its name, words, and whose it can be."""

    name: str
    words: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code means.

    `words` say it in the inbox ("{who}" is whose act it was, "{count}" how many things it is
    about); `one` and `many` count it in a letter. `at_once`: an e-mail may go out within
    minutes. `place` is what its link opens: a request, a task, the decisions, an import, a recall.
    """

    sort: str
    words: str
    one: str
    many: str
    place: str
    at_once: bool = False


_PRACTICE, _HUB = frozenset({Role.REQUESTER}), frozenset({Role.CLINICIAN})
SORTS: dict[str, Sort] = {
    one.name: one
    for one in (
        Sort("messages", "Questions, answers and messages", _PRACTICE | _HUB),
        Sort("yours", "What your practice must do: sent back, to-dos", _PRACTICE),
        Sort("progress", "What became of a request: done, stopped, its place set by the hub", _PRACTICE),
        Sort("runs", "Files that were brought in, recalls that stopped", _PRACTICE),
        Sort("work", "Changes to your work: changed, chased, must be done now", _HUB),
        Sort("lead", "What needs a lead: decisions, nobody at work in time", frozenset({Role.LEAD})),
    )
}

MEANINGS: dict[Code, Meaning] = {
    Code.ASKED: Meaning(
        "messages", "{who} asks you a question", "question from the hub", "questions from the hub", "request",
        at_once=True,
    ),
    Code.WROTE: Meaning(
        "messages", "{who} wrote to you", "message from the hub", "messages from the hub", "request",
        at_once=True,
    ),
    Code.SENT_BACK: Meaning(
        "yours", "{who} sent it back to you to correct", "request sent back to you",
        "requests sent back to you", "request",
    ),
    Code.SENT_BACK_OPEN: Meaning(
        "yours", "It was sent back to you, and nobody has corrected it yet",
        "request that still waits to be corrected", "requests that still wait to be corrected", "request",
    ),
    Code.DONE_TO_DO: Meaning(
        "yours", "{who} finished it, and there is something for your practice to do",
        "finished request with something to do", "finished requests with something to do", "request",
    ),
    Code.TO_DO_OPEN: Meaning(
        "yours", "Something for your practice to do is not ticked yet", "to-do that is not ticked yet",
        "requests with to-dos that are not ticked yet", "request",
    ),
    Code.DONE: Meaning("progress", "{who} finished it", "finished request", "finished requests", "request"),
    Code.STOPPED: Meaning(
        "progress", "{who} stopped it", "request that was stopped", "requests that were stopped", "request"
    ),
    Code.PLACE_SET: Meaning(
        "progress", "{who} changed how soon it is done", "request whose place the hub set",
        "requests whose place the hub set", "request",
    ),
    Code.IMPORT_OVER: Meaning(
        "runs", "Your file has been read in: {count} rows", "file that was read in",
        "files that were read in", "import",
    ),
    Code.RECALL_STOPPED: Meaning(
        "runs", "A recall has stopped and raises nothing until someone looks at it",
        "recall that has stopped", "recalls that have stopped", "recall",
    ),
    Code.ANSWERED: Meaning(
        "messages", "{who} answered your question", "answer from a practice", "answers from practices",
        "task", at_once=True,
    ),
    Code.TOLD: Meaning(
        "messages", "{who} wrote to you", "message from a practice", "messages from practices", "task",
        at_once=True,
    ),
    Code.CHANGED: Meaning(
        "work", "{who} changed the request", "request that its practice changed",
        "requests that their practices changed", "task",
    ),
    Code.CHASED: Meaning(
        "work", "{who} chased it", "task that was chased", "tasks that were chased", "task"
    ),
    Code.GIVEN_URGENT: Meaning(
        "work", "It must be done now, and it is on your worklist", "task to be done now",
        "tasks to be done now", "task",
    ),
    Code.DECISION: Meaning(
        "lead", "Tasks need a lead's decision", "list of tasks that need a decision",
        "lists of tasks that need a decision", "decisions",
    ),
    Code.NOBODY_IN_TIME: Meaning(
        "lead", "A practice was told to telephone: nobody who may do it is at work in time",
        "request that nobody at work sees in time", "requests that nobody at work sees in time", "task",
        at_once=True,
    ),
}  # fmt: skip

# Not held back for company: whoever is on duty must know within a minute or two.
ALARMS = frozenset({Code.NOBODY_IN_TIME})
# One unread notice of these for a practice says as much as ten; each of the others has a task of its own.
SAID_ONCE = frozenset({Code.DECISION})
# What somebody wrote; a second message is a second thing to read.
MESSAGES = frozenset({Code.ASKED, Code.WROTE, Code.ANSWERED, Code.TOLD})
AT_ONCE = frozenset(code for code, meaning in MEANINGS.items() if meaning.at_once)


def sorts_for(roles: Collection[Role]) -> tuple[Sort, ...]:
    """Return the sorts of notices that someone with these roles may get."""
    return tuple(one for one in SORTS.values() if one.roles & set(roles))


def codes_of(sorts: Collection[str]) -> frozenset[Code]:
    """Return the codes of these sorts."""
    return frozenset(code for code, meaning in MEANINGS.items() if meaning.sort in sorts)


def counted(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return a letter's lines, "3 questions from the hub", in the order of the codes; zeros are left out."""
    return tuple(
        f"{counts[code]} {meaning.one if counts[code] == 1 else meaning.many}"
        for code, meaning in MEANINGS.items()
        if counts.get(code)
    )

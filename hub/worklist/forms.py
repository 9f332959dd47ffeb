"""What a clinician types on the small pages of a task."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.vocabulary import WaitingOn
from hub.forms import Reader

LONGEST = 2000
NOT_SAID_BACK = "Say whether they answered and said it back to you, or nobody answered."


@dataclass(frozen=True)
class Wait:
    """On whom to wait, until which day, and what is asked or awaited."""

    on: WaitingOn
    until: dt.date
    words: str


@dataclass(frozen=True)
class Escalation:
    """Whom I telephoned and when; `reached` says that they answered and read it back, not that nobody did."""

    whom: str
    when: dt.datetime
    reached: bool
    note: str


@dataclass(frozen=True)
class ToPractice:
    """What is written to the practice; `asks` whether an answer is needed."""

    text: str
    asks: bool


def read_message(form: Mapping[str, str]) -> ToPractice:
    """Return what was typed; Invalid with every problem together."""
    reader = Reader(form)
    text = reader.text("message", "Write your message.", longest=LONGEST)
    reader.done()
    return ToPractice(text, form.get("asks") == "yes")


def read_wait(form: Mapping[str, str]) -> Wait:
    """Return what was typed; Invalid with every problem together."""
    reader = Reader(form)
    on = reader.choice("on", [one.value for one in WaitingOn], "Choose whom you wait for.")
    words = reader.text("words", "Say what you need, or what you are waiting for.", longest=LONGEST)
    until = _day(reader)
    reader.done()
    assert until is not None
    return Wait(WaitingOn(on), until, words)


def _day(reader: Reader) -> dt.date | None:
    try:
        return dt.date.fromisoformat(reader.text("until"))
    except ValueError:
        reader.problem("until", "Choose the day on which you look at it again.")
        return None


def read_escalation(form: Mapping[str, str]) -> Escalation:
    """Return what was typed; Invalid with every problem together."""
    reader = Reader(form)
    whom = reader.text("whom", "Say whom you telephoned: name and role.")
    when = reader.moment("when", "time", "the call")
    call = reader.choice("read_back", ("yes", "nobody"), NOT_SAID_BACK)
    note = reader.text("note", longest=LONGEST)
    reader.done()
    assert when is not None
    return Escalation(whom, when, call == "yes", note)


def read_reason(form: Mapping[str, str], missing: str) -> str:
    """Return the reason typed; Invalid with the sentence `missing` when there is none."""
    reader = Reader(form)
    reason = reader.text("reason", missing, longest=LONGEST)
    reader.done()
    return reason

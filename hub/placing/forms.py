"""What is typed when a task leaves a worklist: why it is released, sent back, or handed on."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.sending_back import REASONS
from hub.forms import Reader

LONGEST = 2000


@dataclass(frozen=True)
class SendBack:
    """Why a task goes back to its practice: a code to count by, and the sentences it reads."""

    code: str
    words: str


def read_send_back(form: Mapping[str, str]) -> SendBack:
    """Return what was typed; Invalid with every problem together."""
    reader = Reader(form)
    code = reader.choice("code", REASONS, "Choose the reason.")
    text = reader.text("reason", "Say what the practice must add or correct.", longest=LONGEST)
    reader.done()
    return SendBack(code, text if code == "other" else f"{REASONS[code]}. {text}")


def read_words(form: Mapping[str, str], missing: str) -> str:
    """Return the text typed as `reason`; Invalid with the sentence `missing` when there is none."""
    reader = Reader(form)
    text = reader.text("reason", missing, longest=LONGEST)
    reader.done()
    return text

"""What the demo's practices ask for: made-up requests of every kind, as a practice would write them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hub.domain.vocabulary import RequestedUrgency

_FILE = Path(__file__).with_name("requests.json")


@dataclass(frozen=True)
class Ask:
    """One request to raise.

    Safety facts are answered "no" unless named in `yes` or `not_sure`. `ages` is between which
    ages the patient is, `received` how many working days before raising it the practice got it,
    `next_issue` in how many days the next repeat falls due (None: not told), `given` a given name that fits.
    """

    kind: str
    ask: str
    ages: tuple[int, int]
    subtype: str = ""
    yes: tuple[str, ...] = ()
    not_sure: tuple[str, ...] = ()
    requested: RequestedUrgency = RequestedUrgency.ROUTINE
    because: str = ""
    received: int = 0
    next_issue: int | None = None
    given: str = ""

    @property
    def is_just_now(self) -> bool:
        """What is urgent was raised a few minutes ago; the rest in the practice's last working hours."""
        return self.requested == RequestedUrgency.URGENT


def asks() -> list[Ask]:
    """Return every made-up request."""
    return [
        Ask(
            **(
                one
                | {
                    "ages": tuple(one["ages"]),
                    "yes": tuple(one.get("yes", ())),
                    "not_sure": tuple(one.get("not_sure", ())),
                    "requested": RequestedUrgency(one.get("requested", "routine")),
                }
            )
        )
        for one in _data()["asks"]
    ]


def names() -> tuple[list[str], list[str]]:
    """Return made-up family names and given names."""
    return _data()["family"], _data()["given"]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data

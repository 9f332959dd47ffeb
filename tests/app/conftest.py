"""What tests of pages share: a small practice, and short words for what its people do."""

from typing import Any

import pytest

from hub.models import Task
from hub.placing import queries
from hub.protocols.queries import kind_of
from hub.worklist import sheet_queries
from tests.support.factories import Make
from tests.support.pages import IDENTITY


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and one pharmacist at work."""
    practice = make.practice("Elm Surgery")
    manager = make.requester(practice, name="Mo Manager")
    pharmacist = make.pharmacist(practice, name="Pat Pharmacist")
    return type("Place", (), {"practice": practice, "manager": manager, "pharmacist": pharmacist})


@pytest.fixture
def events(make: Make, acting: Any) -> Any:
    """Return `events(task)`: the kinds of its events with their unsealed reasons, in order."""
    lead = make.lead()

    def read(task: Task) -> list[tuple[str, str]]:
        with acting(lead):
            history = sheet_queries.sheet(queries.get(task.ref)).history
        return [(line.act, line.reason) for line in history]

    return read


@pytest.fixture
def answers(acting: Any, make: Make) -> Any:
    """Return `answers(task, **more)`: a form filled in well, with changes."""
    lead = make.lead()

    def filled(task: Task, **more: Any) -> dict[str, Any]:
        with acting(lead):
            kind = kind_of(queries.get(task.ref))
        ticks = {f"check-{item.code}": "yes" for item in kind.checklist}
        codes = {"code": "none"} if kind.record_codes else {}
        typed = {"outcome": kind.outcomes[0].code, "minutes": "12", "recorded": "yes", "then": "list"}
        typed["reply"] = "Tell her to go on as before."
        return IDENTITY | ticks | codes | typed | more

    return filled

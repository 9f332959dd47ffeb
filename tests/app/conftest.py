"""What tests of pages share: a small practice, and short words for what its people do."""

from collections.abc import Callable
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


@pytest.fixture
def practice(make: Make) -> Any:
    """A practice."""
    return make.practice("Highfield Surgery")


@pytest.fixture
def manager(make: Make, practice: Any) -> Any:
    """Its manager."""
    return make.requester(practice, name="Sam Okoro")


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    """A pharmacist at work for it."""
    return make.pharmacist(practice, name="Priya Nair")


@pytest.fixture
def client(as_user: Any, manager: Any) -> Any:
    """Its manager, signed in."""
    return as_user(manager)


@pytest.fixture
def change(acting: Any) -> Callable[..., None]:
    """Return `change(who, ref, act)`: the person does `act(task, actor)` on the task and commits."""

    def do(who: Any, ref: str, act: Callable[[Task, Any], Any]) -> None:
        from hub.placing import queries

        with acting(who) as actor:
            act(queries.get(ref, lock=True), actor)

    return do


@pytest.fixture
def lead(make: Make, as_user: Any) -> Any:
    """A lead, signed in."""
    return as_user(make.lead(name="Lena Lead"))

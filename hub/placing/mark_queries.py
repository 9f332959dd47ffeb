"""Who set a task's place, and for whom it is kept: columns that lists read along with their tasks."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, select

from hub.domain.lifecycle import Act
from hub.models import Event, Task, User


@dataclass(frozen=True)
class Names:
    """The names that a task's tags carry; "" where there is none."""

    set_by: str = ""
    kept_for: str = ""


NOBODY = Names()


def set_by() -> ColumnElement[str | None]:
    """Return the expression of the name of whoever set the place of a row's task; null where nobody has.

    Asked only of tasks whose place is set, so that a long list does not look through every history.
    """
    last = select(Event.actor_id).where(Event.task_id == Task.id, Event.kind == Act.OVERRIDDEN)
    setter = last.order_by(Event.seq.desc()).limit(1).correlate(Task).scalar_subquery()
    named = select(User.name).where(User.id == setter).correlate(Task).scalar_subquery()
    return case((Task.override_until.is_not(None), named), else_=None)


def kept_for() -> ColumnElement[str | None]:
    """Return the expression of the name of the person for whom a row's task is reserved; null for none."""
    named = select(User.name).where(User.id == Task.reserved_for_id).correlate(Task).scalar_subquery()
    return case((Task.reserved_for_id.is_not(None), named), else_=None)

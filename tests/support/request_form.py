"""A request's form filled in by a careful person, and what came of it."""

from typing import Any

from sqlalchemy import select

from hub.domain import identifiers
from hub.extensions import db
from hub.models import Task

NUMBER = identifiers.made_up_nhs_number(12345)


def filled(kind: str, **changed: str) -> dict[str, str]:
    """A form of this kind, filled in by a careful person."""
    from hub.protocols.files import kinds_on_disk

    the_kind = {one.code: one for one in kinds_on_disk()}[kind]
    values = {
        "form_key": "a-key-of-one-form",
        "nhs_number": identifiers.format_nhs_number(NUMBER),
        "family": "O'Testperson",
        "given": "Alex",
        "born-day": "27",
        "born-month": "3",
        "born-year": "1951",
        "record_number": "70001",
        "ask": "Please look at the blue inhaler.",
        "receipt-day": "23",
        "receipt-month": "11",
        "receipt-year": "2026",
        "requested": "routine",
    }
    values |= {f"fact-{fact.code}": "no" for fact in the_kind.facts}
    if the_kind.subtypes:
        values["subtype"] = the_kind.subtypes[0].code
    if the_kind.needs_document:
        values["document"] = "DOC 4711"
    return values | changed


def as_it_stands(
    ref: str | int, kind: str = "MEDQ", form: str = "chase", answer: str = "no"
) -> dict[str, str]:
    """The questions that are asked with every chase and every answer, all answered alike."""
    from hub.domain.news import gravest
    from hub.protocols.files import kinds_on_disk

    the_kind = {one.code: one for one in kinds_on_disk()}[kind]
    return {f"{form}-{ref}-fact-{fact.code}": answer for fact in gravest(the_kind, {})}


def typed(client: Any, address: str, data: dict[str, str], **more: Any) -> Any:
    """Send a request's form, and go on to where it stands; a request that was sent is not gone on to."""
    answer = client.post(address, data=data, **more)
    while answer.status_code == 302 and "draft=" in answer.location:
        answer = client.get(answer.location)
    return answer


def stands_at(client: Any, address: str) -> Any:
    """Open a request's form, at the address of its own to which that leads."""
    opened = client.get(address)
    assert "draft=" in opened.location
    return client.get(opened.location)


def stored(acting: Any, who: Any) -> list[Task]:
    """Every task this person may see, in the order they were raised."""
    with acting(who):
        return list(db.session.scalars(select(Task).order_by(Task.id)))

"""What the pages of recalls share: whose a recall is, its kind, and the practices one raises for."""

from typing import Any

from hub.domain.errors import NotFound
from hub.domain.kinds import Kind
from hub.intake import queries as intake
from hub.models import Recall
from hub.recalls import queries
from hub.recalls.queries import Words
from hub.security import current_actor


def own(recall_id: int, *, change: bool = False) -> tuple[Recall, Words]:
    """Return a recall of a practice one raises for; to everyone else there is none, also to read its form."""
    by = current_actor()
    found, words = queries.get(recall_id, by=by, change=change)
    if found.practice_id not in queries.practice_ids_of(by):
        raise NotFound(queries.GONE)
    return found, words


def raising_for() -> list[Any]:
    """Return the practices that this person raises for and the hub works for."""
    practices = intake.practices_of(current_actor())
    return [one for one in practices if one.served and one.status == "active"]


def kind_of(code: str) -> Kind:
    """Return the kind with this code as it is today. Raises NotFound."""
    kind = intake.kind_named(code)
    if kind is None:
        raise NotFound("There is no such kind of request any more.")
    return kind

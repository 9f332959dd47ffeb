"""What a person chooses of what comes by e-mail."""

from collections.abc import Collection, Mapping

from hub.domain.letters import Wants
from hub.forms import Reader

NO_HOUR = "Choose the hour of your digest, or no digest."


def read_wants(form: Mapping[str, str], ticked: Collection[str], allowed: Collection[str]) -> Wants:
    """Return what was chosen; `ticked` are the sorts chosen, `allowed` those that this person may get.

    Raises:
        Invalid: no hour was chosen for a digest, or a digest of nothing.
    """
    reader = Reader(form)
    digest = reader.choice("digest", ("yes", "no"), "Say whether you want a digest.")
    hour = None
    sorts = frozenset(ticked) & frozenset(allowed)
    if digest == "yes":
        hour = reader.whole("hour", NO_HOUR, least=0, most=23)
        if not sorts:
            reader.problem("sorts", "Choose what the digest counts, or no digest.")
    at_once = reader.choice(
        "at_once", ("yes", "no"), "Say whether a letter comes when somebody writes to you."
    )
    reader.done()
    return Wants(hour, sorts, at_once == "yes")

"""Would someone see in time what cannot wait among the rows of a file? Asked before it is approved."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence

from hub.domain.importing.mapping import Mapping
from hub.domain.kinds import Kind
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.imports import file_queries
from hub.intake import queries as intake
from hub.intake.drafts import Draft
from hub.models import ImportRun

_URGENCY = "urgency"


def not_in_time(run: ImportRun, kinds: Sequence[Kind], *, telephone: str) -> str:
    """Return what the form for one request would warn of; "" if what the file may hold is seen in time.

    Judged for a row that asks for the soonest that the columns allow, with the answers that hold for all
    rows. `kinds` are those that the file may hold; `telephone` is the hub's number, or "".
    """
    mapping = file_queries.mapping_of(run)
    if mapping is None:
        return ""
    kind = min(kinds, key=lambda one: one.band)
    if _soonest(mapping) is RequestedUrgency.ROUTINE and not _presses(kind, _answers(mapping, kind)):
        return ""
    draft = Draft(
        practice_id=run.practice_id,
        kind=kind,
        receipt_on=intake.today(),
        answers=_answers(mapping, kind),
        requested=_soonest(mapping),
    )
    seen = intake.foresee(draft, telephone=telephone).seen
    return "" if seen.in_time else seen.sentence


def _presses(kind: Kind, answers: AnyMapping[str, FactAnswer]) -> bool:
    """Say whether these answers may put a request before what is due inside its target."""
    return any(
        fact.band_if_yes is not None
        and fact.band_if_yes <= Band.BY_TOMORROW
        and (answers.get(fact.code) is FactAnswer.YES or fact.raises_if_unknown)
        and answers.get(fact.code) is not FactAnswer.NO
        for fact in kind.facts
    )


def _soonest(mapping: Mapping) -> RequestedUrgency:
    if _URGENCY in mapping.columns.values():
        return RequestedUrgency.URGENT
    return RequestedUrgency(mapping.defaults.get(_URGENCY, RequestedUrgency.ROUTINE))


def _answers(mapping: Mapping, kind: Kind) -> dict[str, FactAnswer]:
    """Return the answers for all rows; a fact that a column answers may be Yes in one of them."""
    columns = set(mapping.columns.values())
    found = {}
    for fact in kind.facts:
        code = f"fact-{fact.code}"
        said = FactAnswer.YES if code in columns else mapping.defaults.get(code)
        if said:
            found[fact.code] = FactAnswer(said)
    return found

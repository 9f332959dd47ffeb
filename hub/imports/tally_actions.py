"""What the check counts for whoever approves: what is asked, for whom, and how many cannot wait."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from hub.domain.kinds import SafetyFact
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.imports import file_queries
from hub.imports.tally_queries import DOUBT, NEW, SOON, key
from hub.intake.drafts import Draft
from hub.models import ImportRun


def count(run: ImportRun, asked: Iterable[tuple[Draft, Mapping[str, str]]]) -> None:
    """Add new rows (what each asks, and its doubts) to the file's tally; begin anew with its first rows.

    The caller holds the lock of the run, and has not counted these rows as checked yet.
    """
    head = file_queries.head_of(run)
    counts = Counter(head.tally if run.checked_to else {})
    for draft, doubts in asked:
        day = draft.receipt_on.isoformat()
        counts[key(NEW, draft.kind.code, draft.subtype, str(draft.practice_id), day)] += 1
        counts[SOON] += _cannot_wait(draft)
        counts.update(key(DOUBT, field, word) for field, word in doubts.items())
    run.table_sealed = file_queries.seal_head(run.file_key, replace(head, tally=dict(counts)))


def _cannot_wait(draft: Draft) -> bool:
    """Say whether it goes before planned work, by what was asked or by an answer (given, or lacking)."""
    return draft.requested is not RequestedUrgency.ROUTINE or any(
        fact.band_if_yes is not None
        and (
            (answer is FactAnswer.YES and fact.band_if_yes <= Band.BY_TOMORROW)
            or (answer is not FactAnswer.YES and answer is not FactAnswer.NO and _if_unknown(fact))
        )
        for fact in draft.kind.facts
        for answer in [draft.answers.get(fact.code)]
    )


def _if_unknown(fact: SafetyFact) -> bool:
    return fact.raises_if_unknown and fact.band_if_yes is not None and fact.band_if_yes <= Band.BY_TOMORROW

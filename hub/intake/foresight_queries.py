"""Which of many requests nobody would see in time: what the form says of one, asked once for all alike."""

from collections.abc import Sequence

from hub.domain.promises import SeenBy
from hub.intake import queries
from hub.intake.drafts import Draft
from hub.placing import queries as placing


class Foresight:
    """Foretells for a moment: what it has found out about rota and people holds as long as it lives."""

    def __init__(self, *, telephone: str) -> None:
        self._telephone = telephone
        self._cover = queries.Cover()
        self._said: dict[tuple[object, ...], SeenBy | None] = {}

    def warnings(self, drafts: Sequence[Draft]) -> list[SeenBy | None]:
        """Return for each the warning to its practice if it is raised now; None if it is seen in time.

        The number of statements does not depend on the number of drafts.
        """
        with placing.read_once():
            return [self._warning(draft) for draft in drafts]

    def _warning(self, draft: Draft) -> SeenBy | None:
        alike = (
            draft.practice_id,
            draft.kind.code,
            draft.subtype,
            draft.requested,
            draft.receipt_on,
            draft.next_issue_on,
            frozenset(draft.answers.items()),
        )
        if alike not in self._said:
            seen = queries.foresee(draft, telephone=self._telephone, cover=self._cover).seen
            self._said[alike] = None if seen.in_time else seen
        return self._said[alike]

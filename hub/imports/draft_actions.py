"""A row as a request: for which practice and of which kind, then judged as the form for one request is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.importing import mapping as columns
from hub.domain.importing.rows import CHOSEN_PRACTICE, Problem
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.imports import queries
from hub.intake import forms
from hub.intake.drafts import Draft
from hub.intake.queries import today
from hub.models import Practice
from hub.protocols.queries import current_kinds

# What the form calls otherwise than a column of a file.
FORM_NAME = {"condition": "subtype", "urgency": "requested"}
_COLUMN_NAME = {
    "subtype": ("condition",),
    "requested": ("urgency",),
    "family": ("family", "name"),
    "given": ("given", "name"),
}
# What the form says of its own boxes, said of a row.
_OF_A_ROW = {
    "Enter the NHS number, or choose below why there is none.": "Add the NHS number. For a patient who has "
    "none, raise the request by itself and say why.",
    "Choose the condition.": "Say which condition: use its code or its name.",
    "Choose how soon you need it.": "Say routine, soon or urgent.",
    "Choose from the list.": "Use one of the words that the list of columns names.",
}
NO_PRACTICE = "Say for which practice this row is: its code, a letter and five digits."
NO_KIND = "Say what is asked for: use a kind's code or name as in the list of columns."


class NotYours(Exception):
    """The row names a practice that the person may not raise for, whether there is such a one or not."""


@dataclass(frozen=True)
class Asker:
    """Whose file it is: the practices they may raise for, by code and by name, the kinds, and the day.

    `names` are the names of these practices.
    """

    practices: Mapping[str, int]
    kinds: Mapping[str, Kind]
    today: dt.date
    names: Mapping[int, str]

    def draft(self, values: Mapping[str, str]) -> Draft:
        """Return the request in the values of a row.

        Raises:
            NotYours: it is for none of these practices.
            Invalid: with a sentence for every field that has a problem.
        """
        practice_id, kind = self.practice_id(values), self.kinds.get(values.get("kind", ""))
        if kind is None:
            raise Invalid({"kind": NO_KIND})
        form = {**values, "practice": str(practice_id)}
        return forms.parse(form, kind=kind, practice_ids=[practice_id], today=self.today)

    def practice_id(self, values: Mapping[str, str]) -> int:
        """Return the practice that a row is for.

        One that was chosen for the whole file never stands in for another that the row names.

        Raises:
            NotYours: it is none of these.
            Invalid: it names none, or another of theirs than was chosen for the file.
        """
        named = values.get("practice", "").strip()
        if not named:
            raise Invalid({"practice": NO_PRACTICE})
        found = self.practices.get(_key(named))
        if found is None:
            raise NotYours
        chosen = self.practices.get(_key(values.get(CHOSEN_PRACTICE, named)))
        if chosen != found:
            raise Invalid({"practice": self._other(found, chosen)})
        return found

    def _other(self, found: int, chosen: int | None) -> str:
        names = self.names[found], self.names.get(chosen or 0, "another practice")
        return (
            f"This row names {names[0]}, but you chose {names[1]} for this file, so it is not raised. Upload "
            f"the rows of {names[0]} for that practice, or choose that a column of the file says which."
        )


def asker(by: Actor) -> Asker:
    """Return what may be asked by this person now."""
    kinds = {kind.code: kind for kind in current_kinds()}
    practices = queries.practices_for(by)
    return Asker(_named(practices), kinds, today(), {one.id: one.name for one in practices})


def identity_in(values: Mapping[str, str]) -> Identity:
    """Return who a row says that the patient is; the row has been judged before."""
    born = dt.date(*(int(values[f"born-{part}"]) for part in ("year", "month", "day")))
    return Identity(
        family=values.get("family", ""),
        given=values.get("given", ""),
        born=born,
        nhs_number=values.get("nhs_number", ""),
        no_number_because="",
        record_number=values.get("record_number", ""),
    )


def problems_of(
    refused: Invalid, already: Sequence[Problem], mapping: columns.Mapping, header: Sequence[str]
) -> tuple[Problem, ...]:
    """Return every problem of a row by column: what could not be read, then what the form refuses besides."""
    told = {FORM_NAME.get(one.field, one.field) for one in already}
    more = [
        Problem(_title(name, mapping, header), name, _OF_A_ROW.get(sentence, sentence))
        for name, sentence in refused.problems.items()
        if name not in told
    ]
    return (*already, *more)


def _title(name: str, mapping: columns.Mapping, header: Sequence[str]) -> str:
    wanted = _COLUMN_NAME.get(name, (name,))
    found = (index for index, code in mapping.columns.items() if code in wanted and index < len(header))
    return next((header[index] for index in found), "")


def _named(practices: Sequence[Practice]) -> dict[str, int]:
    """Return the practices by code and by name; a name that two have names none."""
    names = [_key(one.name) for one in practices]
    found = {key: one.id for key, one in zip(names, practices, strict=True) if names.count(key) == 1}
    return found | {_key(one.ods_code): one.id for one in practices}


def _key(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())

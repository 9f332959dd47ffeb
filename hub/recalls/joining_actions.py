"""Patients of a pasted list who are named in full: found among the practice's own, or added to them.

The rules are those of raising one request: the same form, the same check of numbers and of who is held
under them. Nothing is raised.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.patient import Identity
from hub.domain.permissions import Permission, check_may
from hub.extensions import db
from hub.intake import forms as intake_forms
from hub.intake import patients
from hub.models import Patient, Recall
from hub.recalls.drafts import Joining, Pasted
from hub.recalls.joining_queries import TWICE, elsewhere_words

NO_NUMBER = (
    "None of your patients known to us has this record number, and a new one needs an NHS number here. "
    "Without one, raise a request for them: it asks why there is none."
)
CORRECT = "Correct it here; if yours is right, raise a request for them, where you can confirm it."


def find_or_add(
    recall: Recall,
    rows: Iterable[Pasted],
    joining: Iterable[Joining],
    elsewhere: Mapping[int, str],
    *,
    today: dt.date,
    by: Actor,
) -> tuple[list[Joining], dict[int, str]]:
    """Return whom these rows name, added where the practice had none such, and why others are refused.

    `joining` are on their way onto the list already; `elsewhere` are on other recalls that raise the same.
    Each row is tried by itself, so that a refused one leaves nothing behind.
    """
    check_may(by.roles, Permission.RAISE_REQUEST)
    refused: dict[int, str] = {}
    read: list[tuple[Pasted, Identity]] = []
    for one in rows:
        try:
            read.append((one, intake_forms.parse_identity(_form(one), today)))
        except Invalid as error:
            refused[one.row] = _sentences(error)
    # All locks at once, in one order: two people who paste the same list never wait for each other.
    patients.wait_for_all_twins((recall.practice_id, identity) for _, identity in read)
    found = {one.patient_id: one for one in joining}
    for one, identity in read:
        try:
            with db.session.begin_nested():
                patient = _patient(recall.practice_id, identity, by=by)
                if patient.id in found:
                    raise Invalid({"numbers": TWICE})
                if patient.id in elsewhere:
                    raise Invalid({"numbers": elsewhere_words(elsewhere[patient.id])})
        except Invalid as error:
            refused[one.row] = _sentences(error)
        else:
            found[patient.id] = Joining(patient.id, one.last_done)
    return list(found.values()), refused


def _form(one: Pasted) -> dict[str, str]:
    """Return the row as the form takes it; only a patient we know may stand there without an NHS number."""
    details = dict(one.details or {})
    return details if details.get("nhs_number") else details | {"no_number": "other"}


def _patient(practice_id: int, identity: Identity, *, by: Actor) -> Patient:
    if identity.nhs_number:
        return patients.find_or_add(practice_id, identity, by=by)
    known = patients.find(practice_id, identity, lock=True)
    if known is None:
        raise Invalid({"nhs_number": NO_NUMBER})
    patients.check(known, identity, update_stored=False)
    return known


def _sentences(error: Invalid) -> str:
    """Say why in one line. Whether what is held is to be changed can only be asked where one is raised."""
    said = [sentence for name, sentence in error.problems.items() if name != "update_stored"]
    return " ".join([*said, CORRECT] if "update_stored" in error.problems else said)

"""What was kept before there was a search by name is made findable."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import records
from hub.extensions import db
from hub.intake.patients import name_hash
from hub.models import DataKey, Patient

CHUNK = 1000


def fill_names() -> int:
    """Give up to `CHUNK` patients without one their hash of name and birth date. Returns how many.

    Those whose key was destroyed stay without: nobody knows their name any more.
    """
    query = (
        select(Patient)
        .join(DataKey, DataKey.id == Patient.data_key_id)
        .where(Patient.name_hash.is_(None), DataKey.wrapped.is_not(None))
        .options(joinedload(Patient.data_key))
        .order_by(Patient.id)
        .limit(CHUNK)
        .with_for_update(of=Patient)
    )
    found = db.session.scalars(query).all()
    for patient in found:
        patient.name_hash = name_hash(patient.practice_id, records.identity_of(patient))
    return len(found)

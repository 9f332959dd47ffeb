"""Which patient of this practice is meant? Found by number, never merged by guess.

A patient belongs to one practice: nothing here ever looks beyond it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from hub import records, vault
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.patient import Identity, differ_in_both, is_another, name_key
from hub.domain.vocabulary import PatientStatus
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import DataKey, Patient, Task

GONE_WORDS = {PatientStatus.DIED: "has died", PatientStatus.MOVED: "has moved to another practice"}
CONFIRM = "Correct what you typed, or confirm below that it is right and ours is to be changed."

# What to do and whom to ask, where going on could raise something for the wrong patient.
COMPARE = (
    "Compare name, date of birth and numbers with the patient's record in your clinical system, and correct "
    "what is wrong. If all is right, raise nothing for them: tell the hub lead, who sees whom we hold."
)
ANOTHER_HELD = "Another of your patients is held under this number (other name, other birth date)."
UPDATED = "patient details updated"
_TWIN_LOCKS = text(
    "select count(pg_advisory_xact_lock(n)) from "
    "(select n from unnest(cast(:numbers as bigint[])) with ordinality as u (n, place) order by place) o"
)

ANOTHERS = "This number belongs to another of your patients. Stop this request and raise a new one for them."
ANOTHER_PATIENT = (
    "This looks like another patient. Stop this request and raise a new one, "
    "so that two patients' histories are never mixed."
)

SAME_PERSON = "Family name and date of birth both change. Is this the same person? Say so below."


def find_or_add(practice_id: int, identity: Identity, *, by: Actor, update_stored: bool = False) -> Patient:
    """Return the patient of this practice with this identity, added if new; locked against a twin.

    Raises:
        Invalid: the patient has died or moved, the details differ from those held and
            `update_stored` does not say which are right, or the numbers belong to two patients.
    """
    wait_for_twins(practice_id, identity)
    patient = find(practice_id, identity, lock=True)
    if patient is None:
        return _add(practice_id, identity)
    check(patient, identity, update_stored=update_stored)
    if take_in(patient, identity):
        records.note_list_access([practice_id], by=by, what=UPDATED)
    return patient


def take_in(patient: Patient, typed: Identity) -> bool:
    """Keep what `typed` tells beyond what is held, once it is checked; say whether there was anything."""
    held = records.identity_of(patient)
    merged = _merged(held, typed)
    if merged != held:
        store(patient, merged)
    return merged != held


def find(practice_id: int, identity: Identity, *, lock: bool = False) -> Patient | None:
    """Return the patient with this NHS number, else with this record number; None if there is none.

    Raises:
        Invalid: the two numbers belong to two different patients.
    """
    return the_one(*_candidates(practice_id, identity, lock), identity)


def the_one(by_number: Patient | None, by_record: Patient | None, identity: Identity) -> Patient | None:
    """Return which of the two that have the numbers of `identity` is meant; None if there is none.

    Raises:
        Invalid: the two numbers belong to two different patients.
    """
    if by_number is not None and by_record is not None and by_number is not by_record:
        held = records.identity_of(by_record)
        if held.nhs_number or differences(held, identity):
            raise Invalid(
                {"record_number": f"This record number belongs to another of your patients. {COMPARE}"}
            )
    if by_number is None and by_record is not None and identity.nhs_number:
        held_number = records.identity_of(by_record).nhs_number
        if held_number and held_number != identity.nhs_number:
            raise Invalid({"nhs_number": f"This record number is held with another NHS number. {COMPARE}"})
    return by_number or by_record


def check(patient: Patient, typed: Identity, *, update_stored: bool) -> None:
    """Do nothing if `typed` may stand for `patient`.

    Raises:
        Invalid: the patient has died or moved, or name or date of birth differ from what is
            held. The key `update_stored` is among the problems when confirming would help.
    """
    if patient.status != PatientStatus.REGISTERED:
        raise Invalid({"nhs_number" if typed.nhs_number else "record_number": _gone_sentence(patient)})
    held = records.identity_of(patient)
    found = differences(held, typed)
    if is_another(held, typed):
        number = "nhs_number" if typed.nhs_number else "record_number"
        raise Invalid({number: f"{ANOTHER_HELD} {COMPARE}"})
    if found and not update_stored:
        raise Invalid(found | {"update_stored": CONFIRM})


def differences(held: Identity, typed: Identity) -> dict[str, str]:
    """Return, for each field that differs, a sentence with what is held. Accents and spacing do not count."""
    found = {}
    if _letters(held.family) != _letters(typed.family):
        found["family"] = f"We hold the family name {held.family} for this patient."
    if _first_word(held.given) != _first_word(typed.given):
        found["given"] = f"We hold the given name {held.given} for this patient."
    if held.born != typed.born:
        found["born"] = f"We hold the date of birth {held.born:%d-%b-%Y} for this patient."
    return found


def check_correction(patient: Patient, typed: Identity, *, same_person: bool = False) -> None:
    """Do nothing if `typed` may be this patient's corrected details.

    `same_person` says that whoever typed them was asked, and says so.

    Raises:
        Invalid: they are another patient's; a request never changes its patient. The key `update_stored` is
            the problem when name and date of birth differ by a slip each, and nobody has said so yet.
    """
    others = _candidates(patient.practice_id, typed, False)
    if any(one is not None and one.id != patient.id for one in others):
        raise Invalid({"nhs_number": ANOTHERS})
    held = records.identity_of(patient)
    if is_another(held, typed):
        raise Invalid({"family": ANOTHER_PATIENT})
    if differ_in_both(held, typed) and not same_person:
        raise Invalid({"update_stored": SAME_PERSON})


def correct(patient: Patient, typed: Identity, *, same_person: bool = False) -> None:
    """Store corrected details of a patient whose request was sent back. Does not commit.

    Raises:
        Invalid: they are another patient's (see `check_correction`).
    """
    wait_for_twins(patient.practice_id, typed)
    check_correction(patient, typed, same_person=same_person)
    store(patient, typed)


def store(patient: Patient, identity: Identity) -> None:
    """Seal `identity` as this patient's, and set the hashes by which they are found."""
    number, record = hashes(patient.practice_id, identity)
    patient.identity_sealed = vault.seal_data(patient.data_key, identity.as_data(), records.IDENTITY)
    patient.nhs_hash, patient.record_hash = number, record
    patient.name_hash = name_hash(patient.practice_id, identity)


def _add(practice_id: int, identity: Identity) -> Patient:
    patient, key = new_patient(practice_id, identity)
    db.session.add(key)
    db.session.flush()
    db.session.add(patient)
    db.session.flush()
    return patient


def new_patient(practice_id: int, identity: Identity) -> tuple[Patient, DataKey]:
    """Return a patient and the key that seals what is about them, neither in the session yet."""
    key = vault.new_key(practice_id)
    patient = Patient(
        practice_id=practice_id,
        data_key_id=key.id,
        status=PatientStatus.REGISTERED,
        created_at=clock.now(),
    )
    set_committed_value(patient, "data_key", key)
    store(patient, identity)
    return patient, key


def _merged(held: Identity, typed: Identity) -> Identity:
    """Return what to hold: as typed where told, never losing a number that is held."""
    given = held.given if _first_word(held.given) == _first_word(typed.given) else typed.given
    family = held.family if _letters(held.family) == _letters(typed.family) else typed.family
    number = typed.nhs_number or held.nhs_number
    return Identity(
        family=family,
        given=given,
        born=typed.born,
        nhs_number=number,
        no_number_because="" if number else typed.no_number_because or held.no_number_because,
        record_number=typed.record_number or held.record_number,
    )


def hashes(practice_id: int, identity: Identity) -> tuple[bytes | None, bytes | None]:
    """Return the keyed hashes of NHS number and record number, each None where there is none."""
    number, record = identity.nhs_number, _record_key(identity.record_number)
    return (
        vault.lookup(practice_id, "nhs", number) if number else None,
        vault.lookup(practice_id, "record", record) if record else None,
    )


def name_hash(practice_id: int, identity: Identity) -> bytes:
    """Return the keyed hash by which hub staff find a patient by family name and date of birth."""
    return vault.lookup(practice_id, "name", name_key(identity.family, identity.born))


def record_hash(practice_id: int, record_number: str) -> bytes | None:
    """Return the keyed hash by which a practice's own record number is found; None for an empty one."""
    record = _record_key(record_number)
    return vault.lookup(practice_id, "record", record) if record else None


def _candidates(practice_id: int, identity: Identity, lock: bool) -> tuple[Patient | None, Patient | None]:
    """Return the patient with this NHS number and the one with this record number."""
    number, record = hashes(practice_id, identity)
    matches: list[ColumnElement[bool]] = []
    if number is not None:
        matches.append(Patient.nhs_hash == number)
    if record is not None:
        matches.append(Patient.record_hash == record)
    if not matches:
        return None, None
    query = select(Patient).where(Patient.practice_id == practice_id, or_(*matches))
    query = query.options(joinedload(Patient.data_key)).order_by(Patient.id)
    if lock:
        query = query.with_for_update(of=Patient).execution_options(populate_existing=True)
    found = db.session.scalars(query).all()
    by_number = next((one for one in found if number is not None and one.nhs_hash == number), None)
    same_record = [one for one in found if record is not None and one.record_hash == record]
    return by_number, of_record(by_number, same_record)


def of_record(by_number: Patient | None, same_record: Sequence[Patient]) -> Patient | None:
    """Return whom a record number means that `same_record`, oldest first, have: the one of the number, or
    the oldest."""
    return by_number if by_number in same_record else next(iter(same_record), None)


def wait_for_twins(practice_id: int, identity: Identity) -> None:
    """Let people who raise for the same patient at once go one after the other, until they commit."""
    wait_for_all_twins([(practice_id, identity)])


def wait_for_all_twins(whose: Iterable[tuple[int, Identity]]) -> None:
    """As `wait_for_twins` for many patients, in one statement.

    Everyone takes these locks in one order, that of the hashes, so that nobody waits in a circle.
    """
    keys = {
        one for practice_id, identity in whose for one in hashes(practice_id, identity) if one is not None
    }
    numbers = [int.from_bytes(key[:8], "big", signed=True) for key in sorted(keys)]
    if numbers:
        db.session.execute(_TWIN_LOCKS, {"numbers": numbers})


def _gone_sentence(patient: Patient) -> str:
    words = GONE_WORDS[PatientStatus(patient.status)]
    since = patient.status_since
    told = f" since {since.astimezone(LONDON):%d-%b-%Y}" if since else ""
    newest = select(Task.ref).where(Task.patient_id == patient.id).order_by(Task.raised_at.desc()).limit(1)
    ref = db.session.scalar(newest)
    way = f"open request {ref} and undo it there." if ref else "tell the hub lead."
    return f"Your practice told us that this patient {words}{told}. If that is wrong, {way}"


def _record_key(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).upper()


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def _first_word(text: str) -> str:
    return _letters((text.split() or [""])[0])

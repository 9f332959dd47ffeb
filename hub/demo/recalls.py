"""Two recalls of a demo practice: LTC reviews by month of birth, and the weekly round of a care home."""

import datetime as dt

from sqlalchemy import select

from hub.demo import at_work
from hub.demo.seed import acting, actor_of
from hub.demo.staff import PEOPLE, DemoPerson
from hub.domain.recalls.rhythm import Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import Practice, Task
from hub.protocols.queries import current_kinds
from hub.recalls import actions
from hub.recalls.drafts import Joining, RecallDraft

RESIDENTS = 6
TUESDAY = 1


def set_up_recalls() -> None:
    """Set both up for the practice of the demo's first requester, with patients that it has raised for."""
    person = next(one for one in PEOPLE if one.practices)
    today = at_work.today()
    reviews = Rule(Rhythm.BIRTH_MONTH, Every(12, Unit.MONTH), today.replace(day=1), Every(10, Unit.MONTH))
    ahead = (TUESDAY - today.weekday()) % 7 or 7
    weekly = Rule(Rhythm.FIXED, Every(1, Unit.WEEK), today + dt.timedelta(days=ahead))
    because = "A review done early still counts for its year; a second so soon would take somebody's place."
    _set_up(
        person, "LTC", reviews, "Asthma reviews by month of birth", "Inhaler technique and control.", because
    )
    _set_up(
        person, "CAREHOME", weekly, "Rose Court round", "Weekly round: what the home's staff ask about them."
    )


def _set_up(person: DemoPerson, kind_code: str, rule: Rule, name: str, ask: str, because: str = "") -> None:
    with acting(actor_of(person)) as by:
        practice = db.session.scalars(select(Practice).where(Practice.ods_code == person.practices[0])).one()
        kind = next(one for one in current_kinds() if one.code == kind_code)
        draft = RecallDraft(
            practice_id=practice.id,
            kind=kind,
            name=name,
            ask=ask,
            rule=rule,
            subtype=kind.subtypes[0].code if kind.subtypes else "",
            answers={fact.code: FactAnswer.NO for fact in kind.facts if fact.band_if_yes},
            buffer_because=because,
        )
        recall = actions.set_up(draft, by=by)
        known = select(Task.patient_id).where(Task.practice_id == practice.id, Task.patient_id.is_not(None))
        if rule.rhythm == Rhythm.FIXED:
            known = known.limit(RESIDENTS)
        patients = db.session.scalars(known.distinct().order_by(Task.patient_id))
        actions.add(recall, [Joining(one) for one in patients if one is not None], by=by)

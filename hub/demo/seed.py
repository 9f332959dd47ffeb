"""Fills an empty database with the demo: invented places, made-up people, and a day's work.

The same seed number gives the same names, requests and times of day; references and keys are
random as always. Everything that happens to a request happens through the stages' own actions,
so that rules, events and guards are the real ones.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from sqlalchemy import select

from hub.demo import at_work
from hub.demo.password import demo_password
from hub.demo.places import NETWORKS, DemoNetwork, DemoPractice
from hub.demo.requests import Ask, asks, names
from hub.demo.staff import FOR_GOOD, PEOPLE, DemoPerson
from hub.directory import actions as directory
from hub.directory.drafts import ContractDraft, NewPractice, Period, PracticeDraft
from hub.domain.actor import Actor, process
from hub.domain.identifiers import made_up_nhs_number
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.domain.vocabulary import FactAnswer, Role, SystemActor
from hub.domain.worktime import LONDON, WorkCalendar, utc_of
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.intake.drafts import Draft
from hub.models import (
    Competence,
    Meeting,
    OnCall,
    Practice,
    PracticeAccess,
    SignOff,
    User,
    UserRole,
    WeeklyShift,
)
from hub.models.acting import act_as
from hub.people import sessions
from hub.protocols.queries import current_kinds

SEED = process(SystemActor.SEED)
TASKS = 60
SIGNED_BY = "Dr Miriam Obi, clinical director"
SIGNED_AGO = 90  # days
ON_CALL_TELEPHONE = "01632 960131"
LATEST_HOURS = 6  # working hours of a practice in which its requests were raised


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Let `actor` act in a session of its own; commits at the end."""
    db.session.remove()
    act_as(actor)
    yield actor
    db.session.commit()
    db.session.remove()


def make_places_and_people() -> None:
    """Add networks, practices, contracts, accounts, competences, sign-offs, access and the rota."""
    with acting(SEED):
        places = {code: place for network in NETWORKS for code, place in _network(network).items()}
        password_hash = sessions.hash_password(demo_password())
        for person in PEOPLE:
            _person(person, places, password_hash)
        db.session.add(_meeting())


def _network(demo: DemoNetwork) -> dict[str, Practice]:
    network = directory.add_network(demo.code, demo.name, by=SEED)
    start = _financial_year()
    end = start.replace(year=start.year + 1)
    directory.add_contract(network, ContractDraft(start, end, demo.minutes), by=SEED)
    made = {one.code: _practice(one) for one in demo.practices}
    for practice in made.values():
        directory.join_network(network, practice, Period(start, None), by=SEED)
    return made


def _practice(demo: DemoPractice) -> Practice:
    new = NewPractice(demo.code, demo.name, demo.town, "", demo.telephone)
    practice = directory.add_practice(new, by=SEED)
    draft = PracticeDraft(True, demo.system.value, demo.bypass, demo.how, demo.instructions, demo.hours)
    directory.change_practice(practice, draft, by=SEED)
    return practice


def _financial_year() -> dt.date:
    today = at_work.today()
    return dt.date(today.year - (today.month < 4), 4, 1)


def _person(demo: DemoPerson, places: dict[str, Practice], password_hash: str) -> None:
    today = at_work.today()
    user = User(
        email=demo.email,
        name=demo.name,
        password_hash=password_hash,  # one hash for all: hashing each would take seconds
        created_at=clock.now(),
        profession=demo.profession,
        is_prescriber=demo.is_prescriber,
        all_kinds=demo.profession is not None and demo.all_kinds,
        supervises=demo.supervises,
        gphc_number=demo.registration or None,
        registration_expires_on=today + dt.timedelta(days=demo.registration_days)
        if demo.profession
        else None,
    )
    db.session.add(user)
    db.session.flush()
    db.session.add_all(UserRole(user_id=user.id, role=role) for role in demo.roles)
    for code, days in demo.competences.items():
        ends = None if days == FOR_GOOD else today + dt.timedelta(days=days)
        db.session.add(Competence(user_id=user.id, code=code, expires_on=ends))
    _access(demo, user, places)
    if demo.profession:
        db.session.add_all(_weekly(user.id, weekday, demo) for weekday in range(5))
        db.session.add_all(_sign_offs(demo, user.id))
    if demo.on_call is not None:
        db.session.add(_on_call(user.id, today + dt.timedelta(days=demo.on_call)))


def _sign_offs(demo: DemoPerson, user_id: int) -> Iterator[SignOff]:
    today = at_work.today()
    for one in demo.sign_offs:
        named = db.session.scalar(select(User.id).where(User.name == one.under))
        yield SignOff(
            user_id=user_id,
            kind=one.kind,
            subtype=one.subtype,
            signed_by=SIGNED_BY,
            signed_on=today - dt.timedelta(days=SIGNED_AGO),
            expires_on=None if one.days == FOR_GOOD else today + dt.timedelta(days=one.days),
            supervised=bool(one.under),
            supervisor_id=named,
        )


def _on_call(user_id: int, day: dt.date) -> OnCall:
    """A night on call, from the evening of this day to the next morning."""
    return OnCall(
        user_id=user_id,
        starts_at=utc_of(day, dt.time(18)),
        ends_at=utc_of(day + dt.timedelta(days=1), dt.time(8, 30)),
        telephone=ON_CALL_TELEPHONE,
    )


def _meeting() -> Meeting:
    """Everyone's meeting on the next working day: nobody sits in it as the demo begins."""
    day = at_work.today() + dt.timedelta(days=1)
    while not WorkCalendar().is_working_day(day):
        day += dt.timedelta(days=1)
    return Meeting(
        title="Team meeting", weekday=day.weekday(), starts=dt.time(14), ends=dt.time(14, 45), valid_from=day,
        valid_to=day,
    )  # fmt: skip


def _access(demo: DemoPerson, user: User, places: dict[str, Practice]) -> None:
    codes = [one.code for network in NETWORKS if network.code in demo.networks for one in network.practices]
    wanted = [(Role.REQUESTER, code) for code in demo.practices] + [(Role.CLINICIAN, code) for code in codes]
    db.session.add_all(
        PracticeAccess(
            user_id=user.id,
            practice_id=places[code].id,
            role=role,
            manages=role is Role.REQUESTER and "manager" in demo.title,
            granted_at=clock.now(),
            system_ready_on=_ready(demo, role, code),
        )
        for role, code in wanted
    )


def _ready(demo: DemoPerson, role: Role, code: str) -> dt.date | None:
    return at_work.today() if role is Role.CLINICIAN and code not in demo.no_sign_in else None


def _weekly(user_id: int, weekday: int, demo: DemoPerson) -> WeeklyShift:
    return WeeklyShift(
        user_id=user_id,
        weekday=weekday,
        starts=dt.time(8, 30),
        ends=dt.time(17, 0),
        break_minutes=0 if demo.breaks else 30,
        valid_from=_financial_year(),
        breaks=[list(one) for one in demo.breaks],
    )


def raise_requests(seed: int, count: int) -> None:
    """Raise `count` requests: the ordinary ones in the last working hours of a practice's day."""
    plan = _plan(Random(seed), count)  # noqa: S311, a demo must be repeatable
    ordinary = [one for one in plan if not one[0].is_just_now]
    moments = _moments(clock.now(), len(ordinary))
    for (ask, practice, identity), moment in zip(ordinary, moments, strict=True):
        _raise(ask, practice, identity, moment)


def raise_urgent(seed: int, count: int) -> None:
    """Raise those of the same requests that cannot wait: a few minutes ago, for the workers to place."""
    plan = _plan(Random(seed), count)  # noqa: S311
    for minutes, (ask, practice, identity) in enumerate(one for one in plan if one[0].is_just_now):
        _raise(ask, practice, identity, clock.now() - dt.timedelta(minutes=3 - min(minutes, 3)))


def _plan(rng: Random, count: int) -> list[tuple[Ask, str, Identity]]:
    """Return what is asked for, by which practice (code), about whom."""
    made: list[tuple[Ask, str, Identity]] = []
    codes = [code for person in PEOPLE for code in person.practices]
    every = asks()
    rng.shuffle(every)
    # What is urgent comes first, so that a small demo has some of it.
    every.sort(key=lambda ask: not ask.is_just_now)
    # Past the first round nothing is urgent twice: a real day has few of those.
    ordinary = [ask for ask in every if not ask.is_just_now]
    endless = itertools.chain(every, itertools.cycle(ordinary))
    for number, ask in zip(range(count), endless, strict=False):
        made.append((ask, codes[number % len(codes)], identity(ask, number, rng)))
    return made


def identity(ask: Ask, number: int, rng: Random) -> Identity:
    """Return the made-up patient with this number, who fits what is asked."""
    family, given = names()
    age = rng.randint(*ask.ages)
    return Identity(
        family=rng.choice(family),
        given=ask.given or rng.choice(given),
        born=at_work.today() - dt.timedelta(days=age * 365 + rng.randint(20, 340)),
        # Away from the low ones that examples use; one apart, so that no two are the same.
        nhs_number=made_up_nhs_number(200_000 + number * 17 + rng.randint(0, 16)),
        no_number_because="",
        record_number=str(40_000 + number * 7),
    )


def _moments(now: dt.datetime, count: int) -> list[dt.datetime]:
    """Return `count` moments in order, spread over the last working hours before now."""
    calendar = WorkCalendar()
    last = calendar.previous_working_minute(now - dt.timedelta(minutes=20))
    first = last
    minutes = LATEST_HOURS * 60
    while calendar.minutes_between(first, last) < minutes:
        first -= dt.timedelta(hours=1)
    return [calendar.add_minutes(first, 1 + minutes * n // max(count, 1)) for n in range(count)]


def _raise(ask: Ask, code: str, identity: Identity, moment: dt.datetime) -> None:
    with acting(requester(code)) as by, clock.at(moment):
        practice = db.session.scalars(select(Practice).where(Practice.ods_code == code)).one()
        kinds = {kind.code: kind for kind in current_kinds()}
        intake.raise_request(draft(ask, kinds[ask.kind], practice.id, identity, moment), by=by)
        db.session.commit()


def draft(ask: Ask, kind: Kind, practice_id: int, identity: Identity, moment: dt.datetime) -> Draft:
    """Return the request as its practice writes it at this moment."""
    day = moment.astimezone(LONDON).date()
    answers = {fact.code: FactAnswer.NO for fact in kind.facts}
    answers |= dict.fromkeys(ask.yes, FactAnswer.YES) | dict.fromkeys(ask.not_sure, FactAnswer.NOT_SURE)
    return Draft(
        practice_id=practice_id,
        kind=kind,
        receipt_on=_working_days_before(day, ask.received),
        identity=identity,
        subtype=ask.subtype,
        document=f"DOC-{identity.record_number}" if kind.needs_document else "",
        ask=ask.ask,
        answers=answers,
        requested=ask.requested,
        urgency_reason=ask.because,
        next_issue_on=None if ask.next_issue is None else day + dt.timedelta(days=ask.next_issue),
    )


def _working_days_before(day: dt.date, count: int) -> dt.date:
    calendar = WorkCalendar()
    while count:
        day -= dt.timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day


def requester(code: str) -> Actor:
    """Return who raises for this practice."""
    person = next(one for one in PEOPLE if code in one.practices)
    return actor_of(person)


def actor_of(person: DemoPerson) -> Actor:
    """Return a person of the demo as one who acts."""
    db.session.remove()
    user_id = db.session.scalars(select(User.id).where(User.email == person.email)).one()
    db.session.remove()
    return Actor(user_id=user_id, name=person.name, roles=frozenset(person.roles))

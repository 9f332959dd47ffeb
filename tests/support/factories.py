"""Made-up people, practices and requests. Patients carry NHS numbers of the 999 range."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select

from hub.domain import identifiers
from hub.domain.actor import process
from hub.domain.patient import Identity
from hub.domain.vocabulary import (
    FactAnswer,
    Profession,
    RequestedUrgency,
    Role,
    SystemActor,
)
from hub.extensions import clock, db
from hub.models import (
    Absence,
    Competence,
    ExtraShift,
    Meeting,
    Network,
    NetworkMembership,
    OnCall,
    Practice,
    PracticeAccess,
    SignOff,
    Task,
    User,
    UserRole,
    WeeklyShift,
)
from hub.models.acting import act_as
from tests.support.running import acting_as, run_jobs

PASSWORD = "correct horse battery"
Row = TypeVar("Row")


class Make:
    """Makes rows and commits them; what it returns can be read outside a session."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._numbers = itertools.count(1)
        self._is_open = False

    def network(self, name: str = "") -> Network:
        """A network."""
        n = next(self._numbers)
        return self._save(Network(code=f"U{n:05d}", name=name or f"Network {n}"))

    def practice(self, name: str = "", *, network: Network | None = None, **more: Any) -> Practice:
        """A served practice on EMIS Web."""
        n = next(self._numbers)
        values: dict[str, Any] = {
            "ods_code": f"Z{n:05d}",
            "name": name or f"Practice {n}",
            "served": True,
            "clinical_system": "EMIS Web",
            "bypass_number": "01632 960001",
            "how_to_get_in": "Remote desktop, then smartcard.",
        }
        practice = self._save(Practice(**(values | more)))
        if network is not None:
            start = dt.date(2026, 4, 1)
            self._save(NetworkMembership(network_id=network.id, practice_id=practice.id, starts_on=start))
        return practice

    def user(self, *roles: Role, name: str = "", practices: tuple[Practice, ...] = (), **more: Any) -> User:
        """A person with these roles, and access to these practices in each fitting role."""
        n = next(self._numbers)
        from hub.people import sessions

        values: dict[str, Any] = {
            "email": f"person{n}@example.org",
            "name": name or f"Person {n}",
            "created_at": clock.now(),
            "password_hash": sessions.hash_password(PASSWORD),
        }
        with self._together():
            user = self._save(User(**(values | more)))
            for role in roles:
                self._save(UserRole(user_id=user.id, role=role))
                if role in (Role.REQUESTER, Role.CLINICIAN):
                    for practice in practices:
                        self.access(user, practice, role)
        return user

    def access(self, user: User, practice: Practice, role: Role) -> None:
        """Let this person raise for, or work in, this practice."""
        self._save(self._access(user, practice, role))

    def _access(self, user: User, practice: Practice, role: Role) -> PracticeAccess:
        now = clock.now()
        ready = now.date() if role is Role.CLINICIAN else None
        return PracticeAccess(
            user_id=user.id, practice_id=practice.id, role=role, granted_at=now, system_ready_on=ready,
            manages=role is Role.REQUESTER,
        )  # fmt: skip

    def requester(self, *practices: Practice, **more: Any) -> User:
        """A practice manager."""
        return self.user(Role.REQUESTER, practices=practices, **more)

    def clinician(
        self,
        *practices: Practice,
        profession: Profession = Profession.PHARMACIST,
        works: bool = True,
        competences: tuple[str, ...] = (),
        **more: Any,
    ) -> User:
        """A registered clinician with access to these practices, at work on weekdays 08:00 to 18:00.

        They may do every kind of their profession, unless `all_kinds` is False, and can sign in everywhere.
        """
        n = next(self._numbers)
        first = "2" if profession == Profession.PHARMACIST else "5"
        values: dict[str, Any] = {
            "profession": profession.value,
            "gphc_number": f"{first}{n:06d}",
            "registration_expires_on": dt.date(2027, 12, 31),
            "all_kinds": True,
        }
        with self._together():
            user = self.user(Role.CLINICIAN, practices=practices, **(values | more))
            for code in competences:
                self._save(Competence(user_id=user.id, code=code))
            if works:
                self.shift(user)
        return user

    def pharmacist(self, *practices: Practice, **more: Any) -> User:
        """A pharmacist; see `clinician`."""
        return self.clinician(*practices, **more)

    def technician(self, *practices: Practice, **more: Any) -> User:
        """A pharmacy technician; see `clinician`."""
        return self.clinician(*practices, profession=Profession.TECHNICIAN, **more)

    def lead(self, **more: Any) -> User:
        """A hub lead."""
        return self.user(Role.LEAD, **more)

    def admin(self, **more: Any) -> User:
        """An administrator."""
        return self.user(Role.ADMIN, **more)

    def shift(
        self, user: User, start: str = "08:00", end: str = "18:00", days: tuple[int, ...] = (0, 1, 2, 3, 4)
    ) -> None:
        """A weekly shift on these weekdays, without a break."""
        self._save(
            *(
                WeeklyShift(
                    user_id=user.id,
                    weekday=day,
                    starts=dt.time.fromisoformat(start),
                    ends=dt.time.fromisoformat(end),
                    break_minutes=0,
                    valid_from=dt.date(2026, 1, 1),
                )
                for day in days
            )
        )

    def extra_shift(self, user: User, hours: int = 10) -> None:
        """A shift from an hour ago, for `hours` from now."""
        now = clock.now()
        start, end = now - dt.timedelta(hours=1), now + dt.timedelta(hours=hours)
        self._save(ExtraShift(user_id=user.id, starts_at=start, ends_at=end))

    def absent(self, user: User, starts_at: dt.datetime | None = None, hours: int = 8) -> None:
        """An absence from now (or `starts_at`) for some hours."""
        start = starts_at or clock.now()
        self._save(Absence(user_id=user.id, starts_at=start, ends_at=start + dt.timedelta(hours=hours)))

    def sign_off(self, user: User, kind: str, subtype: str = "", **more: Any) -> SignOff:
        """Somebody signed that this person may do this kind, without end."""
        signed = {"signed_by": "Dr A. Obi", "signed_on": dt.date(2026, 1, 5)} | more
        return self._save(SignOff(user_id=user.id, kind=kind, subtype=subtype, **signed))

    def meeting(self, user: User | None, start: str, end: str, day: dt.date | None = None) -> Meeting:
        """A meeting of this person (or of everyone) on one day, today unless said."""
        on = day or clock.now().date()
        starts, ends = dt.time.fromisoformat(start), dt.time.fromisoformat(end)
        return self._save(
            Meeting(
                user_id=user.id if user else None, title="Team meeting", weekday=on.weekday(),
                starts=starts, ends=ends, valid_from=on, valid_to=on,
            )
        )  # fmt: skip

    def on_call(self, user: User, hours: int = 12, starts_at: dt.datetime | None = None) -> OnCall:
        """On call from now (or `starts_at`) for some hours."""
        start = starts_at or clock.now()
        ends = start + dt.timedelta(hours=hours)
        return self._save(OnCall(user_id=user.id, starts_at=start, ends_at=ends, telephone="01632 960111"))

    def identity(self, **more: Any) -> Identity:
        """A made-up patient's identity."""
        n = next(self._numbers)
        values: dict[str, Any] = {
            "family": f"Testperson{n}",
            "given": "Alex",
            "born": dt.date(1950, 1, 1) + dt.timedelta(days=n),
            "nhs_number": identifiers.made_up_nhs_number(n),
            "no_number_because": "",
            "record_number": f"{70000 + n}",
        }
        return Identity(**(values | more))

    def request(
        self,
        practice: Practice,
        by: User,
        kind: str = "MEDQ",
        *,
        identity: Identity | None = None,
        answers: dict[str, FactAnswer] | None = None,
        **more: Any,
    ) -> Task:
        """A request raised through intake as its requester would; not placed yet.

        Safety facts are answered "no" unless `answers` says otherwise.
        """
        from hub.intake.actions import raise_request
        from hub.intake.drafts import Draft
        from hub.protocols.queries import current_kinds

        with acting_as(self.app, by) as actor:
            the_kind = {one.code: one for one in current_kinds()}[kind]
            told = {fact.code: FactAnswer.NO for fact in the_kind.facts} | (answers or {})
            values: dict[str, Any] = {
                "ask": "Please look at this.",
                "receipt_on": clock.now().date(),
                "requested": RequestedUrgency.ROUTINE,
                "document": "DOC-1" if the_kind.needs_document else "",
                "subtype": the_kind.subtypes[0].code if the_kind.subtypes else "",
            }
            draft = Draft(
                practice_id=practice.id,
                kind=the_kind,
                answers=told,
                identity=identity or self.identity(),
                **(values | more),
            )
            return raise_request(draft, by=actor)

    def placed(self, practice: Practice, by: User, kind: str = "MEDQ", **more: Any) -> Task:
        """A request that the workers have placed (and assigned, if someone may do it and is at work)."""
        task = self.request(practice, by, kind, **more)
        run_jobs(self.app)
        return self.again(task)

    def started(self, practice: Practice, by: User, clinician: User, kind: str = "MEDQ", **more: Any) -> Task:
        """A placed request that `clinician` has started."""
        from hub.placing import queries
        from hub.worklist import actions

        task = self.placed(practice, by, kind, **more)
        with acting_as(self.app, clinician) as actor:
            actions.start(queries.get(task.ref, lock=True), confirmed=True, by=actor)
        return self.again(task)

    def again(self, task: Task) -> Task:
        """Read the task anew, past row-level security."""
        with self.app.app_context():
            act_as(process(SystemActor.SEED))
            return db.session.scalars(select(Task).where(Task.id == task.id)).one()

    @contextlib.contextmanager
    def _together(self) -> Iterator[None]:
        """Have what is saved within go into one transaction, which costs a fraction of one each."""
        if self._is_open:
            yield
            return
        with self.app.app_context():
            act_as(process(SystemActor.SEED))
            self._is_open = True
            try:
                yield
            finally:
                self._is_open = False
            db.session.commit()

    def _save(self, row: Row, *more: Any) -> Row:
        """Save the rows, and return the first, which has its number from now on."""
        with self._together():
            db.session.add_all([row, *more])
            db.session.flush()
        return row

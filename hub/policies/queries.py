"""Policies as published, drafts of them, and what a draft would change for the work that waits now."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from hub.domain.errors import NotFound
from hub.domain.policy import Policy, parse_policy
from hub.domain.policy_words import Names, needs_differ
from hub.domain.routing import Needs, route
from hub.domain.vocabulary import Band, Status
from hub.extensions import db
from hub.models import PolicyDraft, PolicyVersion, Practice, Task, User
from hub.protocols.queries import current_kinds, kind_of

NO_DRAFT = "There is no such draft. It may have been published or thrown away."


class Closed(NotFound):
    """This draft is written no more: published as version `became`, or thrown away (None)."""

    def __init__(self, name: str, became: int | None) -> None:
        super().__init__(NO_DRAFT)
        self.name, self.became = name, became


@dataclass(frozen=True)
class Moved:
    """A waiting task that another policy routes otherwise: its needs under both, and how they differ."""

    id: int
    version: int
    ref: str
    kind: str
    practice: str
    before: Needs
    after: Needs
    phrases: tuple[str, ...]
    route: tuple[str, ...]


def newest_version() -> int:
    """Return the number of the policy in force."""
    return db.session.scalar(select(func.max(PolicyVersion.version))) or 0


def body_of(version: int) -> dict[str, Any]:
    """Return a published policy in its JSON form.

    Raises:
        NotFound: no version has this number.
    """
    body = db.session.scalar(select(PolicyVersion.body).where(PolicyVersion.version == version))
    if body is None:
        raise NotFound("There is no such version of the policy.")
    return dict(body)


def versions() -> list[Any]:
    """Return every published version, newest first, with who published it."""
    query = (
        select(PolicyVersion.version, PolicyVersion.published_at, PolicyVersion.why, User.name.label("by"))
        .outerjoin(User, User.id == PolicyVersion.published_by_id)
        .order_by(PolicyVersion.version.desc())
    )
    return list(db.session.execute(query))


def drafts() -> list[Any]:
    """Return the open drafts, the one changed last first, with who changed it."""
    query = (
        select(
            PolicyDraft.id,
            PolicyDraft.name,
            PolicyDraft.based_on,
            PolicyDraft.changed_at,
            User.name.label("by"),
        )
        .join(User, User.id == PolicyDraft.changed_by_id)
        .where(PolicyDraft.closed_at.is_(None))
        .order_by(PolicyDraft.changed_at.desc(), PolicyDraft.id.desc())
    )
    return list(db.session.execute(query))


def draft(draft_id: int, *, lock: bool = False) -> PolicyDraft:
    """Return an open draft, locked if it is to be changed.

    Raises:
        NotFound: there is none; it is `Closed` if it was published or thrown away.
    """
    query = select(PolicyDraft).where(PolicyDraft.id == draft_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(NO_DRAFT)
    if found.closed_at is not None:
        raise Closed(found.name, found.became)
    return found


def name_of(user_id: int) -> str:
    """Return a person's name."""
    return db.session.scalar(select(User.name).where(User.id == user_id)) or "Somebody"


def names() -> Names:
    """Return what kinds, subtypes and practices are called."""
    kinds = current_kinds()
    practices = db.session.execute(select(Practice.id, Practice.name).where(Practice.served))
    return Names(
        {kind.code: kind.name for kind in kinds},
        {one.code: one.name for kind in kinds for one in kind.subtypes},
        {row.id: row.name for row in practices},
        {kind.code: kind for kind in kinds},
    )


def practices() -> list[Any]:
    """Return the practices the hub serves, by name: id, name and ODS code."""
    query = select(Practice.id, Practice.name, Practice.ods_code).where(Practice.served)
    return list(db.session.execute(query.order_by(Practice.name, Practice.id)))


_WAITING = (
    Task.id, Task.version, Task.ref, Task.kind, Task.kind_version, Task.subtype, Task.stage, Task.band,
    Task.signals, Task.policy_version, Task.practice_id, Practice.name.label("practice_name"),
)  # fmt: skip


def moved(policy: Policy, *, after_id: int = 0, limit: int | None = None) -> Iterator[Moved]:
    """Yield the waiting tasks that `policy` would route otherwise than the policy they were placed under.

    Those on a worklist stay where they are, whatever a policy says: only what nobody has yet is moved.
    Two statements and those that read older policies, once each.
    """
    known: dict[int, Policy] = {}
    for row in waiting(after_id=after_id, limit=limit):
        placed_under = row.policy_version or 1
        if placed_under not in known:
            known[placed_under] = parse_policy(body_of(placed_under))
        before, after = _routed(row, known[placed_under]), _routed(row, policy)
        if phrases := needs_differ(before.needs, after.needs):
            yield Moved(
                row.id, row.version, row.ref, row.kind, row.practice_name, before.needs, after.needs, phrases,
                after.reasons,
            )  # fmt: skip


def waiting(*, after_id: int = 0, limit: int | None = None) -> list[Any]:
    """Return the tasks that wait in their queues, by id, as far as routing looks at them."""
    query = (
        select(*_WAITING)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == Status.QUEUED, Task.id > after_id)
        .order_by(Task.id)
        .limit(limit)
    )
    return list(db.session.execute(query))


def tasks(ids: Collection[int]) -> list[Any]:
    """Return these tasks as far as a list shows them, by due time."""
    query = (
        select(Task.ref, Task.kind, Practice.name.label("practice_name"))
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.id.in_(ids))
        .order_by(Task.due_at, Task.id)
    )
    return list(db.session.execute(query))


def matches(policy: Policy) -> Mapping[str, list[Any]]:
    """Return the waiting tasks that each rule decides now, by the rule's name: the first match wins."""
    found: dict[str, list[Any]] = {rule.name: [] for rule in policy.rules}
    for row in waiting():
        for rule in policy.rules:
            if rule.matches(
                kind=row.kind,
                subtype=row.subtype,
                practice_id=row.practice_id,
                signals=row.signals,
                stage=row.stage,
            ):
                found[rule.name].append(row)
                break
    return found


def _routed(row: Any, policy: Policy) -> Any:
    return route(
        kind_of(row),
        subtype=row.subtype,
        practice_id=row.practice_id,
        practice_name=row.practice_name,
        signals=row.signals,
        stage=row.stage,
        band=Band(row.band),
        policy=policy,
    )

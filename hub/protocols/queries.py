"""The kinds as published in the database, parsed once per process (a version never changes)."""

from sqlalchemy import func, select

from hub.domain.kinds import Kind, parse
from hub.extensions import db
from hub.models import KindVersion, Task

_parsed: dict[tuple[str, int], Kind] = {}


def kind(code: str, version: int) -> Kind:
    """Return this version of this kind; KeyError if it was never published."""
    if (code, version) not in _parsed:
        body = db.session.scalar(
            select(KindVersion.body).where(KindVersion.code == code, KindVersion.version == version)
        )
        if body is None:
            raise KeyError(f"{code} version {version}")
        _parsed[code, version] = parse(body)
    return _parsed[code, version]


def kind_of(task: Task) -> Kind:
    """Return the kind under which this task was raised."""
    return kind(task.kind, task.kind_version)


def current_kinds() -> list[Kind]:
    """Return the newest version of every kind, by name."""
    newest = select(KindVersion.code, func.max(KindVersion.version)).group_by(KindVersion.code)
    kinds = [kind(code, version) for code, version in db.session.execute(newest)]
    return sorted(kinds, key=lambda one: one.name)

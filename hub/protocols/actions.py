"""Publishing kinds and the first policy: what stands in files becomes rows that never change."""

from sqlalchemy.dialects.postgresql import insert

from hub.domain.kinds import parse
from hub.domain.policy import DEFAULT_POLICY, parse_policy
from hub.extensions import clock, db
from hub.models import KindVersion, PolicyVersion
from hub.protocols.files import raw_kinds_on_disk


def publish() -> int:
    """Publish every kind version, and the default policy, that is not published yet; commits.

    Returns how many rows were added. A second run adds none.

    Raises:
        ValueError: a definition is not sound; nothing is published then.
    """
    now = clock.now()
    added = 0
    for body in raw_kinds_on_disk():
        kind = parse(body)
        row = {"code": kind.code, "version": kind.version, "body": body, "published_at": now}
        query = insert(KindVersion).values(row).on_conflict_do_nothing().returning(KindVersion.code)
        added += db.session.execute(query).scalar_one_or_none() is not None
    policy = parse_policy(DEFAULT_POLICY)
    row = {
        "version": policy.version,
        "body": DEFAULT_POLICY,
        "published_at": now,
        "why": "The policy that the product comes with.",
    }
    added_policy = insert(PolicyVersion).values(row).on_conflict_do_nothing().returning(PolicyVersion.version)
    added += db.session.execute(added_policy).scalar_one_or_none() is not None
    db.session.commit()
    return added

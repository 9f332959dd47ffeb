"""Routing anew what waits in the queues, once a policy is in force that routes it otherwise."""

from hub import background
from hub.domain.actor import process
from hub.domain.lifecycle import Act
from hub.domain.policy import parse_policy
from hub.domain.vocabulary import Status, SystemActor
from hub.extensions import clock, db
from hub.models import Task
from hub.models.history import record
from hub.placing import minutes_queries
from hub.placing.actions import set_order
from hub.policies import queries

CHUNK = 500  # so many are looked at in one transaction; locks are held on those that change only
PLACING = process(SystemActor.PLACING)


def route_anew(version: int, after: int = 0) -> int:
    """Route by version `version` what waits with an id above `after`; a further job does what is left.

    Only what nobody has yet is touched: its queue, and who may do it in how many minutes. Its clocks,
    its band and its age stay. A version that is not in force any more routes nothing. Returns how many
    tasks were changed.
    """
    if version != queries.newest_version():
        return 0
    policy = parse_policy(queries.body_of(version))
    looked_at = queries.waiting(after_id=after, limit=CHUNK)
    found = {one.id: one for one in queries.moved(policy, after_id=after, limit=CHUNK)}
    changed = 0
    for task in _locked(list(found)):
        if task.version == found[task.id].version:
            _change(task, found[task.id], version)
            changed += 1
    if len(looked_at) == CHUNK:
        last = looked_at[-1].id
        key = f"route_anew:{version}:{last}"
        background.later("route_anew", key=key, lane="upkeep", version=version, after=last)
    if changed:
        background.later("top_up", key=f"top_up:policy:{version}:{after}")
    return changed


def _locked(ids: list[int]) -> list[Task]:
    query = db.select(Task).where(Task.id.in_(ids), Task.status == Status.QUEUED).order_by(Task.id)
    return list(db.session.scalars(query.with_for_update(of=Task, skip_locked=True)))


def _change(task: Task, moved: queries.Moved, version: int) -> None:
    needs = moved.after
    task.queue, told = needs.queue, {}
    if needs.minutes != moved.before.minutes:  # else it keeps what was learned when it was placed
        task.minutes, told = needs.minutes, {minutes_queries.TELLS: {"planned": needs.minutes}}
    task.professions = [str(one) for one in needs.professions]
    task.needs_prescriber, task.competences = needs.needs_prescriber, list(needs.competences)
    task.policy_version = version
    set_order(task)
    data = {"policy": version, "changes": list(moved.phrases), "route": list(moved.route), **told}
    record(task, Act.ROUTED_ANEW, by=PLACING, at=clock.now(), data=data)

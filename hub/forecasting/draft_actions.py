"""What would a draft of the policy do to lateness? The forecast run twice: as it is, and under the draft."""

import datetime as dt
from typing import Any

import numpy as np
from sqlalchemy import update

from hub import background
from hub.domain.errors import NotFound
from hub.domain.policy import parse_policy
from hub.extensions import clock, db
from hub.forecasting import snapshot_queries
from hub.forecasting.snapshot_queries import Read
from hub.models import PolicyDraft
from hub.policies import queries as policies
from hub.policies import target_queries

RUNS = 20
LIKELY = 0.5
_MOST_LISTED = 500


def ask(draft: PolicyDraft) -> str:
    """Have a job foresee what the draft, as it is now, would do; once for each answer that stands there.

    Returns what `answer_of` says of the draft until there is a new answer.
    """
    before = answer_of(draft)
    ids = {"draft_id": draft.id, "edits": draft.edits}
    background.later("foresee_draft", key=f"foresee_draft:{draft.id}:{before}", lane="planning", **ids)
    return before


def answer_of(draft: PolicyDraft) -> str:
    """Tell the answers of a draft apart: its edit, and when that was last foreseen."""
    found = draft.foreseen if draft.foreseen.get("edits") == draft.edits else {}
    at = int(dt.datetime.fromisoformat(found["at"]).timestamp()) if found else 0
    return f"{draft.edits}-{at}"


def foresee_draft(draft_id: int, edits: int) -> int:
    """Foresee lateness under the draft and under the policy in force, with the same draws of chance.

    Stores expected numbers of late tasks, which would become likely late or would not be any more, and
    which of those with another due time would likely be late.
    Nothing happens if the draft was changed or closed meanwhile. Returns how many tasks were looked at.
    """
    try:
        draft = policies.draft(draft_id)
    except NotFound:
        return 0
    if draft.edits != edits:
        return 0
    policy = parse_policy(draft.body)
    instead = {one.id: one.after for one in policies.moved(policy)}
    timed = {one.id: one.columns for one in target_queries.moved(policy)}
    now = snapshot_queries.read()
    before, after = _late(now), _late(snapshot_queries.read(policy=policy, instead=instead, timed=timed))
    ids = np.array([task.id for task in now.tasks], np.int64)
    said = (before >= LIKELY, after >= LIKELY)
    found = {
        "edits": edits,
        "at": clock.now().isoformat(),
        "tasks": len(ids),
        "before": round(float(np.nansum(before)), 1),
        "after": round(float(np.nansum(after)), 1),
        "more": [int(one) for one in ids[~said[0] & said[1]][:_MOST_LISTED]],
        "timed": [int(one) for one in ids[said[1]] if int(one) in timed][:_MOST_LISTED],
        "fewer": [int(one) for one in ids[said[0] & ~said[1]][:_MOST_LISTED]],
    }
    # Not a change of the draft: its count of edits stays.
    changed = update(PolicyDraft).where(PolicyDraft.id == draft_id, PolicyDraft.edits == edits)
    db.session.execute(changed.values(foreseen=found).execution_options(synchronize_session=False))
    return len(ids)


def _late(read: Read) -> Any:
    from hub.domain.forecast import runs  # loads the compiler

    seed = int(clock.now().timestamp())
    return runs.chances(read.snapshot, read.history, seed=seed, runs=RUNS, spread=read.spread).late

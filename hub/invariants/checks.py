"""What must hold always, whoever does what at whatever moment: one statement each.

A statement returns the rows that break the rule, as (what, detail): references, ids and
codes, never anything about a patient. It may be run at any moment, because one statement
sees one moment of the database.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.domain.import_words import FINISHED, RunStatus
from hub.domain.kinds import QUEUES
from hub.domain.lifecycle import TRANSITIONS, Act
from hub.domain.vocabulary import OPEN_STATUSES, Status
from hub.invariants import clock_queries

# AES-GCM: 12 bytes of nonce, 16 of tag, and at least one sealed.
SHORTEST_SEALED = 12 + 16 + 1


@dataclass(frozen=True)
class Check:
    """One rule: its name, what must hold, the statement that finds what breaks it, and what that is told.

    Where SQL cannot say it, the statement finds what is to be judged, and `judge` says which of it breaks
    the rule: from the rows, read piece by piece, and what the statements are told.
    """

    name: str
    holds: str
    sql: str
    told: Mapping[str, Any] = field(default_factory=dict)
    judge: Callable[[Iterable[Any], Mapping[str, Any]], Iterable[tuple[str, str]]] | None = None


def _steps() -> str:
    """Every allowed step as JSON; before is "" for a first event, and "=" where the status stays."""
    rows = []
    for act, step in TRANSITIONS.items():
        befores = [str(status) for status in sorted(step.before)] or [""]
        rows += [{"kind": act, "before": before, "after": step.after} for before in befores]
    rows += [{"kind": act, "before": "=", "after": "="} for act in Act if act not in TRANSITIONS]
    return json.dumps(rows)


# What the statements are told of the product's words; each takes what it names.
WORDS: dict[str, Any] = {
    "open": sorted(OPEN_STATUSES),
    "closed": [Status.COMPLETED, Status.CANCELLED],
    "on_a_list": [Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING],
    "in_a_queue": [Status.RAISED, Status.QUEUED, Status.SENT_BACK],
    "queues": list(QUEUES),
    "import_over": sorted({*FINISHED, RunStatus.UNDOING}),
    "steps": _steps(),
    "shortest": SHORTEST_SEALED,
    "with_reason": [
        Act.SENT_BACK,
        Act.HANDED_OVER,
        Act.MOVED,
        Act.ESCALATED,
        Act.DECIDED,
        Act.OVERRIDDEN,
        Act.PINNED,
        Act.RESERVED,
    ],
}
_ASSIGNING = [Act.ASSIGNED, Act.TAKEN]
_COMPLETING = [Act.COMPLETED]

_FOLLOWS = """
        select coalesce(t.ref, 'task ' || e.task_id),
               'event ' || e.seq || ' ' || e.kind || ': ' || coalesce(p.status, 'new') || ' to ' || e.status
        from event e
        left join task t on t.id = e.task_id
        left join event p on p.task_id = e.task_id and p.seq = e.seq - 1
        where (e.kind = any(:kinds)) = :among and (e.seq = 1 or p.seq is not null) and not exists (
            select from jsonb_to_recordset(cast(:steps as jsonb)) as s (kind text, before text, after text)
            where s.kind = e.kind and (
                (s.before = coalesce(p.status, '') and s.after = e.status)
                or (s.before = '=' and p.status = e.status)))
        order by e.task_id, e.seq"""

ALWAYS: tuple[Check, ...] = (
    Check(
        "task-accounted-for",
        "Every task has a known status and queue, and is with nobody, with one person, or closed, "
        "as its status says.",
        """
        select ref, 'status ' || status || ', queue ' || queue
                    || ', person ' || coalesce(assignee_id::text, 'none')
        from task
        where not (status = any(:open) or status = any(:closed))
           or not (queue = any(:queues))
           or (status = any(:on_a_list) and assignee_id is null)
           or (status = any(:in_a_queue) and assignee_id is not null)
           or (status = any(:closed)) <> (closed_at is not null)
           or (status = 'cancelled') <> (cancel_reason is not null)
        order by id""",
    ),
    Check(
        "history-whole",
        "Every task's events are numbered 1, 2, 3 ... to its version, without a gap.",
        """
        select t.ref, 'version ' || t.version || ', events ' || coalesce(e.events, 0)
                      || ', numbered ' || coalesce(e.first, 0) || ' to ' || coalesce(e.last, 0)
        from task t
        left join (select task_id, count(*) as events, min(seq) as first, max(seq) as last
                   from event group by task_id) e on e.task_id = t.id
        where coalesce(e.events, 0) <> t.version or e.first <> 1 or e.last <> t.version
        order by t.id""",
    ),
    Check(
        "history-says-status",
        "Every task has the status that its last event left it in.",
        """
        select t.ref, 'task ' || t.status || ', last event ' || e.status
        from task t join event e on e.task_id = t.id and e.seq = t.version
        where e.status <> t.status
        order by t.id""",
    ),
    Check(
        "history-allowed",
        "Every event follows from the one before it by the lifecycle's table.",
        _FOLLOWS,
        {"kinds": [*_ASSIGNING, *_COMPLETING], "among": False},
    ),
    Check(
        "assigned-once",
        "No task was given to someone while someone had it already.",
        _FOLLOWS,
        {"kinds": _ASSIGNING, "among": True},
    ),
    Check(
        "completed-once",
        "No task was completed twice, or from a status other than in progress.",
        _FOLLOWS,
        {"kinds": _COMPLETING, "among": True},
    ),
    Check(
        "history-names-who",
        "Every event names the person or the process that acted.",
        """
        select coalesce(t.ref, 'task ' || e.task_id), 'event ' || e.seq || ' ' || e.kind
        from event e
        left join task t on t.id = e.task_id
        left join app_user u on u.id = e.actor_id
        where (e.actor_id is null) = (e.actor_system is null) or (e.actor_id is not null and u.id is null)
        order by e.task_id, e.seq""",
    ),
    Check(
        "completed-has-outcome",
        "Every completed task has one outcome, the same on the task, and only completed tasks have one.",
        """
        select coalesce(t.ref, 'task ' || o.task_id),
               'task ' || coalesce(t.status || ' ' || coalesce(t.outcome, 'without outcome'), 'missing')
               || ', outcome ' || coalesce(o.code, 'missing')
        from task t full join outcome o on o.task_id = t.id
        where (t.status = 'completed' and o.task_id is null)
           or (o.task_id is not null and t.status is distinct from 'completed')
           or (t.outcome is distinct from o.code and (t.status = 'completed' or o.task_id is not null))
        order by 1""",
    ),
    Check(
        "nothing-lost",
        "In every practice, requests raised = open + completed + cancelled, by events and by tasks.",
        """
        select 'practice ' || practice_id,
               'raised ' || coalesce(raised, 0) || ', open ' || coalesce(open, 0)
               || ', completed ' || coalesce(completed, 0) || ' (events ' || coalesce(completions, 0) || ')'
               || ', cancelled ' || coalesce(cancelled, 0) || ' (events ' || coalesce(cancellations, 0) || ')'
        from (
            select practice_id, count(*) filter (where kind = 'raised') as raised,
                   count(distinct task_id) filter (where kind = 'completed') as completions,
                   count(*) filter (where kind = 'cancelled')
                   - count(*) filter (where kind = 'reopened') as cancellations
            from event group by practice_id) e
        full join (
            select practice_id, count(*) filter (where not status = any(:closed)) as open,
                   count(*) filter (where status = 'completed') as completed,
                   count(*) filter (where status = 'cancelled') as cancelled
            from task group by practice_id) t using (practice_id)
        where coalesce(raised, 0) <> coalesce(open, 0) + coalesce(completed, 0) + coalesce(cancelled, 0)
           or coalesce(completions, 0) <> coalesce(completed, 0)
           or coalesce(cancellations, 0) <> coalesce(cancelled, 0)
        order by practice_id""",
    ),
    Check(
        "one-practice",
        "Whatever belongs to a task belongs to the task's practice: patient, key, events, outcome, "
        "to-dos, messages, access log.",
        """
        select t.ref, c.what || ' ' || c.id || ' of practice ' || c.practice_id
                      || ', task of practice ' || t.practice_id
        from task t
        join (
            select 'event' as what, seq::text as id, task_id, practice_id from event
            union all select 'outcome', task_id::text, task_id, practice_id from outcome
            union all select 'to-do', id::text, task_id, practice_id from to_do
            union all select 'message', id::text, task_id, practice_id from message
            union all select 'access log', id::text, task_id, practice_id from access_log
            union all select 'patient', p.id::text, x.id, p.practice_id
                      from task x join patient p on p.id = x.patient_id
            union all select 'key', k.id::text, x.id, k.practice_id
                      from task x join data_key k on k.id = x.data_key_id
        ) c on c.task_id = t.id and c.practice_id <> t.practice_id
        order by t.id""",
    ),
    Check(
        "own-key",
        "What is about a patient is sealed under that patient's key, and no other patient's.",
        """
        select t.ref, 'task under key ' || t.data_key_id || ', patient ' || p.id || ' under ' || p.data_key_id
        from task t join patient p on p.id = t.patient_id
        where p.data_key_id <> t.data_key_id
        union all
        select 'patient ' || p.id, 'shares a key with patient ' || q.id
        from patient p join patient q on q.data_key_id = p.data_key_id and q.id < p.id
        order by 1""",
    ),
    Check(
        "sealed",
        "Identifiers and free text are there where they must be, and long enough to be sealed.",
        """
        with texts as (
            select 'patient ' || id as what, 'identity' as field, identity_sealed as sealed, true as needed
            from patient
            union all select 'to-do ' || id, 'text', text_sealed, true from to_do
            union all select 'message ' || id, 'body', body_sealed, true from message
            union all select ref, 'ask', ask_sealed, false from task
            union all select ref, 'urgency reason', urgency_reason_sealed, false from task
            union all select ref, 'document', document_sealed, false from task
            union all select 'task ' || task_id, 'note', note_sealed, false from outcome
            union all select 'task ' || task_id || ' event ' || seq, kind || ' reason', reason_sealed,
                             kind = any(:with_reason) and actor_system is null
                      from event)
        select what, field || case when sealed is null then ' missing' else ' too short' end
        from texts
        where (needed and sealed is null) or length(sealed) < :shortest
        order by 1, 2""",
    ),
    Check(
        "clocks-from-events",
        "Every task's target, deadline and minutes stood still are those that its events alone give.",
        clock_queries.TASKS,
        {"clock_acts": clock_queries.CLOCK_ACTS},
        clock_queries.recount,
    ),
    Check(
        "minutes-booked",
        "A clinician's booked minutes of a day are those of the open tasks booked on it.",
        """
        select 'person ' || user_id || ' on ' || day,
               'booked ' || coalesce(booked, 0) || ', tasks need ' || coalesce(bound, 0)
        from (select user_id, day, booked from clinician_day) d
        full join (
            select assignee_id as user_id, booked_on as day, sum(minutes) as bound
            from task where booked_on is not null group by assignee_id, booked_on) t using (user_id, day)
        where coalesce(booked, 0) <> coalesce(bound, 0)
        order by user_id, day""",
    ),
    Check(
        "minutes-not-below-zero",
        "No clinician's day has fewer than no minutes, whatever breaks, meetings and absence took from it.",
        """
        select 'person ' || user_id || ' on ' || day, minutes || ' minutes, ' || granted || ' granted'
        from clinician_day where minutes < 0 or granted < 0
        order by user_id, day""",
    ),
    Check(
        "supervised-by-another",
        "Whoever supervised a completed task is a clinician, and not the one who completed it.",
        """
        select coalesce(t.ref, 'task ' || e.task_id), 'supervised by person ' || (e.data ->> 'supervised_by')
        from event e
        left join task t on t.id = e.task_id
        left join app_user u on u.id::text = e.data ->> 'supervised_by'
        where e.kind = 'completed' and e.data ? 'supervised_by'
          and (u.profession is null or u.id = e.actor_id)
        order by e.task_id""",
    ),
    Check(
        "one-in-progress",
        "Nobody has two tasks in progress.",
        """
        select 'person ' || assignee_id, 'in progress: ' || string_agg(ref, ', ' order by ref)
        from task where status = 'in_progress' group by assignee_id having count(*) > 1
        order by assignee_id""",
    ),
    Check(
        "waits-in-time",
        "A waiting task says on whom it waits, since when and until when, and that comes before its deadline "
        "(or is the next moment that anyone works, when none comes before).",
        """
        select ref, 'waits on ' || coalesce(waiting_on, 'nobody')
                    || ' until ' || coalesce(chase_at::text, 'never')
                    || ', deadline ' || coalesce(deadline_at::text, 'none')
        from task
        where status = 'waiting' and (
            waiting_on is null or waiting_since is null or chase_at is null
            -- The longest stretch without staff is Easter: Thursday evening to Tuesday morning.
            or (chase_at >= deadline_at and chase_at > waiting_since + interval '5 days'))
        order by id""",
    ),
    Check(
        "list-says-why",
        "Whatever is on the needs-a-decision list says why and since when, and is open, or done with a to-do "
        "that its practice has not ticked.",
        """
        select ref, 'status ' || status || ', since ' || coalesce(decide_since::text, 'never')
                    || case when decide_why = '' then ', no reason' else '' end
        from task
        where (decide_since is null) <> (decide_why = '')
           or (decide_since is not null and status = any(:closed) and not exists (
               select from to_do o
               where o.task_id = task.id and o.ticked_at is null and o.to_lead_at is not null))
        order by id""",
    ),
    Check(
        "gone-patients-rest",
        "No task is open for a patient who has died or moved away.",
        """
        select t.ref, 'status ' || t.status || ', patient ' || p.status
        from task t join patient p on p.id = t.patient_id
        where p.status <> 'registered' and t.status = any(:open)
        order by t.id""",
    ),
    Check(
        "forms-lead-somewhere",
        "Every form that was sent leads to its result, and the tasks that forms led to are there.",
        """
        select 'form ' || f.id || ' (' || f.form || ')', 'leads to ' || coalesce(nullif(f.ref, ''), 'nothing')
        from form_key f
        where f.ref = '' or (f.ref ~ '^[0-9A-Z]{4}-[0-9A-Z]{4}$' and not exists (
            select from task t where t.ref = f.ref))
        order by f.id""",
    ),
    Check(
        "import-counts",
        "Of an approved file, created + duplicate + refused + skipped are what its rows say, all of it once "
        "it is over, and each created one leads to the request that its approver raised.",
        """
        select 'file ' || r.ref, 'says ' || r.created || '+' || r.duplicate || '+' || r.refused || '+'
            || r.skipped || ' of ' || r.requests || ', rows ' || coalesce(n.created, 0) || '+'
            || coalesce(n.duplicate, 0) || '+' || coalesce(n.refused, 0) || '+' || coalesce(n.skipped, 0)
            || ' of ' || coalesce(n.requests, 0) || ', requests of theirs ' || coalesce(n.theirs, 0)
        from import_run r
        left join (
            select i.run_id, count(*) as requests,
                   count(*) filter (where i.result = 'created') as created,
                   count(*) filter (where i.result = 'duplicate') as duplicate,
                   count(*) filter (where i.result = 'refused') as refused,
                   count(*) filter (where i.result = 'skipped') as skipped,
                   count(t.id) filter (
                       where i.result = 'created' and t.raised_by_id = x.approved_by_id) as theirs
            from import_row i join import_run x on x.id = i.run_id
            left join task t on t.id = i.task_id and t.practice_id = i.practice_id
            group by i.run_id) n on n.run_id = r.id
        where r.approved_at is not null and (
            (r.created, r.duplicate, r.refused, r.skipped, r.requests) is distinct from
            (coalesce(n.created, 0), coalesce(n.duplicate, 0), coalesce(n.refused, 0), coalesce(n.skipped, 0),
             coalesce(n.requests, 0))
            or r.created <> coalesce(n.theirs, 0)
            or (r.status = any(:import_over)
                and r.requests <> r.created + r.duplicate + r.refused + r.skipped))
        order by r.id""",
    ),
    Check(
        "jobs-carry-ids-only",
        "What is handed to background jobs is ids and names of ours, never text.",
        r"""
        select 'job ' || o.id, o.job || ', ' || p.key
        from outbox o cross join lateral jsonb_each(o.payload) p
        where jsonb_typeof(p.value) <> 'number' and not (p.value #>> '{}') ~ '^[A-Za-z0-9_:.-]{1,40}$'
        order by o.id""",
    ),
)

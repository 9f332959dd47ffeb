"""What must hold once the workers have had two minutes: nothing is stuck and nothing is forgotten."""

import datetime as dt

from hub.invariants import order_queries
from hub.invariants.checks import Check

# How long workers may take; tests and people wait this long before they ask.
SETTLES_IN = dt.timedelta(minutes=2)

# :before is two minutes ago; :at_work are the people on shift now or two minutes ago, :on_call those on call;
# :today is London's date.
# A lead's decision about a cause holds for three days, or until the task changes hands.
_UNDECIDED = """t.decide_since is null and not exists (
            select from event d
            where d.task_id = t.id and d.kind = 'decided' and d.at > :before - interval '3 days'
              and not exists (
                select from event h
                where h.task_id = d.task_id and h.seq > d.seq and h.kind in
                  ('placed', 'assigned', 'taken', 'moved', 'released', 'handed_over', 'sent_back')))"""

_CALLED = "(t.effective_band = 1 and t.assignee_id = any(:on_call))"
# What was signed for a kind of task: for its subtype, or else for the whole kind.
_SIGNED = """from sign_off s
                where s.user_id = {who} and s.kind = t.kind and s.subtype in (t.subtype, '')
                order by s.subtype = '' limit 1"""

SETTLED: tuple[Check, ...] = (
    Check(
        "order-as-facts",
        "Every open task stands in the order by its own facts: due time, target, length, signals, pause.",
        order_queries.OPEN_TASKS,
        judge=order_queries.recount,
    ),
    Check(
        "jobs-done",
        "No job has been waiting for two minutes, and none gave up unseen.",
        """
        select 'job ' || id, job || case when dead_at is not null then ', gave up' else ', not done' end
                             || ' after ' || attempts || ' attempts ' || last_error
        from outbox
        where done_at is null and (created_at < :before or dead_at is not null)
        order by id""",
    ),
    Check(
        "raised-is-placed",
        "Whatever was raised is placed.",
        """
        select t.ref, 'raised since ' || e.at
        from task t join event e on e.task_id = t.id and e.seq = t.version
        where t.status = 'raised' and e.at < :before
        order by t.id""",
    ),
    Check(
        "assigned-to-someone-here",
        "What is assigned is with someone at work, on the needs-a-decision list, or decided about.",
        f"""
        select t.ref, 'assigned to person ' || t.assignee_id || ', who is not at work'
        from task t
        where t.status = 'assigned' and t.pinned_since is null
          and {_UNDECIDED} and not (t.assignee_id = any(:at_work))
          and t.assigned_at < :before and not {_CALLED}
        order by t.id""",
    ),
    Check(
        "started-is-not-left",
        "What is in progress is with someone at work, on the needs-a-decision list, or decided about.",
        f"""
        select t.ref, 'in progress with person ' || t.assignee_id || ', who is not at work'
        from task t
        where t.status = 'in_progress' and {_UNDECIDED} and not (t.assignee_id = any(:at_work))
          and not {_CALLED}
        order by t.id""",
    ),
    Check(
        "waiting-is-woken",
        "No task waits beyond the moment at which it was to be looked at again.",
        """
        select ref, 'was to be looked at again ' || chase_at
        from task where status = 'waiting' and chase_at < :before
        order by id""",
    ),
    Check(
        "somebody-may-do-it",
        "What someone has they may still do, and what waits somebody may do; or it is on the "
        "needs-a-decision list.",
        f"""
        select t.ref, case when t.assignee_id is null then 'queued, and nobody may do it'
                      else t.status || ' with person ' || t.assignee_id || ', who may not do it' end
        from task t
        where t.status in ('queued', 'assigned', 'in_progress') and {_UNDECIDED} and not exists (
            select from app_user u
            join user_role r on r.user_id = u.id and r.role = 'clinician'
            join practice_access a on a.user_id = u.id and a.role = 'clinician'
            where a.practice_id = t.practice_id and a.system_ready_on is not null and u.active
              and coalesce((select s.expires_on is null or s.expires_on >= :today
                {_SIGNED.format(who="u.id")}), u.all_kinds)
              and (t.assignee_id is null or u.id = t.assignee_id)
              and u.profession = any(t.professions)
              and (u.is_prescriber or not t.needs_prescriber)
              and u.registration_expires_on >= :today
              and (t.assignee_id is not null or not (t.not_back_to @> to_jsonb(u.id)))
              and not exists (
                select from unnest(t.competences) asked (code)
                where not exists (select from competence c where c.user_id = u.id and c.code = asked.code
                                  and (c.expires_on is null or c.expires_on >= :today))))
        order by t.id""",
    ),
    Check(
        "supervised-while-there",
        "What someone has who does it under supervision is with them only while somebody on shift may "
        "supervise them; or it is on the needs-a-decision list.",
        f"""
        select t.ref, t.status || ' with person ' || t.assignee_id || ', whom nobody supervises'
        from task t join lateral (select s.supervised, s.supervisor_id {_SIGNED.format(who="t.assignee_id")})
            as signed on signed.supervised
        where t.status in ('assigned', 'in_progress') and {_UNDECIDED} and not exists (
            select from app_user u
            where u.id = any(:at_work) and u.id <> t.assignee_id
              and case when signed.supervisor_id is null then u.supervises
                       else u.id = signed.supervisor_id end)
        order by t.id""",
    ),
)

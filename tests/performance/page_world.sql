-- Placeholders in braces are filled in by page_world.py. `g` counts the tasks as they were raised; the last of them
-- are open still.
create temp table source as select row_number() over (order by id) - 1 as n, count(*) over () as many, t.* from task t;
create unique index on source (n);
create temp table helper as select id, row_number() over (order by id) - 1 as n, count(*) over () as many
  from app_user where profession is not null;
create unique index on helper (n);
insert into patient (practice_id, data_key_id, identity_sealed, status, created_at)
  select practice_id, data_key_id, identity_sealed, status, created_at
  from patient, generate_series(1, {folk}) where practice_id is not null;
create temp table folk as select id, data_key_id, row_number() over (partition by data_key_id order by id) - 1 as k,
  count(*) over (partition by data_key_id) as many from patient;
create unique index on folk (data_key_id, k);
analyze source; analyze helper; analyze folk;

create temp table plan as
select g, s.n, g > {tasks} - {open} as is_open, (g / 7) % 20 = 0 as came_back,
       {base} + g as id,
       case when g > {tasks} - {open} then now() - interval '20 days' * ({tasks} - g) / {open}
            else now() - interval '1 day' * (2 + {days} * ({tasks} - {open} - g)::float / ({tasks} - {open})) end as raised_at,
       case when g <= {tasks} - {open} then case when g % 19 = 0 then 'cancelled' else 'completed' end
            when g % 40 < 35 then 'queued' when g % 40 = 35 then 'raised' when g % 40 = 36 then 'sent_back'
            when g % 40 = 37 then 'waiting' else 'assigned' end as status
from generate_series(1, {tasks}) g join source s on s.n = (g * 7919::bigint) % s.many;

insert into task (id, ref, practice_id, patient_id, data_key_id, kind, kind_version, subtype, queue, status, version,
  requested, answers, ask_sealed, receipt_on, next_issue_on, practice_hours, raised_at, raised_by_id, band, signals,
  not_told, reasons, due_at, deadline_at, deadline_why, working_due_at, late_on_arrival, minutes, professions,
  needs_prescriber, competences, policy_version, due_number, target_minutes, order_fixed, hub_clock,
  assignee_id, assigned_at, waiting_on, waiting_since, chase_at, closed_at, outcome, cancel_reason)
overriding system value
select p.id, substr(r.hex, 1, 4) || '-' || substr(r.hex, 5, 4), s.practice_id, f.id, s.data_key_id, s.kind,
  s.kind_version, s.subtype, s.queue, p.status,
  case when p.is_open then 2 when p.came_back then 8 else 5 end,
  s.requested, s.answers, s.ask_sealed, p.raised_at::date - (p.g % 3)::int, s.next_issue_on, s.practice_hours,
  p.raised_at, s.raised_by_id, s.band, s.signals,
  case when p.g % 11 = 0 then array['high-risk medicine'] else '{{}}' end, s.reasons,
  p.raised_at + (s.due_at - s.raised_at), p.raised_at + (s.deadline_at - s.raised_at), s.deadline_why,
  p.raised_at + (s.working_due_at - s.raised_at), p.g % 23 = 0, s.minutes, s.professions, s.needs_prescriber,
  s.competences, s.policy_version, s.due_number - (extract(epoch from now() - p.raised_at) / 60 * 0.3)::int,
  s.target_minutes, s.order_fixed, s.hub_clock,
  case when p.status in ('assigned', 'waiting', 'completed') then h.id end,
  case when p.status in ('assigned', 'waiting') then now() end,
  case when p.status = 'waiting' then 'practice' end, case when p.status = 'waiting' then now() end,
  case when p.status = 'waiting' then now() + interval '2 days' end,
  case when not p.is_open then least(p.raised_at + interval '1 minute' * (30 + (p.g * 31) % 7000), now()) end,
  case when p.status = 'completed' then (case when s.kind = 'DOCWF' then array['filed', 'passed_on']
    else array['changed', 'changes_proposed'] end)[1 + p.g % 2] end,
  case when p.status = 'cancelled' then 'withdrawn' end
from plan p join source s using (n)
join lateral (select upper(lpad(to_hex(p.g), 8, '0')) as hex) r on true
left join folk f on f.data_key_id = s.data_key_id and s.patient_id is not null and f.k = p.g % f.many
join helper h on h.n = case when p.is_open then p.g / 40 else p.g end % h.many
order by p.g;
-- Whoever has a task may see it.
insert into practice_access (user_id, practice_id, role, granted_at, system_ready_on)
  select distinct assignee_id, practice_id, 'clinician', now(), current_date from task
  where status in ('assigned', 'waiting') and id > {base} on conflict do nothing;

insert into event (task_id, seq, practice_id, at, actor_system, kind, status, data)
select p.id, e.seq, s.practice_id,
  case when p.is_open then p.raised_at else p.raised_at + interval '1 minute' * (e.seq * ((p.g * 31) % 7000) / 8) end,
  'seed', e.kind, e.status,
  case e.kind when 'sent_back' then jsonb_build_object('code', (array['information_missing', 'wrong_patient'])[1 + p.g % 2])
              else '{{}}' end
from plan p join source s using (n) join (values
  ('open', 1, 'raised', 'raised'), ('open', 2, 'placed', 'queued'),
  ('done', 1, 'raised', 'raised'), ('done', 2, 'placed', 'queued'), ('done', 3, 'assigned', 'assigned'),
  ('done', 4, 'started', 'in_progress'), ('done', 5, 'completed', 'completed'),
  ('back', 1, 'raised', 'raised'), ('back', 2, 'placed', 'queued'), ('back', 3, 'sent_back', 'sent_back'),
  ('back', 4, 'corrected', 'raised'), ('back', 5, 'placed', 'queued'), ('back', 6, 'assigned', 'assigned'),
  ('back', 7, 'started', 'in_progress'), ('back', 8, 'completed', 'completed')) e (life, seq, kind, status)
on e.life = case when p.is_open then 'open' when p.came_back then 'back' else 'done' end
order by p.g, e.seq;

insert into outcome (task_id, practice_id, at, by_id, code, minutes, recorded_in)
  select id, practice_id, closed_at, assignee_id, outcome, minutes, 'EMIS Web' from task
  where status = 'completed' and outcome is not null and assignee_id is not null and id > {base} order by id;
insert into to_do (task_id, practice_id, text_sealed, created_at, ticked_at, ticked_by_id)
  select id, t.practice_id, s.to_do, closed_at, case when id % 500 <> 0 then closed_at end,
         case when id % 500 <> 0 then raised_by_id end
  from task t join sealed s using (data_key_id) where status = 'completed' and id % 50 = 0 and id > {base};
insert into message (task_id, practice_id, at, author_id, from_hub, asks, body_sealed)
  select id, t.practice_id, now(), raised_by_id, true, true, s.message from task t join sealed s using (data_key_id)
  where status = 'waiting' and id > {base};
insert into forecast_run (at, tasks, runs) values (now(), {open}, 200);
insert into forecast (task_id, practice_id, run_id, middle_at, by_80_at, late)
  select id, practice_id, (select max(id) from forecast_run), now() + interval '2 days', now() + interval '4 days', 0.1
  from task where status in ('queued', 'assigned') and id > {base};
select setval(pg_get_serial_sequence('task', 'id'), (select max(id) from task));

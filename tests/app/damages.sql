-- How a database may be damaged, and which rule must see it (the word after the last colon; alone, unless more
-- are named). Names in braces are ids: tasks by the state they are in, people, practices.

-- an unknown status: task-accounted-for history-says-status
update task set status = 'limbo' where id = {stuck};

-- a queue that does not exist: task-accounted-for
update task set queue = 'nowhere' where id = {stuck};

-- assigned to nobody: task-accounted-for
update task set assignee_id = null, booked_on = null where id = {assigned};
update clinician_day d set booked = (
    select coalesce(sum(minutes), 0) from task t where t.assignee_id = d.user_id and t.booked_on = d.day);

-- queued, yet with someone: task-accounted-for
update task set assignee_id = {asha} where id = {stuck};

-- closed without a moment: task-accounted-for
update task set closed_at = null where id = {done};

-- an event lost from the middle: history-whole
delete from event where task_id = {done} and seq = 3;

-- the last event lost: history-whole
delete from event e using task t where t.id = {started} and e.task_id = t.id and e.seq = t.version;

-- a change without an event: history-whole
update task set version = version + 1 where id = {stuck};

-- an event ahead of its task: history-whole
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, version + 1, practice_id, now(), 'seed', 'chased', status from task where id = {stuck};

-- a status that no event gave: history-says-status
update task set status = 'sent_back' where id = {stuck};

-- a step that is not allowed: history-allowed
update event set kind = 'woken' where task_id = {stuck} and seq = 2;

-- an event of no known kind: history-allowed
update event set kind = 'mislaid' where task_id = {stuck} and seq = 2;

-- a history that does not begin with being raised: history-allowed nothing-lost
update event set kind = 'chased' where task_id = {stuck} and seq = 1;

-- assigned a second time: assigned-once
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, version + 1, practice_id, now(), 'seed', 'assigned', status from task where id = {assigned};
update task set version = version + 1 where id = {assigned};

-- completed a second time: completed-once
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, version + 1, practice_id, now(), 'seed', 'completed', status from task where id = {done};
update task set version = version + 1 where id = {done};

-- an event by nobody: history-names-who
update event set actor_id = null, actor_system = null where task_id = {stuck} and seq = 1;

-- an event by two at once: history-names-who
update event set actor_id = {asha} where task_id = {stuck} and actor_id is null;
update event set actor_system = 'seed' where task_id = {stuck};

-- an event by someone unknown: history-names-who
update event set actor_id = 99999, actor_system = null where task_id = {stuck} and seq = 1;

-- completed, but no outcome: completed-has-outcome
delete from outcome where task_id = {done};

-- an outcome of an open task: completed-has-outcome
insert into outcome (task_id, practice_id, at, by_id, code, minutes, recorded_in)
select id, practice_id, now(), {asha}, 'x', 5, 'x' from task where id = {stuck};

-- another outcome than the task says: completed-has-outcome
update outcome set code = 'other' where task_id = {done};

-- a task lost, its history left: nothing-lost
delete from task where id = {stuck};

-- an event in another practice: one-practice
update event set practice_id = {mill} where task_id = {assigned} and seq = 2;

-- a to-do in another practice: one-practice
update to_do set practice_id = {mill};

-- a message in another practice: one-practice
update message set practice_id = {mill};

-- an outcome in another practice: one-practice
update outcome set practice_id = {mill};

-- a look noted in another practice: one-practice
insert into access_log (at, user_id, practice_id, task_id, what) values (now(), {asha}, {mill}, {assigned}, 'task');

-- a patient of another practice: one-practice
update patient set practice_id = {mill} where id = (select patient_id from task where id = {assigned});

-- a key of another practice: one-practice
update data_key set practice_id = {mill} where id = (select data_key_id from task where id = {assigned});

-- a task moved to another practice: one-practice nothing-lost somebody-may-do-it
update task set practice_id = {mill} where id = {assigned};

-- sealed under another patient's key: own-key
update task set data_key_id = (select data_key_id from task where id = {done}) where id = {assigned};

-- two patients under one key: own-key
update task set data_key_id = (select data_key_id from task where id = {done}) where id = {assigned};
update patient p set data_key_id = t.data_key_id from task t where t.patient_id = p.id and t.id = {assigned};

-- an identity that is gone: sealed
update patient set identity_sealed = '' where id = (select patient_id from task where id = {assigned});

-- a text stored as it is: sealed
update message set body_sealed = 'Which dose?'::bytea;

-- sent back without a reason: sealed
update event set reason_sealed = null where kind = 'sent_back';

-- minutes that were given twice: minutes-booked
update clinician_day set booked = booked - 1 where user_id = {asha};

-- minutes that nobody gave back: minutes-booked
update clinician_day set booked = booked + 1 where user_id = {asha};

-- booked on a day that is not kept: minutes-booked
delete from clinician_day;

-- two in progress: one-in-progress
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, version + 1, practice_id, now(), 'seed', 'started', 'in_progress' from task where id = {assigned};
update task set version = version + 1, status = 'in_progress' where id = {assigned};

-- waiting past its deadline: waits-in-time
update task set chase_at = deadline_at + interval '6 days' where id = {waiting};

-- waiting on nobody: waits-in-time order-as-facts
update task set waiting_on = null where id = {waiting};

-- on the list without a reason: list-says-why
update task set decide_why = '' where id = {stuck};

-- closed and still on the list: list-says-why
update task set decide_why = 'x', decide_since = now() where id = {done};

-- open for someone who has died: gone-patients-rest
update patient set status = 'died' where id = (select patient_id from task where id = {assigned});

-- a form that led to a lost task: forms-lead-somewhere
update form_key set ref = 'ZZZZ-ZZZZ';

-- a form that led nowhere: forms-lead-somewhere
update form_key set ref = '';

-- a text in a job: jobs-carry-ids-only
update outbox set payload = jsonb_build_object('about', 'Mrs Smith, 4 High Street');

-- a job that is not done: jobs-done
update outbox set done_at = null where id = 1;

-- a job that gave up just now: jobs-done
update outbox set done_at = null, dead_at = now(), created_at = 'infinity' where id = 1;

-- raised and never placed: raised-is-placed
update task set status = 'raised', version = 1, decide_since = null, decide_why = '' where id = {stuck};
delete from event where task_id = {stuck} and seq > 1;

-- assigned to someone who is not here: assigned-to-someone-here
update task set assignee_id = {bo} where id = {assigned};
insert into clinician_day (user_id, day, booked) values ({bo}, '2026-11-23', 0);
update clinician_day d set booked = (
    select coalesce(sum(minutes), 0) from task t where t.assignee_id = d.user_id and t.booked_on = d.day);

-- in progress with someone who is not here: started-is-not-left
update task set assignee_id = {bo} where id = {started};
insert into clinician_day (user_id, day, booked) values ({bo}, '2026-11-23', 0);
update clinician_day d set booked = (
    select coalesce(sum(minutes), 0) from task t where t.assignee_id = d.user_id and t.booked_on = d.day);

-- never looked at again: waiting-is-woken
update task set chase_at = '2026-11-23 09:00+00' where id = {waiting};

-- with someone who may not do it any more: somebody-may-do-it
update app_user set registration_expires_on = '2026-11-22' where id = {asha};
update task set decide_since = now(), decide_why = 'x' where status <> 'in_progress' and closed_at is null;

-- waiting, and nobody may do it: somebody-may-do-it
update task set decide_since = null, decide_why = '' where id = {stuck};

-- a day with fewer than no minutes: minutes-not-below-zero
update clinician_day set minutes = -1;

-- someone who supervised themselves: supervised-by-another
update event set data = jsonb_build_object('supervised_by', actor_id) where kind = 'completed';

-- supervised by someone unknown: supervised-by-another
update event set data = '{{"supervised_by": 99999}}' where kind = 'completed';

-- work for someone whom nobody supervises: supervised-while-there
insert into sign_off (user_id, kind, signed_by, signed_on, supervised)
values ({asha}, 'MEDQ', 'Dr A. Obi', now(), true);

-- a supervisor is named who is not there: supervised-while-there
update app_user set supervises = true where id <> {asha};
insert into sign_off (user_id, kind, signed_by, signed_on, supervised, supervisor_id)
values ({asha}, 'MEDQ', 'Dr A. Obi', now(), true, {bo});

-- a sign-off that has ended: somebody-may-do-it
insert into sign_off (user_id, kind, signed_by, signed_on, expires_on)
values ({asha}, 'MEDQ', 'Dr A. Obi', now(), '2026-11-22');

-- no longer every kind of the profession: somebody-may-do-it
update app_user set all_kinds = false where id = {asha};

-- a sign-in that stopped working: somebody-may-do-it
update practice_access set system_ready_on = null where user_id = {asha};

-- a due time that its events do not give: clocks-from-events
update task set due_at = due_at + interval '1 hour' where id = {stuck};

-- a deadline that its events do not give: clocks-from-events
update task set deadline_at = deadline_at + interval '1 day' where id = {waiting};

-- minutes stood still that nothing paused: clocks-from-events
update task set stopped_minutes = 30 where id = {assigned};

-- an event that tells another date of receipt: clocks-from-events
update event set data = jsonb_set(data, '{{clocks,receipt_on}}', '"2026-11-02"') where task_id = {stuck} and seq = 1;

-- an order by another due time than the task's own: order-as-facts
update task set due_number = due_number + 60 where id = {stuck};

-- a row of a file whose request is somebody else's: import-counts
insert into import_run (ref, practice_id, user_id, created_at, file_key_id, status, approved_at, approved_by_id,
    rows_total, requests, checked_to, committed_to, created)
select 'F1LE-0001', practice_id, {asha}, now(), data_key_id, 'completed', now(), {asha}, 1, 1, 1, 1, 1
from task where id = {stuck};
insert into import_row (run_id, number, practice_id, grp, result, task_id)
select r.id, 2, t.practice_id, 'new', 'created', t.id from import_run r, task t where t.id = {stuck};

-- a row of a file lost: import-counts
insert into import_run (ref, practice_id, user_id, created_at, file_key_id, status, approved_at, approved_by_id,
    rows_total, requests, checked_to, committed_to, skipped)
select 'F1LE-0002', practice_id, {asha}, now(), data_key_id, 'partly', now(), {asha}, 2, 2, 2, 2, 2
from task where id = {stuck};
insert into import_row (run_id, number, practice_id, grp, result)
select id, 2, practice_id, 'new', 'skipped' from import_run;

"""What the database enforces by itself: whole histories, append-only tables, and who sees which practice.

The application's role `hub_app` owns nothing. It sees a practice's rows only when the
transaction says who is acting (`app.user`, `app.scope`), and nothing when it does not.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLE = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'hub_app') then
    create role hub_app nologin;
  end if;
exception when duplicate_object or unique_violation then null; -- made by another database's migration just now
end $$;
"""

# Errors are class 23 on purpose: an unknown class looks like a lost connection to retrying code.
FUNCTIONS = """
create function task_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.version <> 1 or new.status <> 'raised' then
      raise exception 'a task starts at version 1, raised' using errcode = '23514';
    end if;
    return new;
  end if;
  if new.version <> old.version + 1 then
    raise exception 'task % changed without the next version', old.id using errcode = '23514';
  end if;
  if new.practice_id <> old.practice_id or new.ref <> old.ref or new.raised_at <> old.raised_at then
    raise exception 'task % may not change its practice, reference or age', old.id using errcode = '23514';
  end if;
  if new.status <> old.status and not exists (
    select from (values
      ('raised', 'queued'), ('raised', 'cancelled'),
      ('queued', 'assigned'), ('queued', 'sent_back'), ('queued', 'cancelled'),
      ('assigned', 'in_progress'), ('assigned', 'queued'), ('assigned', 'sent_back'), ('assigned', 'cancelled'),
      ('in_progress', 'assigned'), ('in_progress', 'waiting'), ('in_progress', 'queued'),
      ('in_progress', 'sent_back'), ('in_progress', 'completed'), ('in_progress', 'cancelled'),
      ('waiting', 'assigned'), ('waiting', 'in_progress'), ('waiting', 'queued'),
      ('waiting', 'sent_back'), ('waiting', 'cancelled'),
      ('sent_back', 'raised'), ('sent_back', 'cancelled'),
      ('cancelled', 'raised')
    ) allowed (before, after) where before = old.status and after = new.status
  ) then
    raise exception 'task % may not go from % to %', old.id, old.status, new.status using errcode = '23514';
  end if;
  return new;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: append-only', tg_op, tg_table_name using errcode = '23514';
end $$;

create function event_not_ahead() returns trigger language plpgsql as $$
begin
  if exists (select from added a join task t on t.id = a.task_id where a.seq > t.version) then
    raise exception 'an event may not be ahead of its task' using errcode = '23514';
  end if;
  return null;
end $$;

create function membership_apart() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(4712, new.practice_id);
  if exists (
    select from network_membership m
    where m.practice_id = new.practice_id and m.id <> new.id
      and daterange(m.starts_on, m.ends_on) && daterange(new.starts_on, new.ends_on)
  ) then
    raise exception 'a practice is in one network at a time' using errcode = '23P01';
  end if;
  return new;
end $$;
"""

APPEND_ONLY = ("event", "outcome", "access_log", "kind_version", "policy_version")

# Tables with practice data; each has practice_id and carries it in its foreign keys.
GUARDED = ("patient", "data_key", "task", "event", "outcome", "to_do", "message", "access_log")

# What the application may do beyond reading; nothing may be truncated, and history not changed.
INSERT_ONLY = ("event", "outcome", "access_log", "kind_version", "policy_version", "tick")
INSERT_UPDATE = (
    "app_user",
    "clinician_day",
    "contract",
    "data_key",
    "form_key",
    "heartbeat",
    "message",
    "network",
    "network_membership",
    "outbox",
    "patient",
    "practice",
    "task",
    "to_do",
    "user_session",
)
ALSO_DELETE = ("absence", "competence", "extra_shift", "practice_access", "user_role", "weekly_shift")

POLICY = """
create policy practice_rows on {table} to hub_app using (
  (select current_setting('app.scope', true)) = 'all'
  or (
    (select current_setting('app.scope', true)) = 'access'
    and practice_id in (
      select a.practice_id from practice_access a
      where a.user_id = (select nullif(current_setting('app.user', true), '')::int)
    )
  )
)
"""


def upgrade() -> None:
    op.execute(ROLE)
    op.execute(FUNCTIONS)
    op.execute(
        "create trigger task_guard before insert or update on task for each row execute function task_guard()"
    )
    op.execute("create trigger task_kept before delete on task for each row execute function refuse_change()")
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger {table}_kept before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger {table}_not_emptied before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(
        "create trigger event_not_ahead after insert on event referencing new table as added "
        "for each statement execute function event_not_ahead()"
    )
    op.execute(
        "create trigger membership_apart before insert or update on network_membership "
        "for each row execute function membership_apart()"
    )
    for table in GUARDED:
        op.execute(f"alter table {table} enable row level security")
        op.execute(POLICY.format(table=table))
    op.execute("grant usage on schema public to hub_app")
    op.execute("grant select on all tables in schema public to hub_app")
    for table in (*INSERT_ONLY, *INSERT_UPDATE, *ALSO_DELETE):
        op.execute(f"grant insert on {table} to hub_app")
    for table in (*INSERT_UPDATE, *ALSO_DELETE):
        op.execute(f"grant update on {table} to hub_app")
    for table in ALSO_DELETE:
        op.execute(f"grant delete on {table} to hub_app")
    # Open rows are few among many closed ones; the default waits for a fifth of the table.
    op.execute("alter table task set (autovacuum_vacuum_scale_factor = 0.01)")


def downgrade() -> None:
    for table in GUARDED:
        op.execute(f"drop policy practice_rows on {table}")
        op.execute(f"alter table {table} disable row level security")
    op.execute("drop trigger membership_apart on network_membership")
    op.execute("drop trigger event_not_ahead on event")
    for table in APPEND_ONLY:
        op.execute(f"drop trigger {table}_kept on {table}")
        op.execute(f"drop trigger {table}_not_emptied on {table}")
    op.execute("drop trigger task_kept on task")
    op.execute("drop trigger task_guard on task")
    op.execute("drop function task_guard, refuse_change, event_not_ahead, membership_apart")
    op.execute("revoke all on all tables in schema public from hub_app")
    op.execute("revoke usage on schema public from hub_app")

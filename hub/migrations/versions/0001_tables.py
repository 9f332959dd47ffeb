"""The tables. What the database enforces beyond constraints follows in 0002."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("profession", sa.Text(), nullable=True),
        sa.Column("is_prescriber", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gphc_number", sa.Text(), nullable=True),
        sa.Column("registration_expires_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "profession in ('pharmacist', 'technician')", name=op.f("ck_app_user_profession_known")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_app_user_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
        sa.UniqueConstraint("gphc_number", name=op.f("uq_app_user_gphc_number")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "kind_version",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_kind_version")),
    )
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("code", name=op.f("uq_network_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "outbox_to_do",
        "outbox",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("done_at is null and dead_at is null"),
    )
    op.create_table(
        "tick",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "period", name=op.f("pk_tick")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absence_times_in_order")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_absence_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_user_id"), "absence", ["user_id"], unique=False)
    op.create_table(
        "clinician_day",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("booked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("granted", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("booked <= minutes + granted", name=op.f("ck_clinician_day_booked_within_shift")),
        sa.CheckConstraint("booked >= 0", name=op.f("ck_clinician_day_booked_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_clinician_day_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_clinician_day")),
    )
    op.create_table(
        "competence",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_competence_user_id")),
        sa.PrimaryKeyConstraint("user_id", "code", name=op.f("pk_competence")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_contract_dates_in_order")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_contract_minutes_positive")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_contract_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index(op.f("ix_contract_network_id"), "contract", ["network_id"], unique=False)
    op.create_table(
        "extra_shift",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_extra_shift_times_in_order")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_extra_shift_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_shift")),
    )
    op.create_index(op.f("ix_extra_shift_user_id"), "extra_shift", ["user_id"], unique=False)
    op.create_table(
        "form_key",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_form_key_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_key")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_form_key_user_id_key")),
    )
    op.create_table(
        "policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["app_user.id"], name=op.f("fk_policy_version_published_by_id")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ods_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), server_default="", nullable=False),
        sa.Column("postcode", sa.Text(), server_default="", nullable=False),
        sa.Column("telephone", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("served", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("clinical_system", sa.Text(), server_default="Other", nullable=False),
        sa.Column("how_to_get_in", sa.Text(), server_default="", nullable=False),
        sa.Column("bypass_number", sa.Text(), server_default="", nullable=False),
        sa.Column("standing_instructions", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "opening_hours", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("held_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status in ('active', 'closed', 'dormant')", name=op.f("ck_practice_status_known")
        ),
        sa.ForeignKeyConstraint(["held_by_id"], ["app_user.id"], name=op.f("fk_practice_held_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("ods_code", name=op.f("uq_practice_ods_code")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role in ('requester', 'clinician', 'lead', 'admin')", name=op.f("ck_user_role_role_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "weekly_shift",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("break_minutes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("break_minutes >= 0", name=op.f("ck_weekly_shift_break_not_negative")),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_weekly_shift_weekday_known")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_weekly_shift_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_shift")),
    )
    op.create_index(op.f("ix_weekly_shift_user_id"), "weekly_shift", ["user_id"], unique=False)
    op.create_table(
        "data_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("of_practice", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_data_key_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_data_key_id_practice_id")),
    )
    op.create_index(
        "one_key_of_a_practice",
        "data_key",
        ["practice_id"],
        unique=True,
        postgresql_where=sa.text("of_practice"),
    )
    op.create_table(
        "network_membership",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "ends_on is null or ends_on > starts_on", name=op.f("ck_network_membership_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_membership_network_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_network_membership_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_membership")),
    )
    op.create_index(
        op.f("ix_network_membership_practice_id"), "network_membership", ["practice_id"], unique=False
    )
    op.create_index(
        "one_open_membership",
        "network_membership",
        ["practice_id"],
        unique=True,
        postgresql_where=sa.text("ends_on is null"),
    )
    op.create_table(
        "practice_access",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("role in ('requester', 'clinician')", name=op.f("ck_practice_access_role_known")),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["app_user.id"], name=op.f("fk_practice_access_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_practice_access_practice_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_practice_access_user_id")),
        sa.PrimaryKeyConstraint("user_id", "practice_id", "role", name=op.f("pk_practice_access")),
    )
    op.create_index("practice_access_by_practice", "practice_access", ["practice_id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("data_key_id", sa.Uuid(), nullable=False),
        sa.Column("identity_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("nhs_hash", sa.LargeBinary(), nullable=True),
        sa.Column("record_hash", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="registered", nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('registered', 'moved', 'died')", name=op.f("ck_patient_status_known")),
        sa.ForeignKeyConstraint(
            ["data_key_id", "practice_id"],
            ["data_key.id", "data_key.practice_id"],
            name=op.f("fk_patient_data_key_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_patient_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_patient_id_practice_id")),
        sa.UniqueConstraint("practice_id", "nhs_hash", name=op.f("uq_patient_practice_id_nhs_hash")),
    )
    op.create_index("patient_by_record", "patient", ["practice_id", "record_hash"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("data_key_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kind_version", sa.Integer(), nullable=False),
        sa.Column("subtype", sa.Text(), server_default="", nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("requested", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("ask_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("urgency_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_on", sa.Date(), nullable=False),
        sa.Column("next_issue_on", sa.Date(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("chases", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("band", sa.SmallInteger(), nullable=False),
        sa.Column("signals", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("not_told", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("not_sure", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_why", sa.Text(), server_default="", nullable=False),
        sa.Column("working_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_on_arrival", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stopped_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("professions", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("needs_prescriber", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("competences", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_me", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column(
            "not_back_to", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_on", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_why", sa.Text(), server_default="", nullable=False),
        sa.Column("decide_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sent_back_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancel_reason is not null)", name=op.f("ck_task_cancelled_says_why")
        ),
        sa.CheckConstraint(
            "(status = 'completed') = (outcome is not null)", name=op.f("ck_task_completed_has_outcome")
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (waiting_on is not null and chase_at is not null)",
            name=op.f("ck_task_waiting_says_on_whom_and_until"),
        ),
        sa.CheckConstraint(
            "(status in ('assigned', 'in_progress', 'waiting')) <= (assignee_id is not null)",
            name=op.f("ck_task_on_a_worklist_has_a_person"),
        ),
        sa.CheckConstraint(
            "(status in ('completed', 'cancelled')) = (closed_at is not null)",
            name=op.f("ck_task_closed_says_when"),
        ),
        sa.CheckConstraint(
            "(status in ('raised', 'queued', 'sent_back')) <= (assignee_id is null)",
            name=op.f("ck_task_in_a_queue_has_nobody"),
        ),
        sa.CheckConstraint(
            "cancel_reason in ('withdrawn', 'raised_in_error', 'died', 'moved')",
            name=op.f("ck_task_cancel_reason_known"),
        ),
        sa.CheckConstraint(
            "requested in ('routine', 'soon', 'urgent')", name=op.f("ck_task_requested_known")
        ),
        sa.CheckConstraint(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back', 'completed', 'cancelled')",
            name=op.f("ck_task_status_known"),
        ),
        sa.CheckConstraint(
            "waiting_on in ('practice', 'patient', 'hospital', 'results')",
            name=op.f("ck_task_waiting_on_known"),
        ),
        sa.CheckConstraint(
            "(booked_on is null) or (assignee_id is not null)", name=op.f("ck_task_booked_for_someone")
        ),
        sa.CheckConstraint("band between 1 and 5", name=op.f("ck_task_band_known")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_task_minutes_positive")),
        sa.ForeignKeyConstraint(["assignee_id"], ["app_user.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(
            ["data_key_id", "practice_id"],
            ["data_key.id", "data_key.practice_id"],
            name=op.f("fk_task_data_key_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["kind", "kind_version"],
            ["kind_version.code", "kind_version.version"],
            name=op.f("fk_task_kind_kind_version"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "practice_id"],
            ["patient.id", "patient.practice_id"],
            name=op.f("fk_task_patient_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_task_practice_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["app_user.id"], name=op.f("fk_task_raised_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("id", "practice_id", name=op.f("uq_task_id_practice_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_task_ref")),
    )
    op.create_index(
        "one_in_progress",
        "task",
        ["assignee_id"],
        unique=True,
        postgresql_where=sa.text("status = 'in_progress'"),
    )
    op.create_index(
        "task_board",
        "task",
        ["practice_id", "queue", "status"],
        unique=False,
        postgresql_include=["minutes", "due_at", "raised_at", "assignee_id", "band", "deadline_at"],
        postgresql_where=sa.text(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"
        ),
    )
    op.create_index(
        "task_mine",
        "task",
        ["assignee_id"],
        unique=False,
        postgresql_where=sa.text("status in ('assigned', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "task_open_of_patient",
        "task",
        ["patient_id", "kind"],
        unique=False,
        postgresql_where=sa.text(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"
        ),
    )
    op.create_index("task_practice", "task", ["practice_id", "raised_at"], unique=False)
    op.create_index(
        "task_queued_band",
        "task",
        ["band", "queue"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "task_to_decide",
        "task",
        ["decide_since"],
        unique=False,
        postgresql_where=sa.text("decide_since is not null"),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_access_log_practice_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_access_log_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_access_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("access_log_at", "access_log", ["practice_id", "at"], unique=False)
    op.create_table(
        "event",
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("prev", sa.Integer(), sa.Computed("nullif(seq - 1, 0)", persisted=True), nullable=True),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_system", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "actor_system in ('placing', 'timetable', 'seed')", name=op.f("ck_event_actor_system_known")
        ),
        sa.CheckConstraint(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back', 'completed', 'cancelled')",
            name=op.f("ck_event_status_known"),
        ),
        sa.CheckConstraint("num_nonnulls(actor_id, actor_system) = 1", name=op.f("ck_event_someone_acted")),
        sa.ForeignKeyConstraint(["actor_id"], ["app_user.id"], name=op.f("fk_event_actor_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_event_practice_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"], ["task.id", "task.practice_id"], name="event_task_fk"
        ),
        sa.ForeignKeyConstraint(["task_id", "prev"], ["event.task_id", "event.seq"], name="event_no_gap"),
        sa.PrimaryKeyConstraint("task_id", "seq", name=op.f("pk_event")),
    )
    op.create_index("event_at", "event", ["practice_id", "at"], unique=False)
    op.create_index(
        "one_completion", "event", ["task_id"], unique=True, postgresql_where=sa.text("kind = 'completed'")
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("from_hub", sa.Boolean(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["app_user.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_message_practice_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_message_task_id_practice_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("message_of_task", "message", ["task_id"], unique=False)
    op.create_index(
        "question_open",
        "message",
        ["practice_id"],
        unique=False,
        postgresql_where=sa.text("from_hub and answered_at is null"),
    )
    op.create_table(
        "outcome",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("checklist", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_in", sa.Text(), nullable=False),
        sa.Column("recorded_code", sa.Text(), server_default="", nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_outcome_minutes_positive")),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_outcome_by_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_outcome_practice_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_outcome_task_id_practice_id"),
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_outcome")),
    )
    op.create_index("outcome_by_person", "outcome", ["by_id", "at"], unique=False)
    op.create_table(
        "to_do",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticked_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(ticked_at is null) = (ticked_by_id is null)", name=op.f("ck_to_do_ticked_by_name")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_to_do_practice_id")),
        sa.ForeignKeyConstraint(
            ["task_id", "practice_id"],
            ["task.id", "task.practice_id"],
            name=op.f("fk_to_do_task_id_practice_id"),
        ),
        sa.ForeignKeyConstraint(["ticked_by_id"], ["app_user.id"], name=op.f("fk_to_do_ticked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_to_do")),
    )
    op.create_index("to_do_of_task", "to_do", ["task_id"], unique=False)
    op.create_index(
        "to_do_open", "to_do", ["practice_id"], unique=False, postgresql_where=sa.text("ticked_at is null")
    )
    # By hand, because autogenerate silently loses a constraint that closes a circle of tables.
    op.create_foreign_key(
        "task_version_has_event",
        "task",
        "event",
        ["id", "version"],
        ["task_id", "seq"],
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_constraint("task_version_has_event", "task", type_="foreignkey")
    op.drop_index("to_do_open", table_name="to_do", postgresql_where=sa.text("ticked_at is null"))
    op.drop_index("to_do_of_task", table_name="to_do")
    op.drop_table("to_do")
    op.drop_index("outcome_by_person", table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(
        "question_open", table_name="message", postgresql_where=sa.text("from_hub and answered_at is null")
    )
    op.drop_index("message_of_task", table_name="message")
    op.drop_table("message")
    op.drop_index("one_completion", table_name="event", postgresql_where=sa.text("kind = 'completed'"))
    op.drop_index("event_at", table_name="event")
    op.drop_table("event")
    op.drop_index("access_log_at", table_name="access_log")
    op.drop_table("access_log")
    op.drop_index("task_to_decide", table_name="task", postgresql_where=sa.text("decide_since is not null"))
    op.drop_index("task_queued_band", table_name="task", postgresql_where=sa.text("status = 'queued'"))
    op.drop_index("task_practice", table_name="task")
    op.drop_index(
        "task_open_of_patient",
        table_name="task",
        postgresql_where=sa.text(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"
        ),
    )
    op.drop_index(
        "task_mine",
        table_name="task",
        postgresql_where=sa.text("status in ('assigned', 'in_progress', 'waiting')"),
    )
    op.drop_index(
        "task_board",
        table_name="task",
        postgresql_include=["minutes", "due_at", "raised_at", "assignee_id", "band", "deadline_at"],
        postgresql_where=sa.text(
            "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"
        ),
    )
    op.drop_index("one_in_progress", table_name="task", postgresql_where=sa.text("status = 'in_progress'"))
    op.drop_table("task")
    op.drop_index("patient_by_record", table_name="patient")
    op.drop_table("patient")
    op.drop_index("practice_access_by_practice", table_name="practice_access")
    op.drop_table("practice_access")
    op.drop_index(
        "one_open_membership", table_name="network_membership", postgresql_where=sa.text("ends_on is null")
    )
    op.drop_index(op.f("ix_network_membership_practice_id"), table_name="network_membership")
    op.drop_table("network_membership")
    op.drop_index("one_key_of_a_practice", table_name="data_key", postgresql_where=sa.text("of_practice"))
    op.drop_table("data_key")
    op.drop_index(op.f("ix_weekly_shift_user_id"), table_name="weekly_shift")
    op.drop_table("weekly_shift")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("user_role")
    op.drop_table("practice")
    op.drop_table("policy_version")
    op.drop_table("form_key")
    op.drop_index(op.f("ix_extra_shift_user_id"), table_name="extra_shift")
    op.drop_table("extra_shift")
    op.drop_index(op.f("ix_contract_network_id"), table_name="contract")
    op.drop_table("contract")
    op.drop_table("competence")
    op.drop_table("clinician_day")
    op.drop_index(op.f("ix_absence_user_id"), table_name="absence")
    op.drop_table("absence")
    op.drop_table("tick")
    op.drop_index(
        "outbox_to_do", table_name="outbox", postgresql_where=sa.text("done_at is null and dead_at is null")
    )
    op.drop_table("outbox")
    op.drop_table("network")
    op.drop_table("kind_version")
    op.drop_table("heartbeat")
    op.drop_table("app_user")

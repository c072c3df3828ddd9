"""The first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _answers()
    _conversations()
    _decisions()
    _effects()
    _handoffs()
    _inputs()
    _jobs()
    _local_tickets()
    _questions()
    _verdicts()


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence_level", sa.Text(), nullable=True),
        sa.Column("confidence_score", sa.Float(53), nullable=True),
        sa.Column("posted", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("question_id", name=op.f("uq_answers_question_id")),
    )
    op.create_index(op.f("ix_answers_posted"), "answers", ["posted"], unique=False)
    op.create_index(op.f("ix_answers_request_id"), "answers", ["request_id"], unique=False)
    op.create_index(op.f("ix_answers_session_id"), "answers", ["session_id"], unique=False)
    op.create_index(
        "ix_answers_to_forget",
        "answers",
        ["answered_at"],
        unique=False,
        sqlite_where=sa.text("text != ''"),
        postgresql_where=sa.text("text != ''"),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "thread", name=op.f("uq_conversations_channel_thread")),
    )
    op.create_index(op.f("ix_conversations_channel_last_at"), "conversations", ["channel", "last_at"], unique=False)
    op.create_index(op.f("ix_conversations_session_id"), "conversations", ["session_id"], unique=False)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("handoff_id", sa.Text(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_conversation_id"), "decisions", ["conversation_id"], unique=False)


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Float(53), nullable=False),
        sa.Column("first_tried_at", sa.Float(53), nullable=True),
        sa.Column("settled_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint("key", name=op.f("uq_effects_key")),
    )
    op.create_index(op.f("ix_effects_outcome"), "effects", ["outcome"], unique=False)
    op.create_index(op.f("ix_effects_settled_at"), "effects", ["settled_at"], unique=False)
    op.create_index(op.f("ix_effects_subject"), "effects", ["subject"], unique=False)


def _handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("answer_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("tell", sa.Text(), nullable=True),
        sa.Column("with_ticket", sa.Boolean(), nullable=False),
        sa.Column("ticket_system", sa.Text(), nullable=True),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("ticket_number", sa.Text(), nullable=True),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("ticket_trouble", sa.Text(), nullable=True),
        sa.Column("employee_told", sa.Boolean(), nullable=False),
        sa.Column("relay_told", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("handed_back", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("claimed_at", sa.Float(53), nullable=True),
        sa.Column("resolved_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sa.UniqueConstraint("number", name=op.f("uq_handoffs_number")),
    )
    op.create_index(op.f("ix_handoffs_channel_thread"), "handoffs", ["channel", "thread"], unique=False)
    op.create_index(op.f("ix_handoffs_conversation_id"), "handoffs", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_handoffs_ticket_id"), "handoffs", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_handoffs_ticket_number"), "handoffs", ["ticket_number"], unique=False)
    op.create_index(
        "uq_handoffs_one_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state != 'resolved'"),
        postgresql_where=sa.text("state != 'resolved'"),
    )


def _inputs() -> None:
    op.create_table(
        "inputs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("gesture", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("taken_in_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inputs")),
        sa.UniqueConstraint("gesture", name=op.f("uq_inputs_gesture")),
        sa.UniqueConstraint("key", name=op.f("uq_inputs_key")),
    )
    op.create_index(op.f("ix_inputs_taken_in_at"), "inputs", ["taken_in_at"], unique=False)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.Float(53), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )


def _local_tickets() -> None:
    op.create_table(
        "local_tickets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("note_keys", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("changed_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_tickets")),
        sa.UniqueConstraint("key", name=op.f("uq_local_tickets_key")),
        sa.UniqueConstraint("number", name=op.f("uq_local_tickets_number")),
    )


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("unresolved", sa.Boolean(), nullable=False),
        sa.Column("slow_told", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("channel", "message", name=op.f("uq_questions_channel_message")),
    )
    op.create_index(op.f("ix_questions_channel_thread"), "questions", ["channel", "thread"], unique=False)
    op.create_index(
        op.f("ix_questions_conversation_id_asked_at"), "questions", ["conversation_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_questions_to_forget",
        "questions",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("text != ''"),
        postgresql_where=sa.text("text != ''"),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("answer_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("given_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("answer_id", "person", name=op.f("uq_verdicts_answer_id_person")),
    )
    op.create_index(
        "ix_verdicts_to_forget",
        "verdicts",
        ["given_at"],
        unique=False,
        sqlite_where=sa.text("reason IS NOT NULL"),
        postgresql_where=sa.text("reason IS NOT NULL"),
    )

"""Creates every table of the first release, in the order of `storage.models`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _events()
    _effects()
    _scheduled_jobs()
    _jobs()
    _conversations()
    _questions()
    _answers()
    _verdicts()
    _decisions()
    _policies()
    _policy_changes()
    _handoffs()
    _index_handoffs()
    _timeline()
    _articles()
    _digests()
    _gaps()
    _gap_queues()
    _relays()
    _relay_files()
    _moved_threads()
    _people()
    _contacts()
    _alarms()
    _local_tickets()
    _probes()
    _audit()
    _guard_audit()
    _forgettings()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("handled_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("dedup_key", name="uq_events_dedup_key"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_handled_at", "events", ["handled_at"])
    _create_partial_index("uq_events_one_begun", "events", ["lane"], "owner IS NOT NULL", unique=True)


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Float(53), nullable=False),
        sa.Column("first_tried_at", sa.Float(53), nullable=True),
        sa.Column("settled_at", sa.Float(53), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("owner", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_effects"),
        sa.UniqueConstraint("key", name="uq_effects_key"),
    )
    op.create_index("ix_effects_outcome", "effects", ["outcome"])
    op.create_index("ix_effects_settled_at", "effects", ["settled_at"])
    op.create_index("ix_effects_subject", "effects", ["subject"])
    _create_partial_index("uq_effects_one_begun", "effects", ["lane"], "owner IS NOT NULL", unique=True)


def _scheduled_jobs() -> None:
    op.create_table(
        "scheduled_jobs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("scheduled_at", sa.Float(53), nullable=False),
        sa.Column("done_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_jobs"),
        sa.UniqueConstraint("key", name="uq_scheduled_jobs_key"),
    )
    op.create_index("ix_scheduled_jobs_done_at", "scheduled_jobs", ["done_at"])
    _create_partial_index("ix_scheduled_jobs_waiting", "scheduled_jobs", ["subject"], "done_at IS NULL")


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
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sqlite_autoincrement=True,
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("root_sent_at", sa.Float(53), nullable=True),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.Column("idle_at", sa.Float(53), nullable=True),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("surface", "channel", "thread", name="uq_conversations_surface_channel_thread"),
    )
    op.create_index("ix_conversations_channel_last_at", "conversations", ["channel", "last_at"])
    op.create_index("ix_conversations_session_id", "conversations", ["session_id"])
    op.create_index("ix_conversations_employee_last_at", "conversations", ["employee", "last_at"])
    op.create_index("ix_conversations_thread", "conversations", ["thread"])
    op.create_index("ix_conversations_idle_at", "conversations", ["idle_at"])


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("unresolved", sa.Boolean(), nullable=False),
        sa.Column("slow_told", sa.Boolean(), nullable=False),
        sa.Column("handoff_id", sa.Text(), nullable=True),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Float(53), nullable=False),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("surface", "channel", "message", name="uq_questions_surface_channel_message"),
    )
    op.create_index("ix_questions_channel_thread", "questions", ["channel", "thread"])
    op.create_index("ix_questions_conversation_id_asked_at", "questions", ["conversation_id", "asked_at"])
    _create_partial_index("ix_questions_to_forget", "questions", ["asked_at"], "text != ''")
    _create_partial_index("ix_questions_waiting", "questions", ["asked_at"], "state = 'waiting'")
    op.create_index("ix_questions_message", "questions", ["message"])
    op.create_index("ix_questions_thread", "questions", ["thread"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence_level", sa.Text(), nullable=True),
        sa.Column("confidence_score", sa.Float(53), nullable=True),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("posted", sa.Text(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("sent_edited", sa.Boolean(), nullable=False),
        sa.Column("wordless", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("question_id", name="uq_answers_question_id"),
    )
    op.create_index("ix_answers_posted", "answers", ["posted"])
    op.create_index("ix_answers_request_id", "answers", ["request_id"])
    op.create_index("ix_answers_session_id", "answers", ["session_id"])
    _create_partial_index("ix_answers_to_forget", "answers", ["answered_at"], "text != ''")
    op.create_index("ix_answers_conversation_id_answered_at", "answers", ["conversation_id", "answered_at"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("answer_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("given_at", sa.Float(53), nullable=False),
        sa.Column("pressed_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.UniqueConstraint("answer_id", "person", name="uq_verdicts_answer_id_person"),
    )
    _create_partial_index("ix_verdicts_to_forget", "verdicts", ["given_at"], "reason IS NOT NULL")


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("handoff_id", sa.Text(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_conversation_id", "decisions", ["conversation_id"])


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policies"),
    )


def _policy_changes() -> None:
    op.create_table(
        "policy_changes",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_policy_changes"),
    )


def _handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("answer_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("grounds_rules", sa.Text(), nullable=False),
        sa.Column("grounds_reasons", sa.Text(), nullable=False),
        sa.Column("grounds_fingerprint", sa.Text(), nullable=False),
        sa.Column("grounds_hidden", sa.Boolean(), nullable=False),
        sa.Column("grounds_matter", sa.Text(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("lost_card", sa.Boolean(), nullable=False),
        *_ticket_of_handoff(),
        sa.Column("notices_text", sa.Text(), nullable=True),
        sa.Column("notices_matter_asked", sa.Boolean(), nullable=False),
        sa.Column("notices_handover_told", sa.Boolean(), nullable=False),
        sa.Column("notices_relay_told", sa.Boolean(), nullable=False),
        sa.Column("notices_unreached", sa.Boolean(), nullable=False),
        sa.Column("notices_current", sa.Text(), nullable=True),
        sa.Column("claim_by", sa.Text(), nullable=True),
        sa.Column("claim_at", sa.Float(53), nullable=True),
        sa.Column("claim_joined", sa.Text(), nullable=True),
        sa.Column("claim_waits_until", sa.Float(53), nullable=True),
        sa.Column("claim_reminded", sa.Boolean(), nullable=True),
        *_resolution_of_handoff(),
        sa.Column("reveal_by", sa.Text(), nullable=True),
        sa.Column("reveal_at", sa.Float(53), nullable=True),
        sa.Column("agent_session", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("answer_by", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
        sa.UniqueConstraint("number", name="uq_handoffs_number"),
    )


def _ticket_of_handoff() -> list[sa.Column[Any]]:
    return [
        sa.Column("ticket_wanted", sa.Boolean(), nullable=False),
        sa.Column("ticket_ref_system", sa.Text(), nullable=True),
        sa.Column("ticket_ref_id", sa.Text(), nullable=True),
        sa.Column("ticket_ref_number", sa.Text(), nullable=True),
        sa.Column("ticket_ref_url", sa.Text(), nullable=True),
        sa.Column("ticket_linked", sa.Text(), nullable=True),
        sa.Column("ticket_trouble", sa.Text(), nullable=True),
        sa.Column("ticket_status", sa.Text(), nullable=True),
        sa.Column("ticket_word", sa.Text(), nullable=True),
        sa.Column("ticket_read_at", sa.Float(53), nullable=True),
        sa.Column("ticket_comments", sa.Text(), nullable=False),
        sa.Column("ticket_polls", sa.Integer(), nullable=False),
    ]


def _resolution_of_handoff() -> list[sa.Column[Any]]:
    return [
        sa.Column("resolution_by", sa.Text(), nullable=True),
        sa.Column("resolution_at", sa.Float(53), nullable=True),
        sa.Column("resolution_outcome", sa.Text(), nullable=True),
        sa.Column("resolution_handed_back", sa.Boolean(), nullable=False),
        sa.Column("resolution_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("resolution_timed_out", sa.Boolean(), nullable=False),
        sa.Column("resolution_unanswered", sa.Boolean(), nullable=False),
        sa.Column("resolution_question", sa.Text(), nullable=True),
        sa.Column("resolution_solved", sa.Boolean(), nullable=True),
        sa.Column("resolution_score", sa.Integer(), nullable=True),
        sa.Column("resolution_scored_at", sa.Float(53), nullable=True),
        sa.Column("resolution_text", sa.Text(), nullable=True),
    ]


def _index_handoffs() -> None:
    # The order matters: of indexes that seem equally good to it, SQLite uses the one that was created last.
    op.create_index("ix_handoffs_channel_thread", "handoffs", ["channel", "thread"])
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation_id"])
    op.create_index("ix_handoffs_ticket_ref_id", "handoffs", ["ticket_ref_id"])
    op.create_index("ix_handoffs_ticket_ref_number", "handoffs", ["ticket_ref_number"])
    _create_partial_index("uq_handoffs_one_open", "handoffs", ["conversation_id"], "state != 'resolved'", unique=True)
    _create_partial_index("ix_handoffs_to_forget", "handoffs", ["resolution_at"], "resolution_text IS NOT NULL")
    op.create_index("ix_handoffs_ticket_ref_url", "handoffs", ["ticket_ref_url"])
    op.create_index("ix_handoffs_thread", "handoffs", ["thread"])
    op.create_index("ix_handoffs_channel_opened_at", "handoffs", ["channel", "opened_at"])
    op.create_index("ix_handoffs_channel_resolution_at", "handoffs", ["channel", "resolution_at"])
    _create_partial_index("ix_handoffs_queue", "handoffs", ["channel", "opened_at"], "state != 'resolved'")


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("handoff_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_timeline"),
    )
    op.create_index("ix_timeline_handoff_id_at", "timeline", ["handoff_id", "at"])
    op.create_index("ix_timeline_conversation_id", "timeline", ["conversation_id"])


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("source_origin", sa.Text(), nullable=False),
        sa.Column("source_conversation_id", sa.Text(), nullable=True),
        sa.Column("source_handoff_id", sa.Text(), nullable=True),
        sa.Column("source_question_id", sa.Text(), nullable=True),
        sa.Column("source_gap_id", sa.Text(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.Float(53), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.Float(53), nullable=True),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("document_begun", sa.Boolean(), nullable=False),
        sa.Column("document_edition", sa.Integer(), nullable=True),
        sa.Column("activates", sa.Boolean(), nullable=False),
        sa.Column("activated_at", sa.Float(53), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_source_gap_id", "articles", ["source_gap_id"], unique=True)
    _create_partial_index("ix_articles_without_card", "articles", ["channel"], "card IS NULL")
    unapproved = "answer != '' AND approved_at IS NULL AND document_edition IS NULL"
    _create_partial_index("ix_articles_to_forget", "articles", ["written_at"], unapproved)


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("picture", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sa.UniqueConstraint("week", name="uq_digests_week"),
    )


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("snoozed_until", sa.Float(53), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Float(53), nullable=True),
        sa.Column("found_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
    )


def _gap_queues() -> None:
    op.create_table(
        "gap_queues",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gap_queues"),
    )
    op.create_index("ix_gap_queues_made_at", "gap_queues", ["made_at"])


def _relays() -> None:
    op.create_table(
        "relays",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("handoff_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("to_employee", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("sending", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Float(53), nullable=True),
        sa.Column("written_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relays"),
        sa.UniqueConstraint("message", "channel", "surface", name="uq_relays_message_channel_surface"),
    )
    op.create_index("ix_relays_conversation_id", "relays", ["conversation_id"])
    op.create_index("ix_relays_handoff_id", "relays", ["handoff_id"])
    op.create_index("ix_relays_written_at", "relays", ["written_at"])


def _relay_files() -> None:
    op.create_table(
        "relay_files",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("relay_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay_files"),
    )
    op.create_index("ix_relay_files_file", "relay_files", ["file"])
    op.create_index("ix_relay_files_written_at", "relay_files", ["written_at"])


def _moved_threads() -> None:
    op.create_table(
        "moved_threads",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_moved_threads"),
        sa.UniqueConstraint("surface", "channel", "thread", name="uq_moved_threads_surface_channel_thread"),
    )
    op.create_index("ix_moved_threads_owner", "moved_threads", ["owner"])
    op.create_index("ix_moved_threads_thread", "moved_threads", ["thread"])
    op.create_index("ix_moved_threads_moved_to", "moved_threads", ["moved_to"])
    op.create_index("ix_moved_threads_moved_at", "moved_threads", ["moved_at"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("utc_offset", sa.Integer(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("other_workspace", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("surface", "id", name="pk_people"),
    )
    op.create_index("ix_people_read_at", "people", ["read_at"])


def _contacts() -> None:
    op.create_table(
        "teams_people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("utc_offset", sa.Integer(), nullable=True),
        sa.Column("chat", sa.Text(), nullable=True),
        sa.Column("service_url", sa.Text(), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams_people"),
    )
    op.create_index("ix_teams_people_chat", "teams_people", ["chat"])
    op.create_index("ix_teams_people_told_at", "teams_people", ["told_at"])
    op.create_table(
        "teams_places",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("service_url", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_teams_places"),
    )


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("unposted", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.Boolean(), nullable=False),
        sa.Column("over_at", sa.Float(53), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alarms"),
    )
    op.create_index("ix_alarms_over_at", "alarms", ["over_at"])
    _create_partial_index("uq_alarms_one_standing", "alarms", ["cause"], "over_at IS NULL", unique=True)


def _local_tickets() -> None:
    op.create_table(
        "local_tickets",
        sa.Column("id", sa.String(40), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_local_tickets"),
        sa.UniqueConstraint("key", name="uq_local_tickets_key"),
        sa.UniqueConstraint("number", name="uq_local_tickets_number"),
    )


def _probes() -> None:
    op.create_table(
        "probes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("confidence_level", sa.Text(), nullable=True),
        sa.Column("confidence_score", sa.Float(53), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("pinned_at", sa.Float(53), nullable=False),
        sa.Column("checked_at", sa.Float(53), nullable=True),
        sa.Column("worse", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_probes"),
        sa.UniqueConstraint("request_id", name="uq_probes_request_id"),
    )
    op.create_table(
        "probe_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_probe_sessions"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("pruned_number", sa.BigInteger(), nullable=False),
        sa.Column("pruned_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_keys",
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("surface", "person", name="pk_audit_keys"),
    )


# What the database itself refuses: the table, the trigger's name and event, and when it refuses.
_REFUSALS = (
    ("audit", "audit_unchanged", "UPDATE", "true"),
    ("audit", "audit_kept", "DELETE", "OLD.number > coalesce((SELECT max(pruned_number) FROM audit_head), 0)"),
    ("audit_head", "audit_head_forward", "UPDATE", "NEW.number < OLD.number OR NEW.pruned_number < OLD.pruned_number"),
    ("audit_head", "audit_head_kept", "DELETE", "true"),
)


def _guard_audit() -> None:
    """Creates the triggers that refuse to change the audit trail, and to delete what was not pruned."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name, event, condition in _REFUSALS:
        problem = f"The table {table} only grows."
        if on_sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{problem}'); END"
            )
            continue
        row = "NEW" if event == "UPDATE" else "OLD"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{problem}'; END IF; RETURN {row}; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _forgettings() -> None:
    op.create_table(
        "forgettings",
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("surface", "person", name="pk_forgettings"),
    )


def _create_partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)

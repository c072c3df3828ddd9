"""The tables. Times are Unix seconds.

A column has the name of the dataclass field it stores. A field of a value object is preceded by the name of the object:
`claim_by` is the `by` of a handoff's `claim`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

VERSION = "0001"
"""Revision of the newest migration: the version of a database with these tables."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _time(name: str, *, null: bool = False) -> Column[float]:
    # Double precision: a plain float column of PostgreSQL would round Unix seconds to minutes.
    return Column(name, Float(53), nullable=null)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Returns an index over the rows that fulfil `where`.

    SQLite uses it only for statements that spell the condition exactly like this, not with a bound parameter. The ones
    named `..._to_forget` let retention find old text by age without reading whole tables.
    """
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


# Inbox, outbox and queue.

events = Table(
    "events",
    metadata,
    _id(),
    _text("key"),
    _text("dedup_key", null=True),
    _text("kind"),
    _text("payload", null=True),
    _text("channel", null=True),
    _text("message", null=True),
    _text("lane"),
    # On PostgreSQL the process that handles it without a job, until it is handled or has one.
    Column("owner", BigInteger, nullable=True),
    _time("received_at"),
    _time("handled_at", null=True),
    Index(None, "handled_at"),
    UniqueConstraint("key"),
    UniqueConstraint("dedup_key"),
    # The database itself refuses a second event that is handled without a job in a lane.
    _partial_index("uq_events_one_begun", "lane", where="owner IS NOT NULL", unique=True),
)

effects = Table(
    "effects",
    metadata,
    _id(),
    _text("key"),
    _text("kind"),
    _text("lane"),
    _number("urgency"),
    _text("subject"),
    _text("body"),
    _text("state"),
    _number("attempts"),
    _text("outcome", null=True),
    _text("error", null=True),
    _time("decided_at"),
    _time("first_tried_at", null=True),
    _time("settled_at", null=True),
    _text("trace", null=True),
    # On PostgreSQL the worker of the process that has begun it, until it is settled or has a job again.
    Column("owner", BigInteger, nullable=True),
    UniqueConstraint("key"),
    Index(None, "settled_at"),
    Index(None, "subject"),
    Index(None, "outcome"),
    # The database itself refuses a second effect that has begun in a lane.
    _partial_index("uq_effects_one_begun", "lane", where="owner IS NOT NULL", unique=True),
)

scheduled_jobs = Table(
    "scheduled_jobs",
    metadata,
    _id(),
    _text("key"),
    _text("kind"),
    _text("subject"),
    _text("version"),
    _text("lane"),
    _time("due_at", null=True),
    _text("trace", null=True),
    _time("scheduled_at"),
    _time("done_at", null=True),
    Index(None, "done_at"),
    UniqueConstraint("key"),
    _partial_index("ix_scheduled_jobs_waiting", "subject", where="done_at IS NULL"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _text("kind"),
    _text("ref"),
    _text("lane"),
    _number("urgency"),
    _time("run_at"),
    _number("attempts"),
    sqlite_autoincrement=True,
)

# Conversations.

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _text("workspace"),
    _text("surface"),
    _text("channel"),
    _text("thread"),
    _text("employee"),
    _text("session_id"),
    _number("generation"),
    _text("owner"),
    _time("root_sent_at", null=True),
    _time("opened_at"),
    _time("last_at"),
    _time("idle_at", null=True),
    _text("kept_by"),
    _flag("hidden"),
    UniqueConstraint("surface", "channel", "thread"),
    Index(None, "channel", "last_at"),
    Index(None, "employee", "last_at"),
    Index(None, "thread"),
    Index(None, "session_id"),
    Index(None, "idle_at"),
)

questions = Table(
    "questions",
    metadata,
    _id(),
    _text("conversation_id"),
    _text("surface"),
    _text("channel"),
    _text("thread"),
    _text("message"),
    _text("employee"),
    _text("text"),
    _text("state"),
    _number("revision"),
    _flag("withheld"),
    _flag("hidden"),
    _flag("unresolved"),
    _flag("slow_told"),
    _text("handoff_id", null=True),
    # What the policy saw and which rules fired, as JSON without words: written with the row, so it costs no statement.
    _text("decisions"),
    _time("sent_at"),
    _time("asked_at"),
    UniqueConstraint("surface", "channel", "message"),
    Index(None, "conversation_id", "asked_at"),
    Index(None, "channel", "thread"),
    Index(None, "message"),
    Index(None, "thread"),
    # The oldest waiting question is asked for whenever the metrics are read.
    _partial_index("ix_questions_waiting", "asked_at", where="state = 'waiting'"),
    _partial_index("ix_questions_to_forget", "asked_at", where="text != ''"),
)

answers = Table(
    "answers",
    metadata,
    _id(),
    _text("question_id"),
    _text("conversation_id"),
    _text("session_id"),
    _text("request_id"),
    _text("text"),
    _text("confidence_level", null=True),
    Column("confidence_score", Float(53), nullable=True),
    _text("sources"),
    _text("posted", null=True),
    _text("sent_by", null=True),
    _flag("sent_edited"),
    _flag("wordless"),
    _time("answered_at"),
    UniqueConstraint("question_id"),
    Index(None, "conversation_id", "answered_at"),
    Index(None, "session_id"),
    Index(None, "request_id"),
    Index(None, "posted"),
    _partial_index("ix_answers_to_forget", "answered_at", where="text != ''"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _id(),
    _text("answer_id"),
    _text("person"),
    _text("role"),
    _text("rating"),
    _number("changes"),
    _text("reason", null=True),
    _text("receipt", null=True),
    _time("given_at"),
    _time("pressed_at"),
    UniqueConstraint("answer_id", "person"),
    _partial_index("ix_verdicts_to_forget", "given_at", where="reason IS NOT NULL"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _text("conversation_id"),
    _text("question_id", null=True),
    _text("handoff_id", null=True),
    _text("rules"),
    _text("reasons"),
    _text("fingerprint"),
    _time("decided_at"),
    Index(None, "conversation_id"),
)

# The text of every policy that was ever in force, once, by a hash of it. Decisions name the fingerprint: texts of one
# fingerprint differ in what is no rule.
policies = Table(
    "policies",
    metadata,
    Column("digest", Text, primary_key=True),
    _text("fingerprint"),
    _text("text"),
)

# Every policy that came into force, in order.
policy_changes = Table(
    "policy_changes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _text("digest"),
)

# Handoffs.

handoffs = Table(
    "handoffs",
    metadata,
    _id(),
    _number("number"),
    _text("conversation_id"),
    _text("question_id", null=True),
    _text("answer_id", null=True),
    _text("state"),
    _text("priority"),
    _text("grounds_rules"),
    _text("grounds_reasons"),
    _text("grounds_fingerprint"),
    _flag("grounds_hidden"),
    _text("grounds_matter", null=True),
    _text("surface"),
    _text("channel"),
    _text("thread", null=True),
    _flag("lost_card"),
    _flag("ticket_wanted"),
    _text("ticket_ref_system", null=True),
    _text("ticket_ref_id", null=True),
    _text("ticket_ref_number", null=True),
    _text("ticket_ref_url", null=True),
    _text("ticket_linked", null=True),
    _text("ticket_trouble", null=True),
    _text("ticket_status", null=True),
    _text("ticket_word", null=True),
    _time("ticket_read_at", null=True),
    _text("ticket_comments"),
    _number("ticket_polls"),
    _text("notices_text", null=True),
    _flag("notices_matter_asked"),
    _flag("notices_handover_told"),
    _flag("notices_relay_told"),
    _flag("notices_unreached"),
    _text("notices_current", null=True),
    _text("claim_by", null=True),
    _time("claim_at", null=True),
    _text("claim_joined", null=True),
    _time("claim_waits_until", null=True),
    Column("claim_reminded", Boolean, nullable=True),
    _text("resolution_by", null=True),
    _time("resolution_at", null=True),
    _text("resolution_outcome", null=True),
    _flag("resolution_handed_back"),
    _flag("resolution_withdrawn"),
    _flag("resolution_timed_out"),
    _flag("resolution_unanswered"),
    _text("resolution_question", null=True),
    Column("resolution_solved", Boolean, nullable=True),
    Column("resolution_score", Integer, nullable=True),
    _time("resolution_scored_at", null=True),
    _text("resolution_text", null=True),
    _text("reveal_by", null=True),
    _time("reveal_at", null=True),
    _text("agent_session", null=True),
    _number("revision"),
    _time("opened_at"),
    _time("answer_by", null=True),
    UniqueConstraint("number"),
    Index(None, "conversation_id"),
    Index(None, "channel", "thread"),
    Index(None, "ticket_ref_number"),
    Index(None, "ticket_ref_id"),
    Index(None, "ticket_ref_url"),
    Index(None, "thread"),
    Index(None, "channel", "opened_at"),
    Index(None, "channel", "resolution_at"),
    # The database itself refuses a second open handoff for one conversation.
    _partial_index("uq_handoffs_one_open", "conversation_id", where="state != 'resolved'", unique=True),
    # The queue is read whenever an agent opens their Home tab.
    _partial_index("ix_handoffs_queue", "channel", "opened_at", where="state != 'resolved'"),
    _partial_index("ix_handoffs_to_forget", "resolution_at", where="resolution_text IS NOT NULL"),
)

timeline = Table(
    "timeline",
    metadata,
    _id(),
    _text("conversation_id"),
    _text("handoff_id"),
    _text("event"),
    _text("person", null=True),
    _text("detail", null=True),
    _time("at"),
    Index(None, "handoff_id", "at"),
    Index(None, "conversation_id"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    _text("state"),
    _text("title"),
    _text("question"),
    _text("answer"),
    _text("category"),
    _text("source_origin"),
    _text("source_conversation_id", null=True),
    _text("source_handoff_id", null=True),
    _text("source_question_id", null=True),
    _text("source_gap_id", null=True),
    _text("surface"),
    _text("channel"),
    _text("card", null=True),
    _text("written_by"),
    _time("written_at"),
    _text("approved_by", null=True),
    _time("approved_at", null=True),
    _text("document_id", null=True),
    _flag("document_begun"),
    Column("document_edition", Integer, nullable=True),
    _flag("activates"),
    _time("activated_at", null=True),
    _text("before", null=True),
    _text("after", null=True),
    _text("trouble", null=True),
    _number("edition"),
    _number("revision"),
    _time("drafted_at"),
    Index(None, "source_gap_id", unique=True),
    _partial_index("ix_articles_without_card", "channel", where="card IS NULL"),
    # The words of articles that nobody approved are deleted with those of the handoff they come from.
    _partial_index(
        "ix_articles_to_forget",
        "written_at",
        where="answer != '' AND approved_at IS NULL AND document_edition IS NULL",
    ),
)

# The digests of the weekly review, one for each week.

digests = Table(
    "digests",
    metadata,
    _id(),
    _text("week"),
    _text("surface"),
    _text("channel"),
    _text("message", null=True),
    _text("picture", null=True),
    _time("decided_at"),
    UniqueConstraint("week"),
)

gaps = Table(
    "gaps",
    metadata,
    _id(),
    _text("words"),
    _text("state"),
    _time("snoozed_until", null=True),
    _text("changed_by", null=True),
    _time("changed_at", null=True),
    _time("found_at"),
)

gap_queues = Table(
    "gap_queues",
    metadata,
    _id(),
    _text("surface"),
    _text("channel"),
    _text("message", null=True),
    _text("entries"),
    _number("position"),
    _number("revision"),
    _time("made_at"),
    Index(None, "made_at"),
)

# Messages passed between employees and agents.

relays = Table(
    "relays",
    metadata,
    _id(),
    _text("conversation_id"),
    _text("handoff_id"),
    _text("question_id", null=True),
    _text("surface"),
    _text("channel"),
    _text("message"),
    _text("author"),
    _flag("to_employee"),
    _text("text"),
    _text("files"),
    _text("state"),
    _text("receipt", null=True),
    _number("sending"),
    _number("revision"),
    _time("sent_at", null=True),
    _time("written_at"),
    # The message first, because people look one up without its channel.
    UniqueConstraint("message", "channel", "surface"),
    Index(None, "conversation_id"),
    Index(None, "handoff_id"),
    Index(None, "written_at"),
)

relay_files = Table(
    "relay_files",
    metadata,
    _id(),
    _text("file"),
    _text("relay_id"),
    _time("written_at"),
    Index(None, "file"),
    Index(None, "written_at"),
)

moved_threads = Table(
    "moved_threads",
    metadata,
    _id(),
    _text("owner"),
    _text("surface"),
    _text("channel"),
    _text("thread"),
    _text("moved_to", null=True),
    _time("moved_at"),
    UniqueConstraint("surface", "channel", "thread"),
    Index(None, "owner"),
    Index(None, "thread"),
    Index(None, "moved_to"),
    Index(None, "moved_at"),
)

# What the directory of a surface says of people, so that a restart asks for nobody again.
people = Table(
    "people",
    metadata,
    Column("surface", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("email", null=True),
    _text("locale", null=True),
    _flag("external"),
    _number("utc_offset"),
    _flag("is_bot"),
    _flag("guest"),
    _flag("other_workspace"),
    _time("read_at"),
    Index(None, "read_at"),
)

# How Teams reaches people and channels, which only its activities tell.
teams_people = Table(
    "teams_people",
    metadata,
    Column("id", Text, primary_key=True),
    _text("handle", null=True),
    _text("name", null=True),
    _text("locale", null=True),
    Column("utc_offset", Integer, nullable=True),
    _text("chat", null=True),
    _text("service_url", null=True),
    _flag("reachable"),
    _time("told_at"),
    Index(None, "chat"),
    Index(None, "told_at"),
)

teams_places = Table(
    "teams_places",
    metadata,
    Column("channel", Text, primary_key=True),
    _text("service_url"),
    _text("team", null=True),
    _text("group", null=True),
    _flag("shared"),
    _time("told_at"),
)

# Alarms, and tickets of the `local` system.

alarms = Table(
    "alarms",
    metadata,
    _id(),
    _text("cause"),
    _text("text"),
    _number("count"),
    _time("since"),
    _time("last_at"),
    _text("surface"),
    _text("channel"),
    _text("message", null=True),
    _flag("unposted"),
    _flag("expires"),
    _time("over_at", null=True),
    _number("revision"),
    Index(None, "over_at"),
    # The database itself refuses a second standing alarm for one cause; the index also finds the few that stand.
    _partial_index("uq_alarms_one_standing", "cause", where="over_at IS NULL", unique=True),
)

local_tickets = Table(
    "local_tickets",
    metadata,
    _id(),
    _text("number"),
    _text("key"),
    _text("subject"),
    _text("body"),
    _text("priority"),
    _text("requester"),
    _text("status"),
    _text("metadata"),
    _text("notes"),
    _text("note_keys"),
    _time("opened_at"),
    _time("changed_at"),
    UniqueConstraint("number"),
    UniqueConstraint("key"),
)

# Answers that are asked for again, to see whether they got worse. Not questions of employees: no figure counts them.

probes = Table(
    "probes",
    metadata,
    _id(),
    _text("request_id"),
    _text("question_id"),
    _text("question"),
    _text("answer"),
    _text("confidence_level", null=True),
    Column("confidence_score", Float(53), nullable=True),
    _text("language", null=True),
    _time("pinned_at"),
    _time("checked_at", null=True),
    Column("worse", Boolean, nullable=True),
    UniqueConstraint("request_id"),
)

# The assistant's sessions of probes, from before the question until they are closed.
probe_sessions = Table(
    "probe_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    _time("opened_at"),
)

# The audit trail: a chain of rows, its two ends, and the keys of the pseudonyms in it. Triggers of the migration refuse
# changes, and all deletions but those of rows up to `pruned_number`.

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _time("at"),
    _text("act"),
    _text("by", null=True),
    _text("operator", null=True),
    _text("person", null=True),
    _text("subject", null=True),
    _text("detail", null=True),
    _text("hash"),
    Index(None, "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    _text("hash"),
    Column("pruned_number", BigInteger, nullable=False),
    _text("pruned_hash"),
)

audit_keys = Table(
    "audit_keys",
    metadata,
    Column("surface", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    _text("key"),
)

# The persons who are being forgotten, so that an interrupted run is finished by the next call or the next start.

forgettings = Table(
    "forgettings",
    metadata,
    Column("surface", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    _text("token"),
    _text("operator"),
    _time("begun_at"),
)

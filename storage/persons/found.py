"""Finds a person by their chat id or mail address, and what is stored about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import BindParameter, Column, Table, Text, bindparam, exists, func, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.audit import AuditedPerson
from bot.helpdesk.model.handoff import HandoffState
from storage import models

# Shorter ones would be found inside of words.
_SHORTEST_ID = 3
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_-]*")
# What the sweep leaves alone: the audit trail, which names nobody, and the note of what is being forgotten.
_APART = frozenset({models.audit.name, models.audit_head.name, models.audit_keys.name, models.forgettings.name})

_con, _hof, _ans, _que = models.conversations.c, models.handoffs.c, models.answers.c, models.questions.c
IS_OWN = (_con.surface == bindparam("of_surface"), _con.employee == bindparam("of_person"))
"""Whether a conversation is the person's, who is bound as `of_surface` and `of_person`."""
CONVERSATIONS = select(_con.id).where(*IS_OWN)
"""The ids of the person's conversations."""
_channels = (
    select(_con.channel)
    .distinct()
    .where(*IS_OWN, ~_con.channel.in_(select(_con.channel).where(_con.employee != bindparam("of_person"))))
)
_by_mail = select(models.people.c.surface, models.people.c.id).where(
    func.lower(models.people.c.email) == bindparam("mail")
)
_mail = select(models.people.c.email).where(
    models.people.c.surface == bindparam("of_surface"), models.people.c.id == bindparam("of_person")
)
_surface_of = select(_con.surface).where(_con.employee == bindparam("of_person")).limit(1)
_surface_of_known = select(models.people.c.surface).where(models.people.c.id == bindparam("of_person")).limit(1)
_contacts = models.teams_people.c
_contact = select(_contacts.handle, _contacts.chat).where(_contacts.id == bindparam("of_person"))
_given: BindParameter[str] = bindparam("given")
_of_contact = select(_contacts.id).where(or_(_contacts.id == _given, _contacts.handle == _given))
_TEAMS = "teams"
_any_surface = select(_con.surface).limit(1)
_is_noted = select(models.forgettings.c.surface).where(models.forgettings.c.person == bindparam("of_person"))
_has_key = select(models.audit_keys.c.surface).where(models.audit_keys.c.person == bindparam("of_person"))
_open = select(_hof.number).where(_hof.conversation_id.in_(CONVERSATIONS), _hof.state != HandoffState.RESOLVED.value)
_tickets = (
    select(_hof.ticket_ref_system, _hof.ticket_ref_number, _hof.ticket_ref_url)
    .where(_hof.conversation_id.in_(CONVERSATIONS), _hof.ticket_ref_id.is_not(None))
    .order_by(_hof.number)
)
_asked = (
    select(_ans.session_id, _ans.request_id).where(_ans.conversation_id.in_(CONVERSATIONS)).order_by(_ans.answered_at)
)
_sessions = select(_con.session_id).where(*IS_OWN).order_by(_con.opened_at)
_counted = {
    "questions": models.questions,
    "answers": models.answers,
    "relays": models.relays,
    "handoffs": models.handoffs,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """A person, with everything that leads to them: their id, mail address and channels with the bot alone.

    `handles` are other ids by which the chat's server knows them.
    """

    who: AuditedPerson
    mail: str | None
    channels: tuple[str, ...]
    handles: tuple[str, ...] = ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything to look for, the longest first."""
        found = {self.who.id, *self.channels, *self.handles} | ({self.mail} if self.mail else set())
        return tuple(sorted(found, key=len, reverse=True))

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the identifiers as whole words, in any case: people write addresses as they like."""
        names = "|".join(map(re.escape, self.identifiers))
        return re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Counts of everything stored about a person, and the ids of what was sent elsewhere.

    `sent` are pairs of Uppzy's session and request.
    """

    counts: dict[str, int]
    mentions: int
    open_handoffs: tuple[int, ...]
    tickets: tuple[tuple[str, str, str | None], ...]
    sessions: tuple[str, ...]
    sent: tuple[tuple[str, str], ...]


def find_person(connection: Connection, user: str) -> FoundPerson | None:
    """Returns the person with this chat id or mail address; None if nothing is stored of them."""
    given = user.strip().removeprefix("<@").removesuffix(">")
    who = _of_mail(connection, given.lower()) if "@" in given else _of_id(connection, given)
    return None if who is None else complete(connection, who)


def complete(connection: Connection, who: AuditedPerson) -> FoundPerson:
    """Returns a person with everything that leads to them."""
    of_person = {"of_surface": who.surface, "of_person": who.id}
    mail = connection.execute(_mail, of_person).scalar()
    channels = set(connection.execute(_channels, of_person).scalars())
    handles: set[str] = set()
    for handle, chat in connection.execute(_contact, of_person) if who.surface == _TEAMS else ():
        handles |= {handle} if handle else set()
        channels |= {chat} if chat else set()
    return FoundPerson(who=who, mail=mail, channels=tuple(sorted(channels)), handles=tuple(handles))


def _of_mail(connection: Connection, mail: str) -> AuditedPerson | None:
    row = connection.execute(_by_mail, {"mail": mail}).first()
    return None if row is None else AuditedPerson(surface=row[0], id=row[1])


def _of_id(connection: Connection, id: str) -> AuditedPerson | None:
    if len(id) < _SHORTEST_ID or not _ID.fullmatch(id):
        return None
    if (contact := connection.execute(_of_contact, {"given": id}).scalar()) is not None:
        return AuditedPerson(surface=_TEAMS, id=contact)
    for statement in (_surface_of, _surface_of_known, _has_key, _is_noted):
        surface = connection.execute(statement, {"of_person": id}).scalar()
        if surface is not None:
            return AuditedPerson(surface=surface, id=id)
    surface = connection.execute(_any_surface).scalar()
    stranger = FoundPerson(who=AuditedPerson(surface=surface or "", id=id), mail=None, channels=())
    return stranger.who if surface is not None and _is_mentioned(connection, stranger) else None


def _is_mentioned(connection: Connection, person: FoundPerson) -> bool:
    return any(keys_of_mentions(connection, person, table) for table in swept_tables())


def survey(connection: Connection, person: FoundPerson) -> Survey:
    """Returns what is stored about a person."""
    of_person = {"of_surface": person.who.surface, "of_person": person.who.id}

    def of_own(table: Table) -> int:
        count = select(func.count()).select_from(table).where(table.c.conversation_id.in_(CONVERSATIONS))
        return int(connection.execute(count, of_person).scalar_one())

    own = set(connection.execute(CONVERSATIONS, of_person).scalars())
    rows = connection.execute(_tickets, of_person)
    return Survey(
        counts={"conversations": len(own)} | {name: of_own(table) for name, table in _counted.items()},
        mentions=sum(_mentions_elsewhere(connection, person, table) for table in (models.questions, models.relays)),
        open_handoffs=tuple(connection.execute(_open, of_person).scalars()),
        tickets=tuple((row[0], row[1], row[2]) for row in rows),
        sessions=tuple(connection.execute(_sessions, of_person).scalars()),
        sent=tuple((row[0], row[1]) for row in connection.execute(_asked, of_person)),
    )


def _mentions_elsewhere(connection: Connection, person: FoundPerson, table: Table) -> int:
    """Counts messages in conversations of others that mention a person."""
    of_person = {"of_surface": person.who.surface, "of_person": person.who.id}
    named = or_(*(table.c.text.icontains(name, autoescape=True) for name in person.identifiers))
    count = select(func.count()).where(named, table.c.conversation_id.not_in(CONVERSATIONS))
    return int(connection.execute(count, of_person).scalar_one())


def text_columns(table: Table) -> list[Column[str]]:
    """Returns the columns of a table that hold text."""
    return [column for column in table.columns if isinstance(column.type, Text)]


def swept_tables() -> list[Table]:
    """Returns the tables in which an identifier may stand anywhere."""
    return [table for table in models.metadata.sorted_tables if table.name not in _APART and text_columns(table)]


Key = dict[str, str]
"""The primary key of a row."""


def keys_of_mentions(connection: Connection, person: FoundPerson, table: Table) -> list[Key]:
    """Returns the keys of the rows of one table in which an identifier of a person stands."""
    columns = text_columns(table)
    looked_for = [column.icontains(name, autoescape=True) for column in columns for name in person.identifiers]
    keys = [column.name for column in table.primary_key.columns]
    wanted = select(*dict.fromkeys([*table.primary_key.columns, *columns])).where(or_(*looked_for))
    return [
        {name: row[name] for name in keys}
        for row in connection.execute(wanted).mappings()
        if any(value and person.pattern.search(str(value)) for value in row.values())
    ]


def is_waiting(connection: Connection, who: AuditedPerson) -> bool:
    """Returns whether a forgetting of a person has begun and not ended."""
    waits = models.forgettings.c
    return bool(connection.scalar(select(exists().where(waits.surface == who.surface, waits.person == who.id))))

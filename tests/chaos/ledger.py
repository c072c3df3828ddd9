"""Reconciliation of a bad day: compares people's acts with the state of the stand-ins and of the database.

An accepted act is lost unless it ended in an answer, in a handoff to people, in a stated reason, or in its purpose.
Something is doubled if it was decided once and exists twice.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.helpdesk.alarms import work_of
from bot.helpdesk.messages import english
from bot.helpdesk.messages.alarms import work
from sandbox.slack import LocalSlack, Message
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL
from tests.bot_process import jobs_left, rows
from tests.chaos.people import Act, Deed, handoff_on
from tests.english import messages

_THUMB = '"value": "good:'
# Judged together with their question, whose employee gets a person or a stated reason.
_ASKING = {"Ask", "Submit", "Collect"}
_ALARM = "PostMessage:AlarmMessage"
# Only the person who pressed is told that a form could not be opened.
_TOLD_PRIVATELY = (
    "SELECT key FROM effects WHERE kind = 'OpenForm'"
    " AND subject IN (SELECT subject FROM effects WHERE kind = 'PrivateNote' AND state = 'done')"
)


@dataclass(slots=True, kw_only=True)
class Balance:
    """The result of a day. `breaches` holds one sentence for each broken promise.

    `repeated` counts what was posted once more after a failure with an unclear outcome, by kind; see `Seen`.
    """

    actions: int = 0
    refused: int = 0
    answered: int = 0
    handed_over: int = 0
    told: int = 0
    done: int = 0
    lost: int = 0
    doubled_posts: int = 0
    doubled_cards: int = 0
    doubled_tickets: int = 0
    doubled_verdicts: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    id: str
    conversation: str
    withheld: bool
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handoff:
    id: str
    conversation: str
    state: str
    claimed_by: str | None
    with_ticket: bool
    ticket_status: str | None
    session_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message as people read it. `root` is the message that began its thread; empty in a chat without threads."""

    channel: str
    root: str
    text: str
    by_bot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """State of the chat after a day: how often the posts of effects, the answers, and the cards of handoffs.

    `answers_on` finds answers by the message that shows them, where what people press does not name the answer.
    `most` is how often the same words may stand: twice where the chat cannot tell what was posted. `repeated` counts,
    by kind, what was posted more than once, also if only one is left.
    """

    surface: str
    lines: Sequence[Line]
    alarms: str
    posts: Counter[str]
    thumbs: Counter[str]
    cards: Counter[str]
    answers_on: Mapping[str, str] = field(default_factory=dict)
    most: int = 1
    repeated: Counter[str] = field(default_factory=Counter)


def seen_in_slack(slack: LocalSlack) -> Seen:
    """Returns what stands in the local Slack."""
    messages = list(all_messages(slack))
    return Seen(
        surface="slack",
        lines=[Line(channel=m.channel, root=m.root_ts, text=m.text, by_bot=bool(m.bot_id)) for m in messages],
        alarms="\n".join(message.text for message in messages if message.channel == HANDOFF_CHANNEL),
        posts=Counter(id for message in messages if (id := delivery_id(message))),
        thumbs=Counter(id for message in messages if (id := _answer_on(message))),
        cards=Counter(id for message in messages if (id := _card_on(message))),
    )


class Books:
    """The state of the database and of the stand-ins after a day, indexed for the checks."""

    def __init__(self, seen: Seen, uppzy: LocalUppzy, database_url: str, deleted_cards: Iterable[str] = ()) -> None:
        """Reads everything. `deleted_cards` are the handoffs of which somebody has deleted a card."""
        self._url = database_url
        self.seen = seen
        self.uppzy = uppzy
        self.posts, self.thumbs, self.cards = seen.posts, seen.thumbs, seen.cards
        self.threads = {
            (channel, thread if seen.surface == "slack" else ""): conversation
            for conversation, channel, thread in self._rows("SELECT id, channel, thread FROM conversations")
        }
        moved = self._rows("SELECT owner, channel, thread, moved_to FROM moved_threads WHERE owner LIKE 'con_%'")
        self.threads |= {(channel, thread): owner for owner, channel, thread, _ in moved}
        self.moved_from = {(channel, moved_to): thread for _, channel, thread, moved_to in moved}
        self.deleted_cards = frozenset(deleted_cards)
        answers = self._rows("SELECT id, question_id, request_id FROM answers")
        self.answer_of = {question: answer for answer, question, _ in answers}
        self.request_of = {answer: request for answer, _, request in answers}
        self.questions = self._questions()
        self.handoffs = self._handoffs()
        self.ratings = {
            (answer, person): rating
            for answer, person, rating in self._rows("SELECT answer_id, person, rating FROM verdicts")
        }
        self.effects = {
            key: (id, kind, state) for key, id, kind, state in self._rows("SELECT key, id, kind, state FROM effects")
        }
        self.told_privately = {key for (key,) in self._rows(_TOLD_PRIVATELY)}
        self.tickets = Counter(
            json.loads(data)["handoff_id"] for (data,) in self._rows("SELECT metadata FROM local_tickets")
        )

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return rows(self._url, statement)

    def _questions(self) -> dict[tuple[str, str], _Question]:
        found = self._rows("SELECT channel, message, id, conversation_id, withheld, state FROM questions")
        return {
            (channel, message): _Question(
                id=id, conversation=conversation, withheld=bool(withheld), answered=state == "answered"
            )
            for channel, message, id, conversation, withheld, state in found
        }

    def _handoffs(self) -> dict[str, _Handoff]:
        found = self._rows(
            "SELECT h.id, h.conversation_id, h.state, h.claim_by, h.ticket_wanted, t.status, c.id, c.generation"
            " FROM handoffs h JOIN conversations c ON c.id = h.conversation_id"
            " LEFT JOIN local_tickets t ON t.id = h.ticket_ref_id"
        )
        return {
            id: _Handoff(
                id=id,
                conversation=conversation,
                state=state,
                claimed_by=claimed_by,
                with_ticket=bool(with_ticket),
                ticket_status=status,
                session_closed=generation > 1,
            )
            for id, conversation, state, claimed_by, with_ticket, status, _, generation in found
        }

    @property
    def jobs_left(self) -> int:
        """The number of unfinished jobs, without those in scheduled lanes."""
        return jobs_left(self._url)

    def is_before_people(self, conversation: str | None) -> bool:
        """True if the conversation has a handoff whose card is in Slack."""
        return any(one.conversation == conversation and self.has_card(one) for one in self.handoffs.values())

    def has_card(self, handoff: _Handoff) -> bool:
        """True if its card is in Slack, or was deleted by somebody and the handoff is resolved."""
        return self.cards[handoff.id] > 0 or (handoff.state == "resolved" and handoff.id in self.deleted_cards)

    def begun_in(self, message: Line) -> tuple[str, str]:
        """Returns channel and thread of the message; for a replacement thread those of the original."""
        thread = message.root
        while (message.channel, thread) in self.moved_from:
            thread = self.moved_from[message.channel, thread]
        return message.channel, thread

    def stands(self, key: str) -> bool:
        """True if the post of the effect with this key is in Slack."""
        effect = self.effects.get(key)
        return effect is not None and self.posts[effect[0]] > 0

    def is_given_up(self, key: str) -> bool:
        """True if the outcome of the effect with this key stayed unclear where the chat cannot tell: people are told.

        `_judge_what_is_left` makes sure of that.
        """
        effect = self.effects.get(key)
        return self.seen.most > 1 and effect is not None and effect[2] == "failed"

    def relay_of(self, act: Act) -> str:
        """Returns the key of the effect that relays a message."""
        return f"relay:1:{self.seen.surface}:{act.channel}:{act.ts}"

    def rated_at_uppzy(self, answer: str) -> list[str]:
        """Returns the ratings of an answer that changed its rating at Uppzy, in order of arrival."""
        request = self.request_of.get(answer)
        return _changes(one.feedback for one in self.uppzy.feedback if one.request_id == request)


def _changes(ratings: Iterable[str]) -> list[str]:
    """Drops each rating that equals the one before."""
    return [rating for rating, _ in itertools.groupby(ratings)]


def all_messages(slack: LocalSlack) -> Iterator[Message]:
    """Yields the messages of all channels and threads."""
    for channel in slack.workspace.channels:
        for message in slack.messages(channel):
            yield message
            yield from slack.messages(channel, message.ts)[1:]


def delivery_id(message: Message) -> str:
    """Returns the id of the effect that posted a message; empty if none did."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("delivery_id") or "")


def _answer_on(message: Message) -> str:
    """Returns the id of the answer whose thumbs a message has; empty if it has none."""
    if message.channel == HANDOFF_CHANNEL:
        return ""
    return json.dumps(message.blocks).partition(_THUMB)[2].partition('"')[0]


def _card_on(message: Message) -> str:
    return handoff_on(message) if message.channel == HANDOFF_CHANNEL and not message.is_reply else ""


def balance(acts: Iterable[Act], books: Books) -> Balance:
    """Returns the result of a day."""
    result = Balance()
    everything = list(acts)
    accepted = [act for act in everything if act.accepted]
    result.actions = len(accepted)
    result.refused = sum(act.refused for act in everything)
    for act in accepted:
        _judge(act, books, result)
    _judge_verdicts([act for act in everything if act.deed is Deed.RATED], books, result)
    _count_doubled(books, result)
    _judge_handoffs(books, result)
    _judge_what_is_left(books, result)
    return result


def _judge(act: Act, books: Books, result: Balance) -> None:
    match act.deed:
        case Deed.WROTE:
            _judge_message(act, books, result)
        case Deed.WISHED:
            _tally(act, books.is_before_people(books.threads.get((act.channel, act.thread))), "handed_over", result)
        case Deed.REPLIED:
            relay = books.relay_of(act)
            told = books.is_given_up(relay)
            _tally(act, books.stands(relay) or told, "told" if told else "done", result)
        case Deed.CLAIMED:
            handoff = books.handoffs.get(act.about)
            _tally(act, handoff is not None and handoff.claimed_by == act.person, "done", result)
        case Deed.RESOLVED:
            _tally(act, _is_resolved(books.handoffs.get(act.about)), "done", result)
        case Deed.PRESSED:
            # Counted by what is left of the cards.
            result.done += 1
        case Deed.RATED:
            pass


def _judge_message(act: Act, books: Books, result: Balance) -> None:
    end = _end_of(act, books)
    conversation = books.threads.get((act.channel, act.thread))
    missing = act.for_people and not books.is_before_people(conversation)
    _tally(act, bool(end) and not missing, end, result)


def _end_of(act: Act, books: Books) -> str:
    """Returns the field of `Balance` that counts how a message ended; empty if it was lost."""
    question = books.questions.get((act.channel, act.ts))
    if question is None:
        relay = books.relay_of(act)
        if books.is_given_up(relay):
            return "told"
        return "handed_over" if books.stands(relay) else ""
    if books.thumbs[books.answer_of.get(question.id, "")]:
        return "answered"
    if (question.withheld or not question.answered) and books.is_before_people(question.conversation):
        return "handed_over"
    told = books.stands(f"refused:{question.id}") or books.stands(f"tell:{question.conversation}:{act.ts}")
    told = told or books.is_given_up(f"answer:{books.answer_of.get(question.id)}:1")
    return "told" if told else ""


def _is_resolved(handoff: _Handoff | None) -> bool:
    if handoff is None:
        return False
    ticket_moved = handoff.ticket_status == "solved" or not handoff.with_ticket
    return handoff.state == "resolved" and handoff.session_closed and ticket_moved


def _tally(act: Act, ended: bool, end: str, result: Balance) -> None:
    if ended:
        setattr(result, end, getattr(result, end) + 1)
    else:
        result.lost += 1
        result.breaches.append(f"lost: {act.deed.value} by {act.person} in {act.channel}, {act.ts or act.about}")


def _judge_verdicts(acts: Iterable[Act], books: Books, result: Balance) -> None:
    """Judges all verdicts of a person on one answer: the last one counts, and each change is sent once."""
    given: defaultdict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in acts:
        given[books.seen.answers_on.get(act.about, act.about), act.person].append(act)
    for (answer, person), together in given.items():
        accepted = [act for act in together if act.accepted]
        sent, wanted = books.rated_at_uppzy(answer), _changes(act.rating for act in accepted)
        kept = not wanted or books.ratings.get((answer, person)) == wanted[-1] == (sent or [""])[-1]
        for act in accepted:
            _tally(act, kept, "done", result)
        # A press that was never acknowledged may still have arrived.
        if len(sent) > len(wanted) + len(together) - len(accepted):
            result.doubled_verdicts += len(sent) - len(wanted)
            result.breaches.append(f"doubled verdict on {answer}: given {wanted}, at Uppzy {sent}")


def _count_doubled(books: Books, result: Balance) -> None:
    lines, most = books.seen.lines, books.seen.most
    slow = Counter(books.begun_in(one) for one in lines if one.text == messages.employee.TAKES_LONGER)
    asked = Counter(books.begun_in(one) for one in lines if not one.by_bot)
    told_twice = {thread: count for thread, count in slow.items() if count > most * asked[thread]}
    result.repeated = books.seen.repeated
    result.doubled_posts = _doubled("post", books.posts, result, most) + _doubled("answer", books.thumbs, result)
    result.doubled_posts += sum(count - asked[thread] for thread, count in told_twice.items())
    result.breaches += [f"told twice that it takes longer: {thread}" for thread in told_twice]
    result.doubled_cards = _doubled("card", books.cards, result)
    result.doubled_cards += _doubled(
        "handoff in one conversation", Counter(one.conversation for one in books.handoffs.values()), result
    )
    result.doubled_tickets = _doubled("ticket", books.tickets, result)


def _doubled(what: str, counts: Counter[str], result: Balance, most: int = 1) -> int:
    """Returns how many are too many, and calls it a breach where one stands more often than it may."""
    result.breaches += [f"doubled {what}: {id} stands {count} times" for id, count in counts.items() if count > most]
    return sum(count - 1 for count in counts.values())


def _judge_handoffs(books: Books, result: Balance) -> None:
    for handoff in books.handoffs.values():
        if not books.has_card(handoff):
            result.breaches.append(f"no card for handoff {handoff.id}")
        if handoff.with_ticket and not books.tickets[handoff.id]:
            result.breaches.append(f"no ticket for handoff {handoff.id}")


def _judge_what_is_left(books: Books, result: Balance) -> None:
    if books.jobs_left:
        result.breaches.append(f"{books.jobs_left} jobs are left")
    alarms = books.seen.alarms
    for key, (_, kind, state) in books.effects.items():
        if state in ("pending", "sending"):
            result.breaches.append(f"neither done nor given up: {kind} {key}")
        elif state == "failed" and not _is_told(kind, key, books, alarms):
            result.breaches.append(f"given up without a word: {kind} {key}")


def _is_told(kind: str, key: str, books: Books, alarms: str) -> bool:
    """True if a failed effect was reported: to the employee, to the person who pressed, or in the channel.

    Where the chat cannot tell what was posted, an alarm in doubt is not repeated: the log has it.
    """
    said = kind in _ASKING or key in books.told_privately or english()(work(work_of(kind))) in alarms
    alarm_in_doubt = any(one == _ALARM and state == "failed" for _, one, state in books.effects.values())
    return said or (books.seen.most > 1 and alarm_in_doubt)

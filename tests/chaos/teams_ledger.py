"""State of the local Teams after a bad day, for the ledger.

Messages on Teams carry no key of the desk. An effect's row names the message that it knows of; another message in the
same place with the same body is the same effect, posted once more.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.teams import LocalTeams, TeamsMessage
from sandbox.world import TEAMS_CHANNEL
from tests.bot_process import rows
from tests.chaos.ledger import Line, Seen
from tests.chaos.teams_people import handoff_on

_POSTED = "SELECT id, kind, outcome FROM effects WHERE kind LIKE 'PostMessage:%' AND outcome IS NOT NULL"
_CARD_KIND = "Card"
_UNRECORDED = "of posts that were given up"


def seen_on_teams(teams: LocalTeams, database_url: str) -> Seen:
    """Returns what stands in the local Teams, and what was posted there more than once."""
    everything = list(_all_messages(teams))
    by_bot = [one for one in everything if not one.sender]
    alike, cards = _alike(by_bot), [one for one in by_bot if _handoff_of_card(one)]
    posts, repeated = _counted(alike, database_url)
    repeated[_CARD_KIND] += len(cards) - len({_handoff_of_card(one) for one in cards})
    answers = {message: id for id, message in rows(database_url, "SELECT id, posted FROM answers")}
    return Seen(
        surface="teams",
        lines=[Line(channel=m.conversation, root="", text=m.text, by_bot=not m.sender) for m in everything],
        alarms="\n".join(f"{one.text}{one.card or ''}" for one in by_bot if one.conversation == TEAMS_CHANNEL),
        posts=posts,
        thumbs=Counter(answers[one.id] for one in by_bot if one.id in answers and one.has_thumbs),
        cards=Counter(_handoff_of_card(one) for one in cards if not one.is_deleted),
        answers_on=_answers_on(alike, answers),
        most=2,
        repeated=+repeated,
    )


def _alike(by_bot: Sequence[TeamsMessage]) -> list[list[TeamsMessage]]:
    """Returns the messages in groups that say the same in one place. Cards change, and are told apart by handoffs."""
    found: defaultdict[tuple[str, str, str], list[TeamsMessage]] = defaultdict(list)
    for one in by_bot:
        if not one.is_deleted and not _handoff_of_card(one):
            found[one.conversation, one.thread if one.is_reply else "", _first_body(one)].append(one)
    return list(found.values())


def _counted(alike: Sequence[Sequence[TeamsMessage]], database_url: str) -> tuple[Counter[str], Counter[str]]:
    """Returns how often each effect was posted, and how many of each kind once more."""
    known = {message: (id, kind.partition(":")[2]) for id, kind, message in rows(database_url, _POSTED)}
    posts: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for together in alike:
        recorded = [known[one.id] for one in together if one.id in known]
        posts.update(id for id, _ in recorded)
        id, kind = recorded[0] if recorded else (f"{_UNRECORDED} {together[0].id}", _UNRECORDED)
        posts[id] += len(together) - len(recorded)
        repeated[kind] += len(together) - max(1, len(recorded))
    return posts, repeated


def _answers_on(alike: Any, answers: dict[str, str]) -> dict[str, str]:
    """Returns the answers by the messages that show them, those of which the desk does not know included."""
    found: dict[str, str] = {}
    for together in alike:
        known = [answers[one.id] for one in together if one.id in answers]
        if known:
            found |= {one.id: answers.get(one.id, known[0]) for one in together}
    return found


def _all_messages(teams: LocalTeams) -> Iterator[TeamsMessage]:
    for chat in teams.workspace.chats:
        yield from teams.messages(chat)
    for channel in teams.workspace.channels:
        roots = teams.messages(channel)
        yield from itertools.chain.from_iterable(teams.messages(channel, root.id) for root in roots)


def _first_body(message: TeamsMessage) -> str:
    return json.dumps((message.earlier or [message.body])[0], sort_keys=True)


def _handoff_of_card(message: TeamsMessage) -> str:
    """Returns the handoff of a card in the channel, also of one that was deleted."""
    if message.conversation != TEAMS_CHANNEL or message.is_reply:
        return ""
    attachments = message.body.get("attachments")
    return handoff_on(message) or (_hidden_handoff(attachments) if attachments else "")


def _hidden_handoff(attachments: Any) -> str:
    found = str(attachments).partition("hof_")[2]
    return f"hof_{''.join(itertools.takewhile(str.isalnum, found))}" if found else ""

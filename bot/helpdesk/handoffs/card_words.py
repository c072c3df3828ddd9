"""Words of a handoff's card that are the same on every chat surface, which names people in its own markup."""

from __future__ import annotations

from collections.abc import Callable

from bot.helpdesk import messages
from bot.helpdesk.handoffs.transition_table import TRANSITIONS, transitions_from
from bot.helpdesk.messages import Message, Translator, in_a_row, labels
from bot.helpdesk.model.content import PersonalNotice
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Card, HandoffState, Outcome, Resolution, SolvedQuestion, Transition

Named = Callable[[str], str]
"""Returns a person, given their id, as the surface writes them."""

RATINGS = ((labels.HELPFUL, Rating.GOOD), (labels.NOT_HELPFUL, Rating.BAD))
"""The labels of the verdicts on an answer."""

_EMOJI = {HandoffState.OPEN: "🟠", HandoffState.CLAIMED: "🔵", HandoffState.PENDING: "⏸️"}


def state_emoji(state: HandoffState, ending: Resolution) -> str:
    """Returns the sign of a handoff's state: ✅ only for what was solved."""
    return _EMOJI.get(state) or ("✅" if ending.outcome is Outcome.SOLVED else "⚪")


def capitalised(words: str) -> str:
    """Returns words that stand inside of sentences, too, as they stand alone."""
    return words[:1].upper() + words[1:]


def question_on_card(t: Translator, card: Card) -> str:
    """Returns the question, or a note that it is hidden or that there is none."""
    if card.hidden:
        return t(messages.agents.HIDDEN_QUESTION)
    return card.question if card.revealable else t(messages.agents.NO_QUESTION)


def all_reasons(card: Card) -> str:
    """Returns the reasons of a handoff, one a line."""
    return "\n".join(f"• {reason}" for reason in card.grounds.reasons)


def who_has_it(t: Translator, card: Card, named: Named) -> str:
    """Returns the state of a handoff with the people in it."""
    ended_by = card.resolution.by
    if card.state is HandoffState.RESOLVED:
        state = card.resolution.state_name(card.state)
        if card.resolution.timed_out:
            return t(labels.state(state))
        return t(labels.ended_by(state, named(ended_by)) if ended_by else labels.ended_with_ticket(state))
    if card.state is not HandoffState.OPEN and card.claim is not None:
        by = labels.pending if card.state is HandoffState.PENDING else labels.claimed_by
        others = (labels.claimed_with(named(person)) for person in card.claim.joined)
        return t(in_a_row(by(named(card.claim.by)), *others, separator=", "))
    if ended_by is not None:
        return t(labels.open_again(named(ended_by)))
    return t(labels.UNCLAIMED)


def feedback_on(ending: Resolution) -> list[Message]:
    """Returns what the employee has said of the resolution, or that they are asked. Thanks may come after a score."""
    if ending.score is None:
        if ending.question is SolvedQuestion.SCORE:
            return [labels.scored(None)]
        return [labels.is_solved(ending.solved)] if ending.question or ending.is_answered else []
    thanked = ending.solved is not ending.score.solved
    return [labels.scored(ending.score), *([labels.is_solved(ending.solved)] if thanked else ())]


def confidence_words(t: Translator, confidence: str) -> str:
    """Returns the assistant's confidence, its level in the language of the agents."""
    level, _, score = confidence.partition(" (")
    words = t(labels.confidence_level(level)) if level else t(labels.CONFIDENCE_NOT_GIVEN)
    return f"{words} ({score}" if score else words


def verdict_words(t: Translator, verdict: str, named: Named) -> str:
    """Returns a verdict on an answer, and whose it is."""
    role, rating, person = verdict.split(":", 2)
    return t(labels.verdict(rating, role, named(person)))


def offered_to_agents(state: HandoffState) -> list[Transition]:
    """Returns the transitions that have a button for agents in this state."""
    rows = ((transition, TRANSITIONS[transition]) for transition in transitions_from(state))
    return [transition for transition, row in rows if row.by is Role.AGENT and row.label]


def way_to_send(note: PersonalNotice) -> tuple[Message, Button]:
    """Returns the label and the button with which a question about a possible note sends it to the employee."""
    if note.reopens:
        return labels.REOPEN_AND_SEND, Button.REOPEN_AND_SEND
    return (labels.CLAIM_AND_SEND, Button.CLAIM_AND_SEND) if note.claims else (labels.SEND, Button.SEND)

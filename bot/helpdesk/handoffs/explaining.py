"""*Why?* on the card: each rule, fired or not, and by which fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.helpdesk import messages
from bot.helpdesk.escalation import RuleOutcome, Stage, Words, explain, read_stages
from bot.helpdesk.handoffs.notify import send_private_note
from bot.helpdesk.messages import Text, in_a_row
from bot.helpdesk.model.conversation import Question
from bot.helpdesk.model.events import Button, Event, Pressed
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

_LONGEST = 2_500
"""Characters of the rules in one note; of more, the command line shows the rest."""


def explain_handoff(uow: UnitOfWork, pressed: Pressed) -> None:
    """Shows the person who pressed why the question of a handoff was handed over. Changes nothing."""
    handoff = uow.tx.handoffs.get(pressed.subject)
    text = messages.anyone.GONE if handoff is None else in_a_row(*_lines(uow, handoff), separator="\n")
    send_private_note(uow, pressed, text)


def policy_to_read(uow: UnitOfWork, event: Event) -> str | None:
    """Returns the fingerprint of the policy that must be read before an event is handled; None for most events."""
    if not isinstance(event, Pressed) or event.button is not Button.EXPLAIN:
        return None
    handoff = uow.tx.handoffs.get(event.subject)
    stages = _stages(uow.tx.questions.get(handoff.question_id)) if handoff else ()
    return stages[-1].fingerprint if stages and uow.config.must_read(stages[-1].fingerprint) else None


def _stages(question: Question | None) -> Sequence[Stage]:
    return read_stages(question.decisions) if question else ()


def _lines(uow: UnitOfWork, handoff: Handoff) -> Iterator[Text]:
    question = uow.tx.questions.get(handoff.question_id)
    stages = _stages(question)
    policy = uow.config.policy_of(stages[-1].fingerprint) if stages else None
    if question is None or policy is None:
        yield messages.agents.why_under_unknown_policy(handoff.grounds.fingerprint)
        yield from map(messages.agents.why_fired_then, handoff.grounds.rules)
        return
    is_in_force = policy is uow.config.policy
    under = messages.agents.why_under_policy if is_in_force else messages.agents.why_under_other_policy
    yield under(stages[-1].fingerprint)
    words = Words(text=question.text, quoted=not handoff.hidden and not question.hidden)
    outcomes = sorted(explain(policy, stages, words), key=lambda outcome: not outcome.fired)
    length = 0
    for outcome in outcomes:
        reason = redact(uow.agents(outcome.reason))
        length += len(outcome.name) + len(reason)
        if length > _LONGEST:
            yield messages.agents.why_more(handoff.name)
            return
        yield _line(outcome, reason)


def _line(outcome: RuleOutcome, reason: str) -> Text:
    said = messages.agents.why_fired if outcome.fired else messages.agents.why_not
    return said(outcome.name, reason)

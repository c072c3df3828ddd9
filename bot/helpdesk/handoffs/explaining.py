"""*Why?* on the card: each rule, fired or not, and by which fact."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk import messages
from bot.helpdesk.escalation import RuleOutcome, Words, explain, read_stages
from bot.helpdesk.handoffs.notify import send_private_note
from bot.helpdesk.messages import Text, in_a_row
from bot.helpdesk.model.events import Pressed
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


def _lines(uow: UnitOfWork, handoff: Handoff) -> Iterator[Text]:
    question = uow.tx.questions.get(handoff.question_id)
    stages = read_stages(question.decisions) if question else ()
    policy = uow.config.policy
    if question is None or not stages or stages[-1].fingerprint != policy.fingerprint:
        # The rules of then are only in the stored text of their policy, which the command line reads.
        yield messages.agents.why_under_other_policy(handoff.grounds.fingerprint, handoff.name)
        yield from map(messages.agents.why_fired_then, handoff.grounds.rules)
        return
    yield messages.agents.why_under_policy(policy.fingerprint)
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

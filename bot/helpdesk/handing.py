"""Bringing a conversation before people: opening a handoff, working it, and talking through it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.conversation import Answer, Conversation, Question, Role, new_id
from bot.helpdesk.effects import (
    AmendTicket,
    Card,
    CloseSession,
    CreateTicket,
    OpenThread,
    PostToThread,
    RefreshCard,
    RelayToEmployee,
    SetTicketStatus,
    Tell,
    ThreadPost,
    Whisper,
)
from bot.helpdesk.escalation import Decision
from bot.helpdesk.handoff import (
    OWNER_IN,
    Handoff,
    HandoffState,
    Move,
    TicketDraft,
    TicketMetadata,
    TicketRef,
    TicketStatus,
    after,
)
from bot.helpdesk.inputs import MessageReceived, Pressed
from bot.helpdesk.ports import DecisionRecord
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.helpdesk.turn import Turn, ask_lane, talk_lane, thread_lane, ticket_lane

# What an agent writes after one of these stays among the agents.
NOTE_MARKS = ("note:", "//")

_SHORT = 80


def hand_over(
    turn: Turn,
    conversation: Conversation,
    decision: Decision,
    *,
    question: Question | None,
    answer: Answer | None = None,
) -> Handoff:
    """Bring the conversation before people, or add the new reasons where it is before them already."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        handoff = _open(turn, conversation, decision, question, answer)
    elif set(decision.reasons) <= set(handoff.reasons):
        return handoff
    else:
        handoff = _add_reasons(turn, conversation, handoff, decision)
    _keep_decision(turn, conversation, handoff, decision, question)
    return handoff


def _open(
    turn: Turn, conversation: Conversation, decision: Decision, question: Question | None, answer: Answer | None
) -> Handoff:
    handoff = Handoff(
        id=new_id("hof"),
        number=turn.tx.handoffs.next_number(),
        conversation_id=conversation.id,
        question_id=question.id if question else None,
        answer_id=answer.id if answer else None,
        priority=decision.priority.value,
        reasons=decision.reasons,
        rules=_rules(decision),
        fingerprint=decision.fingerprint,
        channel=decision.channel or turn.house.handoff_channel,
        tell=decision.tell,
        with_ticket=decision.ticket,
        opened_at=turn.now,
    )
    turn.tx.handoffs.add(handoff)
    turn.tx.conversations.save(replace(conversation, owner=OWNER_IN[handoff.state]))
    turn.effect(
        OpenThread(handoff_id=handoff.id, card=_card(turn, conversation, handoff, question, answer)),
        key=f"thread:{handoff.id}",
        lane=thread_lane(handoff.id),
        subject=handoff.id,
    )
    if decision.ticket:
        _create_ticket(turn, conversation, handoff, question, answer)
        return handoff
    return _tell_handed_over(turn, conversation, handoff)


def _rules(decision: Decision) -> tuple[str, ...]:
    return tuple(fired.rule for fired in decision.fired)


def _keep_decision(
    turn: Turn, conversation: Conversation, handoff: Handoff, decision: Decision, question: Question | None
) -> None:
    turn.tx.decisions.add(
        DecisionRecord(
            id=new_id("dec"),
            conversation_id=conversation.id,
            question_id=question.id if question else None,
            handoff_id=handoff.id,
            rules=_rules(decision),
            reasons=decision.reasons,
            fingerprint=decision.fingerprint,
            decided_at=turn.now,
        )
    )


def _add_reasons(turn: Turn, conversation: Conversation, handoff: Handoff, decision: Decision) -> Handoff:
    fresh = tuple(reason for reason in decision.reasons if reason not in handoff.reasons)
    rules = handoff.rules + tuple(rule for rule in _rules(decision) if rule not in handoff.rules)
    return refresh_card(turn, conversation, replace(handoff, reasons=handoff.reasons + fresh, rules=rules))


def _create_ticket(
    turn: Turn, conversation: Conversation, handoff: Handoff, question: Question | None, answer: Answer | None
) -> None:
    draft = TicketDraft(
        subject=_subject(question),
        body=_ticket_body(handoff, question, answer),
        priority=handoff.priority,
        requester=conversation.employee,
        metadata=_metadata(conversation, handoff, answer),
    )
    turn.effect(
        CreateTicket(handoff_id=handoff.id, draft=draft),
        key=f"ticket:{handoff.id}",
        lane=ticket_lane(handoff.id),
        subject=handoff.id,
    )


def _subject(question: Question | None) -> SafeText:
    if question is None:
        return compose("Talk to a person")
    words = " ".join(redact(question.text).split())
    return redact(words if len(words) <= _SHORT else words[: _SHORT - 1].rstrip() + "…")


def _ticket_body(handoff: Handoff, question: Question | None, answer: Answer | None) -> SafeText:
    return compose(
        "Question:\n{question}\n\nThe assistant's answer:\n{answer}\n\nWhy a person is needed:\n{reasons}",
        question=redact(question.text) if question else compose("(none; a person was asked for with a button)"),
        answer=redact(answer.text) if answer else compose("(not there yet)"),
        reasons=redact("\n".join(f"- {reason}" for reason in handoff.reasons)),
    )


def _metadata(conversation: Conversation, handoff: Handoff, answer: Answer | None) -> TicketMetadata:
    return TicketMetadata(
        handoff_id=handoff.id,
        uppzy_session_id=answer.session_id if answer else conversation.session_id,
        uppzy_request_id=answer.request_id if answer else None,
        confidence_level=answer.confidence_level if answer else None,
    )


def _find(turn: Turn, handoff_id: str) -> tuple[Handoff, Conversation] | None:
    handoff = turn.tx.handoffs.get(handoff_id)
    conversation = turn.tx.conversations.get(handoff.conversation_id) if handoff else None
    return None if handoff is None or conversation is None else (handoff, conversation)


# The card.


def refresh_card(turn: Turn, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Save `handoff` and bring its card up to date."""
    handoff = replace(handoff, revision=handoff.revision + 1)
    turn.tx.handoffs.save(handoff)
    question = turn.tx.questions.get(handoff.question_id) if handoff.question_id else None
    answer = turn.tx.answers.get(handoff.answer_id) if handoff.answer_id else None
    turn.effect(
        RefreshCard(handoff_id=handoff.id, card=_card(turn, conversation, handoff, question, answer)),
        key=f"card:{handoff.id}:{handoff.revision}",
        lane=thread_lane(handoff.id),
        subject=handoff.id,
    )
    return handoff


def refresh_card_of(turn: Turn, conversation_id: str) -> None:
    """Bring the card of the conversation's handoff up to date, where there is one."""
    conversation = turn.tx.conversations.get(conversation_id)
    handoff = turn.tx.handoffs.latest_in(conversation_id)
    if conversation is not None and handoff is not None:
        refresh_card(turn, conversation, handoff)


def _card(
    turn: Turn, conversation: Conversation, handoff: Handoff, question: Question | None, answer: Answer | None
) -> Card:
    return Card(
        handoff_id=handoff.id,
        name=handoff.name,
        state=handoff.state,
        priority=handoff.priority,
        employee=conversation.employee,
        question=redact(question.text) if question else compose("(none: a person was asked for with a button)"),
        answer=redact(answer.text) if answer else None,
        answer_id=answer.id if answer else None,
        shown_to_employee=question is not None and not question.withheld,
        confidence=_confidence(answer),
        reasons=handoff.reasons,
        fingerprint=handoff.fingerprint,
        session_id=answer.session_id if answer else conversation.session_id,
        request_id=answer.request_id if answer else None,
        ticket_number=handoff.ticket_number,
        ticket_url=handoff.ticket_url,
        ticket_trouble=handoff.ticket_trouble,
        ticket_expected=handoff.with_ticket,
        claimed_by=handoff.claimed_by,
        resolved_by=handoff.resolved_by,
        handed_back=handoff.handed_back,
        verdicts=_verdicts(turn, answer),
        revision=handoff.revision,
    )


def _confidence(answer: Answer | None) -> str | None:
    if answer is None:
        return None
    level = answer.confidence_level or "not given"
    return level if answer.confidence_score is None else f"{level} ({answer.confidence_score:g})"


def _verdicts(turn: Turn, answer: Answer | None) -> tuple[str, ...]:
    if answer is None:
        return ()
    return tuple(
        f"{verdict.role.value}:{verdict.rating.value}:{verdict.person}" for verdict in turn.tx.verdicts.on(answer.id)
    )


def add_answer(turn: Turn, conversation: Conversation, handoff: Handoff, question: Question, answer: Answer) -> None:
    """The assistant's answer came after the handoff was opened: show it there, and complete the ticket."""
    if handoff.answer_id is not None or handoff.question_id not in (None, question.id):
        return
    handoff = replace(handoff, answer_id=answer.id, question_id=question.id)
    refresh_card(turn, conversation, handoff)
    if handoff.with_ticket:
        _amend_ticket(turn, conversation, handoff, answer)


def _amend_ticket(turn: Turn, conversation: Conversation, handoff: Handoff, answer: Answer) -> None:
    note = compose(
        "The assistant's answer (uppzy_request_id {request}):\n{answer}",
        request=redact(answer.request_id),
        answer=redact(answer.text),
    )
    turn.effect(
        AmendTicket(handoff_id=handoff.id, metadata=_metadata(conversation, handoff, answer), note=note),
        key=f"amend:{handoff.id}:{answer.id}",
        lane=ticket_lane(handoff.id),
        subject=handoff.id,
    )


def draft_for_agents(turn: Turn, handoff: Handoff, answer: Answer) -> None:
    """Put an answer that the employee does not see into the thread."""
    _post_to_thread(turn, handoff, ThreadPost.DRAFT, redact(answer.text), key=f"draft:{answer.id}")


def record_opened(turn: Turn, post: OpenThread, message: str) -> None:
    """The card is in the channel: its message is the root of the handoff's thread."""
    handoff = turn.tx.handoffs.get(post.handoff_id)
    if handoff is not None:
        turn.tx.handoffs.save(replace(handoff, thread=message))


def record_unopened(turn: Turn, handoff_id: str) -> None:
    """The card could not be posted: nobody sees the handoff in Slack, and the employee is told so."""
    found = _find(turn, handoff_id)
    if found is not None:
        handoff, conversation = found
        tell(turn, conversation, wording.nobody_reached(handoff.name), key=f"nobody:{handoff.id}")


# The ticket and what the employee is told of it.


def record_ticket(turn: Turn, handoff_id: str, ref: TicketRef) -> None:
    """The ticket is there: its number goes onto the card and to the employee."""
    found = _find(turn, handoff_id)
    if found is None:
        return
    handoff, conversation = found
    handoff = replace(
        handoff,
        ticket_system=ref.system,
        ticket_id=ref.id,
        ticket_number=ref.number,
        ticket_url=ref.url,
        ticket_trouble=None,
    )
    refresh_card(turn, conversation, _tell_handed_over(turn, conversation, handoff))


def record_ticket_trouble(turn: Turn, handoff_id: str, trouble: str) -> None:
    """The ticket is not there yet, or will never be: the card says so, and the employee need not wait for a number."""
    found = _find(turn, handoff_id)
    if found is None or found[0].ticket_trouble == trouble:
        return
    handoff, conversation = found
    handoff = replace(handoff, ticket_trouble=trouble)
    refresh_card(turn, conversation, _tell_handed_over(turn, conversation, handoff))


def _tell_handed_over(turn: Turn, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Tell the employee once what happens next."""
    if handoff.employee_told:
        return handoff
    told = replace(handoff, employee_told=True)
    turn.tx.handoffs.save(told)
    name = handoff.name if handoff.ticket_number else None
    tell(turn, conversation, wording.handed_over(name, handoff.tell), key=f"handed_over:{handoff.id}")
    return told


def tell(turn: Turn, conversation: Conversation, text: str, *, key: str, person: str | None = None) -> None:
    """Say something in the conversation's thread."""
    turn.effect(
        Tell(channel=conversation.channel, thread=_thread(turn, conversation), text=text, person=person),
        key=key,
        lane=talk_lane(conversation.id),
        subject=conversation.id,
    )


def _thread(turn: Turn, conversation: Conversation) -> str:
    """Where the employee wrote last; without agent view a conversation spans several threads."""
    if not turn.house.joins_open_conversation:
        return conversation.thread
    recent = turn.tx.questions.recent_in(conversation.id, conversation.opened_at)
    return recent[-1].thread if recent else conversation.thread


# What agents do.


def move(turn: Turn, pressed: Pressed, wanted: Move) -> None:
    """An agent pressed one of the card's buttons."""
    found = _find(turn, pressed.subject)
    if found is None or found[0].channel != pressed.channel:
        whisper(turn, pressed, wording.GONE)
        return
    handoff, conversation = found
    state = after(handoff.state, wanted)
    if state is None:
        _refuse_move(turn, pressed, handoff, wanted)
        return
    _carry_out(turn, pressed.person, conversation, replace(handoff, state=state), wanted)


def _refuse_move(turn: Turn, pressed: Pressed, handoff: Handoff, wanted: Move) -> None:
    if wanted is Move.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Move.CLAIM and handoff.state is HandoffState.CLAIMED and handoff.claimed_by:
        whisper(turn, pressed, wording.already_claimed("{person}"), about=handoff.claimed_by)
    else:
        whisper(turn, pressed, wording.not_possible(handoff.state.value))


def _carry_out(turn: Turn, agent: str, conversation: Conversation, handoff: Handoff, done: Move) -> None:
    if done is Move.CLAIM:
        handoff = replace(handoff, claimed_by=agent, claimed_at=turn.now)
        text, status = wording.claimed(handoff.name), TicketStatus.OPEN
    elif done is Move.REOPEN:
        handoff = replace(handoff, claimed_by=agent, claimed_at=turn.now, resolved_by=None, handed_back=False)
        text, status = wording.reopened(handoff.name), TicketStatus.OPEN
    elif done is Move.HAND_BACK:
        handoff = replace(handoff, resolved_by=agent, resolved_at=turn.now, handed_back=True)
        text, status = wording.handed_back(handoff.name), TicketStatus.SOLVED
    else:
        handoff = replace(handoff, resolved_by=agent, resolved_at=turn.now)
        text, status = wording.resolved(handoff.name), TicketStatus.SOLVED
        conversation = _close_session(turn, conversation)
        _settle_questions(turn, conversation)
    conversation = replace(conversation, owner=OWNER_IN[handoff.state])
    turn.tx.conversations.save(conversation)
    handoff = refresh_card(turn, conversation, handoff)
    tell(turn, conversation, text, key=f"moved:{handoff.id}:{handoff.revision}", person=agent)
    _set_ticket_status(turn, handoff, status, done)


def _close_session(turn: Turn, conversation: Conversation) -> Conversation:
    """End the assistant's session; what is asked next begins with a fresh one."""
    turn.effect(
        CloseSession(session_id=conversation.session_id),
        key=f"close:{conversation.session_id}",
        lane=ask_lane(conversation.id),
        subject=conversation.id,
    )
    return conversation.with_new_session()


def _settle_questions(turn: Turn, conversation: Conversation) -> None:
    """What people have resolved does not count as unresolved any more."""
    for question in turn.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            turn.tx.questions.save(replace(question, unresolved=False))


def _set_ticket_status(turn: Turn, handoff: Handoff, status: TicketStatus, done: Move) -> None:
    if not handoff.with_ticket:
        return
    words = {
        Move.CLAIM: compose("Claimed in Slack."),
        Move.RESOLVE: compose("Resolved in Slack."),
        Move.REOPEN: compose("Reopened in Slack."),
        Move.HAND_BACK: compose("Handed back to the assistant in Slack."),
    }
    turn.effect(
        SetTicketStatus(handoff_id=handoff.id, status=status, note=words[done]),
        key=f"status:{handoff.id}:{handoff.revision}",
        lane=ticket_lane(handoff.id),
        subject=handoff.id,
    )


def whisper(turn: Turn, pressed: Pressed, text: str, *, about: str | None = None) -> None:
    """Answer a press so that only the one who pressed sees it."""
    turn.effect(
        Whisper(channel=pressed.channel, thread=pressed.thread, person=pressed.person, text=text, about=about),
        key=new_id("whisper"),
        lane=f"whisper:{pressed.person}",
        subject=pressed.subject,
    )


# Talking through the thread.


def pass_on(turn: Turn, conversation: Conversation, message: MessageReceived) -> None:
    """The employee writes while people have the conversation: it goes into the handoff's thread."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        return
    _post_to_thread(
        turn,
        handoff,
        ThreadPost.RELAY,
        redact(_with_files(message.text, message.files)),
        key=f"relay:{message.channel}:{message.message}",
        author=message.author,
    )
    if not handoff.relay_told and handoff.state is HandoffState.OPEN:
        turn.tx.handoffs.save(replace(handoff, relay_told=True))
        tell(turn, conversation, wording.passed_on(handoff.name), key=f"passed_on:{handoff.id}")


def _with_files(text: str, files: Iterable[str]) -> str:
    lines = [text] if text.strip() else []
    return "\n".join([*lines, *(f"(file: {name})" for name in files)])


def pass_on_change(turn: Turn, conversation: Conversation, text: str | None) -> None:
    """The employee changed a message (`text` is what it says now) or took one back (None) that people may have read."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        return
    words = (
        compose("The employee has deleted a message.")
        if text is None
        else compose("The employee has changed a message. It now says:\n{text}", text=redact(text))
    )
    _post_to_thread(turn, handoff, ThreadPost.EVENT, words, key=new_id("change"))


def take_agent_message(turn: Turn, message: MessageReceived) -> None:
    """Somebody wrote in a handoff's thread: to the employee once it is claimed, unless it is marked as a note."""
    handoff = turn.tx.handoffs.of_thread(message.channel, message.thread)
    conversation = turn.tx.conversations.get(handoff.conversation_id) if handoff else None
    if handoff is None or conversation is None or message.message == message.thread or message.external:
        return
    if message.text.lstrip().lower().startswith(NOTE_MARKS):
        return
    if handoff.state is HandoffState.CLAIMED:
        turn.effect(
            RelayToEmployee(
                channel=conversation.channel,
                thread=_thread(turn, conversation),
                author=message.author,
                text=_with_files(message.text, message.files),
            ),
            key=f"relay:{message.channel}:{message.message}",
            lane=talk_lane(conversation.id),
            subject=handoff.id,
        )
    elif handoff.state is HandoffState.OPEN:
        turn.effect_once(
            Whisper(channel=message.channel, thread=message.thread, person=message.author, text=wording.CLAIM_FIRST),
            key=f"claim_first:{handoff.id}:{message.author}",
            lane=f"whisper:{message.author}",
            subject=handoff.id,
        )


def _post_to_thread(
    turn: Turn, handoff: Handoff, kind: ThreadPost, text: SafeText, *, key: str, author: str | None = None
) -> None:
    turn.effect(
        PostToThread(handoff_id=handoff.id, kind=kind, text=text, author=author),
        key=key,
        lane=thread_lane(handoff.id),
        subject=handoff.id,
    )


def verdict_reason_to_thread(turn: Turn, conversation_id: str, role: Role, reason: SafeText) -> None:
    """Somebody said what was wrong with the answer: the agents who have the conversation should know."""
    handoff = turn.tx.handoffs.open_in(conversation_id)
    if handoff is not None:
        words = compose("What was wrong with the answer ({role}):\n{reason}", role=redact(role.value), reason=reason)
        _post_to_thread(turn, handoff, ThreadPost.EVENT, words, key=new_id("reason"))

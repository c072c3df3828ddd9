"""Notifications about a handoff: in the employee's thread, in the handoff's thread, or to one person alone."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message, Text, Translator
from bot.helpdesk.model.chat import Address, ThreadAddress
from bot.helpdesk.model.content import AgentNotice, EmployeeNotice, ForAgents, LinkedPlace, PersonalNotice
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import (
    DismissPrompt,
    Effect,
    Form,
    OpenForm,
    PostMessage,
    PrivateNote,
    UpdateMessage,
)
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, Score, SolvedQuestion, Transition
from bot.helpdesk.model.history import REOPENINGS, REPLIES, TimelineEntry, TimelineEvent
from bot.helpdesk.model.target import EmployeeThread, FixedTarget, HandoffThread, SentMessage
from bot.helpdesk.redaction import SafeText
from bot.helpdesk.unit_of_work import UnitOfWork


def has_answered(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether an agent has written to the employee since the handoff was last opened."""
    for entry in reversed(uow.tx.timeline.of_handoff(handoff.id)):
        if entry.event in REPLIES:
            return True
        if entry.event is TimelineEvent.OPENED or entry.event in REOPENINGS:
            return False
    return False


def record_notice(uow: UnitOfWork, handoff: Handoff, notice: Effect) -> Handoff:
    """Stores which notice has the employee's buttons now."""
    handoff = replace(handoff, notices=replace(handoff.notices, current=notice.id))
    uow.tx.handoffs.save(handoff)
    return handoff


def close_notice(uow: UnitOfWork, handoff: Handoff, choice: Message | None = None) -> Handoff:
    """Removes the buttons from the current notice, if there is one, and adds the employee's score and `choice`."""
    if handoff.notices.current is None:
        return handoff
    notice = uow.tx.effects.get(handoff.notices.current)
    if notice is not None:
        ending = handoff.resolution
        choices = [] if choice is None else [choice]
        if ending.question is SolvedQuestion.SCORE and ending.score is not None:
            choices.insert(0, messages.employee.you_scored(ending.score))
        remove_buttons(uow, notice, *choices, subject=handoff.id)
    handoff = replace(handoff, notices=replace(handoff.notices, current=None))
    uow.tx.handoffs.save(handoff)
    return handoff


def remove_buttons(uow: UnitOfWork, notice: Effect, *choices: Message, subject: str) -> None:
    """Removes the buttons of a transition or an offer from a notice to the employee, and adds their `choices`."""
    if not isinstance(notice.body, PostMessage) or not isinstance(notice.body.content, EmployeeNotice):
        return
    content = notice.body.content
    translator = uow.config.catalog.in_language(content.language)
    text = "\n".join((content.text, *map(translator.sentence, choices)))
    closed = replace(content, text=text, withdraws=None, asks=None, scores=None, offers=None, another=None)
    uow.effect(
        UpdateMessage(content=closed, to=SentMessage(notice.id)),
        key=f"close:{notice.id}",
        lane=notice.lane,
        subject=subject,
    )


def tell(
    uow: UnitOfWork,
    conversation: Conversation,
    text: Text,
    *,
    key: str,
    thread: str | None = None,
    person: str | None = None,
    words: str | None = None,
    offers_person: bool = False,
    asks: str | None = None,
    scores: str | None = None,
    withdraws: str | None = None,
    reopens: str | None = None,
    offers: str | None = None,
    another: str | None = None,
    while_waiting: str | None = None,
    urgency: int = 0,
) -> Effect:
    """Posts a text of the bot to the employee, in `thread` or, by default, in the thread where they wrote last.

    Buttons and the parts of the text are described at `EmployeeNotice`.
    """
    translator = uow.translator_of(conversation)
    notice = EmployeeNotice(
        text=translator.sentence(text),
        language=translator.language,
        person=person,
        words=words,
        offer=conversation.id if offers_person else None,
        asks=asks,
        scores=scores,
        withdraws=withdraws,
        reopens=reopens,
        offers=offers,
        another=another,
        while_waiting=while_waiting,
    )
    to = _thread_of(conversation, thread) if thread else employee_thread(uow, conversation)
    return uow.effect(
        PostMessage(content=notice, to=to),
        key=key,
        lane=Lane.TALK.of(conversation.id),
        subject=conversation.id,
        urgency=urgency,
    )


def retell(
    uow: UnitOfWork,
    conversation: Conversation,
    to: FixedTarget | SentMessage,
    text: Text,
    *,
    key: str,
    subject: str,
    person: str | None = None,
    words: str | None = None,
    scores: str | None = None,
    score: Score | None = None,
) -> None:
    """Replaces a notice to the employee and removes its buttons, but for those of the question `scores`."""
    translator = uow.translator_of(conversation)
    notice = EmployeeNotice(
        text=translator.sentence(text),
        language=translator.language,
        person=person,
        words=words,
        scores=scores,
        score=score,
    )
    uow.effect(
        UpdateMessage(content=notice, to=to),
        key=key,
        lane=Lane.TALK.of(conversation.id),
        subject=subject,
    )


def pressed_message(pressed: Pressed) -> FixedTarget:
    """Returns the message with the button."""
    return FixedTarget(pressed.address.surface, pressed.address.channel, message=pressed.address.message)


def employee_thread(uow: UnitOfWork, conversation: Conversation) -> EmployeeThread:
    """Returns the thread in which the employee wrote last; without agent view a conversation spans several."""
    thread = conversation.thread
    if uow.config.surface(conversation.surface).joins_open_conversation:
        recent = uow.tx.questions.recent_in(conversation.id, conversation.opened_at)
        thread = recent[-1].thread if recent else thread
    return _thread_of(conversation, thread)


def _thread_of(conversation: Conversation, thread: str) -> EmployeeThread:
    return EmployeeThread(replace(conversation.address, thread=thread), conversation.employee)


def log_event(
    uow: UnitOfWork, handoff: Handoff, event: TimelineEvent, *, person: str | None, detail: str | None = None
) -> None:
    """Adds an entry to the timeline."""
    uow.tx.timeline.add(
        TimelineEntry(
            id=new_id("tml"),
            conversation_id=handoff.conversation_id,
            handoff_id=handoff.id,
            event=event,
            person=person,
            detail=detail,
            at=uow.now,
        )
    )


def send_private_note(
    uow: UnitOfWork, pressed: Pressed, text: Text, *, about: str | None = None, place: LinkedPlace | None = None
) -> None:
    """Answers a press with a note that only the person who pressed sees; `place` is by default where they pressed."""
    send_private_note_to(
        uow,
        pressed.person,
        beside(pressed.address),
        text,
        subject=pressed.subject,
        about=about,
        place=place or LinkedPlace(channel=pressed.address.channel),
    )


def place_of_handoff(handoff: Handoff) -> LinkedPlace:
    """Returns the handoff as a place to link to."""
    return LinkedPlace(channel=handoff.channel, name=handoff.name, message=handoff.thread)


def beside(address: Address) -> FixedTarget:
    """Returns where a private note about a message is shown: in its thread, or outside of threads for a root.

    A private note in a thread is visible only while the thread is open, and a card can be pressed outside of it.
    """
    return FixedTarget(address.surface, address.channel, None if address.is_root else address.thread)


def send_private_note_to(
    uow: UnitOfWork,
    person: str,
    to: FixedTarget,
    text: Text,
    *,
    subject: str,
    about: str | None = None,
    place: LinkedPlace | None = None,
) -> None:
    """Sends a note that only this person sees: in the channel or, if they are not in it, in their DM."""
    translator = private_translator(uow, person, to)
    uow.effect(
        PrivateNote(content=personal_notice(translator, text, person=about, place=place), to=to, person=person),
        key=new_id("private"),
        lane=Lane.PRIVATE.of(person),
        subject=subject,
    )


def private_translator(uow: UnitOfWork, person: str, to: FixedTarget) -> Translator:
    """Returns the translator for a private note: that of the agents in their channels, else the person's own."""
    return uow.agents if to.channel in uow.config.channels else uow.translator_for(to.surface, person)


def personal_notice(
    translator: Translator, text: Text, *, person: str | None = None, place: LinkedPlace | None = None
) -> PersonalNotice:
    """Returns a notice for one person in their language. `place` is kept only if the text names it."""
    said = translator.sentence(text)
    return PersonalNotice(
        text=said, language=translator.language, person=person, place=place if "{place}" in said else None
    )


def open_form(uow: UnitOfWork, pressed: Pressed, form: Form, *, words_required: bool = False) -> None:
    """Opens a form for the person who pressed. If it comes too late, they are asked to press again."""
    uow.effect(
        OpenForm(
            form=form,
            trigger=pressed.trigger,
            subject=pressed.subject,
            to=replace(beside(pressed.address), message=pressed.address.message),
            person=pressed.person,
            expires_at=pressed.at + uow.config.surface(pressed.address.surface).form_seconds,
            words_required=words_required,
            language=private_translator(uow, pressed.person, beside(pressed.address)).language,
        ),
        key=f"form:{pressed.trigger}",
        lane=Lane.FORM.of(pressed.trigger),
        subject=pressed.subject,
    )


def dismiss_prompt(uow: UnitOfWork, pressed: Pressed, prompt: str) -> None:
    """Removes a private question that was answered, so that it is not pressed again."""
    uow.effect(
        DismissPrompt(surface=pressed.address.surface, prompt=prompt),
        key=new_id("away"),
        lane=Lane.PRIVATE.of(pressed.person),
        subject=pressed.subject,
    )


def post_to_thread(
    uow: UnitOfWork,
    handoff: Handoff,
    text: Text,
    *,
    key: str,
    person: str | None = None,
    by: str | None = None,
    words: SafeText | None = None,
    on_call: str | None = None,
    offers: Transition | None = None,
    once: bool = False,
) -> None:
    """Posts a text of the bot below the handoff's card. The parts of the text are described at `AgentNotice`."""
    notice = AgentNotice(
        handoff_id=handoff.id,
        text=uow.agents.safe_sentence(text),
        person=person,
        by=by,
        words=words,
        on_call=on_call,
        offers=offers,
    )
    post_below_card(uow, handoff, notice, key=key, once=once)


def post_below_card(uow: UnitOfWork, handoff: Handoff, content: ForAgents, *, key: str, once: bool = False) -> None:
    """Posts in the handoff's thread. `once`: unless that was decided under this key already."""
    decide = uow.effect_once if once else uow.effect
    decide(
        PostMessage(content=content, to=HandoffThread(handoff.id)),
        key=key,
        lane=Lane.THREAD.of(handoff.id),
        subject=handoff.id,
    )


def load_pressed(uow: UnitOfWork, pressed: Pressed) -> tuple[Handoff, Conversation] | None:
    """Returns the handoff of a button and its conversation. If either is gone, the person who pressed is told."""
    found = load(uow, pressed.subject)
    if found is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
    return found


def load(uow: UnitOfWork, handoff_id: str | None) -> tuple[Handoff, Conversation] | None:
    """Returns the handoff and its conversation, or None where either is gone."""
    handoff = uow.tx.handoffs.get(handoff_id)
    conversation = uow.tx.conversations.get(handoff.conversation_id) if handoff else None
    return None if handoff is None or conversation is None else (handoff, conversation)


def post_unreachable(uow: UnitOfWork, thread: ThreadAddress, *, removed: bool = False) -> None:
    """Tells the agents that a message could not be delivered: the employee's account is deactivated.

    `removed`: instead, they have removed or blocked the bot. Posted once until the employee writes again, and only if
    the conversation has a handoff.
    """
    conversation = uow.tx.conversations.of_thread(thread)
    if conversation is None and uow.config.surface(thread.surface).joins_open_conversation:
        # It spans several threads, and is named after the first.
        conversation = uow.tx.conversations.latest_in(thread.surface, thread.channel)
    handoff = uow.tx.handoffs.current_in(conversation.id) if conversation else None
    if conversation is None or handoff is None:
        return
    chat = uow.config.surface(conversation.surface).name
    words = (messages.agents.removed_the_bot if removed else messages.agents.unreachable)(chat)
    key = f"unreachable:{handoff.id}:{conversation.last_at!r}"
    post_to_thread(uow, handoff, words, key=key, person=conversation.employee, once=True)


def post_claimer_gone(uow: UnitOfWork, handoff_id: str, person: str) -> None:
    """Tells the agents that the employee has written although the claimer's account is deactivated."""
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is None or not handoff.has_agent:
        return
    if handoff.claim is None or handoff.claim.by != person:
        return
    key = f"claimer_gone:{handoff.id}:{handoff.claim.at!r}"
    post_to_thread(uow, handoff, messages.agents.CLAIMER_GONE, key=key, person=person, once=True)

"""The card of a handoff, and the posts in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat_markdown.beginnings import beginning_of
from bot.chat_markdown.links import safe_target
from bot.chat_markdown.splitting import shortened
from bot.helpdesk import messages
from bot.helpdesk.handoffs.card_words import (
    RATINGS,
    all_reasons,
    capitalised,
    confidence_words,
    feedback_on,
    offered_to_agents,
    question_on_card,
    state_emoji,
    verdict_words,
    who_has_it,
)
from bot.helpdesk.handoffs.drafts import LONGEST_EDITED
from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.content import AgentNotice, AlarmMessage, DraftFoot, DraftPart, EmployeeMessage, FullAnswer
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Card, HandoffState, Outcome, Transition
from bot.teams import actions
from bot.teams.markdown import (
    escape_markdown,
    excerpt,
    plain_excerpt,
    plain_text,
    quoted,
    render_sentence,
    teams_markdown,
    words_of_person,
)
from bot.teams.views.activity import Activity
from bot.teams.views.cards import (
    Json,
    adaptive_card,
    boxed,
    choice_input,
    cut_text,
    fact,
    fact_set,
    fits,
    form_button,
    heading,
    hint,
    markdown_blocks,
    moment,
    press,
    quotation,
    sentence_blocks,
    small_print,
    text_block,
    text_input,
    title,
    toggle_input,
    verb_button,
)
from bot.teams.views.people import PeopleNames

# The others stand in the menu.
_BUTTONS = frozenset({Transition.CLAIM, Transition.JOIN, Transition.RESOLVE, Transition.REOPEN, Transition.HAND_BACK})
_REASONS_SHOWN = 300
# Characters of each text behind *Show all*.
_LONGEST_WHOLE = 4_000
_MOST_CHOICES = 100
# Characters of the part of a draft that has the buttons.
_LONGEST_DRAFT = 8_000
_MEMBERS = "graph.microsoft.com/users?scope=currentContext"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """The surroundings of a content: its reader, the people in it, its delivery key, and whom it can be assigned to.

    `members` empty: they are not known, and Teams itself offers those of the channel.
    """

    t: Translator
    names: PeopleNames
    key: str = ""
    members: Sequence[Person] = ()


def card_activity(view: CardView, card: Card) -> Activity:
    """Renders the card, which fits one screen: long texts are cut short, and rare buttons stand in a menu."""
    t = view.t
    asked = question_on_card(t, card)
    whole = _card(view, card, _buttons(view, card))
    if not fits(whole):
        # Nothing on the card is lost: the whole texts are in its thread.
        whole = _card(view, card, _buttons(view, card, with_texts=False))
    summary = f"{card.name} ({t(labels.state(card.state.value))}): {excerpt(asked)}"
    return Activity(card=whole, summary=summary, mentions=view.names.mentions)


def _card(view: CardView, card: Card, buttons: Sequence[Json]) -> Json:
    t = view.t
    body = [
        title(f"{state_emoji(card.state, card.resolution)} {card.name}"),
        fact_set(_facts(view, card)),
        heading(t(labels.QUESTION)),
        quotation(str(beginning_of(question_on_card(t, card)))),
        *_answer(view, card),
        heading(t(labels.REASONS)),
        *_reasons(card),
        *_resolution(t, card),
        *_small_print(view, card),
    ]
    return adaptive_card(body, buttons, mentions=view.names.mentions, wide=True)


def _facts(view: CardView, card: Card) -> list[Json]:
    t, names = view.t, view.names
    facts = [
        fact(t(labels.ASKED_BY), names.written(card.employee)),
        fact(t(labels.STATE), escape_markdown(capitalised(who_has_it(t, card, names.plain)))),
        fact(t(labels.PRIORITY), escape_markdown(capitalised(t(labels.priority(card.priority))))),
    ]
    if card.answer_by is not None and card.state is HandoffState.OPEN:
        facts.append(fact(t(labels.OVERDUE if card.late else labels.TARGET), moment(card.answer_by)))
    return [*facts, _ticket(t, card)]


def _ticket(t: Translator, card: Card) -> Json:
    """Shows the ticket's number and status, or why there is no ticket."""
    ticket, name = card.ticket, t(labels.TICKET)
    if ticket.ref is None and ticket.trouble is not None:
        return fact(name, f"⚠️ {render_sentence(ticket.trouble, {})}")
    if ticket.ref is None:
        return fact(name, escape_markdown(capitalised(t(labels.TICKET_AWAITED if ticket.wanted else labels.NO_TICKET))))
    number = escape_markdown(" ".join(ticket.ref.number.split()))
    address = safe_target(ticket.ref.url or "")
    linked = f"[{number}]({address})" if address else number
    return fact(name, linked if ticket.status is None else f"{linked} · {escape_markdown(ticket.status)}")


def _reasons(card: Card) -> list[Json]:
    shown = shortened(all_reasons(card), _REASONS_SHOWN).split("\n")
    return [{**text_block(escape_markdown(line)), "spacing": "None"} for line in shown]


def _answer(view: CardView, card: Card) -> list[Json]:
    """Shows the beginning of the answer, with its ratings. A draft stands in the thread and has its buttons there."""
    t, answer = view.t, card.answer
    if card.hidden:
        return []
    name = t(messages.agents.ANSWER)
    if answer is None:
        missing = labels.ANSWER_AWAITED if card.answer_awaited else labels.NO_ANSWER
        # Where there is nothing to reveal, nothing was asked.
        return [heading(f"{name}{t(labels.COLON)} {t(missing)}")] if card.revealable else []
    confidence = f"{t(labels.CONFIDENCE)}{t(labels.COLON)} {confidence_words(t, answer.confidence)}"
    if answer.drafted:
        return [heading(f"{name}{t(labels.COLON)} {t(messages.agents.DRAFT_BELOW)} · {confidence}")]
    seen = labels.ANSWER_SEEN if answer.shown_to_employee else labels.ANSWER_UNSEEN
    return [
        heading(f"{name} ({t(seen)}) · {confidence}"),
        quotation(str(beginning_of(plain_text(answer.text)))),
        *_verdicts(view, answer.verdicts),
    ]


def _verdicts(view: CardView, verdicts: Sequence[str]) -> list[Json]:
    words = (verdict_words(view.t, one, view.names.plain) for one in verdicts)
    return [small_print(escape_markdown(" · ".join(words)))] if verdicts else []


def _resolution(t: Translator, card: Card) -> list[Json]:
    ending = card.resolution
    if ending.outcome is None and not ending.is_answered:
        return []
    outcome = t(labels.RESOLVED_BEFORE)
    if ending.outcome:
        outcome = f"{t(labels.OUTCOME)}{t(labels.COLON)} {t(labels.outcome_name(ending.outcome))}"
    words = card.resolution_text or ""
    shown = [heading(t(labels.RESOLUTION_SHOWN)), quotation(str(beginning_of(words)))] if words else []
    return [*shown, small_print(escape_markdown(" · ".join((outcome, *map(t, feedback_on(ending))))))]


def _small_print(view: CardView, card: Card) -> list[Json]:
    t, reveal = view.t, card.reveal
    notes = [
        *([t(labels.last_revealed(view.names.written(reveal.by), moment(reveal.at)))] if reveal is not None else ()),
        *([escape_markdown(t(messages.agents.CARD_REPLACED))] if card.replaces_deleted else ()),
        *([escape_markdown(t(messages.agents.FULL_TEXT_BELOW))] if card.has_long_text else ()),
    ]
    return [small_print(note) for note in notes]


# Buttons of the card.


def _buttons(view: CardView, card: Card, *, with_texts: bool = True) -> list[Json]:
    """Builds the buttons that are pressed most, and the menu with the others."""
    t, allowed = view.t, offered_to_agents(card.state)
    row = [transition_button(view, one, card.handoff_id) for one in allowed if one in _BUTTONS]
    reveal = press(t(labels.REVEAL), Button.REVEAL, card.handoff_id, view.key, menu=not card.hidden)
    if card.hidden:
        row.append(reveal)
    if with_texts and (whole := _whole_texts(t, card)):
        row.append(form_button(t(labels.SHOW_ALL), whole, None))
    menu = [transition_button(view, one, card.handoff_id, menu=True) for one in allowed if one not in _BUTTONS]
    if card.revealable and not card.hidden:
        menu.append(reveal)
    return [*row, *menu, *_other_entries(view, card)]


def _other_entries(view: CardView, card: Card) -> list[Json]:
    t, key = view.t, view.key
    entries = []
    if card.answer is not None and not card.hidden and not card.answer.drafted:
        entries += [press(t(label), rating, card.answer.id, key, menu=True) for label, rating in RATINGS]
    if card.ticket.given_up:
        entries.append(press(t(labels.RETRY_TICKET), Button.RETRY_TICKET, card.handoff_id, key, menu=True))
    entries.append(press(t(labels.EXPLAIN), Button.EXPLAIN, card.handoff_id, key, menu=True))
    data = {actions.SUBJECT: card.handoff_id}
    return [*entries, verb_button(t(labels.SHOW_IDS), actions.SHOW_IDS, data, key, menu=True)]


def transition_button(view: CardView, transition: Transition, handoff_id: str, *, menu: bool = False) -> Json:
    """Builds the button for a transition, wherever it is offered, with the form that it needs."""
    t, row = view.t, TRANSITIONS[transition]
    assert row.label is not None
    match transition:
        case Transition.RESOLVE:
            send = press(t(labels.SEND), transition, handoff_id, view.key, primary=True)
            return form_button(t(row.label), _resolution_form(t), send, menu=menu)
        case Transition.ASSIGN:
            send = press(t(labels.SEND), transition, handoff_id, view.key, primary=True)
            return form_button(t(row.label), _assignee_form(t, view.members), send, menu=menu)
    return press(t(row.label), transition, handoff_id, view.key, primary=row.primary, menu=menu)


def _resolution_form(t: Translator) -> list[Json]:
    outcomes = [(t(labels.outcome_option(outcome)), outcome.value) for outcome in Outcome]
    return [
        text_input(actions.WORDS, t(labels.RESOLUTION)),
        hint(t(labels.RESOLUTION_HINT)),
        choice_input(actions.OUTCOME, t(labels.OUTCOME), outcomes, value=Outcome.SOLVED.value, style="expanded"),
        toggle_input(actions.REFERENCE, t(labels.MAKE_REFERENCE)),
        hint(t(labels.REFERENCE_HINT)),
    ]


def _assignee_form(t: Translator, members: Sequence[Person]) -> list[Json]:
    """Builds the choice of an assignee among the members of the channel; who is no member is refused later."""
    known = [(person.name or person.id, person.id) for person in members]
    required: Json = {"isRequired": True, "errorMessage": t(labels.ASSIGNEE_HINT)}
    if 0 < len(known) <= _MOST_CHOICES:
        return [choice_input(actions.ASSIGNEE, t(labels.ASSIGNEE), known, **required)]
    query: Json = {"choices.data": {"type": "Data.Query", "dataset": _MEMBERS}}
    return [choice_input(actions.ASSIGNEE, t(labels.ASSIGNEE), [], **required, **query)]


def _whole_texts(t: Translator, card: Card) -> list[Json]:
    """Returns the texts that the card cuts short; none if it shows all of them."""
    answer = plain_text(card.answer.text) if card.answer and not card.hidden else ""
    texts = [
        (labels.QUESTION, question_on_card(t, card), ""),
        (messages.agents.ANSWER, answer, "drafted" if card.answer and card.answer.drafted else ""),
        (labels.REASONS, all_reasons(card), "long" if len(all_reasons(card)) > _REASONS_SHOWN else ""),
        (labels.RESOLUTION_SHOWN, card.resolution_text or "", ""),
    ]
    if not any(beginning_of(text).rest or cut for _, text, cut in texts if text):
        return []
    shown = ((name, cut_text(t, text, _LONGEST_WHOLE)) for name, text, _ in texts if text)
    return [block for name, text in shown for block in (heading(t(name)), quotation(text))]


# Posts in the thread.


def agent_notice_activity(view: CardView, notice: AgentNotice) -> Activity:
    """Renders a text of the desk for agents, with somebody's words inside if there are any."""
    names = view.names
    inserted = {"{person}": names.mention(notice.person), "{on_call}": escape_markdown(notice.on_call or "")}
    text = notice.text if notice.on_call is None else f"**{{on_call}}**: {notice.text}"
    if notice.offers is not None:
        body = [*sentence_blocks(_without_words(text), inserted), *_quotation_of(notice.words)]
        button = transition_button(view, notice.offers, notice.handoff_id)
        card = adaptive_card(body, [button], mentions=names.mentions)
        return Activity(card=card, summary=plain_excerpt(notice.text), mentions=names.mentions)
    written = with_words(text, inserted, notice.words)
    return Activity(text=written, summary=plain_excerpt(notice.text), mentions=names.mentions)


def _without_words(text: str) -> str:
    return text.replace("{words}", "").strip()


def _quotation_of(words: str | None) -> list[Json]:
    return [quotation(str(beginning_of(words)))] if words else []


def with_words(text: str, inserted: dict[str, str], words: str | None, *, formatted: bool = False) -> str:
    """Renders a sentence with a quotation of somebody's words in place of `{words}`, or at its end."""
    if words is None:
        return render_sentence(text, inserted)
    before, _, after = text.partition("{words}")
    quotation_of = quoted(words_of_person(words, formatted=formatted) or " ")
    parts = (render_sentence(before.strip(), inserted), quotation_of, render_sentence(after.strip(), inserted))
    return "\n\n".join(part for part in parts if part.strip())


def employee_activity(t: Translator, names: PeopleNames, written: EmployeeMessage) -> Activity:
    """Renders the employee's words in the thread, also after an edit or a deletion."""
    author = names.written(written.author)
    plain = names.plain(written.author)
    if written.text is None:
        return Activity(
            text=f"*{escape_markdown(t(labels.message_deleted(plain)))}*", summary=t(labels.message_deleted(plain))
        )
    head = f"**{t(labels.writes(author, edited=written.edited))}**"
    if written.hidden:
        hidden = t(messages.agents.HIDDEN_MESSAGE)
        return Activity(text=f"{head}\n\n*{escape_markdown(hidden)}*", summary=f"{plain}: {hidden}")
    return Activity(text=f"{head}\n\n{words_of_person(written.text)}", summary=f"{plain}: {excerpt(written.text)}")


def full_answer_activity(t: Translator, answer: FullAnswer) -> Activity:
    """Renders an answer that is too long for the card."""
    head = render_sentence(t.sentence(messages.agents.WHOLE_ANSWER), {})
    summary = f"{t(messages.agents.ANSWER)}{t(labels.COLON)} {plain_excerpt(answer.text)}"
    return Activity(text=f"{head}\n\n{teams_markdown(answer.text)}", summary=summary)


def draft_activity(view: CardView, draft: DraftPart) -> Activity:
    """Renders a draft of the assistant, which only agents see: its last part as a card with the buttons."""
    t, names = view.t, view.names
    sent = draft.foot is not None and draft.foot.sent_by is not None
    introduction = t.sentence(messages.agents.draft(asked=draft.asked_by is not None, sent=sent))
    inserted = {"{person}": names.written(draft.asked_by) if draft.asked_by else escape_markdown(t(labels.SOMEONE))}
    summary = f"{t(messages.agents.DRAFT)}{t(labels.COLON)} {plain_excerpt(draft.text)}"
    if draft.foot is None:
        head = render_sentence(introduction, inserted)
        return Activity(text=f"{head}\n\n{teams_markdown(draft.text)}", summary=summary)
    body = [
        *sentence_blocks(introduction, inserted),
        boxed(markdown_blocks(cut_text(t, draft.text, _LONGEST_DRAFT))),
        *_draft_foot(view, draft.foot),
    ]
    buttons = _draft_buttons(view, draft, draft.foot)
    return Activity(card=adaptive_card(body, buttons, wide=True), summary=summary)


def _draft_foot(view: CardView, foot: DraftFoot) -> list[Json]:
    t, names = view.t, view.names
    notes = [
        f"{t(labels.CONFIDENCE)}{t(labels.COLON)} {confidence_words(t, foot.confidence)}",
        *(verdict_words(t, verdict, names.plain) for verdict in foot.verdicts),
        *([t(labels.draft_sent_by(names.plain(foot.sent_by), edited=foot.sent_edited))] if foot.sent_by else ()),
    ]
    sources = " · ".join(source.title for source in foot.sources)
    listed = [small_print(escape_markdown(f"{t(labels.SOURCES)}{t(labels.COLON)} {sources}"))] if sources else []
    return [*listed, small_print(escape_markdown(" · ".join(notes)))]


def _draft_buttons(view: CardView, draft: DraftPart, foot: DraftFoot) -> list[Json]:
    t, answer_id, key = view.t, foot.answer_id, view.key
    rate = [press(t(label), rating, answer_id, key) for label, rating in RATINGS]
    if foot.sent_by is not None:
        return rate
    send = press(t(labels.SEND_DRAFT), Button.SEND_DRAFT, answer_id, key, primary=True)
    if len(draft.text) > LONGEST_EDITED:
        return [send, *rate]
    error = t(messages.anyone.NO_WORDS_IN_FORM)
    field = text_input(
        actions.WORDS, t(labels.DRAFT_WORDS), value=draft.text.strip(), error=error, most=2 * LONGEST_EDITED
    )
    submit = press(t(labels.SEND), Button.EDIT_DRAFT, answer_id, key, primary=True)
    form = form_button(t(labels.EDIT_DRAFT), [field, hint(t(labels.DRAFT_HINT))], submit)
    return [send, form, *rate]


def alarm_activity(t: Translator, alarm: AlarmMessage) -> Activity:
    """Renders an alarm and its duration. It may hold codes and names of other systems."""
    in_all = f" · {t(labels.in_all(alarm.count))}" if alarm.count > 1 else ""
    if alarm.over_at is None:
        head, small = "🚨", t(labels.since(moment(alarm.since)))
    else:
        head, small = f"✅ {t(labels.OVER)}", t(labels.lasted(moment(alarm.since), moment(alarm.over_at)))
    body = [*sentence_blocks(f"{head} {alarm.text}", {}), small_print(small + in_all)]
    return Activity(card=adaptive_card(body), summary=f"{head} {plain_excerpt(alarm.text)}")

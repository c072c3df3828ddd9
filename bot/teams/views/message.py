"""Messages of the desk as activities of Teams: those to the employee, and `render` for every content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.helpdesk.handoffs.card_words import way_to_send
from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.article import ArticleCard
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    Content,
    ContinuationNotice,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    ForAgents,
    FullAnswer,
    LinkedPlace,
    PersonalNotice,
    ReviewDigest,
    SentDraft,
)
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card, Score, Transition
from bot.helpdesk.model.search_result import SearchReport
from bot.teams.markdown import escape_markdown, excerpt, plain_excerpt, render_sentence, teams_markdown, words_of_person
from bot.teams.views.activity import Activity, cited
from bot.teams.views.article import article_activity
from bot.teams.views.cards import Json, adaptive_card, press, quotation, sentence_blocks
from bot.teams.views.gap import gap_activity
from bot.teams.views.handoff import (
    CardView,
    agent_notice_activity,
    alarm_activity,
    card_activity,
    draft_activity,
    employee_activity,
    full_answer_activity,
    transition_button,
    with_words,
)
from bot.teams.views.people import Link, Lookup, PeopleNames
from bot.teams.views.review import digest_activity
from bot.teams.views.search_report import search_report_activity


def answer_activity(t: Translator, part: AnswerPart) -> Activity:
    """Renders a part of an answer. The last one has the sources, Teams' thumbs and the way to a person."""
    text = teams_markdown(part.text)
    if not part.last:
        return Activity(text=text, summary=plain_excerpt(part.text), ai_generated=True)
    if part.line is not None:
        text = f"{text}\n\n*{render_sentence(part.line, {}).replace('**', '')}*"
    return Activity(
        text=text,
        summary=plain_excerpt(part.text),
        ai_generated=True,
        sources=cited(part.sources),
        rateable=True,
        suggested=(t(labels.TALK_TO_A_PERSON),),
    )


def notice_activity(view: CardView, notice: EmployeeNotice) -> Activity:
    """Renders a text of the bot: as a card if it has buttons, else as words with suggested actions."""
    t = view.t
    # An agent is not in the chat, so Teams would notify nobody of a mention.
    person = escape_markdown(t(labels.SOMEONE)) if notice.person is None else view.names.written(notice.person)
    inserted = {"{person}": f"**{person}**" if notice.person else person}
    buttons = _notice_buttons(view, notice)
    if not buttons:
        written = with_words(notice.text, inserted, notice.words, formatted=True)
        return Activity(text=written, summary=plain_excerpt(notice.text), suggested=_suggested(t, notice))
    before, _, after = notice.text.partition("{words}")
    body = [
        *(sentence_blocks(before.strip(), inserted) if before.strip() else ()),
        *([quotation(notice.words)] if notice.words is not None else ()),
        *(sentence_blocks(after.strip(), inserted) if after.strip() else ()),
    ]
    return Activity(card=adaptive_card(body, buttons), summary=plain_excerpt(before or after))


def _suggested(t: Translator, notice: EmployeeNotice) -> tuple[str, ...]:
    offered = [
        *([t(labels.ASK_A_COLLEAGUE)] if notice.offers is not None else ()),
        *([t(labels.TALK_TO_A_PERSON)] if notice.offer is not None else ()),
    ]
    return tuple(offered)


def _notice_buttons(view: CardView, notice: EmployeeNotice) -> list[Json]:
    t, key = view.t, view.key
    buttons: list[Json] = []
    if notice.asks is not None:
        buttons.append(press(t(labels.SOLVED), Button.SOLVED, notice.asks, key, primary=True))
        buttons.append(press(t(labels.NOT_SOLVED), Button.NOT_SOLVED, notice.asks, key))
    if notice.scores is not None:
        buttons += [_score_button(view, score, notice) for score in Score]
    if notice.withdraws is not None:
        buttons.append(transition_button(view, Transition.WITHDRAW, notice.withdraws))
    if notice.reopens is not None:
        buttons.append(press(t(labels.REOPEN), Button.REOPEN_MINE, notice.reopens, key))
        buttons.append(press(t(labels.ALL_GOOD), Button.ALL_GOOD, notice.reopens, key))
    if notice.another is not None:
        buttons.append(press(t(labels.OPEN_ANOTHER), Button.OPEN_ANOTHER, notice.another, key))
    return buttons


def _score_button(view: CardView, score: Score, notice: EmployeeNotice) -> Json:
    """Builds the button for a score; the one that the employee has given stands out."""
    assert notice.scores is not None
    number = press(str(int(score)), score, notice.scores, view.key, primary=score is notice.score)
    return {**number, "tooltip": view.t(labels.score_button(score))}


def relay_activity(t: Translator, names: PeopleNames, relayed: AgentMessage) -> Activity:
    """Renders the words of an agent, or of somebody who works in the ticket system."""
    plain = names.plain(relayed.author) if relayed.name is None else " ".join(relayed.name.split())
    words = words_of_person(relayed.text, formatted=relayed.name is None)
    return Activity(text=f"{_from_support(t, plain)}\n\n{words}", summary=f"{plain}: {excerpt(relayed.text)}")


def _from_support(t: Translator, name: str) -> str:
    return f"**{escape_markdown(t(labels.from_support(name)))}**"


def sent_draft_activity(t: Translator, names: PeopleNames, draft: SentDraft) -> Activity:
    """Renders a draft of the assistant that an agent sends."""
    plain = names.plain(draft.author)
    text = f"{_from_support(t, plain)}\n\n{teams_markdown(draft.text)}"
    return Activity(text=text, summary=f"{plain}: {plain_excerpt(draft.text)}")


def personal_notice_activity(view: CardView, note: PersonalNotice, link: Link) -> Activity:
    """Renders a notice for one person; with two buttons if it asks whether to send a message."""
    t, names = view.t, view.names
    person = f"**{names.written(note.person)}**" if note.person else escape_markdown(t(labels.SOMEONE))
    inserted = {"{person}": person, "{place}": _place(t, note.place, link)}
    if note.relay_id is None:
        return Activity(text=render_sentence(note.text, inserted), summary=plain_excerpt(note.text))
    label, pressed = way_to_send(note)
    buttons = [
        press(t(label), pressed, note.relay_id, view.key, primary=True),
        press(t(labels.KEEP_INSIDE), Button.KEEP_INTERNAL, note.relay_id, view.key),
    ]
    card = adaptive_card(sentence_blocks(note.text, inserted), buttons)
    return Activity(card=card, summary=plain_excerpt(note.text))


def _place(t: Translator, place: LinkedPlace | None, link: Link) -> str:
    """Returns a link to a handoff. Teams has no mentions of channels, so one without a name is described."""
    if place is None or place.name is None:
        return escape_markdown(t(labels.THE_HANDOFF_CHANNEL))
    name = escape_markdown(place.name)
    return f"[{name}]({link(place.channel, place.message)})" if place.message else f"**{name}**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The surroundings of a message: names, links, its delivery key, and the members of its channel."""

    people: Lookup
    link: Link
    key: str = ""
    members: Sequence[Person] = ()


def render(t: Translator, content: Content | PersonalNotice | SearchReport, rendering: Rendering) -> Activity:
    """Renders a content as one message, whose text may be too long for one activity."""
    names = PeopleNames(rendering.people, t(labels.SOMEONE))
    view = CardView(t=t, names=names, key=rendering.key, members=rendering.members)
    match content:
        case AnswerPart():
            return answer_activity(t, content)
        case EmployeeNotice():
            return notice_activity(view, content)
        case ContinuationNotice():
            return Activity(text=render_sentence(content.text, {}), summary=plain_excerpt(content.text))
        case AgentMessage():
            return relay_activity(t, names, content)
        case SentDraft():
            return sent_draft_activity(t, names, content)
        case PersonalNotice():
            return personal_notice_activity(view, content, rendering.link)
        case SearchReport():
            return search_report_activity(view, content, rendering.link)
        case _:
            return _for_agents(view, content)


def _for_agents(view: CardView, content: ForAgents) -> Activity:
    t, names = view.t, view.names
    match content:
        case Card():
            return card_activity(view, content)
        case AgentNotice():
            return agent_notice_activity(view, content)
        case EmployeeMessage():
            return employee_activity(t, names, content)
        case DraftPart():
            return draft_activity(view, content)
        case FullAnswer():
            return full_answer_activity(t, content)
        case AlarmMessage():
            return alarm_activity(t, content)
        case ArticleCard():
            return article_activity(view, content)
        case ReviewDigest():
            return digest_activity(content)
        case GapCard():
            return gap_activity(view, content)

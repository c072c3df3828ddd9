"""Messages and cards of Teams: valid for version 1.5, small enough, and safe whatever people write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from microsoft_teams.cards import core as models

from bot.helpdesk.handoffs.transition_table import TRANSITIONS, after
from bot.helpdesk.messages import Catalog
from bot.helpdesk.model.article import (
    Article,
    ArticleCard,
    ArticleOrigin,
    ArticleSource,
    ArticleState,
    ArticleWords,
    Signature,
)
from bot.helpdesk.model.chat import Person, PersonKind
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    Content,
    ContinuationNotice,
    DigestFigure,
    DraftFoot,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    FullAnswer,
    LinkedPlace,
    PersonalNotice,
    ReviewDigest,
    SentDraft,
)
from bot.helpdesk.model.conversation import Conversation, Role, Source
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.gap import GapCard, GapState, QueuedGap, Trouble, TroubleCount
from bot.helpdesk.model.handoff import (
    Card,
    CardAnswer,
    CardTicket,
    Claim,
    Grounds,
    Handoff,
    HandoffState,
    Outcome,
    Resolution,
    Reveal,
    Score,
    TicketRef,
    Transition,
)
from bot.helpdesk.model.home import EmployeeRequest, Figures, Filter, Home, Queue, Queued, arrange
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundHandoff, SearchReport
from bot.helpdesk.redaction import SafeText, redact
from bot.teams import actions
from bot.teams.markdown import LONGEST_TEXT, split_answer
from bot.teams.views.activity import Activity, in_one, parts_of
from bot.teams.views.forms import form_activity
from bot.teams.views.home import home_activity
from bot.teams.views.message import Rendering, render
from bot.teams.views.people import NamedPerson
from tests.addresses import SURFACE, channel_at
from tests.english import ENGLISH, messages

PEOPLE = {
    "mia": NamedPerson(name="Mia Muster", mri="29:mia"),
    "ada": NamedPerson(name="Ada <b>*Example*</b>", mri="29:ada"),
    "ben": NamedPerson(name="Ben"),
}
MEMBERS = (Person(id="ada", name="Ada"), Person(id="ben", name=""))
AS_POSTED = Rendering(
    people=PEOPLE.get, link=lambda channel, message: f"https://t.example/{message}", key="eff_1", members=MEMBERS
)

words = st.text(max_size=300) | st.text(alphabet="ab `*_<>&|[]()#\n-!@:/.1${}", max_size=4000)
safe = words.map(redact)

# What Microsoft's own models say of each element, by its type.
BY_TYPE = {
    kind.model_fields["type"].default: kind
    for kind in vars(models).values()
    if isinstance(kind, type) and issubclass(kind, models.SerializableObject) and "type" in kind.model_fields
}
# Of version 1.5 (adaptivecards.io/explorer), as far as they are used here.
IN_1_5 = {
    "AdaptiveCard", "TextBlock", "RichTextBlock", "TextRun", "FactSet", "Container", "ActionSet", "Input.Text",
    "Input.ChoiceSet", "Input.Toggle", "Action.Execute", "Action.ShowCard", "Action.OpenUrl", "Data.Query",
}  # fmt: skip


def elements_of(node: Any) -> Iterator[dict[str, Any]]:
    """Yields every object with a type in a card, at any depth."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from elements_of(value)
    if isinstance(node, dict) and isinstance(node.get("type"), str):
        yield node


def is_sound(activity: Activity) -> dict[str, Any]:
    """Returns the payload of an activity that Teams takes."""
    payload = activity.payload("29:mia")
    assert ("text" in payload) != ("attachments" in payload)
    assert len(json.dumps(payload, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) <= 80_000
    for mention in [one for one in payload.get("entities", ()) if one["type"] == "mention"]:
        assert mention["text"] in payload["text"]
    if activity.card is not None:
        is_sound_card(activity.card)
    return payload


def is_sound_card(card: dict[str, Any]) -> None:
    assert card["version"] == "1.5"
    for element in elements_of({name: value for name, value in card.items() if name != "msteams"}):
        assert element["type"] in IN_1_5
        model = BY_TYPE[element["type"]].model_validate(element)
        # An unknown property would be kept as an extra: Teams would ignore it.
        assert model.model_extra in (None, {}), element
    assert len([one for one in card.get("actions", ()) if one.get("mode") != "secondary"]) <= 6
    text = json.dumps(card["body"], ensure_ascii=False)
    for mention in card.get("msteams", {}).get("entities", ()):
        models.Mention.model_validate(mention)
        assert json.dumps(mention["text"], ensure_ascii=False)[1:-1] in text


def shown(activity: Activity) -> str:
    """Returns everything that is read on a message, without the forms that open."""
    if activity.card is None:
        return activity.text
    body = elements_of(activity.card["body"])
    texts = [str(one.get("text") or one.get("title") or "") for one in body]
    facts = [f"{one['title']}: {one['value']}" for part in activity.card["body"] for one in part.get("facts", ())]
    return "\n".join([*texts, *facts])


def buttons(activity: Activity) -> dict[str, dict[str, Any]]:
    """Returns the buttons of a card by their titles, and those in its forms."""
    assert activity.card is not None
    return {
        one["title"]: one
        for one in elements_of(activity.card)
        if str(one["type"]).startswith("Action.") and "title" in one
    }


def rendered(content: Content | PersonalNotice | SearchReport) -> Activity:
    return render(ENGLISH, content, AS_POSTED)


# Contents.


def grounds(*reasons: str) -> Grounds:
    return Grounds(rules=("unsure answer",), reasons=reasons, fingerprint="f00")


def answer_on_card(text: SafeText) -> CardAnswer:
    return CardAnswer(
        id="ans_1",
        text=text,
        shown_to_employee=True,
        confidence="low (0.1)",
        request_id="req_1",
        verdicts=("employee:bad:mia",),
    )


def card_of(**changed: Any) -> Card:
    card: dict[str, Any] = {
        "handoff_id": "hof_1", "name": "HD-1", "state": HandoffState.OPEN, "priority": "normal", "employee": "mia",
        "question": redact("How?"), "revealable": True, "answer": answer_on_card(redact("So.")), "session_id": "s",
        "revision": 1, "grounds": grounds("It was low."), "claim": Claim(by="ada", at=1.0, joined=("ben",)),
        "resolution": Resolution(), "reveal": Reveal(by="ada", at=1795400000.0), "answer_by": 1795400000.0,
        "ticket": CardTicket(
            wanted=True, ref=TicketRef(system="jsm", id="1", number="INC_1", url="https://j.example/1"),
            status=redact("in *work*"), given_up=True,
        ),
    }  # fmt: skip
    return Card(**{**card, **changed})


def article_of(**changed: Any) -> ArticleCard:
    card: dict[str, Any] = {
        "article_id": "art_1", "edition": 2, "revision": 3, "state": ArticleState.WAITING,
        "words": ArticleWords(
            title=redact("VPN"), question=redact("How?"), answer=redact("**So.**"), category=redact("IT")
        ),
        "handoff": "HD-1", "written": Signature(by="ada", at=1795400000.0),
    }  # fmt: skip
    return ArticleCard(**{**card, **changed})


def gap_of(**changed: Any) -> GapCard:
    gap = QueuedGap(
        gap_id="gap_1",
        questions=3,
        share=0.5,
        reasons=(TroubleCount(reason=Trouble.REPEATED, number=2),),
        examples=(redact("How do I print?"),),
        resolutions=(redact("Like so."),),
    )
    card: dict[str, Any] = {
        "queue_id": "gpq_1", "revision": 1, "position": 1, "total": 3, "gap": gap, "state": GapState.OPEN
    }  # fmt: skip
    return GapCard(**{**card, **changed})


FIGURE = DigestFigure(label=redact("Questions"), lines=(redact("**3**"), redact("more")), definition=redact("All."))
ALARM = AlarmMessage(alarm_id="alm_1", revision=1, text=redact("Mend `it`"), count=3, since=1795400000.0, over_at=None)
FOOT = DraftFoot(
    answer_id="ans_1", confidence="low (0.1)", sources=(Source(title="Guide"),), verdicts=("agent:good:ada",)
)
CONTENTS: dict[str, Content | PersonalNotice | SearchReport] = {
    "answer": AnswerPart(
        answer_id="a", text="**Hi**", part=1, parts=1, sources=(Source(title="G", url="https://g.example"),)
    ),
    "first part": AnswerPart(answer_id="a", text="Hi", part=1, parts=2),
    "rated answer": AnswerPart(answer_id="a", text="Hi", part=2, parts=2, line="You rated **it**."),
    "notice": EmployeeNotice(text="{person} is helping you.", person="ada"),
    "offer": EmployeeNotice(text="Sorry.", offer="con_1"),
    "offer first": EmployeeNotice(text="Shall I ask?", offers="dec_1"),
    "solved": EmployeeNotice(
        text="{person} has resolved it:\n{words}\nDid it help?", person="ada", words="A\ncable", asks="hof_1"
    ),
    "score": EmployeeNotice(text="How well?", scores="hof_1", score=Score.FOUR),
    "withdraw": EmployeeNotice(text="Handed over.", withdraws="hof_1"),
    "reopen": EmployeeNotice(text="Reopen?", reopens="rel_1"),
    "another": EmployeeNotice(text="Open another?", another="dec_1"),
    "continued": ContinuationNotice(conversation_id="con_1", gone="1", text="Here."),
    "relay": AgentMessage(author="ada", text="Try [this](https://x.example/a_b) and `that`"),
    "comment": AgentMessage(author="", name="Tom_T", text="Try *this*"),
    "sent draft": SentDraft(author="ada", text="| a | b |\n|---|---|\n| 1 | 2 |"),
    "private": PersonalNotice(
        text="{person} has claimed {place}.", person="ada", place=LinkedPlace(channel="c", name="HD_1", message="9")
    ),
    "prompt": PersonalNotice(text="Send it?", relay_id="rel_1", reopens=True),
    "card": card_of(),
    "resolved card": card_of(
        state=HandoffState.RESOLVED,
        resolution=Resolution(by="ada", at=2.0, outcome=Outcome.SOLVED, score=Score.FIVE, solved=True),
        resolution_text=redact("A new cable"),
    ),
    "hidden card": card_of(grounds=replace(grounds("It is sensitive."), hidden=True)),
    "line": AgentNotice(handoff_id="h", text=redact("{person}, the employee replied."), person="ada"),
    "words": AgentNotice(handoff_id="h", text=redact("Reason:\n{words}"), words=redact("- it\n# was")),
    "offered": AgentNotice(handoff_id="h", text=redact("Is it solved?"), offers=Transition.RESOLVE),
    "on call": AgentNotice(handoff_id="h", text=redact("It is overdue."), on_call="night_shift"),
    "employee": EmployeeMessage(relay_id="r", revision=1, author="mia", text=redact("<at>all</at> *no*"), edited=True),
    "gone": EmployeeMessage(relay_id="r", revision=1, author="mia", text=None),
    "hidden": EmployeeMessage(relay_id="r", revision=1, author="mia", text=redact(""), hidden=True),
    "draft": DraftPart(text=redact("**So** it\n\n```\nx < 1\n```"), asked_by="ada", foot=FOOT),
    "first draft": DraftPart(text=redact("So")),
    "draft that was sent": DraftPart(text=redact("So"), foot=replace(FOOT, sent_by="ada")),
    "whole answer": FullAnswer(text=redact("# So")),
    "alarm": ALARM,
    "alarm over": replace(ALARM, over_at=1795400060.0, count=1),
    "article": article_of(),
    "digest": ReviewDigest(
        digest_id="d",
        title=redact("Review"),
        figures=(FIGURE,),
        gaps=FIGURE,
        changes=replace(FIGURE, lines=(redact("None"),)),
    ),
    "gap": gap_of(),
    "gap put off": gap_of(state=GapState.SNOOZED, snoozed_until=1795400000.0, changed_by="ada", has_article=True),
    "no ids": SearchReport(looked_up=()),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_every_content_is_a_message_that_teams_takes(name: str, language: str) -> None:
    is_sound(render(Catalog().in_language(language), CONTENTS[name], AS_POSTED))


@pytest.mark.parametrize("name", CONTENTS)
def test_a_person_of_whom_nothing_is_known_has_a_name_all_the_same(name: str) -> None:
    activity = render(ENGLISH, CONTENTS[name], replace(AS_POSTED, people=lambda person: None, members=()))

    assert activity.mentions == ()
    assert "<at>" not in json.dumps({**is_sound(activity), "summary": ""})


# Answers.


def test_an_answer_has_the_label_the_sources_the_thumbs_and_the_way_to_a_person() -> None:
    payload = is_sound(rendered(CONTENTS["answer"]))
    (label,) = payload["entities"]

    assert payload["text"] == "**Hi**"
    assert label["additionalType"] == ["AIGeneratedContent"]
    assert label["citation"][0]["appearance"]["url"] == "https://g.example"
    assert payload["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert payload["suggestedActions"] == {
        "to": ["29:mia"],
        "actions": [{"type": "imBack", "title": "Talk to a person", "value": "Talk to a person"}],
    }


def test_only_the_last_part_of_an_answer_can_be_rated() -> None:
    first, last = is_sound(rendered(CONTENTS["first part"])), is_sound(rendered(CONTENTS["rated answer"]))

    assert "channelData" not in first
    assert "suggestedActions" not in first
    assert last["text"] == "Hi\n\n*You rated it.*"


@given(words)
def test_parts_of_an_answer_are_short_and_shown_as_they_are(answer: str) -> None:
    for part in split_answer(answer):
        activity = rendered(AnswerPart(answer_id="a", text=part, part=1, parts=1))
        assert activity.text == part
        is_sound(activity)


# Notices.


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("solved", ["Yes, solved", "No, not yet"]),
        ("score", ["1", "2", "3", "4", "5"]),
        ("withdraw", ["I don't need a person"]),
        ("reopen", ["Reopen", "No, all good"]),
        ("another", ["Open another"]),
        ("prompt", ["Reopen and send", "Keep inside"]),
    ],
)
def test_a_notice_that_asks_has_buttons(name: str, labels: list[str]) -> None:
    found = buttons(rendered(CONTENTS[name]))

    assert list(found) == labels
    assert all(one["data"]["delivery"] == "eff_1" for one in found.values())


@pytest.mark.parametrize(("name", "label"), [("offer", "Talk to a person"), ("offer first", "Ask a colleague")])
def test_a_notice_that_offers_a_person_suggests_it(name: str, label: str) -> None:
    assert rendered(CONTENTS[name]).suggested == (label,)


def test_an_agents_words_are_quoted_in_a_notice() -> None:
    notice = EmployeeNotice(text="{person} has resolved it:\n{words}\nDone.", person="ben", words="Plug\n*it* in")

    assert rendered(notice).text == "**Ben** has resolved it:\n\n> Plug  \n> \\*it\\* in\n\nDone."


def test_an_agents_links_and_code_are_shown_and_the_rest_is_literal() -> None:
    text = rendered(CONTENTS["relay"]).text

    assert text == (
        "**Ada &lt;b>\\*Example\\*&lt;/b> from the support team**\n\nTry [this](https://x.example/a_b) and `that`"
    )


def test_a_handoff_is_linked_in_a_private_notice() -> None:
    assert "[HD\\_1](https://t.example/9)" in rendered(CONTENTS["private"]).text


# The card of a handoff.


@pytest.mark.parametrize("state", HandoffState)
def test_a_card_offers_a_transition_exactly_where_it_would_not_be_refused(state: HandoffState) -> None:
    verbs = {str(element.get("verb")) for element in elements_of(rendered(card_of(state=state)).card)}
    offered = {actions.CONTROLS[verb] for verb in verbs & set(actions.CONTROLS)} & set(Transition)

    assert offered == {
        transition
        for transition, row in TRANSITIONS.items()
        if row.label and row.by is Role.AGENT and after(state, transition) is not None
    }


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        (HandoffState.OPEN, ["Claim", "Resolve", "Hand back to the assistant"]),
        (HandoffState.CLAIMED, ["Join", "Resolve", "Hand back to the assistant"]),
        (HandoffState.RESOLVED, ["Reopen"]),
    ],
)
def test_what_is_pressed_most_stands_on_the_card_and_the_rest_in_its_menu(
    state: HandoffState, titles: list[str]
) -> None:
    card = rendered(card_of(state=state)).card
    assert card is not None

    assert [one["title"] for one in card["actions"] if one.get("mode") != "secondary"] == titles
    menu = [one["title"] for one in card["actions"] if one.get("mode") == "secondary"]
    assert {"Reveal", "Helpful", "Not helpful", "Try the ticket again", "Why?", "Show ids"} <= set(menu)


def test_the_form_on_the_card_has_the_fields_that_are_read() -> None:
    form = buttons(rendered(card_of(state=HandoffState.CLAIMED)))["Resolve"]["card"]

    fields = [one["id"] for one in form["body"] if one["type"].startswith("Input.")]
    assert fields == [actions.WORDS, actions.OUTCOME, actions.REFERENCE]
    assert form["actions"][0]["verb"] == "resolve"
    assert form["actions"][0]["data"] == {"subject": "hof_1", "delivery": "eff_1"}


def test_a_handoff_is_assigned_to_a_member_or_where_they_are_not_known_to_whom_teams_offers() -> None:
    card = card_of(state=HandoffState.OPEN)
    known = buttons(rendered(card))["Assign to…"]["card"]["body"][0]
    unknown = buttons(render(ENGLISH, card, replace(AS_POSTED, members=())))["Assign to…"]["card"]["body"][0]

    assert known["choices"] == [{"title": "Ada", "value": "ada"}, {"title": "ben", "value": "ben"}]
    assert unknown["choices.data"]["type"] == "Data.Query"


def test_a_hidden_question_is_on_no_card() -> None:
    card = card_of(grounds=replace(grounds("It is sensitive."), hidden=True), question=redact("My salary"))
    activity = rendered(card)

    assert "salary" not in json.dumps(activity.payload())
    assert "So." not in json.dumps(activity.payload())
    assert buttons(activity)["Reveal"]["verb"] == "reveal"


def test_who_has_a_handoff_is_named_and_nobody_is_notified_by_its_card() -> None:
    activity = rendered(card_of(state=HandoffState.CLAIMED))

    assert "Claimed by Ada" in shown(activity)
    assert activity.mentions == ()


def test_a_card_shows_the_beginning_of_a_long_text_and_the_rest_behind_a_button() -> None:
    activity = rendered(card_of(question=redact("very " * 500)))
    whole = buttons(activity)["Show all"]["card"]["body"]

    assert len(shown(activity)) < 1_500
    assert any("very " * 400 in run["text"] for run in elements_of(whole) if run["type"] == "TextRun")


def test_long_reasons_are_cut_once_and_no_line_is_left_empty() -> None:
    reasons = [" ".join(["word"] * 70), "a second", "a third"]
    card = rendered(card_of(grounds=grounds(*reasons)))

    assert card.card is not None
    (cut,) = [one["text"] for one in elements_of(card.card["body"]) if "•" in str(one.get("text", ""))]

    assert cut.endswith("…")
    assert cut.count("…") == 1
    assert len(cut) <= 300


@settings(max_examples=60)
@given(question=safe, answer=safe, state=st.sampled_from(HandoffState), reasons=st.lists(words, max_size=4).map(tuple))
def test_a_card_of_any_words_is_taken(
    question: Any, answer: Any, state: HandoffState, reasons: tuple[str, ...]
) -> None:
    card = card_of(question=question, answer=answer_on_card(answer), state=state, grounds=grounds(*reasons))

    is_sound(rendered(replace(card, resolution_text=question, resolution=Resolution(outcome=Outcome.SOLVED))))


@given(words, words)
def test_words_and_names_of_any_kind_mention_nobody_and_format_nothing(text: str, name: str) -> None:
    named = replace(AS_POSTED, people=lambda person: NamedPerson(name=name, mri="29:x"))
    for content in (
        AgentMessage(author="x", text=text),
        EmployeeMessage(relay_id="r", revision=1, author="x", text=redact(text)),
        AgentNotice(handoff_id="h", text=redact("{person} {words}"), person="x", words=redact(text)),
        EmployeeNotice(text="{person}: {words}", person="x", words=text, asks="hof_1"),
    ):
        activity = render(ENGLISH, content, named)
        payload = json.dumps({**activity.payload(), "summary": ""})
        assert payload.count("<at>") == 2 * len(activity.mentions)
        for part in parts_of(activity):
            is_sound(part)


@pytest.mark.parametrize("text", ["a" * 28_000, "*" * 28_000, "a\n" * 14_000, "ü " * 14_000])
def test_a_long_message_becomes_several_and_an_update_of_it_is_cut(text: str) -> None:
    activity = rendered(AgentMessage(author="ada", text=text))

    parts = parts_of(activity)
    assert len(parts) > 1
    assert all(len(part.text) <= LONGEST_TEXT for part in parts)
    assert "".join(part.text for part in parts).count(text[0]) >= text.count(text[0])
    cut = in_one(ENGLISH, activity)
    is_sound(cut)
    assert "have no room here" in cut.text


# Notices for agents.


def test_an_agent_who_is_needed_is_notified_exactly_as_the_entity_says() -> None:
    payload = is_sound(rendered(CONTENTS["line"]))

    assert payload["text"] == "<at>Ada b Example /b</at>, the employee replied."
    assert payload["entities"] == [
        {
            "type": "mention",
            "text": "<at>Ada b Example /b</at>",
            "mentioned": {"id": "29:ada", "name": "Ada b Example /b"},
        }
    ]


def test_a_draft_can_be_sent_edited_and_rated_until_it_is_sent() -> None:
    found = buttons(rendered(CONTENTS["draft"]))

    assert next(iter(found)) == "Send to the employee"
    assert found["Edit before sending"]["card"]["body"][0]["value"] == "**So** it\n\n```\nx < 1\n```"
    assert found["Send"]["verb"] == "edit_draft"
    assert list(buttons(rendered(CONTENTS["draft that was sent"]))) == ["Helpful", "Not helpful"]


# Articles and gaps.


def test_an_article_is_written_on_its_card() -> None:
    found = buttons(rendered(article_of()))
    form = found["Edit"]["card"]

    assert found["Approve"]["data"] == {"subject": "art_1", "delivery": "eff_1", "edition": 2}
    assert [one["id"] for one in form["body"] if "id" in one] == ["title", "question", "words", "category"]
    assert (found["Save"]["verb"], found["Save"]["data"]["edition"]) == ("article_edit", 2)


def test_an_article_that_is_too_long_for_a_card_has_no_form_there() -> None:
    long = replace(article_of().words, answer=redact("long " * 12_000))
    activity = rendered(article_of(words=long))

    is_sound(activity)
    assert "Edit" not in buttons(activity)
    assert "Approve" in buttons(activity)


def test_an_article_without_a_card_is_written_on_a_form_of_its_own() -> None:
    card = article_of()
    article = Article(
        id="art_1",
        words=card.words,
        source=ArticleSource(origin=ArticleOrigin.GAP, gap_id="gap_1"),
        place=channel_at("C1"),
        written=card.written,
        edition=4,
        drafted_at=0.0,
    )
    activity = form_activity(ENGLISH, Form.ARTICLE, article)

    assert activity is not None
    assert activity.card is not None
    is_sound(activity)
    assert [one["id"] for one in activity.card["body"] if "id" in one] == ["title", "question", "words", "category"]
    assert buttons(activity)["Save"]["data"] == {"subject": "art_1", "edition": 4}


def test_an_original_is_shown_character_by_character_and_other_forms_stand_on_their_cards() -> None:
    original = form_activity(ENGLISH, Form.ORIGINAL, "My *pass*word is <b>")

    assert original is not None
    assert "My \\*pass\\*word is &lt;b>" in is_sound(original)["text"]
    assert form_activity(ENGLISH, Form.RESOLUTION, None) is None
    assert form_activity(ENGLISH, Form.ARTICLE, None) is None


def test_gaps_are_decided_about_one_by_one() -> None:
    found = buttons(rendered(gap_of()))

    assert list(found) == ["Write article", "Not a gap", "Snooze a week", "Previous", "Next gap"]
    assert found["Next gap"]["data"] == {"subject": "gpq_1", "delivery": "eff_1", "edition": 1}
    assert list(buttons(rendered(gap_of(state=GapState.DISMISSED, total=1, position=0)))) == ["Take back"]


# The home and reports.


def conversation_of(number: int = 1) -> Conversation:
    return Conversation(
        id=f"con_{number}", workspace="W", surface="teams", channel="a:1", thread=str(number), employee="mia",
        session_id="s", opened_at=0.0, last_at=0.0,
    )  # fmt: skip


def handoff_of(number: int, **changed: Any) -> Handoff:
    handoff: dict[str, Any] = {
        "id": f"hof_{number}", "number": number, "conversation_id": "con_1", "question_id": None, "answer_id": None,
        "priority": "normal", "grounds": grounds("r"), "place": channel_at("C1"), "thread": str(number),
        "opened_at": 0.0,
    }  # fmt: skip
    return Handoff(**{**handoff, **changed})


def request_of(number: int, words: str, **changed: Any) -> EmployeeRequest:
    request: dict[str, Any] = {
        "conversation": conversation_of(number), "thread": str(number), "question_id": f"que_{number}",
        "words": words, "latest": None, "handoff": None,
    }  # fmt: skip
    return EmployeeRequest(**{**request, **changed})


def home_of(home: Home) -> Activity:
    activity = home_activity(ENGLISH, home, AS_POSTED.link, PEOPLE.get)
    is_sound(activity)
    return activity


def test_an_employee_closes_a_request_on_the_home() -> None:
    activity = home_of(Home(now=60.0, requests=(request_of(1, "My *VPN*", handoff=handoff_of(1)),)))

    assert "My *VPN*" in shown(activity)
    assert buttons(activity)["Close"]["data"] == {
        "subject": "hof_1",
        "place": {"channel": "a:1", "thread": "1"},
        "home": {},
    }


@settings(max_examples=20)
@given(words)
def test_a_full_home_of_any_words_is_taken(text: str) -> None:
    queued = [Queued(handoff=handoff_of(number), employee="mia", question=redact(text)) for number in range(40)]
    groups, left_out = arrange(queued, "ada", Filter(), 60.0)
    queue = Queue(
        groups=groups, left_out=left_out, figures=Figures(opened=1, resolved=1, waiting=1, answered=1),
        rules=("r",) * 3, chosen=Filter(show="mine"),
    )  # fmt: skip
    requests = tuple(request_of(number, text, handoff=handoff_of(number)) for number in range(20))

    activity = home_of(Home(now=60.0, requests=requests, queue=queue))

    assert "and 25 more" in shown(activity)


def test_a_search_shows_what_it_found_and_its_end() -> None:
    queue = Queue(
        groups=(), left_out=0, figures=Figures(opened=1, resolved=1, waiting=1, answered=1), rules=(),
        chosen=Filter(words="vpn", show="mine"), found=(Queued(handoff=handoff_of(1), employee="mia"),),
    )  # fmt: skip
    found = buttons(home_of(Home(now=60.0, queue=queue)))

    assert found["Clear search"]["data"] == {"show": "mine"}


def test_an_external_sees_one_sentence() -> None:
    refused = home_of(Home(now=1.0, refused=PersonKind.OTHER_COMPANY))

    assert shown(refused) == messages.anyone.refused(PersonKind.OTHER_COMPANY)


def test_a_report_lists_what_belongs_to_an_id() -> None:
    conversation = FoundConversation(
        conversation=conversation_of(),
        questions=(),
        decisions=(),
        handoffs=tuple(
            FoundHandoff(handoff=handoff_of(number), timeline=(), local_ticket=None) for number in range(150)
        ),
        effects=(),
    )
    found = Found(understood_as=("a_handoff",), conversations=(conversation,), effects=())
    activity = rendered(SearchReport(looked_up=(("HD-1", found), ("x", None))))

    is_sound(activity)
    assert len(activity.text) <= LONGEST_TEXT
    assert activity.text.startswith("- `HD-1`: a\\_handoff\n- **Conversation** `con_1` of Mia Muster")
    assert "more lines have no room here" in activity.text


def test_every_button_of_the_desk_can_be_on_a_card() -> None:
    assert set(Button) <= set(actions.VERBS)
    assert SURFACE

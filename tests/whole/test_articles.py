"""Articles, from the first draft to the document that the assistant answers from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.model.article import DAY, Article, ArticleState
from bot.helpdesk.model.conversation import Answer, Question, QuestionState
from bot.helpdesk.model.events import ArticleWritten, Button, Pressed
from bot.helpdesk.redaction import redact
from bot.helpdesk.review.articles import draft_from_gap, handle_article_written
from bot.slack.markdown import render_sentence
from sandbox.slack import Message, View
from sandbox.uppzy import Behaviour, Endpoint, UppzyFault, dropped, lacking, rate_limited, refused_by_plan, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.audit import read_audit
from storage.engines import location_of
from storage.repositories import Articles, Transaction
from tests.addresses import SURFACE, message_at
from tests.english import messages
from tests.whole.scene import UNKNOWN, Clock, Scene
from tests.whole.shared import in_module_loop, in_own_loop

WORDS = "Frobnicate the blorp twice, then wait for the quux."

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def articles(scene: Scene) -> list[Article]:
    """Returns all articles, oldest first."""
    return await scene.bot.store.read(_all)


def _all(tx: Transaction) -> list[Article]:
    return [Articles.mapper.decode(row) for row in tx.connection.execute(Articles.mapper.where())]


async def only(scene: Scene) -> Article:
    (article,) = await articles(scene)
    return article


def article_card(scene: Scene, channel: str = HANDOFF_CHANNEL) -> Message:
    """Returns the latest card of an article."""
    cards = [one for one in scene.world.slack.messages(channel) if "article_" in str(one.blocks)]
    return cards[-1]


async def press(scene: Scene, transition: str, *, who: str = ADA) -> None:
    await scene.press(article_card(scene), f"article_{transition}", who=who)


async def open_article(scene: Scene, *, who: str = ADA) -> View:
    await press(scene, "edit", who=who)
    return next(view for view in reversed(scene.world.slack.views.values()) if view.user == who and view.is_open)


async def write(scene: Scene, *, who: str = ADA, **words: str) -> None:
    """Fills in the form of the article and submits it."""
    await scene.send_form(await open_article(scene, who=who), **words)


async def drafted(scene: Scene) -> None:
    """Lets Ada resolve a handoff of Mia's and keep the resolution as an article."""
    await scene.ask(UNKNOWN)
    await scene.resolve(WORDS, reference_tick=["reference_tick"])


async def written(scene: Scene) -> None:
    await drafted(scene)
    await write(scene)


async def ready(scene: Scene) -> None:
    await written(scene)
    await press(scene, "approve", who=BEN)


async def state(scene: Scene) -> ArticleState:
    return (await only(scene)).state


@pytest.fixture
def authors_approve(policy: Path) -> None:
    """Sets a policy by which authors approve their own articles."""
    policy.write_text(policy.read_text(encoding="utf-8") + '\n[review]\napproval = "author"\n', encoding="utf-8")


# From the draft to the answer.


async def test_who_wrote_an_article_is_in_the_audit_trail(scene: Scene) -> None:
    await drafted(scene)
    await write(scene, who=BEN)
    article = await only(scene)

    trail = read_audit(location_of(scene.world.settings.database_url), 0.0, None)
    by_form = [(trail.known[row.by].id, row.subject) for row in trail.rows if row.by and row.detail == "article form"]

    assert by_form[-1:] == [(BEN, article.id)]


async def test_a_resolution_becomes_an_answer_of_the_assistant(engine_scene: Scene) -> None:
    scene = engine_scene
    await drafted(scene)
    assert await state(scene) is ArticleState.DRAFT
    assert UNKNOWN in str(article_card(scene).blocks)
    assert WORDS in str(article_card(scene).blocks)

    await write(scene, article_title="Frobnicating the blorp", article_category="Quux")
    assert await state(scene) is ArticleState.WAITING
    assert scene.world.uppzy.documents == []
    await press(scene, "approve", who=BEN)

    article = await only(scene)
    assert article.state is ArticleState.READY
    (document,) = scene.world.uppzy.documents
    assert document.active
    assert (document.question, document.answer, document.category) == (UNKNOWN, WORDS, "Quux")
    assert document.title == f"Frobnicating the blorp {article.key}"
    assert (article.written.by, article.approved and article.approved.by) == (ADA, BEN)
    root = await scene.ask(UNKNOWN, who=BEN)
    assert WORDS in scene.texts(root, who=BEN)


async def test_the_author_cannot_approve(scene: Scene) -> None:
    await written(scene)

    await press(scene, "approve", who=ADA)

    assert await state(scene) is ArticleState.WAITING
    assert scene.private_notes(ADA)[-1] == render_sentence(messages.articles.SECOND_PERSON_APPROVES)
    assert scene.world.uppzy.documents == []


@in_own_loop
async def test_where_the_policy_says_so_the_author_approves(authors_approve: None, world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await written(scene)

        await press(scene, "approve", who=ADA)

        assert await state(scene) is ArticleState.READY


async def test_who_is_not_in_the_channel_approves_nothing(scene: Scene) -> None:
    await written(scene)
    article = await only(scene)

    await scene.forge(article_card(scene), "article_approve", f"{article.id}:{article.edition}", who=MIA)

    assert await state(scene) is ArticleState.WAITING


async def test_of_two_who_approve_at_once_the_second_is_told(scene: Scene) -> None:
    await written(scene)
    card, article = article_card(scene), await only(scene)
    scene.world.uppzy.hold()
    await scene.slip_in(card, "article_approve", f"{article.id}:{article.edition}", who=BEN)
    await scene.forge(card, "article_approve", f"{article.id}:{article.edition}", who=ADA)

    assert await state(scene) is ArticleState.READY
    assert len(scene.world.uppzy.documents) == 1
    assert scene.world.uppzy.calls[Endpoint.CREATE_DOCUMENT] == 1
    assert len(scene.private_notes(ADA)) == 1


async def test_words_that_nobody_saw_on_the_card_are_not_approved(scene: Scene) -> None:
    await written(scene)
    article = await only(scene)
    await write(scene, article_answer_0="Something else.")

    await scene.forge(article_card(scene), "article_approve", f"{article.id}:{article.edition}", who=BEN)

    assert await state(scene) is ArticleState.WAITING
    assert scene.private_notes(BEN)[-1] == render_sentence(messages.articles.CHANGED_MEANWHILE)


async def test_secrets_never_reach_the_assistant(scene: Scene) -> None:
    await drafted(scene)
    secret = "My password is tulip-42"
    await write(scene, article_answer_0=f"Sign in. {secret}", article_question=f"{secret}?")

    await press(scene, "approve", who=BEN)

    (document,) = scene.world.uppzy.documents
    assert "tulip-42" not in document.answer + document.question
    assert "tulip-42" not in str(article_card(scene).blocks)


# The form.


async def test_of_two_who_edit_at_once_the_second_keeps_the_form(scene: Scene) -> None:
    await drafted(scene)
    ada, ben = await open_article(scene), await open_article(scene, who=BEN)
    await scene.send_form(ada, article_answer_0="Ada's answer")

    await scene.send_form(ben, article_answer_0="Ben's answer")

    assert ben.is_open
    assert ben.errors == {"article_title": messages.articles.CHANGED_MEANWHILE}
    assert (await only(scene)).words.answer == "Ada's answer"


async def test_an_article_needs_words(scene: Scene) -> None:
    await drafted(scene)
    form = await open_article(scene)

    await scene.send_form(form, article_question="   ")

    assert form.errors == {"article_title": messages.articles.NEEDS_WORDS}
    assert await state(scene) is ArticleState.DRAFT


LONG = "\n\n".join(
    [
        "| Key | Value |\n|---|---|\n| a | 1 |",
        "```\n" + "\n".join(f"line {number} of code" for number in range(200)) + "\n```",
        "مرحبا بالعالم " * 300,
        "🧠🚀👩🏽‍💻 " * 400,
        "No space at all: " + "x" * 9_000,
        *(f"Paragraph {number}. " + "Some words that fill a line. " * 20 for number in range(36)),
    ]
)[:40_000].strip()


async def test_an_article_of_40000_characters_goes_through_its_form_unchanged(scene: Scene) -> None:
    assert len(LONG) > 39_900
    await scene.ask(UNKNOWN)
    await scene.resolve("Short.", reference_tick=["reference_tick"])
    article = await only(scene)
    await _lengthen(scene, article, LONG)

    await write(scene)
    assert (await only(scene)).words.answer == LONG
    await press(scene, "show", who=BEN)
    await press(scene, "approve", who=BEN)

    assert scene.world.uppzy.documents[0].answer == LONG


async def _lengthen(scene: Scene, article: Article, answer: str) -> None:
    longer = replace(article, words=replace(article.words, answer=redact(answer)))
    await scene.bot.store.run(lambda tx: tx.articles.save(longer))


# Changes afterwards.


async def test_an_edit_needs_approval_again_and_changes_the_same_document(scene: Scene) -> None:
    await ready(scene)

    await write(scene, who=BEN, article_answer_0="Better words.")
    assert await state(scene) is ArticleState.WAITING
    assert scene.world.uppzy.documents[0].answer == WORDS
    await press(scene, "approve", who=ADA)

    assert await state(scene) is ArticleState.READY
    (document,) = scene.world.uppzy.documents
    assert (document.answer, document.active) == ("Better words.", True)


async def test_a_withdrawn_article_is_used_no_longer_until_it_is_activated_again(scene: Scene) -> None:
    await ready(scene)

    await press(scene, "withdraw")
    assert await state(scene) is ArticleState.WITHDRAWN
    assert [one.active for one in scene.world.uppzy.documents] == [False]
    await press(scene, "activate")

    assert await state(scene) is ArticleState.READY
    assert [one.active for one in scene.world.uppzy.documents] == [True]


async def test_a_draft_is_withdrawn_without_the_assistant(scene: Scene) -> None:
    await drafted(scene)

    await press(scene, "withdraw")
    assert await state(scene) is ArticleState.WITHDRAWN
    await press(scene, "activate")

    assert await state(scene) is ArticleState.DRAFT
    assert scene.world.uppzy.calls[Endpoint.DOCUMENTS] == 0


# Faults of the assistant.


@pytest.mark.parametrize(
    "endpoint", [Endpoint.CREATE_DOCUMENT, Endpoint.CHANGE_DOCUMENT], ids=["creating", "activating"]
)
@pytest.mark.parametrize(
    "fault",
    [
        dropped(processed=True, times=2),
        dropped(times=2),
        replying(500, times=2),
        replying(502, processed=True),
        rate_limited(0.05, times=2),
        replying(200, b"not json", processed=True),
    ],
    ids=["dropped after", "dropped before", "500", "502 after", "429", "unreadable"],
)
async def test_whatever_fails_there_is_one_document_in_the_end(
    scene: Scene, fault: UppzyFault, endpoint: Endpoint
) -> None:
    await written(scene)
    scene.world.uppzy.fail(endpoint, fault)

    await press(scene, "approve", who=BEN)
    await scene.until_stored("articles", "state = 'ready'")

    assert [one.active for one in scene.world.uppzy.documents] == [True]


async def test_a_key_without_document_rights_keeps_the_draft(scene: Scene) -> None:
    await written(scene)
    scene.world.uppzy.fail(Endpoint.CREATE_DOCUMENT, refused_by_plan())

    await press(scene, "approve", who=BEN)
    article = await only(scene)
    assert article.state is ArticleState.REFUSED
    assert article.words.answer == WORDS
    assert "may not manage documents (403)" in str(article_card(scene).blocks)
    await press(scene, "retry")

    assert await state(scene) is ArticleState.READY
    assert len(scene.world.uppzy.documents) == 1


@pytest.mark.parametrize("field", ["id", "document_id", "docId", "_id"])
@in_own_loop
async def test_the_id_may_have_other_names(world: LocalWorld, field: str) -> None:
    await _ready_with(world, Behaviour(document_id=field))


@in_own_loop
@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(documents_in=None, document_id=None),
        Behaviour(documents_in="items", document_id=None),
        Behaviour(patch_takes_status=False),
        Behaviour(patch_takes_status=None),
        Behaviour(documents_start_active=True),
    ],
    ids=["bare list", "items", "bulk", "ignored", "active"],
)
async def test_the_answers_about_documents_may_have_another_shape(world: LocalWorld, behaviour: Behaviour) -> None:
    await _ready_with(world, behaviour)


async def _ready_with(world: LocalWorld, behaviour: Behaviour) -> None:
    world.uppzy._site.behaviour = behaviour
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await ready(scene)

        assert await state(scene) is ArticleState.READY
        (document,) = world.uppzy.documents
        assert document.active
        assert (await only(scene)).document.id == document.id


async def test_a_document_without_any_id_is_an_error_that_is_shown(scene: Scene) -> None:
    await written(scene)
    scene.world.uppzy.fail(Endpoint.CREATE_DOCUMENT, lacking("id", times=None))
    scene.world.uppzy.fail(Endpoint.DOCUMENTS, replying(200, {"documents": []}))

    await press(scene, "approve", who=BEN)
    assert await state(scene) is ArticleState.REFUSED
    assert "named no id" in str(article_card(scene).blocks)
    await press(scene, "retry")

    assert await state(scene) is ArticleState.READY
    assert len(scene.world.uppzy.documents) == 1


async def test_a_document_without_an_id_is_looked_for_until_the_list_can_be_read(scene: Scene) -> None:
    await written(scene)
    scene.world.uppzy.fail(Endpoint.CREATE_DOCUMENT, lacking("id"))
    scene.world.uppzy.fail(Endpoint.DOCUMENTS, rate_limited(0.05))

    await press(scene, "approve", who=BEN)
    await scene.until_stored("articles", "state = 'ready'")

    assert [one.active for one in scene.world.uppzy.documents] == [True]


async def test_where_the_documents_cannot_be_listed_nothing_is_created_twice(scene: Scene) -> None:
    await written(scene)
    scene.world.uppzy.fail(Endpoint.CREATE_DOCUMENT, dropped(processed=True))
    scene.world.uppzy.fail(Endpoint.DOCUMENTS, replying(200, {"what": "ever"}, times=None))

    await press(scene, "approve", who=BEN)
    await scene.until_stored("articles", "state = 'refused'")
    await scene.settled()
    assert "can't be read" in str(article_card(scene).blocks)
    scene.world.uppzy.heal()
    await press(scene, "retry")

    assert await state(scene) is ArticleState.READY
    assert len(scene.world.uppzy.documents) == 1


async def test_a_document_that_somebody_deleted_is_created_anew(scene: Scene) -> None:
    await ready(scene)
    scene.world.uppzy._site.documents.clear()

    await write(scene, who=BEN, article_answer_0="Better words.")
    await press(scene, "approve", who=ADA)
    assert await state(scene) is ArticleState.REFUSED
    await press(scene, "retry")

    assert await state(scene) is ArticleState.READY
    assert [one.answer for one in scene.world.uppzy.documents] == ["Better words."]


# A reaction.


async def test_a_reaction_on_a_message_in_the_thread_drafts_an_article(engine_scene: Scene) -> None:
    scene = engine_scene
    await scene.ask(UNKNOWN)
    ts = await scene.write_in_thread("note: restart the blorp daemon. The password is tulip-42")

    await scene.world.slack.react(ADA, HANDOFF_CHANNEL, ts, "brain")
    await scene.settled()

    article = await only(scene)
    assert "restart the blorp daemon" in article.words.answer
    assert "tulip-42" not in article.words.answer
    assert article.words.question == UNKNOWN
    assert article.written.by == ADA
    assert "I've drafted an article from *HD-1*" in scene.private_notes(ADA)[-1]


@pytest.mark.parametrize("on", ["card", "line"])
async def test_a_reaction_on_a_resolution_drafts_an_article(scene: Scene, on: str) -> None:
    await scene.ask(UNKNOWN)
    await scene.resolve(WORDS)
    ts = scene.card.ts if on == "card" else scene.handoff_thread[-1].ts

    await scene.world.slack.react(BEN, HANDOFF_CHANNEL, ts, "brain")
    await scene.settled()

    article = await only(scene)
    assert (article.words.question, article.words.answer) == (UNKNOWN, WORDS)
    assert article.written.by == BEN


async def test_other_reactions_and_other_messages_draft_nothing(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    await scene.world.slack.react(ADA, HANDOFF_CHANNEL, scene.card.ts, "eyes")
    said = await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "Lunch?")
    await scene.settled()

    await scene.world.slack.react(ADA, HANDOFF_CHANNEL, said.ts, "brain")
    await scene.settled()

    assert await articles(scene) == []
    assert scene.private_notes(ADA)[-1] == render_sentence(messages.articles.MARK_OUTSIDE_HANDOFF)


# The channel.


async def test_a_deleted_card_is_posted_anew(scene: Scene) -> None:
    await drafted(scene)
    before = article_card(scene)
    form = await open_article(scene)
    await scene.world.slack.delete_for_all(HANDOFF_CHANNEL, before.ts)

    await scene.send_form(form, article_answer_0="Better.")

    after = article_card(scene)
    assert after.ts != before.ts
    assert "Better." in str(after.blocks)


REVIEW_CHANNEL = "C0REVIEW"


@pytest.fixture
def reviewed(world: LocalWorld, clock: Clock) -> Clock:
    """Sets a channel for the review, of which Ben is the only member beside the bot, and a clock that can be moved."""
    world.slack.add_channel(REVIEW_CHANNEL, "support-review", members=[BEN, world.slack.bot_user_id])
    world.settings = world.settings.model_copy(update={"review_channel": REVIEW_CHANNEL})
    world.outside = replace(world.outside, clock=clock)
    return clock


@in_own_loop
async def test_articles_belong_to_the_people_of_the_review_channel(reviewed: Clock, world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await drafted(scene)
        card = article_card(scene, REVIEW_CHANNEL)
        await scene.press(card, "article_edit", who=BEN)
        form = next(view for view in reversed(world.slack.views.values()) if view.user == BEN and view.is_open)
        await scene.send_form(form)
        article = await only(scene)
        assert (article.state, article.written.by) == (ArticleState.WAITING, BEN)

        await scene.forge(card, "article_approve", f"{article.id}:{article.edition}", who=ADA)

        assert await state(scene) is ArticleState.WAITING
        assert "Only members of" in scene.private_notes(ADA)[-1]


@in_own_loop
@pytest.mark.parametrize("trouble", [{"is_archived": True}, {"is_ext_shared": True}, {"members": [BEN]}], ids=str)
async def test_a_channel_that_takes_no_cards_is_an_alarm_and_loses_nothing(
    reviewed: Clock, world: LocalWorld, trouble: dict[str, object]
) -> None:
    channel = world.slack.workspace.channels[REVIEW_CHANNEL]
    before = replace(channel, members=list(channel.members))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        for name, value in trouble.items():
            setattr(channel, name, value)
        await drafted(scene)
        assert f"I cannot post in the channel {REVIEW_CHANNEL}" in str(world.slack.messages(HANDOFF_CHANNEL)[-1].text)
        assert (await only(scene)).card is None

        world.slack.workspace.channels[REVIEW_CHANNEL] = before
        await scene.pass_time(reviewed, 3700.0)

        assert WORDS in str(article_card(scene, REVIEW_CHANNEL).blocks)
        assert await scene.count("alarms", "over_at IS NULL") == 0


@in_own_loop
async def test_a_card_that_could_not_be_updated_is_posted_anew(reviewed: Clock, world: LocalWorld) -> None:
    channel = world.slack.workspace.channels[REVIEW_CHANNEL]
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await drafted(scene)
        before = article_card(scene, REVIEW_CHANNEL)
        await scene.press(before, "article_edit", who=BEN)
        form = next(view for view in reversed(world.slack.views.values()) if view.user == BEN and view.is_open)
        channel.is_archived = True
        await scene.send_form(form, article_answer_0="Better.")
        assert f"I cannot post in the channel {REVIEW_CHANNEL}" in str(world.slack.messages(HANDOFF_CHANNEL)[-1].text)

        channel.is_archived = False
        await scene.pass_time(reviewed, 3700.0)

        assert "Better." in str(article_card(scene, REVIEW_CHANNEL).blocks)


# Gaps.

EXAMPLES = tuple(map(redact, ("VPN!", "vpn does not connect", "the vpn does not connect from home since yesterday")))


def _press_on_gap(person: str) -> Pressed:
    return Pressed(
        workspace="T1",
        address=message_at(HANDOFF_CHANNEL, "1.1", "1.1"),
        person=person,
        button=Button.REVEAL,
        subject="gap_1",
        trigger=f"1.2.{person}",
        at=0.0,
        direct=False,
        pressed_at=0.0,
    )


async def test_a_gap_has_one_article_whose_card_comes_with_its_words(scene: Scene) -> None:
    def press_write(tx: Transaction, person: str) -> None:
        uow = scene.bot.desk._deps.unit_of_work(tx)
        resolutions = [redact(""), redact("Reinstall it."), redact("No idea.")]
        draft_from_gap(uow, _press_on_gap(person), "gap_1", EXAMPLES, resolutions)

    await scene.bot.store.run(press_write, ADA)
    await scene.bot.store.run(press_write, BEN)
    await scene.settled()

    article = await only(scene)
    assert (article.words.question, article.words.answer) == ("vpn does not connect", "Reinstall it.")
    assert (article.source.gap_id, article.written.by, article.card) == ("gap_1", ADA, None)
    submitted = ArticleWritten(
        workspace="T1", surface=SURFACE, person=BEN, subject=article.id, title="VPN", question="VPN?", text="Yes.",
        category="", edition=1,
    )  # fmt: skip
    await scene.bot.store.run(lambda tx: handle_article_written(scene.bot.desk._deps.unit_of_work(tx), submitted))
    await scene.settled()
    assert "Yes." in str(article_card(scene).blocks)


# Did it help?


def _ask_in_secret(tx: Transaction, number: int, at: float, level: str) -> None:
    """Adds a question about the blorp with its answer, as another employee would have asked it."""
    question = Question(
        id=f"que_{number}", conversation_id=f"con_{number}", surface=SURFACE, channel="D9", thread=f"{number}",
        message=f"{number}", employee="U9", text=UNKNOWN, state=QuestionState.ANSWERED, sent_at=at, asked_at=at,
    )  # fmt: skip
    answer = Answer(
        id=f"ans_{number}", question_id=question.id, conversation_id=question.conversation_id, session_id="s",
        request_id=f"req_{number}", text="?", confidence_level=level, confidence_score=None, answered_at=at,
    )  # fmt: skip
    tx.questions.add(question)
    tx.answers.add(answer)


@pytest.fixture
def with_clock(world: LocalWorld, clock: Clock) -> Clock:
    """Sets a clock that can be moved."""
    world.outside = replace(world.outside, clock=clock)
    return clock


@in_own_loop
async def test_after_two_and_four_weeks_the_card_says_if_it_helped(with_clock: Clock, world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        now = with_clock()
        for number in range(5):
            await bot.store.run(_ask_in_secret, number, now - (number + 1) * DAY, "low")
        await ready(scene)
        before = (await only(scene)).before
        # With the question of the handoff itself.
        assert before is not None
        assert (before.questions, before.low, before.troubled, before.days) == (6, 6, 6, 28.0)

        for number in range(10, 16):
            await bot.store.run(_ask_in_secret, number, with_clock() + DAY, "high")
        await scene.pass_time(with_clock, 14 * DAY + 60.0)
        assert "It helped (14 days): in trouble 0 of 6 questions, before 6 of 6" in str(article_card(scene).blocks)
        assert "Asked 3 times a week, before 1.5" in str(article_card(scene).blocks)
        await scene.pass_time(with_clock, 14 * DAY)

        assert "It helped (28 days)" in str(article_card(scene).blocks)
        assert "Asked 1.5 times a week" in str(article_card(scene).blocks)


@in_own_loop
async def test_a_withdrawn_article_is_not_measured(with_clock: Clock, world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await ready(scene)
        await press(scene, "withdraw")

        await scene.pass_time(with_clock, 15 * DAY)

        assert (await only(scene)).after is None
        assert "days)" not in str(article_card(scene).blocks)

"""Demo story without a browser: the real bot plays every scene between a local Slack and a local Uppzy.

Each chapter states its promises and checks them. `uppzy-desk demo --story` runs it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.app import Outside
from bot.helpdesk.escalation import ReviewRules
from bot.helpdesk.escalation.hours import Hours
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.review.period import DAY
from bot.helpdesk.review.weeks import due_after, last_full_week
from bot.resources import shipped_file
from sandbox.demo.simulated_clock import SimulatedClock
from sandbox.slack import ImpossibleError, LocalSlack, Message
from sandbox.story.narrator import Narrator, Say, StuckError
from sandbox.uppzy import LocalUppzy
from sandbox.world import ADA, BEN, LEA, MIA, REVIEW_CHANNEL, TOM, LocalWorld, add_review, local_settings, populate

Chapter = tuple[str, Callable[[Narrator], Awaitable[None]]]
"""A title, and the function that plays it."""

# The real Uppzy takes seconds; long enough here that the order of things can be seen.
_LATENCY = 0.03
_PASSWORD = "Tulip-Garden-42"
_CARD_NUMBER = "4111 1111 1111 1111"
_END_OF_VPN_ANSWER = "Collect logs"
_PLANTS = "Who waters the plants?"


async def tell_story(say: Say, chapters: Sequence[Chapter] | None = None) -> int:
    """Plays the chapters, by default all, and prints them. Returns 0 where every promise held, else 1.

    Leaves nothing behind: loopback only, free ports, a database that is deleted at the end.
    """
    began = time.monotonic()
    chapters = CHAPTERS if chapters is None else chapters
    say("This is a story, played by the real bot between a local Slack and a local Uppzy, which are not the real ones.")
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-story-") as folder:
        narrator = await _play(say, chapters, Path(folder) / "desk.db")
    say(f"\n{len(chapters)} chapters, {narrator.kept} promises kept, {time.monotonic() - began:.1f} s.")
    for promise in narrator.broken:
        say(f"Not kept: {promise}.")
    return 1 if narrator.broken else 0


async def _play(say: Say, chapters: Sequence[Chapter], database: Path) -> Narrator:
    clock = SimulatedClock(Hours())
    async with LocalSlack(now=clock) as slack, LocalUppzy(latency=_LATENCY) as uppzy:
        populate(slack)
        add_review(slack)
        # The policy that came with the program, not the operator's own: the promises below are about that one.
        policy = str(shipped_file("config/escalation.toml"))
        more = {"POLICY_FILE": policy, "REVIEW_CHANNEL": REVIEW_CHANNEL}
        settings = local_settings(slack, uppzy, database, more)
        outside = Outside(clock=clock, stop_timeout=0.5)
        world = LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=outside)
        async with world.bot() as bot:
            narrator = Narrator(say=say, world=world, bot=bot, clock=clock, database=database)
            for number, (title, play) in enumerate(chapters, start=1):
                narrator.chapter(number, title)
                try:
                    await play(narrator)
                except (StuckError, ImpossibleError) as error:
                    narrator.stuck(error)
            return narrator


# The chapters.


async def _answered_and_rated(narrator: Narrator) -> None:
    first = await narrator.write(MIA, "How do I connect to the VPN?")
    await narrator.rate(MIA, narrator.answer(first), "good")
    narrator.tell_facts(first)

    (question,) = narrator.found(first).questions
    answer, feedback = question.answer, narrator.world.uppzy.feedback
    narrator.check("the assistant was confident", answer is not None and answer.confidence_level in {"high", "medium"})
    narrator.check("nobody was bothered: there is no handoff", not narrator.world.cards)
    narrator.check("Uppzy was told once that the answer was good", [one.feedback for one in feedback] == ["good"])
    narrator.check("and by the request id of that answer", answer and feedback[-1].request_id == answer.request_id)
    narrator.check("Uppzy's receipt is kept", [verdict.receipt for verdict in question.verdicts] == ["taken"])


async def _small_talk(narrator: Narrator) -> None:
    asked = len(narrator.world.uppzy.asked)
    greeting = await narrator.write(TOM, "hi")
    who = await narrator.write(TOM, "who are you?")

    narrator.check("a greeting is answered with one line", narrator.was_told(greeting, "help desk's assistant"))
    narrator.check("and so is the question who answers here", narrator.was_told(who, "help desk's assistant"))
    narrator.check("Uppzy is not asked", len(narrator.world.uppzy.asked) == asked)
    narrator.check("nobody is bothered by it", not narrator.world.cards)


async def _unsure(narrator: Narrator) -> None:
    first = await narrator.write(MIA, "Which Kubernetes cluster runs the nightly batch?")
    narrator.check("a colleague is offered, and nobody is bothered yet", not narrator.world.cards)
    await _accept_offer(narrator, MIA, first)
    narrator.tell_facts(first)

    (question,) = narrator.found(first).questions
    _, ticket = narrator.handoff(first)
    answer = question.answer
    narrator.check("the assistant was unsure", answer is not None and answer.confidence_level == "low")
    _check_handed_over(narrator, first, "unsure answer")
    metadata = ticket.metadata if ticket else None
    narrator.check("the ticket carries Uppzy's session id", metadata and metadata.uppzy_session_id.startswith("desk-"))
    narrator.check("and the request id", metadata and answer and metadata.uppzy_request_id == answer.request_id)
    narrator.check("and the confidence and the source", metadata and metadata.confidence_level == "low")
    narrator.check("the employee sees the answer all the same", narrator.answers(first))


async def _person_first(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "I want to talk to a person")
    narrator.tell_facts(first)

    (question,) = narrator.found(first).questions
    handoff, ticket = narrator.handoff(first)
    _check_handed_over(narrator, first, "asks for a person")
    narrator.check("the handoff did not wait for the assistant", _opened_before_answer(narrator, first))
    narrator.check("the employee gets no answer of the assistant", not narrator.answers(first))
    narrator.check("the agents get it as a draft", "AI draft" in narrator.below(narrator.card(handoff)))
    request = question.answer.request_id if question.answer else None
    narrator.check("its request id was added to the ticket", ticket and ticket.metadata.uppzy_request_id == request)


def _opened_before_answer(narrator: Narrator, first: Message) -> bool:
    (question,) = narrator.found(first).questions
    handoff, _ = narrator.handoff(first)
    return bool(handoff and question.answer and handoff.opened_at < question.answer.answered_at)


async def _rated_bad(narrator: Narrator) -> None:
    first = await narrator.write(MIA, "How do I order a new keyboard?")
    narrator.check("at first nobody is needed", narrator.handoff(first) == (None, None))
    await narrator.rate(MIA, narrator.answer(first), "bad")
    narrator.tell_facts(first)

    _check_handed_over(narrator, first, "not helpful")
    narrator.check("Uppzy was told that the answer was bad", narrator.world.uppzy.feedback[-1].feedback == "bad")


async def _sensitive(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "A colleague keeps harassing me in meetings. What can I do?")
    narrator.tell_facts(first)

    handoff, _ = narrator.handoff(first)
    _check_handed_over(narrator, first, "matter of trust")
    narrator.check("it is urgent", handoff and handoff.priority == "urgent")
    narrator.check("the employee sees no answer of the assistant", not narrator.answers(first))
    shown = str(narrator.card(handoff).blocks) + narrator.below(narrator.card(handoff))
    narrator.check("the agents see no question and no draft", "harassing" not in shown and "AI draft" not in shown)
    narrator.check("one of them can have it revealed", "handoff_reveal" in shown)


async def _in_circles(narrator: Narrator) -> None:
    first = await narrator.write(MIA, "How do I book a meeting room?")
    await narrator.write(MIA, "How can I book a meeting room?", first.ts)
    narrator.check("asked twice, nobody is needed yet", narrator.handoff(first) == (None, None))
    await narrator.write(MIA, "how do i book a meeting room", first.ts)
    narrator.tell_facts(first)

    _check_handed_over(narrator, first, "going in circles")
    sessions = {one.answer.session_id for one in narrator.found(first).questions if one.answer}
    narrator.check("all three were asked in one session of Uppzy", len(sessions) == 1)


async def _person_takes_over(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "Can I bring my dog to the office?")
    await _accept_offer(narrator, TOM, first)
    handoff, _ = narrator.handoff(first)
    card = narrator.card(handoff)
    await narrator.press_at_once((ADA, BEN), card, "handoff_claim", "Claim")
    handoff, _ = narrator.handoff(first)
    agent, late = (BEN, ADA) if handoff and handoff.claimed_by == BEN else (ADA, BEN)
    await narrator.write_below(agent, card, "Hello Tom, dogs are welcome on Fridays.")
    await narrator.write(TOM, "Thank you! On which floor?", first.ts)
    await narrator.write_below(agent, card, "note: ask facilities about the floor")
    await narrator.write_below(agent, card, "On the third.")
    await narrator.press(agent, card, "handoff_not_helpful", "Not helpful")
    session = narrator.found(first).conversation.session_id
    await narrator.press(agent, card, "handoff_resolve", "Resolve")
    words = "Dogs are welcome on Fridays, on the third floor."
    await narrator.fill_in(agent, words, resolution_text=words)
    narrator.tell_facts(first)

    _check_conversation(narrator, first, card, agent, late)
    _check_resolved(narrator, first, agent, session)
    await narrator.write(TOM, "One more thing: how do I add a printer?", first.ts)
    handoff, _ = narrator.handoff(first)
    narrator.check("what Tom writes soon after opens it again", handoff and handoff.state is HandoffState.OPEN)
    await narrator.press(agent, card, "handoff_hand_back", "Hand back to the assistant")
    after = narrator.found(first).conversation.session_id
    narrator.check(
        "handed back, Uppzy answers that in a new session",
        narrator.world.uppzy.asked[-1].session_id == after != session,
    )
    narrator.check("Tom gets that answer", "FollowMe" in narrator.answer(first).text)


def _check_conversation(narrator: Narrator, first: Message, card: Message, agent: str, late: str) -> None:
    name, other = narrator.name(agent), narrator.name(late)
    narrator.check("Tom is told who looks after him", narrator.was_told(first, f"<@{agent}> is helping you with"))
    private_notes = [note.text for note in narrator.world.slack.ephemerals if note.user == late]
    narrator.check(f"{other}, who came second, is told so", private_notes and "Too late" in private_notes[-1])
    narrator.check(
        f"what {name} writes below the card reaches Tom", narrator.was_told(first, "dogs are welcome on Fridays")
    )
    narrator.check("what Tom writes reaches the thread", "On which floor?" in narrator.below(card))
    narrator.check(f"{name}'s note stays among the agents", not narrator.was_told(first, "ask facilities"))


def _check_resolved(narrator: Narrator, first: Message, agent: str, session: str) -> None:
    handoff, ticket = narrator.handoff(first)
    verdicts = [verdict for one in narrator.found(first).questions for verdict in one.verdicts]
    receipts = [(verdict.person, verdict.receipt) for verdict in verdicts]
    narrator.check(f"{narrator.name(agent)}'s verdict reached Uppzy", receipts == [(agent, "taken")])
    narrator.check("the handoff is resolved", handoff and handoff.state is HandoffState.RESOLVED)
    narrator.check("its ticket is solved", ticket and ticket.status is TicketStatus.SOLVED)
    narrator.check("Uppzy's session is closed", session in narrator.world.uppzy.closed)
    narrator.check(
        "Tom is told, and asked whether that solved it", narrator.was_told(first, "Did this solve your problem?")
    )


async def _behind_the_menus(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "How do I connect to the VPN?")
    answer = narrator.answer(first)
    await narrator.press(TOM, answer, "talk_to_person", "Talk to a person")
    handoff, _ = narrator.handoff(first)
    card = narrator.card(handoff)
    await narrator.press(ADA, card, "handoff_show_all", "Show all")
    narrator.check("the card shows the beginning of the answer", _END_OF_VPN_ANSWER not in str(card.blocks))
    narrator.check("“Show all” shows all of it", _END_OF_VPN_ANSWER in narrator.opened(ADA))
    narrator.check("no id stands on the card", handoff and handoff.id not in narrator.shown(card))
    await narrator.press(ADA, card, "show_ids", "Show ids")
    narrator.check(
        "“Show ids” tells Ada the ids in private", handoff and handoff.id in narrator.shown(narrator.private_note(ADA))
    )
    await narrator.press(ADA, card, "handoff_assign", "Assign to…")
    await narrator.fill_in(ADA, "Ben", assignee_choice=BEN)
    handoff, _ = narrator.handoff(first)
    narrator.check("“Assign to…” gives it to Ben", handoff and handoff.claimed_by == BEN)
    await narrator.press(BEN, card, "handoff_release", "Release")
    handoff, _ = narrator.handoff(first)
    narrator.check("“Release” gives it back to the queue", handoff and handoff.state is HandoffState.OPEN)
    await _resolve(narrator, ADA, card, "Collect the logs, as the last line of the answer says.")
    narrator.tell_facts(first)


async def _after_the_resolution(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "Which bicycle may I borrow at lunch?")
    await _accept_offer(narrator, TOM, first)
    handoff, _ = narrator.handoff(first)
    card = narrator.card(handoff)
    await _resolve(narrator, BEN, card, "Take one of the blue ones.")
    await narrator.write_below(BEN, card, "The keys hang at the reception.")
    told = narrator.private_note(BEN)
    narrator.check("Ben is told in private that this was not sent", "is resolved, so this was not sent" in told.text)
    narrator.check("Tom has not got it", not narrator.was_told(first, "The keys hang"))
    await narrator.press(BEN, told, "relay_reopen_and_send", "Reopen and send")
    handoff, _ = narrator.handoff(first)
    narrator.check("the handoff is open again, and Ben's", handoff and handoff.claimed_by == BEN)
    narrator.check("Tom gets what Ben wrote", narrator.was_told(first, "The keys hang at the reception."))
    await narrator.press(BEN, card, "handoff_resolve", "Resolve")
    await narrator.fill_in(BEN, "The keys hang at the reception.", resolution_text="The keys hang at the reception.")
    narrator.tell_facts(first)


async def _resolve(narrator: Narrator, agent: str, card: Message, words: str) -> None:
    await narrator.press(agent, card, "handoff_claim", "Claim")
    await narrator.press(agent, card, "handoff_resolve", "Resolve")
    await narrator.fill_in(agent, words, resolution_text=words)


async def _draft_edited(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "I want to talk to a person")
    await narrator.write(TOM, "My keyboard clicks twice for every key", first.ts)
    handoff, _ = narrator.handoff(first)
    card = narrator.card(handoff)
    narrator.check("the card says what it is about", "clicks twice" in narrator.shown(card) + str(card.blocks))
    await narrator.press(ADA, card, "handoff_claim", "Claim")
    await narrator.press(ADA, narrator.draft(card), "handoff_edit_draft", "Edit before sending")
    narrator.check("the form holds the assistant's draft", "extension 4357" in narrator.opened(ADA))
    await narrator.fill_in(ADA, "Bring it to the second floor.", draft_text="Bring it to the second floor.")
    narrator.check("Tom gets Ada's version", narrator.was_told(first, "Bring it to the second floor."))
    narrator.check("and not the assistant's", not narrator.was_told(first, "extension 4357"))
    narrator.check("the agents see what was sent", "Ada edited the draft" in narrator.below(card))
    await narrator.press(ADA, card, "handoff_resolve", "Resolve")
    await narrator.fill_in(ADA, "Exchanged.", resolution_text="Exchanged.")
    narrator.tell_facts(first)


async def _waiting(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "Where may I hang a painting of my daughter?")
    await _accept_offer(narrator, TOM, first)
    handoff, _ = narrator.handoff(first)
    card = narrator.card(handoff)
    await narrator.press(BEN, card, "handoff_claim", "Claim")
    await narrator.write_below(BEN, card, "How large is it?")
    await narrator.press(BEN, card, "handoff_wait", "Waiting for the employee")
    handoff, ticket = narrator.handoff(first)
    narrator.check("the handoff waits for Tom", handoff and handoff.state is HandoffState.PENDING)
    narrator.check("and its ticket is pending", ticket and ticket.status is TicketStatus.PENDING)
    narrator.check("Tom is told that his reply is needed", narrator.was_told(first, "needs your reply"))
    await narrator.write(TOM, "As large as a postcard.", first.ts)
    handoff, _ = narrator.handoff(first)
    narrator.check("his reply ends the wait", handoff and handoff.state is HandoffState.CLAIMED)
    narrator.check("and Ben is mentioned", f"<@{BEN}>, the employee replied" in narrator.below(card))
    await narrator.press(BEN, card, "handoff_resolve", "Resolve")
    await narrator.fill_in(BEN, "Above your desk.", resolution_text="Above your desk.")
    narrator.tell_facts(first)


async def _on_home(narrator: Narrator) -> None:
    first = await narrator.write(TOM, "How do I book a meeting room?")
    home = await narrator.open_home(TOM)
    narrator.check("Tom's Home lists what he asked", "How do I book a meeting room?" in home)
    await narrator.press_at_home(TOM, "home_ask_again", "Ask again")
    narrator.check("“Ask again” asks in the same thread", narrator.was_told(first, "You asked again"))
    narrator.check("and is answered there", len(narrator.answers(first)) > 1)
    home = await narrator.open_home(ADA)
    narrator.check("Ada's Home has the queue", "Unclaimed" in home)
    narrator.check("a hidden question stays hidden there, too", "harassing" not in home)
    await narrator.press_at_home(ADA, "home_search", "Search")
    await narrator.fill_in(ADA, "painting", search_words="painting")
    found = narrator.home(ADA)
    narrator.check("“Search” finds what was resolved", "Where may I hang a painting" in found)
    narrator.check("and nothing else", "clicks twice" not in found and "harassing" not in found)


async def _secret(narrator: Narrator) -> None:
    first = await narrator.write(
        MIA,
        f"I cannot sign in. My password is {_PASSWORD} and my credit card is {_CARD_NUMBER}. Can I talk to a person?",
    )
    narrator.check("with three open requests Mia is asked first", narrator.was_told(first, "Open another?"))
    await narrator.press(MIA, narrator.replies(first)[-1], "open_another", "Open another")
    narrator.tell_facts(first)

    handoff, ticket = narrator.handoff(first)
    card = narrator.card(handoff)
    _check_handed_over(narrator, first, "asks for a person")
    seen = {"card": f"{card.text} {card.blocks}", "thread": narrator.below(card), "ticket": repr(ticket)}
    for place, text in seen.items():
        narrator.check(f"neither secret reaches the {place}", _PASSWORD not in text and _CARD_NUMBER not in text)
    narrator.check("a mark stands in their place", "[redacted: password]" in seen["card"])


async def _article(narrator: Narrator) -> None:
    for who, question in ((TOM, _PLANTS), (MIA, "Who waters our plants?"), (TOM, "Who waters the plants here?")):
        await narrator.write(who, question)
    first = await narrator.write(MIA, _PLANTS)
    narrator.check("the assistant was unsure", _confidence(narrator, first) == "low")
    await _accept_offer(narrator, MIA, first)
    if "Open another?" in narrator.replies(first)[-1].text:
        await narrator.press(MIA, narrator.replies(first)[-1], "open_another", "Open another")
    handoff, _ = narrator.handoff(first)
    await _resolve(narrator, ADA, narrator.card(handoff), "The office team does, on Mondays.")

    await narrator.pass_time(_next_digest(narrator.clock()) - narrator.clock(), "The next week")
    queue = narrator.reviewed("gap_write_article")
    narrator.check("the queue of gaps follows the digest, the largest first", "Gap 1 of" in narrator.shown(queue))
    while _PLANTS not in str(queue.blocks):
        await narrator.press(LEA, queue, "gap_next_gap", "Next gap")
        queue = narrator.reviewed("gap_write_article")
    narrator.check("the questions about plants are one of them", "4 questions" in narrator.shown(queue))
    await narrator.press(LEA, queue, "gap_write_article", "Write article")
    narrator.check("the form begins with what Ada wrote", "The office team does" in narrator.opened(LEA))
    await narrator.fill_in(LEA, "Watering the plants", article_title="Watering the plants")
    card = narrator.reviewed("article_approve")
    await narrator.press(LEA, card, "article_approve", "Approve")
    narrator.check("a second person has to approve", not narrator.world.uppzy.documents)
    await narrator.press(BEN, card, "article_approve", "Approve")
    narrator.check("after that Uppzy has it, in use", [one.active for one in narrator.world.uppzy.documents] == [True])

    asked = [await narrator.write(who, _PLANTS) for who in (TOM, MIA, TOM)]
    narrator.check("the next answers are Ada's words", "on Mondays" in narrator.answer(asked[0]).text)
    narrator.check("with high confidence", {_confidence(narrator, one) for one in asked} == {"high"})
    await narrator.pass_time(14 * DAY, "Two weeks later")
    await narrator.wait_until_shown(card, "helped")
    narrator.check("the article's card says that it helped", "helped" in narrator.shown(card))


def _next_digest(now: float) -> float:
    """Returns a moment after the digest of the week of `now`."""
    rules = ReviewRules()
    return due_after(last_full_week(now + 7 * DAY, rules.zone).until, rules) + 1


def _confidence(narrator: Narrator, first: Message) -> str | None:
    (question,) = narrator.found(first).questions
    return question.answer.confidence_level if question.answer else None


async def _accept_offer(narrator: Narrator, who: str, first: Message) -> None:
    await narrator.press(who, narrator.replies(first)[-1], "ask_a_colleague", "Ask a colleague")


def _check_handed_over(narrator: Narrator, first: Message, rule: str) -> None:
    handoff, ticket = narrator.handoff(first)
    narrator.check(f"the rule “{rule}” fired", handoff and rule in handoff.grounds.rules)
    narrator.check(
        "a card with the reasons is in the handoff channel", handoff and _reasons_are_on(narrator.card(handoff))
    )
    narrator.check("a ticket was opened", ticket and handoff and ticket.number == handoff.name)
    narrator.check("the employee was told its number", handoff and narrator.was_told(first, handoff.name))


def _reasons_are_on(card: Message) -> bool:
    return "Why a person is needed" in str(card.blocks)


CHAPTERS: tuple[Chapter, ...] = (
    ("A question is answered, and the answer was helpful", _answered_and_rated),
    ("Small talk", _small_talk),
    ("The assistant is not sure: a person is offered, and brought in", _unsure),
    ("“I want to talk to a person”, as the very first words", _person_first),
    ("An answer that did not help", _rated_bad),
    ("A matter of trust", _sensitive),
    ("The same question three times", _in_circles),
    ("A person takes over, talks through the thread, and resolves", _person_takes_over),
    ("What stands behind the card's menus", _behind_the_menus),
    ("A reply after the resolution", _after_the_resolution),
    ("A draft is edited before it is sent", _draft_edited),
    ("Waiting for the employee", _waiting),
    ("Home: asking again, and searching", _on_home),
    ("A secret in a question", _secret),
    ("A gap becomes an article, and the next answer is better", _article),
)

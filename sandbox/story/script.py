"""The whole story without a browser: the real bot plays every scene between a local Slack and a local Uppzy.

Each chapter says what must hold and checks it. `uppzy-desk demo --story` tells it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.app import Outside
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.resources import shipped_file
from sandbox.slack import ImpossibleError, LocalSlack, Message
from sandbox.story.narrator import Say, StuckError, Teller
from sandbox.uppzy import LocalUppzy
from sandbox.world import ADA, BEN, MIA, TOM, LocalWorld, furnish, local_settings

Chapter = tuple[str, Callable[[Teller], Awaitable[None]]]
"""A title, and what plays it."""

# The real Uppzy takes seconds; long enough here that the order of things can be seen.
_LATENCY = 0.03
_PASSWORD = "Tulip-Garden-42"
_CARD_NUMBER = "4111 1111 1111 1111"


async def tell_story(say: Say, chapters: Sequence[Chapter] | None = None) -> int:
    """Play the chapters (all of them by default), telling it line by line; returns 0 where every promise held, else 1.

    Nothing is left behind: loopback only, free ports, a database that is deleted at the end.
    """
    began = time.monotonic()
    chapters = CHAPTERS if chapters is None else chapters
    say("This is a story, played by the real bot between a local Slack and a local Uppzy, which are not the real ones.")
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-story-") as folder:
        teller = await _play(say, chapters, Path(folder) / "desk.db")
    say(f"\n{len(chapters)} chapters, {teller.kept} promises kept, {time.monotonic() - began:.1f} s.")
    for promise in teller.broken:
        say(f"Not kept: {promise}.")
    return 1 if teller.broken else 0


async def _play(say: Say, chapters: Sequence[Chapter], database: Path) -> Teller:
    async with LocalSlack() as slack, LocalUppzy(latency=_LATENCY) as uppzy:
        furnish(slack)
        # The policy that came with the program, not the operator's own: the promises below are about that one.
        policy = {"POLICY_FILE": str(shipped_file("config/escalation.toml"))}
        settings = local_settings(slack, uppzy, database, policy)
        house = LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=Outside(stop_timeout=0.5))
        async with house.bot() as bot:
            teller = Teller(say=say, house=house, bot=bot, database=database)
            for number, (title, play) in enumerate(chapters, start=1):
                teller.chapter(number, title)
                try:
                    await play(teller)
                except (StuckError, ImpossibleError) as error:
                    teller.stuck(error)
            return teller


# The chapters.


async def _answered_and_rated(teller: Teller) -> None:
    first = await teller.write(MIA, "How do I connect to the VPN?")
    await teller.rate(MIA, teller.answer(first), "good")
    teller.tell_facts(first)

    (question,) = teller.found(first).questions
    answer, feedback = question.answer, teller.house.uppzy.feedback
    teller.must("the assistant was confident", answer is not None and answer.confidence_level in {"high", "medium"})
    teller.must("nobody was bothered: there is no handoff", not teller.house.cards)
    teller.must("Uppzy was told once that the answer was good", [one.feedback for one in feedback] == ["good"])
    teller.must("and by the request id of that answer", answer and feedback[-1].request_id == answer.request_id)
    teller.must("Uppzy's receipt is kept", [verdict.receipt for verdict in question.verdicts] == ["taken"])


async def _unsure(teller: Teller) -> None:
    first = await teller.write(MIA, "Which Kubernetes cluster runs the nightly batch?")
    teller.tell_facts(first)

    (question,) = teller.found(first).questions
    _, ticket = teller.handoff(first)
    answer = question.answer
    teller.must("the assistant was unsure", answer is not None and answer.confidence_level == "low")
    _must_be_handed_over(teller, first, "unsure answer")
    metadata = ticket.metadata if ticket else None
    teller.must("the ticket carries Uppzy's session id", metadata and metadata.uppzy_session_id.startswith("desk-"))
    teller.must("and the request id", metadata and answer and metadata.uppzy_request_id == answer.request_id)
    teller.must("and the confidence and the source", metadata and metadata.confidence_level == "low")
    teller.must("the employee sees the answer all the same", teller.answers(first))


async def _person_first(teller: Teller) -> None:
    first = await teller.write(TOM, "I want to talk to a person")
    teller.tell_facts(first)

    (question,) = teller.found(first).questions
    handoff, ticket = teller.handoff(first)
    _must_be_handed_over(teller, first, "asks for a person")
    teller.must("the handoff did not wait for the assistant", _opened_before_answer(teller, first))
    teller.must("the employee gets no answer of the assistant", not teller.answers(first))
    teller.must("the agents get it as a draft", "Draft by the assistant" in teller.below(teller.card(handoff)))
    request = question.answer.request_id if question.answer else None
    teller.must("its request id was added to the ticket", ticket and ticket.metadata.uppzy_request_id == request)


def _opened_before_answer(teller: Teller, first: Message) -> bool:
    (question,) = teller.found(first).questions
    handoff, _ = teller.handoff(first)
    return bool(handoff and question.answer and handoff.opened_at < question.answer.answered_at)


async def _rated_bad(teller: Teller) -> None:
    first = await teller.write(MIA, "How do I order a new keyboard?")
    teller.must("at first nobody is needed", teller.handoff(first) == (None, None))
    await teller.rate(MIA, teller.answer(first), "bad")
    teller.tell_facts(first)

    _must_be_handed_over(teller, first, "not helpful")
    teller.must("Uppzy was told that the answer was bad", teller.house.uppzy.feedback[-1].feedback == "bad")


async def _sensitive(teller: Teller) -> None:
    first = await teller.write(TOM, "A colleague keeps harassing me in meetings. What can I do?")
    teller.tell_facts(first)

    handoff, _ = teller.handoff(first)
    _must_be_handed_over(teller, first, "matter of trust")
    teller.must("it is urgent", handoff and handoff.priority == "urgent")
    teller.must("the employee sees no answer of the assistant", not teller.answers(first))
    teller.must("the agents get it as a draft", "Draft by the assistant" in teller.below(teller.card(handoff)))


async def _in_circles(teller: Teller) -> None:
    first = await teller.write(MIA, "How do I book a meeting room?")
    await teller.write(MIA, "How can I book a meeting room?", first.ts)
    teller.must("asked twice, nobody is needed yet", teller.handoff(first) == (None, None))
    await teller.write(MIA, "how do i book a meeting room", first.ts)
    teller.tell_facts(first)

    _must_be_handed_over(teller, first, "going in circles")
    sessions = {one.answer.session_id for one in teller.found(first).questions if one.answer}
    teller.must("all three were asked in one session of Uppzy", len(sessions) == 1)


async def _person_takes_over(teller: Teller) -> None:
    first = await teller.write(TOM, "Can I bring my dog to the office?")
    handoff, _ = teller.handoff(first)
    card = teller.card(handoff)
    await teller.press_at_once((ADA, BEN), card, "handoff_claim", "Claim")
    handoff, _ = teller.handoff(first)
    agent, late = (BEN, ADA) if handoff and handoff.claimed_by == BEN else (ADA, BEN)
    await teller.write_below(agent, card, "Hello Tom, dogs are welcome on Fridays.")
    await teller.write(TOM, "Thank you! On which floor?", first.ts)
    await teller.write_below(agent, card, "note: ask facilities about the floor")
    await teller.write_below(agent, card, "On the third.")
    await teller.press(agent, card, "handoff_not_helpful", "Not helpful")
    session = teller.found(first).conversation.session_id
    await teller.press(agent, card, "handoff_resolve", "Resolve")
    words = "Dogs are welcome on Fridays, on the third floor."
    await teller.fill_in(agent, words, resolution_text=words)
    teller.tell_facts(first)

    _must_be_talked_through(teller, first, card, agent, late)
    _must_be_resolved(teller, first, agent, session)
    await teller.write(TOM, "One more thing: and on other days?", first.ts)
    handoff, _ = teller.handoff(first)
    teller.must("what Tom writes soon after opens it again", handoff and handoff.state is HandoffState.OPEN)
    await teller.press(agent, card, "handoff_hand_back", "Hand back to the assistant")
    await teller.write(TOM, "And how do I add a printer?", first.ts)
    after = teller.found(first).conversation.session_id
    teller.must(
        "handed back, Uppzy answers in a new session", teller.house.uppzy.asked[-1].session_id == after != session
    )


def _must_be_talked_through(teller: Teller, first: Message, card: Message, agent: str, late: str) -> None:
    name, other = teller.name(agent), teller.name(late)
    teller.must("Tom is told who looks after him", teller.told(first, f"<@{agent}> is looking after"))
    whispers = [whisper.text for whisper in teller.house.slack.ephemerals if whisper.user == late]
    teller.must(f"{other}, who came second, is told so", whispers and "Too late" in whispers[-1])
    teller.must(f"what {name} writes below the card reaches Tom", teller.told(first, "dogs are welcome on Fridays"))
    teller.must("what Tom writes reaches the thread", "On which floor?" in teller.below(card))
    teller.must(f"{name}'s note stays among the agents", not teller.told(first, "ask facilities"))


def _must_be_resolved(teller: Teller, first: Message, agent: str, session: str) -> None:
    handoff, ticket = teller.handoff(first)
    verdicts = [verdict for one in teller.found(first).questions for verdict in one.verdicts]
    receipts = [(verdict.person, verdict.receipt) for verdict in verdicts]
    teller.must(f"{teller.name(agent)}'s verdict reached Uppzy", receipts == [(agent, "taken")])
    teller.must("the handoff is resolved", handoff and handoff.state is HandoffState.RESOLVED)
    teller.must("its ticket is solved", ticket and ticket.status is TicketStatus.SOLVED)
    teller.must("Uppzy's session is closed", session in teller.house.uppzy.closed)
    teller.must("Tom is told, and asked whether that solved it", teller.told(first, "Did this solve your problem?"))


async def _secret(teller: Teller) -> None:
    first = await teller.write(
        MIA,
        f"I cannot sign in. My password is {_PASSWORD} and my credit card is {_CARD_NUMBER}. Can I talk to a person?",
    )
    teller.tell_facts(first)

    handoff, ticket = teller.handoff(first)
    card = teller.card(handoff)
    _must_be_handed_over(teller, first, "asks for a person")
    seen = {"card": f"{card.text} {card.blocks}", "thread": teller.below(card), "ticket": repr(ticket)}
    for place, text in seen.items():
        teller.must(f"neither secret reaches the {place}", _PASSWORD not in text and _CARD_NUMBER not in text)
    teller.must("a mark stands in their place", "[redacted: password]" in seen["card"])


def _must_be_handed_over(teller: Teller, first: Message, rule: str) -> None:
    handoff, ticket = teller.handoff(first)
    teller.must(f"the rule “{rule}” fired", handoff and rule in handoff.rules)
    teller.must("a card with the reasons is in the handoff channel", handoff and _reasons_are_on(teller.card(handoff)))
    teller.must("a ticket was opened", ticket and handoff and ticket.number == handoff.name)
    teller.must("the employee was told its number", handoff and teller.told(first, handoff.name))


def _reasons_are_on(card: Message) -> bool:
    return "Why a person is needed" in str(card.blocks)


CHAPTERS: tuple[Chapter, ...] = (
    ("A question is answered, and the answer was helpful", _answered_and_rated),
    ("The assistant is not sure: a person is brought in", _unsure),
    ("“I want to talk to a person”, as the very first words", _person_first),
    ("An answer that did not help", _rated_bad),
    ("A matter of trust", _sensitive),
    ("The same question three times", _in_circles),
    ("A person takes over, talks through the thread, and resolves", _person_takes_over),
    ("A secret in a question", _secret),
)

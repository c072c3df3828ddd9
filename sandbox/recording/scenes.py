"""Scenes of the recording. Each plays from an empty desk and takes pictures on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, expect

from sandbox.recording.browser import DemoInBrowser

TakePicture = Callable[[str], Awaitable[None]]
"""Takes a picture of the page; the argument is its name."""

Scene = Callable[[DemoInBrowser, TakePicture], Awaitable[None]]

DEADLINE = 60.0
"""Seconds for everything that a scene waits for."""

_KNOWN = "How do I connect to the VPN?"
_UNKNOWN = "Who waters the plants?"
_PERSON = "I want to talk to a person"
_LONG = (
    "How do I connect to the VPN from a hotel whose network asks for my room number first? The client says that the "
    "gateway does not answer, and the certificate is new since Monday. My phone's hotspot works, but it is too slow "
    "for video calls with customers. The notebook was set up again last week, and somebody changed the settings for "
    "names. I have restarted everything twice. My flight leaves at noon, so please be quick, and thank you."
)


async def _sees(where: Locator, *words: str) -> None:
    for each in words:
        await expect(where).to_contain_text(each, timeout=DEADLINE * 1000)


async def _hand_over(demo: DemoInBrowser, question: str = _KNOWN) -> None:
    """Asks a question, and for a person below the answer."""
    await demo.ask(question)
    await demo.press(demo.mia, "Talk to a person")
    await _sees(demo.support, "HD-1")
    await _sees(demo.mia, "HD-1")


async def _claim(demo: DemoInBrowser) -> None:
    await _hand_over(demo)
    await demo.press(demo.support, "Claim")
    await _sees(demo.mia, "is helping you with")


async def _resolve(demo: DemoInBrowser, words: str) -> None:
    await _claim(demo)
    await demo.press(demo.support, "Resolve")
    form = demo.form("How was it resolved?")
    await form.get_by_label("The resolution in your words").fill(words)
    await demo.press(form, "Send")
    await _sees(demo.mia, "Did this solve your problem?")


async def _questions(demo: DemoInBrowser, picture: TakePicture) -> None:
    await picture("empty")
    await demo.ask("hi")
    await _sees(demo.mia, "Hi! I'm the help desk's assistant")
    await demo.mia.get_by_label("Reply in this thread").fill("ok")
    await demo.press(demo.mia, "Reply")
    await _sees(demo.mia, "If you need anything else")
    await picture("small-talk")
    await demo.ask(_KNOWN)
    await _sees(demo.mia, "Please double-check")
    await picture("answer")
    await demo.press(demo.mia, "Mark this answer as helpful")
    await _sees(demo.mia, "You rated this answer as helpful")
    await picture("rated-helpful")
    await demo.page.get_by_role("tab", name="Uppzy").click()
    await picture("behind-uppzy")


async def _unsure(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_UNKNOWN)
    await _sees(demo.mia, "Shall I ask a colleague?")
    await picture("offer")
    await demo.press(demo.mia, "Ask a colleague")
    await _sees(demo.mia, "You said", "HD-1")
    await _sees(demo.support, "HD-1")
    await picture("offer-accepted")


async def _not_helpful(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_KNOWN)
    await demo.press(demo.mia, "Mark this answer as not helpful")
    await _sees(demo.mia, "HD-1")
    await picture("rated-not-helpful")
    await demo.press(demo.mia, "Tell us why")
    form = demo.form("What was wrong?")
    await form.get_by_label("Tell us what was wrong with the answer").fill("Nothing about Linux")
    await picture("form-why")
    await demo.press(form, "Send")
    await _sees(demo.support, "Nothing about Linux")
    await _sees(demo.mia, "Thanks for the feedback")
    await picture("reason-given")
    await demo.press(demo.mia, "I don't need a person")
    await _sees(demo.support, "withdrawn by")
    await picture("withdrawn")


async def _person(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_PERSON)
    await _sees(demo.support, "HD-1", "AI draft")
    await _sees(demo.mia, "HD-1")
    await picture("person-asked-for")
    await demo.ask(_PERSON)
    await _sees(demo.support, "HD-2")
    await demo.ask(_PERSON)
    await _sees(demo.support, "HD-3")
    await demo.ask(_PERSON)
    await _sees(demo.mia, "Open another?")
    await picture("another-request")


async def _card(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _hand_over(demo, _LONG)
    await _sees(demo.card, "HD-1")
    await picture("card")
    await demo.menu(demo.card, "Show ids").click()
    await picture("card-menu")
    await demo.press(demo.card, "Show ids")
    await _sees(demo.support, "thread of a handoff")
    await picture("ids")
    await demo.press(demo.card, "Show all")
    form = demo.form("Question and answer")
    await _sees(form, "so please be quick")
    await picture("form-show-all")
    await demo.press(form, "Close")
    await demo.press(demo.card, "Reveal")
    form = demo.form("Original message")
    await _sees(form, "so please be quick")
    await picture("form-reveal")
    await demo.press(form, "Close")
    await _sees(demo.card, "Last revealed to")
    await demo.press(demo.card, "Assign to…")
    form = demo.form("Assign to")
    await picture("form-assign")
    await form.get_by_label("Agent").select_option(label="Ben")
    await demo.press(form, "Send")
    await _sees(demo.card, "claimed by @Ben")
    await _sees(demo.mia, "@Ben is helping you")
    await picture("assigned")
    await demo.press(demo.card, "Join")
    await _sees(demo.mia, "has joined")
    await picture("joined")
    await demo.press(demo.card, "Release")
    await _sees(demo.mia, "back in the queue")
    await picture("released")


async def _conversation(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_UNKNOWN)
    await demo.press(demo.mia, "Ask a colleague")
    await demo.press(demo.support, "Claim")
    await _sees(demo.mia, "is helping you with")
    await demo.write(demo.support, "note: I have asked facilities")
    await _sees(demo.support, "🔒")
    await demo.write(demo.support, "The facilities team, on Tuesdays. Shall I ask them?")
    await _sees(demo.support, "⏳")
    await picture("reply-can-be-taken-back")
    await _sees(demo.support, "📨")
    await demo.write(demo.mia, "Yes please, thank you!")
    await _sees(demo.support, "Yes please")
    await picture("conversation")


async def _talk(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _hand_over(demo)
    await demo.write(demo.support, "Which hotel is it?")
    await _sees(demo.support, "is unclaimed, so this was not sent")
    await picture("unclaimed-note")
    await demo.press(demo.support, "Claim and send")
    await _sees(demo.mia, "Which hotel is it?")
    await _sees(demo.card, "claimed by @Ada")
    await demo.write(demo.mia, "The one at the station.")
    await _sees(demo.support, "The one at the station.")
    await demo.write(demo.support, "note: they block the gateway")
    await _sees(demo.support, "🔒")
    await demo.write(demo.support, "ask: How do I get past a sign-in page?")
    await _sees(demo.support, "AI draft")
    await picture("talk")
    await demo.press(demo.support, "Send to the employee")
    await _sees(demo.support, "sent to the employee by")
    await picture("draft-sent")
    await demo.page.get_by_role("tab", name="Identifiers").click()
    await picture("behind-identifiers")


async def _end(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.support, "Resolve")
    form = demo.form("How was it resolved?")
    await form.get_by_label("The resolution in your words").fill("Sign in to the hotel's page first.")
    await picture("form-resolve")
    await demo.press(form, "Send")
    await _sees(demo.mia, "Did this solve your problem?")
    await _sees(demo.card, "resolved by @Ada")
    await picture("resolved")
    await demo.write(demo.support, "The page is http://portal.example.com")
    await _sees(demo.support, "is resolved, so this was not sent")
    await picture("reply-after-the-resolution")
    await demo.press(demo.support, "Reopen and send")
    await _sees(demo.mia, "portal.example.com")
    await picture("reopened-and-sent")


async def _after_the_end(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _resolve(demo, "Sign in to the hotel's page first.")
    await demo.press(demo.mia, "No, not yet")
    await _sees(demo.mia, "Thanks for letting us know")
    await _sees(demo.card, "nclaimed")
    await picture("not-solved")
    await demo.press(demo.card, "Hand back to the assistant")
    await _sees(demo.mia, "has handed the conversation back")
    await _sees(demo.card, "handed back by")
    await picture("handed-back")
    await demo.write(demo.mia, "How do I book a meeting room?")
    await _sees(demo.mia, "Rooms are booked")
    await picture("assistant-again")


async def _solved(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _resolve(demo, "Sign in to the hotel's page first.")
    await demo.press(demo.mia, "Yes, solved")
    await _sees(demo.card, "confirmed by the employee")
    await picture("solved")
    for pane in (demo.mia, demo.support):
        await pane.get_by_role("tab", name="Home").click()
    await _sees(demo.mia, "Your past requests")
    await picture("home-when-nothing-is-open")


async def _homes(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_KNOWN)
    await _sees(demo.mia, "Please double-check")
    await demo.ask(_PERSON)
    await _sees(demo.support, "HD-1")
    await demo.press(demo.support, "Claim")
    await _sees(demo.support, "claimed by")
    await demo.ask("My password is hunter2 and I want to talk to a person")
    await _sees(demo.support, "HD-2")
    await picture("secret")
    await demo.press(demo.page.get_by_role("group", name="Let time pass"), "10 minutes")
    for pane in (demo.mia, demo.support):
        await pane.get_by_role("tab", name="Home").click()
    await _sees(demo.mia, "Your open requests")
    await _sees(demo.support, "Queue")
    await picture("homes")


async def _sensitive(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask("A colleague keeps harassing me in meetings. What can I do?")
    await _sees(demo.mia, "in confidence")
    await _sees(demo.support, "HD-1")
    await picture("sensitive")


async def _files(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.mia.locator("form.reply"), "Attach files")
    await demo.mia.locator("form.reply").get_by_role("button", name="all-hands.mov").click()
    await demo.write(demo.mia, "Here is what I see")
    await _sees(demo.mia, "I couldn't forward")
    await _sees(demo.support, "which I could not pass on")
    await picture("file-too-large")


async def _time(demo: DemoInBrowser, picture: TakePicture) -> None:
    passing = demo.page.get_by_role("group", name="Let time pass")
    await demo.ask(_PERSON)
    await _sees(demo.support, "HD-1")
    for said in ("is unclaimed. Due", "is overdue", "@on-call"):
        while await demo.support.get_by_text(said).count() == 0:
            await demo.press(passing, "10 minutes")
            await demo.page.wait_for_timeout(500)
    await picture("overdue")
    await demo.press(passing, "to the end of work")
    await _sees(passing, "outside of working hours")
    await demo.ask(_PERSON)
    await _sees(demo.mia, "No one is at work right now")
    await picture("outside-of-working-hours")


async def _trouble(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await picture("behind-faults")
    await demo.panel.get_by_role("switch", name="Uppzy refuses the key").check()
    await demo.ask(_KNOWN)
    await _sees(demo.support, "🚨", "HD-1")
    await picture("key-refused")
    await demo.panel.get_by_role("switch", name="Uppzy refuses the key").uncheck()
    await demo.panel.get_by_role("switch", name="The ticket system takes nothing").check()
    await demo.ask(_PERSON)
    await _sees(demo.support, "Try the ticket again")
    await picture("ticket-refused")
    await demo.panel.get_by_role("switch", name="The bot is removed").check()
    await demo.ask(_PERSON)
    await _sees(demo.mia, "I can't reach the support team")
    await picture("channel-out-of-reach")


async def _slow(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await demo.panel.get_by_role("switch", name="Uppzy is down").check()
    await demo.ask(_KNOWN)
    await _sees(demo.mia, "This is taking longer than usual")
    await demo.page.get_by_role("tab", name="Jobs").click()
    await picture("takes-longer")
    await demo.press(demo.mia, "Stop")
    await _sees(demo.mia, "Stopped")
    await picture("stopped")


SCENES: tuple[Scene, ...] = (
    _questions,
    _unsure,
    _not_helpful,
    _person,
    _card,
    _conversation,
    _talk,
    _end,
    _after_the_end,
    _solved,
    _homes,
    _sensitive,
    _files,
    _time,
    _trouble,
    _slow,
)

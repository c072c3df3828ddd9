"""The policy in sentences, which a lead reads before it takes effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from bot.helpdesk.escalation.hours import WEEKDAYS, Hours, Span
from bot.helpdesk.escalation.policy import (
    APPS_PER_HOUR,
    GROUP,
    GUEST,
    MEMBER,
    Approval,
    Condition,
    Confidence,
    HandoffMode,
    HandoffRules,
    NoteRules,
    NoteWhen,
    PeopleRules,
    Phrase,
    Policy,
    Priority,
    PrivacyRules,
    ReviewRules,
    Rule,
    SecretsToAssistant,
    Sensitive,
    SmallTalkRules,
    Speakers,
    TicketRules,
    Unavailable,
    Unresolved,
    VerdictIs,
    duration_text,
    readings_of,
)
from bot.helpdesk.messages import OwnWords, english
from bot.helpdesk.model.handoff import SolvedQuestion

_EXAMPLES_SHOWN = 3


def describe(policy: Policy) -> tuple[str, ...]:
    """Returns one sentence for each rule, in the policy's order."""
    return tuple(_sentence(rule) for rule in policy.rules)


def _sentence(rule: Rule) -> str:
    return f"{rule.name}: when {_condition(rule.condition)}{_for_whom(rule)}, {_consequences(rule)}."


def describe_narrowing(rule: Rule) -> str:
    """Returns the employees that a rule applies to, as in “guests whose language is de”; empty where it is all."""
    kinds = [_KINDS.get(kind, f"members of the group {kind.removeprefix(GROUP)}") for kind in sorted(rule.when_from)]
    language = f"whose language is {_either(sorted(rule.languages))}" if rule.languages else ""
    return " ".join(filter(None, (_either(kinds) if kinds else "employees" * rule.is_narrowed, language)))


_KINDS: Mapping[str, str] = {GUEST: "guests", MEMBER: "people who are no guests"}


def _for_whom(rule: Rule) -> str:
    return f", only for {describe_narrowing(rule)}" if rule.is_narrowed else ""


def _consequences(rule: Rule) -> str:
    where = f"channel {rule.channel}" if rule.channel else "the handoff channel"
    ticket = "with a ticket" if rule.ticket else "without a ticket"
    answer = "sees" if rule.show_answer else "does not see"
    sentence = f"is told {_told(rule.tell)} and " if rule.tell else ""
    asked = (
        "a person is offered and, if the employee accepts, asked"
        if rule.handoff is HandoffMode.OFFER
        else "a person is asked"
    )
    elsewhere = "in any other channel " if rule.channel else ""
    hidden = f"; {elsewhere}agents read the question only through “Reveal”" if rule.hide_question else ""
    if rule.ask:
        employee = f"the employee {sentence}{answer} the assistant's answer"
    else:
        told = f"the employee is told {_told(rule.tell)} and " if rule.tell else ""
        employee = f"{told}the assistant is not asked, nor about anything that follows in the conversation"
    return f"{asked} in {where} with {rule.priority} priority, {ticket}; {employee}{hidden}"


def describe_missing_channels(policy: Policy, common: str | None = None) -> Iterator[str]:
    """Yields a warning, with its fix, for each rule about a sensitive matter that has no channel of its own.

    `common` is the handoff channel, where it is known: a rule that names it has none of its own either.
    """
    for rule in policy.rules:
        if rule.lacks_channel(common):
            if rule.hide_question:
                effect = "so its questions are hidden from the handoff channel until someone presses “Reveal”"
                fix = "Name a channel that few people can read."
            else:
                effect = "so everyone in the handoff channel reads its questions"
                fix = "Name a channel that few people can read, or write hide_question = true."
            yield f"rule “{rule.name}” has no channel of its own, {effect}. {fix}"


def _told(tell: OwnWords) -> str:
    """Quotes the English text, or the first one; the others are translations of it."""
    return f"“{english()(tell)}”"


def _condition(condition: Condition) -> str:
    match condition:
        case Confidence():
            return _confidence(condition)
        case Phrase():
            return f"the employee presses “Talk to a person”{_wishes(condition)}"
        case VerdictIs():
            return f"the employee's verdict on the answer is {condition.rating}"
        case Sensitive():
            return f"the message is about {_either([topic.name for topic in condition.topics])}"
        case Unresolved():
            questions = "1 question" if condition.count == 1 else f"{condition.count} questions"
            return f"{questions} within {duration_text(condition.within_seconds)} stayed unresolved"
        case Unavailable():
            return _unavailable(condition)
        case _:
            assert_never(condition)


def _confidence(condition: Confidence) -> str:
    levels = sorted(condition.levels) + ["not stated"] * condition.absent
    return f"the assistant's confidence is {_either(levels)}"


def _wishes(condition: Phrase) -> str:
    built_in = " or asks for a person in words of their own" if condition.built_in else ""
    anywhere = f" or writes {_examples(condition.phrases)}" if condition.phrases else ""
    whole = f" or writes nothing but {_examples(condition.whole)}" if condition.whole else ""
    return built_in + anywhere + whole


def _examples(phrases: Sequence[str]) -> str:
    shown = [f"“{readings_of(phrase)[0]}”" for phrase in phrases[:_EXAMPLES_SHOWN]]
    more = sum(len(readings_of(phrase)) for phrase in phrases) - len(shown)
    others = [f"{more} other wording{'s' * (more > 1)}"] if more else []
    return _either([*shown, *others])


def _unavailable(condition: Unavailable) -> str:
    refused = "the assistant refuses to answer"
    if condition.minutes == 0:
        return f"{refused} or cannot answer"
    return f"{refused} or cannot answer for {duration_text(condition.minutes * 60)}"


def _either(choices: Sequence[str]) -> str:
    return _listed(choices, "or")


def _listed(choices: Sequence[str], conjunction: str) -> str:
    return f" {conjunction} ".join([", ".join(choices[:-1]), choices[-1]] if len(choices) > 1 else choices)


def describe_handoffs(rules: HandoffRules) -> Iterator[str]:
    """Yields one sentence for each setting of how people work handoffs."""
    yield from (
        _relay_rights(rules),
        _relay_delay(rules),
        _resolution(rules),
        _SOLVED_QUESTIONS[rules.ask_solved],
        _reopening(rules),
        _waiting(rules),
        _most_open(rules),
    )
    yield f"A conversation in which nothing is said for {duration_text(rules.idle)} is completed."
    if rules.reply_within:
        yield _targets(rules)
        yield _reminders(rules)
    if rules.hours != Hours():
        yield _hours(rules.hours)
    if rules.reply_within or rules.hours != Hours():
        yield _notices_meanwhile(rules)
    if rules.fallback_contact is not None:
        yield f"If the handoff channel cannot be used, employees are referred to {rules.fallback_contact}."


def _notices_meanwhile(rules: HandoffRules) -> str:
    told = {
        "when somebody is expected": rules.tell_expected,
        "once when the target has passed": rules.tell_overdue and bool(rules.reply_within),
        "once when people are back at work": rules.tell_at_work and rules.hours != Hours(),
    }
    moments = [moment for moment, is_told in told.items() if is_told]
    if not moments:
        return "An employee who waits is told nothing meanwhile."
    return f"An employee who waits is told {_listed(moments, 'and')}."


def _relay_rights(rules: HandoffRules) -> str:
    notes = "what begins with “note:” or “//” stays in the thread"
    if rules.relay is Speakers.CHANNEL:
        return f"Once a handoff is claimed, what anybody writes in its thread goes to the employee; {notes}."
    return f"What the agents who have claimed or joined a handoff write in its thread goes to the employee; {notes}."


def _most_open(rules: HandoffRules) -> str:
    if not rules.most_open:
        return "An employee may have any number of open handoffs."
    open_ones = "1 open handoff" if rules.most_open == 1 else f"{rules.most_open} open handoffs"
    return f"An employee with {open_ones} of one day is asked before another opens, unless that is urgent."


def _relay_delay(rules: HandoffRules) -> str:
    if not rules.relay_delay:
        return "It leaves at once; deleting or changing it later changes the employee's copy."
    return f"It leaves after {duration_text(rules.relay_delay)}, until when it can be deleted or changed unseen."


def _reopening(rules: HandoffRules) -> str:
    if not rules.reopen_within:
        return "An employee who writes again after the resolution is answered by the assistant."
    within = duration_text(rules.reopen_within)
    return f"An employee who writes again within {within} of the resolution opens the handoff again."


def _waiting(rules: HandoffRules) -> str:
    if not rules.waiting_remind and not rules.waiting_close:
        return "An agent may wait for the employee's reply as long as it takes."
    reminded = f"is reminded after {duration_text(rules.waiting_remind)}" if rules.waiting_remind else "is not reminded"
    close = f"closed after {duration_text(rules.waiting_close)}" if rules.waiting_close else "never closed"
    return f"An employee whose reply an agent waits for {reminded}; without one the handoff is {close}."


def _resolution(rules: HandoffRules) -> str:
    if rules.resolution_required:
        return "Whoever resolves a handoff must say in words how."
    return "Whoever resolves a handoff may say in words how."


_SOLVED_QUESTIONS: Mapping[SolvedQuestion, str] = {
    SolvedQuestion.YES_OR_NO: (
        "After a resolution the employee is asked whether it solved the problem; “no” opens the handoff again."
    ),
    SolvedQuestion.SCORE: (
        "After a resolution the employee is asked how well it solved the problem, from 1 to 5; "
        "1 and 2 open the handoff again."
    ),
    SolvedQuestion.NEVER: "After a resolution the employee is not asked whether it solved the problem.",
}


def _targets(rules: HandoffRules) -> str:
    named = [priority for priority in reversed(Priority) if priority in rules.reply_within]
    times = ", ".join(f"{priority} within {duration_text(rules.reply_within[priority])}" for priority in named)
    return f"Somebody claims a handoff of this priority: {times}; only time in which people work counts."


def _reminders(rules: HandoffRules) -> str:
    before = f"{duration_text(rules.remind_before)} before that and then" if rules.remind_before else "then"
    call = f", and {duration_text(rules.on_call_after)} later the group {rules.on_call} is called"
    return f"While nobody has, its thread reminds of it {before}{call if rules.on_call else ''}."


def _hours(hours: Hours) -> str:
    days = "; ".join(
        f"{day.capitalize()} {', '.join(map(_span, spans))}"
        for day, spans in zip(WEEKDAYS, hours.week, strict=True)
        if spans
    )
    holidays = len(hours.holidays)
    closed = f", except on {holidays} holiday{'s' * (holidays != 1)}" if holidays else ""
    return f"People work ({hours.zone}): {days}{closed}."


def _span(span: Span) -> str:
    return f"{_clock(span.start)}-{_clock(span.end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def describe_records(tickets: TicketRules, notes: NoteRules) -> Iterator[str]:
    """Yields one sentence for each setting of tickets and notes."""
    if tickets.follow:
        yield "A ticket that is solved or closed in the ticket system resolves its handoff."
    else:
        yield "A ticket that is solved or closed in the ticket system resolves nothing; its handoff's thread says so."
    if tickets.copy_notes:
        yield "What begins with “note:” or “//” in a handoff's thread goes onto its ticket as a private comment."
    if notes.when is not NoteWhen.NEVER:
        yield _note(notes)


def _note(notes: NoteRules) -> str:
    which, where = "", "contact, or else on the ticket,"
    if notes.when is NoteWhen.WITHOUT_HANDOFF:
        which, where = " that people never had", "contact"
    words = "with what was said, redacted" if notes.transcript else "without what was said"
    return f"When a conversation{which} is completed, a note on the employee's {where} says how it went, {words}."


def describe_review(rules: ReviewRules) -> str:
    """Returns the sentence about the weekly review and its articles."""
    when = f"Every {WEEKDAYS[rules.day].capitalize()} at {_clock(rules.time)} ({rules.zone})"
    approver = "a second person" if rules.approval is Approval.SECOND_PERSON else "anybody, its author included,"
    return f"{when} the review of the last week is posted; {approver} approves an article before the assistant uses it."


def describe_small_talk(rules: SmallTalkRules) -> str:
    """Returns the sentence about messages that ask nothing."""
    line = f"with {_told(rules.tell)}" if rules.tell else "with the desk's own sentence"
    return f"Greetings, “ok”, “who are you?” and letters without sense are answered {line}, without a person."


_SECRETS: Mapping[SecretsToAssistant, str] = {
    SecretsToAssistant.REDACTED: "The assistant is asked without the secrets that an employee writes.",
    SecretsToAssistant.AS_WRITTEN: "The assistant is asked with the secrets that an employee writes.",
    SecretsToAssistant.NEVER: "The assistant is not asked what contains a secret; the employee is offered a person.",
}


def describe_privacy(rules: PrivacyRules) -> str:
    """Returns the sentence about secrets in questions to the assistant."""
    return _SECRETS[rules.secrets_to_assistant]


def describe_people(rules: PeopleRules) -> tuple[str, ...]:
    """Returns the sentences about who may use the bot."""
    switches = {
        "guests": rules.guests,
        "people of other companies": rules.other_companies,
        "people of the company's other workspaces": rules.other_workspaces,
    }
    helped, refused = ([who for who, may in switches.items() if may is answer] for answer in (True, False))
    sentences = (
        f"{_listed(helped, 'and').capitalize()} are helped as everybody is." if helped else "",
        f"{_listed(refused, 'and').capitalize()} are refused; nothing they write is kept." if refused else "",
        f"Apps and workflows that write to the bot get an answer, {APPS_PER_HOUR} an hour at most each."
        if rules.apps
        else "Apps and workflows get no answer.",
        "Whoever mentions the bot in a group message is asked to write to it directly.",
    )
    return tuple(filter(None, sentences))

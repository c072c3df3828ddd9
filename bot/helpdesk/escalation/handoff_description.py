"""How people work a handoff, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.escalation.hours import WEEKDAYS, Hours, Span
from bot.helpdesk.escalation.policy import HandoffRules, Priority, Speakers, spoken_duration


def describe_handoffs(rules: HandoffRules) -> Iterator[str]:
    """One sentence for each thing the policy says about handoffs and conversations."""
    yield from (_speakers(rules), _taking_back(rules), _resolving(rules), _reopening(rules))
    yield f"A conversation in which nothing is said for {spoken_duration(rules.idle)} is completed."
    if rules.reply_within:
        yield _targets(rules)
        yield _reminders(rules)
    if rules.hours != Hours():
        yield _hours(rules.hours)


def _speakers(rules: HandoffRules) -> str:
    notes = "what begins with “note:” or “//” stays in the thread"
    if rules.relay is Speakers.CHANNEL:
        return f"Once a handoff is claimed, what anybody writes in its thread goes to the employee; {notes}."
    return f"What the agents who have claimed or joined a handoff write in its thread goes to the employee; {notes}."


def _taking_back(rules: HandoffRules) -> str:
    if not rules.relay_delay:
        return "It leaves at once; deleting or changing it later changes the employee's copy."
    return f"It leaves after {spoken_duration(rules.relay_delay)}, until when it can be deleted or changed unseen."


def _reopening(rules: HandoffRules) -> str:
    if not rules.reopen_within:
        return "An employee who writes again after the resolution is answered by the assistant."
    within = spoken_duration(rules.reopen_within)
    return f"An employee who writes again within {within} of the resolution opens the handoff again."


def _resolving(rules: HandoffRules) -> str:
    if rules.resolution_required:
        return "Whoever resolves a handoff must say in words how."
    return "Whoever resolves a handoff may say in words how."


def _targets(rules: HandoffRules) -> str:
    named = [priority for priority in reversed(Priority) if priority in rules.reply_within]
    times = ", ".join(f"{priority} within {spoken_duration(rules.reply_within[priority])}" for priority in named)
    return f"Somebody claims a handoff of this priority: {times}; only time in which people work counts."


def _reminders(rules: HandoffRules) -> str:
    before = f"{spoken_duration(rules.remind_before)} before that and then" if rules.remind_before else "then"
    call = f", and {spoken_duration(rules.on_call_after)} later the group {rules.on_call} is called"
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

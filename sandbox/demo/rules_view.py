"""Rules tab: mistakes of a policy, what it would have changed, and the policies that were in force, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.errors import PolicyMistake
from bot.helpdesk.escalation import KINDS, Difference, ReplayResult
from bot.helpdesk.model.conversation import Question
from sandbox.demo.html import NOTHING, Html, element, join
from sandbox.demo.mrkdwn_html import Names
from storage.policies import PolicyChange, diff_between

EXAMPLES = 5
"""How many questions of each kind are shown."""

_MOST_CHANGES = 20


def render_found(mistakes: Sequence[PolicyMistake], warnings: Sequence[PolicyMistake]) -> Html:
    """Renders mistakes and warnings, each with a button that leads to its line."""
    return join(
        [*(_found(one, "mistake", "bad") for one in mistakes), *(_found(one, "warning", "medium") for one in warnings)]
    )


def _found(it: PolicyMistake, kind: str, colour: str) -> Html:
    line = (
        element("button", f"Line {it.line}", type="button", class_="tool", data_line=str(it.line))
        if it.line
        else NOTHING
    )
    rule = element("strong", it.rule) if it.rule else NOTHING
    chip = element("span", kind, class_=f"chip is-{colour}")
    return element("li", chip, line, rule, element("p", f"{it.text} {it.fix}".strip()))


def found_in_words(mistakes: Sequence[PolicyMistake], warnings: Sequence[PolicyMistake]) -> str:
    """Returns how many there are."""
    if mistakes:
        return f"{_counted(len(mistakes), 'mistake')}: the bot keeps the policy in force."
    doubts = f", {_counted(len(warnings), 'warning')}" if warnings else ""
    return f"No mistakes{doubts}. Try it on the history, then save it."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def replay_in_words(result: ReplayResult) -> str:
    """Returns what would be different, in one sentence."""
    if not result.judged:
        return "There is no history to try it on yet: ask something, or add a month of history in the Review tab."
    if not result.differences:
        return f"With this policy nothing would have been different, in {_counted(result.judged, 'question')}."
    numbers = (f"{len(result.of_kind(kind)):,} {words}" for kind, words in _DIFFERENT.items())
    return f"Tried on {_counted(result.judged, 'question')}: {', '.join(numbers)}."


_DIFFERENT = {"added": "handed over in addition", "removed": "no longer", "changed": "differently"}


def render_place(question: Question, names: Names, *, is_there: bool) -> Html:
    """Renders who asked and when, with a link to the conversation where the page may have it."""
    asked = join([f"{names.person(question.employee)}, ", _time(question.asked_at)])
    if not is_there:
        return asked
    address = f"/archives/{question.channel}/p{question.message.replace('.', '')}"
    return join([asked, " · ", element("a", "Open the conversation", href=address)])


def render_replay(result: ReplayResult, places: Mapping[str, Html]) -> Html:
    """Renders counts, a table of the rules, and examples. `places` has for questions by id who asked, and where."""
    return join([*_counts(result), _table(result), *(_differences(result, kind, places) for kind in KINDS)])


def _counts(result: ReplayResult) -> Iterator[Html]:
    if unknown := result.questions - result.judged:
        yield element(
            "p", f"{unknown:,} of {result.questions:,} questions could not be judged: their words are no longer stored."
        )
    before, after = f"{result.handoffs_before:,} before", f"{result.handoffs_after:,} after"
    yield element("p", f"Handed over or offered, of {result.judged:,} questions: {before}, {after}.")


def _table(result: ReplayResult) -> Html:
    head = element("tr", *(element("th", title, scope="col") for title in ("Rule", "Before", "After")))
    rows = (_row(name, result.before[name], result.after[name]) for name in result.rules)
    caption = element("caption", "How often each rule fires")
    return element("table", caption, element("thead", head), element("tbody", *rows))


def _row(name: str, before: int, after: int) -> Html:
    cells = element("td", f"{before:,}"), element("td", f"{after:,}")
    return element("tr", element("th", name, scope="row"), *cells, class_="changed" if before != after else False)


def _differences(result: ReplayResult, kind: str, places: Mapping[str, Html]) -> Html:
    found = result.of_kind(kind)
    more = len(found) - EXAMPLES
    return element(
        "section",
        element("h4", f"{KINDS[kind]}: {len(found):,}"),
        element("ul", *(_example(one, places) for one in found[:EXAMPLES])) if found else NOTHING,
        element("p", f"And {more:,} more.", class_="about") if more > 0 else NOTHING,
    )


def _example(it: Difference, places: Mapping[str, Html]) -> Html:
    changed = f"{it.before.in_words()} → {it.after.in_words()}"
    return element(
        "li",
        element("p", it.example or "A hidden question", class_="words"),
        element("p", changed),
        element("p", places.get(it.question.id, NOTHING), class_="about"),
    )


def render_changes(changes: Sequence[PolicyChange]) -> Html:
    """Renders the latest policies that came into force, the newest first, each with what changed."""
    steps = list(zip([None, *changes], changes, strict=False))[-_MOST_CHANGES:]
    return join(_change(before, change) for before, change in reversed(steps))


def _change(before: PolicyChange | None, change: PolicyChange) -> Html:
    title = join([_time(change.at), element("code", change.fingerprint)])
    diff = element("pre", diff_between(before, change)) if before else element("p", "The first one.", class_="about")
    summary = element("summary", element("strong", f"{change.number}."), title)
    return element("details", summary, diff, class_="entry", data_key=f"policy-{change.number}")


def _time(seconds: float) -> Html:
    """Renders a time, whose words the page adds: it knows the time zone."""
    return element("time", data_seconds=str(seconds), data_day="")

"""A summary of an export of a person as an HTML page: no other host, light and dark, on paper too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .25rem }
dt { font-weight: 600; margin-top: .5rem }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
"""


def summary_page(found: dict[str, Any]) -> str:
    """Returns the page."""
    title = f"What the help desk keeps about {escape(found['person']['name'] or found['person']['id'])}"
    body = "\n".join(_body(found))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(found: dict[str, Any]) -> Iterator[str]:
    person, conversations = found["person"], found["conversations"]
    yield "<dl>"
    for label, name in (("Id", "id"), ("Name", "name"), ("Mail address", "email"), ("Language", "locale")):
        yield _entry(label, person[name] or "not stored")
    for label, name in (("Questions", "questions"), ("Messages", "messages"), ("Handoffs", "handoffs")):
        yield _entry(label, f"{sum(len(one[name]) for one in conversations):,}")
    yield "</dl>"
    for conversation in conversations:
        yield f"<h2>Conversation of {_time(conversation['opened_at'])}</h2>\n<dl>"
        yield from (_entry(*line) for line in sorted(_lines(conversation), key=lambda line: line[0]))
        yield "</dl>"
    yield from _written_as_agent(found["as_agent"])


def _lines(conversation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for question in conversation["questions"]:
        yield f"{_time(question['asked_at'])} You asked", question["text"] or "Words deleted."
        if answer := question["answer"]:
            yield f"{_time(answer['answered_at'])} The assistant answered", answer["text"] or "Words deleted."
    for message in conversation["messages"]:
        author = "You wrote" if message["by"] == "person" else "A colleague wrote"
        yield f"{_time(message['at'])} {author}", "\n".join([message["text"], *message["files"]])
    for handoff in conversation["handoffs"]:
        yield f"{_time(handoff['opened_at'])} People were asked", handoff["name"]
        if handoff["resolved_at"]:
            yield f"{_time(handoff['resolved_at'])} Resolved", handoff["resolution"] or ""


def _written_as_agent(written: dict[str, Any]) -> Iterator[str]:
    if not any(written.values()):
        return
    yield "<h2>Written in conversations of others</h2>\n<dl>"
    for kind in ("questions", "messages", "resolutions"):
        for one in written[kind]:
            yield _entry(_time(one["at"]), one["text"])
    yield "</dl>"


def _entry(label: str, words: str) -> str:
    return f"<dt>{escape(label)}</dt><dd>{escape(words)}</dd>"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

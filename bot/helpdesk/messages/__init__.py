"""Every sentence that the desk says, by reader, as typed functions; their words stand in the files of the languages.

In the chat a sentence is Markdown, which the surface renders. The surface replaces `{person}` by a mention, `{words}`
by a quotation. Any other value is literal text: nothing in a name or in somebody's words formats or mentions. Texts on
tickets, labels, and the reasons of decisions are plain.

A sentence is whole where it stands, with named placeholders, and a form for each plural. docs/languages.md says how to
add a language, and how an operator replaces a sentence.
"""

from bot.helpdesk.messages import agents, alarms, anyone, articles, employee, gaps, labels, reasons, review, tickets
from bot.helpdesk.messages.catalog import Catalog, Translator, english
from bot.helpdesk.messages.text import Message, OwnWords, Sentences, Text, in_a_row, message

__all__ = [
    "Catalog",
    "Message",
    "OwnWords",
    "Sentences",
    "Text",
    "Translator",
    "agents",
    "alarms",
    "anyone",
    "articles",
    "employee",
    "english",
    "gaps",
    "in_a_row",
    "labels",
    "message",
    "reasons",
    "review",
    "tickets",
]

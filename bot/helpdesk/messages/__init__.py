"""Every sentence that the desk says, by reader.

In the chat a sentence is Markdown, which the surface renders; the labels of its buttons and forms are its own. The
surface replaces `{person}` by a mention, `{words}` by a quotation. Any other value is literal text: nothing in a name
or in somebody's words formats or mentions. Texts on tickets, and the reasons of decisions, are plain.

A sentence is whole where it stands: named placeholders, and `plural` where it depends on a number. So another language
can have modules with the same names.
"""

from bot.helpdesk.messages import agents, alarms, anyone, employee, tickets

__all__ = ["agents", "alarms", "anyone", "employee", "tickets"]

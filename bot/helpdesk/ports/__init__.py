"""The ports: what the desk needs from the chat surface, the assistant, the ticket system and the database.

Adapters implement them elsewhere.
"""

from bot.helpdesk.ports.assistant import Assistant
from bot.helpdesk.ports.chat import (
    Capabilities,
    Directory,
    Files,
    FormContent,
    KeptContacts,
    KeptPeople,
    ReadMessage,
    Surface,
    SurfacePorts,
)
from bot.helpdesk.ports.observation import Clock, Observer
from bot.helpdesk.ports.policies import Policies
from bot.helpdesk.ports.reviews import Charts, Reviews
from bot.helpdesk.ports.store import Jobs, Records, Store, Transaction, WorkPriority
from bot.helpdesk.ports.tickets import ChangesInOneStep, ChecksContactNotes, HasContacts, SendsWebhooks, Tickets

__all__ = [
    "Assistant",
    "Capabilities",
    "ChangesInOneStep",
    "Charts",
    "ChecksContactNotes",
    "Clock",
    "Directory",
    "Files",
    "FormContent",
    "HasContacts",
    "Jobs",
    "KeptContacts",
    "KeptPeople",
    "Observer",
    "Policies",
    "ReadMessage",
    "Records",
    "Reviews",
    "SendsWebhooks",
    "Store",
    "Surface",
    "SurfacePorts",
    "Tickets",
    "Transaction",
    "WorkPriority",
]

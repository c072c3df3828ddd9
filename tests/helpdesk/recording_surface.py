"""A chat surface that records what it is given, for tests of the outbox with several surfaces."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

from bot.helpdesk.model.chat import Person, SharedFile
from bot.helpdesk.model.content import Content, PersonalNotice
from bot.helpdesk.model.effects import Form, NotSent, SendStatus
from bot.helpdesk.model.home import Home
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.review import Picture
from bot.helpdesk.model.search_result import SearchReport
from bot.helpdesk.model.target import Destination
from bot.helpdesk.ports import Capabilities, FormContent, ReadMessage, SurfacePorts

ALL = Capabilities(private_notes=True, forms=True, reactions=True)


class RecordingSurface:
    """Implements the ports of one surface. `calls` are the names of methods that change something, with a value."""

    def __init__(self, name: str, capabilities: Capabilities = ALL) -> None:
        self.name = name
        self.capabilities = capabilities
        self.calls: list[tuple[str, Any]] = []
        self._ids = itertools.count(1)

    @property
    def ports(self) -> SurfacePorts:
        """The ports, all of which are this object."""
        return SurfacePorts(surface=self, directory=self, files=_RecordingFiles(self.calls))

    def link(self, channel: str, message: str) -> str:
        return f"https://{self.name}.example/{channel}/{message}"

    async def post(self, content: Content | PersonalNotice | SearchReport, to: Destination, key: str) -> str:
        self.calls.append(("post", content))
        return f"{self.name}-{next(self._ids)}"

    async def find(self, to: Destination, key: str, since: float) -> SendStatus[str]:
        return NotSent()

    async def read(self, to: Destination) -> ReadMessage:
        return ReadMessage(thread=to.message or "", words="Read back.")

    async def update(self, content: Content, to: Destination) -> None:
        self.calls.append(("update", content))

    async def delete(self, to: Destination) -> None:
        self.calls.append(("delete", to.message))

    async def show_receipt(
        self, to: Destination, receipt: DeliveryReceipt | None, instead_of: DeliveryReceipt | None
    ) -> None:
        self.calls.append(("show_receipt", receipt))

    async def post_privately(self, content: PersonalNotice | SearchReport, to: Destination, person: str) -> None:
        self.calls.append(("post_privately", content))

    async def dismiss_prompt(self, prompt: str) -> None:
        self.calls.append(("dismiss_prompt", prompt))

    async def show_home(self, home: Home, person: str) -> None:
        self.calls.append(("show_home", person))

    async def open_form(
        self,
        form: Form,
        trigger: str,
        subject: str,
        to: Destination,
        *,
        person: str,
        words_required: bool,
        shown: FormContent,
        language: str,
    ) -> None:
        self.calls.append(("open_form", form))

    async def show_working(self, to: Destination, busy: bool) -> None:
        """Shows nothing: not recorded, because it depends on how quick an answer is."""

    async def person(self, id: str) -> Person:
        return Person(id=id, name=f"{id} of {self.name}")

    def known_locale(self, id: str) -> str | None:
        return None

    def known_kinds(self, id: str, groups: Collection[str]) -> frozenset[str] | None:
        return frozenset()

    async def learn(self, id: str, groups: Collection[str]) -> None:
        """Knows everybody already."""

    async def is_active(self, id: str, max_age: float = 0.0) -> bool:
        return True

    async def is_member(self, id: str, channel: str) -> bool:
        return True

    async def members(self, channel: str) -> tuple[Person, ...]:
        return ()

    async def is_shared(self, channel: str) -> bool:
        return False

    async def readable(self, text: str) -> str:
        return text

    def nameless(self, text: str) -> str:
        return text


class _RecordingFiles:
    """Files of a recording surface."""

    def __init__(self, calls: list[tuple[str, Any]]) -> None:
        self._calls = calls

    async def upload(self, file: SharedFile) -> str:
        self._calls.append(("upload", file.id))
        return f"copy of {file.id}"

    async def share(self, copy: str, name: str, author: str, to: Destination) -> str:
        self._calls.append(("share", copy))
        return copy

    async def upload_picture(self, name: str, picture: Picture) -> str:
        self._calls.append(("upload_picture", name))
        return f"copy of {name}"

    async def share_picture(self, copy: str, title: str, to: Destination) -> str:
        self._calls.append(("share_picture", copy))
        return copy

    async def find(self, copy: str, to: Destination) -> SendStatus[str]:
        return NotSent()

    async def delete(self, copy: str) -> None:
        self._calls.append(("delete", copy))

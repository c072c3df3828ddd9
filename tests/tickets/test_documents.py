"""docs/tickets.md says what the tests show and what the settings are."""

from __future__ import annotations

import re

from pydantic_core import PydanticUndefined

from bot.helpdesk.model.handoff import TicketStatus
from bot.tickets import freshdesk, hubspot, rt, servicenow, zendesk
from bot.tickets.registry import SYSTEMS
from tests.tickets.table import DOCUMENT, table, written


def test_the_table_of_promises_is_what_the_tests_hold() -> None:
    """`python -m tests.tickets.table` regenerates it."""
    assert written() == table()
    assert "no test" not in table()


def test_every_variable_of_a_ticket_system_is_explained_with_its_default() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([A-Z_]+)` \| .+ \| (.*?) ?\|$", text, re.MULTILINE)
    fields = [(name, field) for system in SYSTEMS.values() for name, field in system.variables.model_fields.items()]

    assert [(name, default.strip("`")) for name, default in shown] == [
        (name.upper(), _default(field.get_default(call_default_factory=True))) for name, field in fields
    ]


def test_every_ticket_system_has_its_rows_on_rendering_and_on_requesters() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for heading in ("What people write stays text", "People whom the ticket system does not take"):
        section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        named = {name for line in section.splitlines() for name in re.findall(r"`([a-z]+)`", line.split(" | ")[0])}

        assert named - {"local"} == set(SYSTEMS)


def test_the_table_of_states_is_what_the_adapters_set() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## States\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    shown = {system: cells[1:6] for cells in lines for system in re.findall(r"`([a-z]+)`", cells[0])}
    codes = {"rt": rt.STATUSES, "zendesk": zendesk.STATUSES, "servicenow": servicenow.STATES, "hubspot": hubspot.STAGES}

    assert set(shown) == set(SYSTEMS)
    for system, statuses in codes.items():
        cells = dict(zip(TicketStatus, shown[system], strict=True))
        assert [one for one, cell in cells.items() if statuses[one] not in cell.split()] == []
    names = {status: freshdesk.STATUS_NAMES[code] for status, code in freshdesk.STATUSES.items()}
    assert dict(zip(TicketStatus, shown["freshdesk"], strict=True)) == names
    assert dict(zip(TicketStatus, shown["webhook"], strict=True)) == {one: f"`{one.value}`" for one in TicketStatus}


def _default(default: object) -> str:
    return "required" if default is PydanticUndefined else str(default) if default else ""

"""The requests to HubSpot that have a body, described by us after its documentation, in the form of OpenAPI.

HubSpot's own description may not be used outside HubSpot.
"""

from __future__ import annotations

from typing import Any


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _inputs(each: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _object(["inputs", *more], inputs={"type": "array", "minItems": 1, "maxItems": 100, "items": each}, **more)


def _taking(body: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": body}}}}


TEXT = {"type": "string", "minLength": 1}
# Every value of a property is a string, numbers and dates too.
PROPERTIES = {"type": "object", "additionalProperties": {"type": "string"}}
TICKET = {**PROPERTIES, "required": ["hs_pipeline", "hs_pipeline_stage", "subject"]}
NOTE = {**PROPERTIES, "required": ["hs_timestamp", "hs_note_body"]}


def _upsert(properties: dict[str, Any]) -> dict[str, Any]:
    one = _object(
        ["idProperty", "id", "properties"], idProperty=TEXT, id=TEXT, properties=properties, objectWriteTraceId=TEXT
    )
    return {"post": _taking(_inputs(one))}


TYPE = _object(
    ["associationCategory", "associationTypeId"],
    associationCategory={"enum": ["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"]},
    associationTypeId={"type": "integer"},
)
ASSOCIATION = _object(["to", "types"], to=_object(["id"], id=TEXT), types={"type": "array", "items": TYPE})

DESCRIPTION: dict[str, Any] = {
    "paths": {
        "/crm/v3/objects/tickets/batch/upsert": _upsert(TICKET),
        "/crm/v3/objects/contacts/batch/upsert": _upsert(PROPERTIES),
        "/crm/v3/objects/notes/batch/upsert": _upsert(NOTE),
        "/crm/v3/objects/notes/batch/read": {
            "post": _taking(
                _inputs(_object(["id"], id=TEXT), properties={"type": "array", "items": TEXT}),
            )
        },
        "/crm/v3/objects/notes": {
            "post": _taking(
                _object(
                    ["properties", "associations"],
                    properties=NOTE,
                    associations={"type": "array", "minItems": 1, "items": ASSOCIATION},
                )
            )
        },
        "/crm/v3/objects/tickets/{ticketId}": {"patch": _taking(_object(["properties"], properties=PROPERTIES))},
    }
}

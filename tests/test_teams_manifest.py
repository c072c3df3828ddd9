"""The manifest of the Teams app and its package: valid for Teams, with everything that the bot needs."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from bot.errors import SettingsError
from bot.teams.inbound import HOME_COMMANDS, NEW_TOPIC_COMMANDS
from bot.teams_manifest import app_package, manifest_json, teams_manifest

SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "microsoft-teams-app-manifest.schema.1.19.json").read_text(encoding="utf-8")
)
APP = "00000000-BBBB-4000-8000-000000000002"
MANIFEST = teams_manifest(APP, "1.2.3")


def pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Returns the width and the height of a PNG that has no filters, and its pixels. Checks each checksum."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + length
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 6, 0, 0, 0]
    rows = zlib.decompress(chunks[b"IDAT"])
    step = 1 + 4 * width
    assert len(rows) == step * height
    lines = [rows[row * step + 1 : (row + 1) * step] for row in range(height)]
    return width, height, [line[column : column + 4] for line in lines for column in range(0, 4 * width, 4)]


def test_teams_accepts_it() -> None:
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(MANIFEST)] == []


def test_the_bot_is_the_one_of_the_settings_everywhere() -> None:
    ids = {MANIFEST["id"], MANIFEST["bots"][0]["botId"], MANIFEST["webApplicationInfo"]["id"]}

    assert ids == {APP.lower()}
    assert MANIFEST["version"] == "1.2.3"


def test_employees_and_teams_can_have_it_and_send_files() -> None:
    (bot,) = MANIFEST["bots"]

    assert bot["scopes"] == ["personal", "team"]
    assert (bot["supportsFiles"], bot["isNotificationOnly"]) == (True, False)


def test_it_asks_for_the_messages_that_do_not_mention_the_bot() -> None:
    permissions = MANIFEST["authorization"]["permissions"]["resourceSpecific"]

    assert permissions == [{"name": "ChannelMessage.Read.Group", "type": "Application"}]


def test_every_command_that_is_offered_is_understood() -> None:
    (commands,) = MANIFEST["bots"][0]["commandLists"]
    offered = {command["title"] for command in commands["commands"]}

    assert offered <= NEW_TOPIC_COMMANDS | HOME_COMMANDS


def test_the_package_has_the_manifest_and_both_icons() -> None:
    with zipfile.ZipFile(io.BytesIO(app_package(MANIFEST))) as package:
        files = {name: package.read(name) for name in package.namelist()}

    assert files.keys() == {"manifest.json", "color.png", "outline.png"}
    assert files["manifest.json"].decode() == manifest_json(MANIFEST)
    assert json.loads(files["manifest.json"]) == MANIFEST

    width, height, colours = pixels(files["color.png"])
    assert (width, height) == (192, 192)
    assert {pixel[3] for pixel in colours} == {255}
    assert colours[0][:3].hex() == MANIFEST["accentColor"][1:].lower()

    width, height, lines = pixels(files["outline.png"])
    assert (width, height) == (32, 32)
    assert {pixel[:3] for pixel in lines} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in lines}


def test_the_same_app_has_the_same_package() -> None:
    assert app_package(MANIFEST) == app_package(teams_manifest(APP, "1.2.3"))


@pytest.mark.parametrize(
    ("app_id", "website", "named"),
    [
        (None, "https://help.example.com", "TEAMS_APP_ID is not set"),
        ("Help Desk", "https://help.example.com", "TEAMS_APP_ID must be an id"),
        (APP, "help.example.com", "--website must look like"),
        (APP, "http://help.example.com", "--website must look like"),
        (APP, "https://[x", "--website must look like"),
    ],
)
def test_what_teams_would_refuse_is_named(app_id: str | None, website: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        teams_manifest(app_id, "1.2.3", website)

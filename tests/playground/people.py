"""The people and places of the sandbox, as the configuration file of the Playground describes them."""

from __future__ import annotations

from typing import Any

from sandbox.teams import RegisteredBot
from sandbox.world import TEAMS_ADA, TEAMS_BEN, TEAMS_CHANNEL, TEAMS_MIA, TEAMS_TEAM, TEAMS_TOM

Json = dict[str, Any]

CHAT = "a:1personal-chat"

# It wants five people besides the one who acts.
_OTHERS = {
    "Ada": TEAMS_ADA,
    "Ben": TEAMS_BEN,
    "Tom": TEAMS_TOM,
    "Lea": "00000000-a000-4000-8000-00000000005a",
    "Ian": "00000000-a000-4000-8000-00000000006a",
}


def configuration(bot: RegisteredBot) -> Json:
    """Returns the contents of the file. Mia acts, and is in the team with the handoff channel as everybody is."""
    return {
        "version": "0.1.0",
        "tenantId": bot.tenant_id,
        "bot": {"id": f"28:{bot.app_id}", "name": bot.name},
        "currentUser": _person("Mia", TEAMS_MIA),
        "users": [_person(name, id) for name, id in _OTHERS.items()],
        "personalChat": {"id": CHAT},
        "groupChat": {"id": "19:group@thread.v2", "name": "Group chat"},
        "team": {
            "id": TEAMS_TEAM,
            "name": "Support",
            "aadGroupId": "00000000-d000-4000-8000-000000000001",
            # Its first channel, which it adds itself, has the id of the team.
            "channels": [{"id": TEAMS_CHANNEL, "name": "Handoffs"}],
        },
    }


def _person(name: str, id: str) -> Json:
    address = f"{name.lower()}@example.com"
    return {
        "id": f"29:1{name.lower()}",
        "aadObjectId": id,
        "name": name,
        "givenName": name,
        "surname": "Example",
        "email": address,
        "userPrincipleName": address,
    }

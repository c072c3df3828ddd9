"""Contract of the local Teams with Microsoft's own models and client: a second opinion on its shapes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from microsoft_teams import cards
from microsoft_teams.api import Account
from microsoft_teams.api.activities import ActivityTypeAdapter
from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.clients.conversation import ConversationClient, CreateConversationParams
from microsoft_teams.api.clients.team import TeamClient
from microsoft_teams.common.http import Client as HttpClient
from microsoft_teams.common.http import ClientOptions
from pydantic import BaseModel, ValidationError

from sandbox.teams import LocalTeams
from sandbox.teams.card_validation import RULES
from tests.sandbox.teams.conftest import ADA, BEN, CHANNEL, MIA, TEAM, Bot, Client, populate, with_card
from tests.sandbox.teams.people_act import people_act

# The model of a suggestion that is submitted warns that it is a preview.
pytestmark = pytest.mark.filterwarnings("ignore:.*ExperimentalTeamsSuggestedAction")

REFUSED_BY_THEM = {
    "add-upgrade": "their models know `upgrade` in its place (github.com/microsoft/botframework-sdk/issues/6139)",
    "thumb object": "their models want a text, the page of Teams shows an object",
    "thumb absent": "their models want a text, which was seen to be missing",
    "form flat": "the page of Teams shows what their models have below `data`",
}


@pytest.fixture
async def teams(bot: Bot) -> AsyncIterator[LocalTeams]:
    async with LocalTeams(messages_url=bot.url) as teams:
        populate(teams)
        teams.throttle.is_on = False
        yield teams


async def test_every_activity_parses_with_microsofts_models(teams: LocalTeams, client: Client) -> None:
    told = await people_act(teams, client)
    refused = set()

    for name, activity in told.items():
        try:
            parsed = ActivityTypeAdapter.validate_python(activity)
        except ValidationError:
            refused.add(name)
        else:
            assert parsed.type == activity["type"]
            assert parsed.from_.id == activity["from"]["id"]
            assert parsed.conversation.id == activity["conversation"]["id"]

    assert refused == set(REFUSED_BY_THEM)
    assert {json.dumps(one.activity) for one in teams.deliveries} >= {json.dumps(one) for one in told.values()}


async def test_microsofts_models_read_what_was_meant(teams: LocalTeams, client: Client) -> None:
    told = await people_act(teams, client)
    said = ActivityTypeAdapter.validate_python(told["channel message"])
    form = ActivityTypeAdapter.validate_python(told["form"])
    thumb = ActivityTypeAdapter.validate_python(told["thumb json_string"])
    added = ActivityTypeAdapter.validate_python(told["add to team"])

    assert said.type == "message"
    assert said.is_recipient_mentioned()
    assert said.strip_mentions_text().text == "ask"
    assert form.type == "invoke" and form.name == "adaptiveCard/action"  # noqa: PT018 - narrows the union
    assert form.value.action.data == {"handoff": "hd_1", "outcome": "solved", "article": "true"}
    assert thumb.type == "invoke" and thumb.name == "message/submitAction"  # noqa: PT018
    assert thumb.value.action_value.reaction == "dislike"
    assert added.channel_data
    assert added.channel_data.team
    assert added.channel_data.team.aad_group_id == teams.workspace.teams[TEAM].group_id


# Their client


@pytest.fixture
async def theirs(teams: LocalTeams, client: Client) -> AsyncIterator[HttpClient]:
    """Microsoft's own HTTP client with a token of ours."""
    token = (await client.token()).body["access_token"]
    http = HttpClient(ClientOptions(token=token))
    yield http
    await http.http.aclose()


async def test_microsofts_client_talks_to_the_connector(teams: LocalTeams, theirs: HttpClient) -> None:
    conversations = ConversationClient(teams.service_url, theirs)
    chat = teams.chat_of(MIA)

    sent = await conversations.create_activity(chat, MessageActivityInput(text="Restart it.").add_ai_generated())
    await conversations.update_activity(chat, sent.id, MessageActivityInput(text="Restart it, please."))
    (message,) = teams.messages(chat)
    assert (message.id, message.text, message.earlier[0]["text"]) == (sent.id, "Restart it, please.", "Restart it.")

    await conversations.add_reaction(chat, sent.id, "like")
    assert message.reactions == {"like": [""]}
    await conversations.delete_activity(chat, sent.id)
    assert message.is_deleted


async def test_microsofts_client_opens_a_chat_and_a_thread(teams: LocalTeams, theirs: HttpClient) -> None:
    conversations = ConversationClient(teams.service_url, theirs)
    ada = Account(id=teams.workspace.users[ADA].mri)

    chat = await conversations.create(CreateConversationParams(members=[ada], tenant_id=teams.bot.tenant_id))
    thread = await conversations.create(
        CreateConversationParams(
            activity=MessageActivityInput(text="A question waits."),
            channel_data={"channel": {"id": CHANNEL}},
            tenant_id=teams.bot.tenant_id,
        )
    )

    (root,) = teams.messages(CHANNEL)
    assert chat.id == teams.chat_of(ADA)
    assert (thread.id, thread.activity_id) == (f"{CHANNEL};messageid={root.id}", root.id)


async def test_microsofts_client_reads_members_and_teams(teams: LocalTeams, theirs: HttpClient) -> None:
    conversations = ConversationClient(teams.service_url, theirs)

    everybody = await conversations.get_members(CHANNEL)
    page = await conversations.get_paged_members(CHANNEL, 1)
    ben = await conversations.get_member_by_id(CHANNEL, teams.workspace.users[BEN].mri)
    team = await TeamClient(teams.service_url, theirs).get_by_id(TEAM)
    channels = await TeamClient(teams.service_url, theirs).get_conversations(TEAM)

    assert [one.name for one in everybody] == ["Ada", "Ben", "Gus"]
    assert (page.members[0].aad_object_id, page.continuation_token) == (ADA, "1")
    assert (ben.aad_object_id, ben.user_role, ben.email) == (BEN, "user", "ben@example.com")
    assert (team.name, team.aad_group_id) == ("Support", teams.workspace.teams[TEAM].group_id)
    assert [one.name for one in channels] == [None, "Handoffs"]


# Cards

MODELS: dict[str, type[BaseModel]] = {
    "AdaptiveCard": cards.AdaptiveCard,
    "Action.Execute": cards.ExecuteAction,
    "Action.OpenUrl": cards.OpenUrlAction,
    "Action.ShowCard": cards.ShowCardAction,
    "Action.Submit": cards.SubmitAction,
    "Action.ToggleVisibility": cards.ToggleVisibilityAction,
    "ActionSet": cards.ActionSet,
    "BackgroundImage": cards.BackgroundImage,
    "Column": cards.Column,
    "ColumnSet": cards.ColumnSet,
    "Container": cards.Container,
    "Fact": cards.Fact,
    "FactSet": cards.FactSet,
    "Image": cards.Image,
    "ImageSet": cards.ImageSet,
    "Input.Choice": cards.Choice,
    "Input.ChoiceSet": cards.ChoiceSetInput,
    "Input.Date": cards.DateInput,
    "Input.Number": cards.NumberInput,
    "Input.Text": cards.TextInput,
    "Input.Time": cards.TimeInput,
    "Input.Toggle": cards.ToggleInput,
    "Media": cards.Media,
    "MediaSource": cards.MediaSource,
    "Refresh": cards.RefreshDefinition,
    "RichTextBlock": cards.RichTextBlock,
    "Table": cards.Table,
    "TableCell": cards.TableCell,
    "TableColumnDefinition": cards.ColumnDefinition,
    "TableRow": cards.TableRow,
    "TextBlock": cards.TextBlock,
    "TextRun": cards.TextRun,
}
# The published schema has these.
UNKNOWN_TO_THEM = {"AdaptiveCard": {"$schema"}, "Table": {"firstRowAsHeader"}}


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_what_a_card_may_contain_is_known_to_microsofts_models(kind: str) -> None:
    known = {str(field.alias or field.validation_alias) for field in MODELS[kind].model_fields.values()}

    assert set(RULES[kind].properties) - known == UNKNOWN_TO_THEM.get(kind, set())


def test_every_element_is_compared() -> None:
    assert set(MODELS) == set(RULES)


def test_the_card_of_these_tests_is_a_card_to_microsoft() -> None:
    card = with_card()["attachments"][0]["content"]

    parsed = cards.AdaptiveCard.model_validate(card)

    assert parsed.model_dump(by_alias=True, exclude_none=True, exclude_unset=True) == card

"""Who may call what: tokens, scopes, unknown methods, and what every answer carries."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack_server.api.reference import reference
from local.slack_server.api.table import METHODS, TokenKind
from local.slack_server.app import bind, serve
from local.slack_server.workspace import Workspace


async def refusal(call) -> dict:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response.data


async def test_auth_test_names_bot_and_scopes(bot):
    answer = await bot.auth_test()

    assert answer["user_id"] == "U0TUNESMITH"
    assert answer["bot_id"] == "B0TUNESMITH"
    assert answer["team_id"] == "T0LOCAL"
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_call_without_token_is_not_authed(url, session):
    client = AsyncWebClient(base_url=f"{url}api/", session=session)

    assert (await refusal(client.auth_test()))["error"] == "not_authed"


async def test_unknown_token_is_invalid_auth(url, session):
    client = AsyncWebClient(token="xoxb-other", base_url=f"{url}api/", session=session)

    assert (await refusal(client.auth_test()))["error"] == "invalid_auth"


async def test_token_may_be_sent_as_form_field(url, session, workspace):
    async with session.post(f"{url}api/auth.test", data={"token": workspace.tokens.bot_token}) as response:
        assert (await response.json())["ok"]


async def test_token_in_json_body_does_not_count(url, session, workspace):
    async with session.post(f"{url}api/auth.test", json={"token": workspace.tokens.bot_token}) as response:
        assert (await response.json())["error"] == "not_authed"


async def test_each_token_opens_only_its_own_methods(bot, url, session, workspace):
    app_client = AsyncWebClient(token=workspace.tokens.app_token, base_url=f"{url}api/", session=session)

    assert (await refusal(bot.apps_connections_open(app_token=bot.token)))[
        "error"
    ] == "not_allowed_token_type"
    assert (await refusal(app_client.chat_postMessage(channel="C0TICKETS", text="x")))[
        "error"
    ] == "not_allowed_token_type"
    assert (await app_client.apps_connections_open(app_token=workspace.tokens.app_token))["url"].startswith(
        "ws://"
    )


async def test_unknown_method_is_named(bot):
    assert (await refusal(bot.api_call("chat.scheduleMessage")))["error"] == "unknown_method"


async def test_retired_method_is_deprecated(bot):
    assert (await refusal(bot.api_call("files.upload")))["error"] == "method_deprecated"


async def test_missing_scope_says_needed_and_provided(bot):
    answer = await refusal(bot.team_info())

    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "team:read"
    assert "chat:write" in answer["provided"].split(",")


async def test_optional_scopes_can_be_withheld(manifest, session):
    workspace = Workspace(manifest=manifest, with_optional_scopes=False)
    async with serve(workspace, bind("127.0.0.1", 0)) as url:
        client = AsyncWebClient(token=workspace.tokens.bot_token, base_url=f"{url}api/", session=session)
        answer = await refusal(client.conversations_history(channel="C0TICKETS"))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.scopes])
async def test_every_scoped_method_refuses_without_its_scope(name, manifest, session, workspace, url):
    workspace.scopes = ()
    token = workspace.tokens.bot_token
    if METHODS[name].token is TokenKind.APP:
        return
    async with session.post(f"{url}api/{name}", headers={"Authorization": f"Bearer {token}"}) as response:
        answer = await response.json()

    assert (answer["error"], answer["needed"]) == ("missing_scope", ",".join(METHODS[name].scopes))


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"data": b"[1]", "headers": {"Content-Type": "application/json"}}, "json_not_object"),
        ({"json": {"text": "x" * 1_000_000}}, "request_too_large"),
    ],
)
async def test_bodies_that_are_no_arguments_are_refused(kwargs, error, url, session):
    async with session.post(f"{url}api/chat.postMessage", **kwargs) as response:
        assert (await response.json())["error"] == error


async def test_planned_fault_hits_only_as_often_as_planned(bot, person):
    await person.settings(fail_next={"method": "auth.test", "error": "internal_error", "times": 1})

    assert (await refusal(bot.auth_test()))["error"] == "internal_error"
    assert (await bot.auth_test())["ok"]


async def test_planned_status_is_a_bare_http_status(person, session, url, workspace):
    await person.settings(fail_next={"method": "chat.postMessage", "status": 503})

    headers = {"Authorization": f"Bearer {workspace.tokens.bot_token}"}
    async with session.post(f"{url}api/chat.postMessage", headers=headers) as response:
        assert response.status == 503


async def test_calls_are_recorded_without_tokens(bot, person, workspace):
    await bot.chat_postMessage(channel="C0TICKETS", text="hello", token=bot.token)
    await refusal(bot.chat_postMessage(channel="C0NONE", text="hello"))

    calls = (await person.get("calls"))["calls"]

    assert [(c["method"], c["ok"]) for c in calls] == [
        ("chat.postMessage", True),
        ("chat.postMessage", False),
    ]
    assert calls[1]["error"] == "channel_not_found"
    assert calls[0]["args_without_tokens"] == {"channel": "C0TICKETS", "text": "hello"}
    assert (await person.get("calls", after=calls[0]["n"]))["calls"] == calls[1:]


def test_reference_page_is_fresh(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "local-workspace.md").read_text(encoding="utf-8")

    assert reference() in page, "run python -m local.slack_server.api.reference docs/local-workspace.md"

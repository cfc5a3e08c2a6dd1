"""The methods about the token itself, people, the bot and the team."""

from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.errors import ApiError
from local.slack_server.api.pages import page
from local.slack_server.people import APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from local.slack_server.rendering import api_user

Json = dict[str, Any]


async def api_test(call: Call) -> Json:
    """api.test: gives the arguments back, and the error it is asked for."""
    if call.args.text("error"):
        raise ApiError(call.args.text("error"), args=call.args.values)
    return {"args": call.args.values}


async def auth_test(call: Call) -> Json:
    """auth.test."""
    return {
        "url": call.workspace.url(""),
        "team": TEAM_NAME,
        "user": call.workspace.users[BOT_USER_ID].name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


async def users_info(call: Call) -> Json:
    """users.info."""
    user = call.workspace.users.get(call.args.needed("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": api_user(user, include_locale=call.args.flag("include_locale"))}


async def users_list(call: Call) -> Json:
    """users.list."""
    users, metadata = page(call.args, list(call.workspace.users.values()))
    include_locale = call.args.flag("include_locale")
    return {
        "members": [api_user(user, include_locale=include_locale) for user in users],
        "cache_ts": int(call.workspace.clock()),
        "response_metadata": metadata,
    }


async def bots_info(call: Call) -> Json:
    """bots.info."""
    if call.args.text("bot") not in ("", BOT_ID):
        raise ApiError("bot_not_found")
    name = call.workspace.manifest.bot_name
    bot = {"id": BOT_ID, "deleted": False, "name": name, "app_id": APP_ID, "user_id": BOT_USER_ID}
    return {"bot": bot}


async def team_info(call: Call) -> Json:
    """team.info."""
    return {"team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "email_domain": ""}}


async def connections_open(call: Call) -> Json:
    """apps.connections.open: a WebSocket address that works once."""
    base = call.workspace.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={call.workspace.sockets.new_ticket()}&app_id={APP_ID}"}

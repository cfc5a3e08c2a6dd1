"""The methods about user groups; the workspace has one, the leads."""

from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.errors import ApiError
from local.slack_server.people import TEAM_ID, UserGroup

Json = dict[str, Any]


async def usergroups_list(call: Call) -> Json:
    """usergroups.list."""
    with_users = call.args.flag("include_users")
    return {"usergroups": [_group(group, with_users) for group in call.workspace.groups.values()]}


async def usergroups_users_list(call: Call) -> Json:
    """usergroups.users.list."""
    group = call.workspace.groups.get(call.args.needed("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def _group(group: UserGroup, with_users: bool) -> Json:
    document: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": 0,
        "user_count": len(group.members),
    }
    if with_users:
        document["users"] = list(group.members)
    return document

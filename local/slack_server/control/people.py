"""People come and change: POST /control/people adds a person to the workspace, or changes one that is there."""

from dataclasses import replace

from starlette.responses import Response

from local.slack_server.answers import control_answer
from local.slack_server.control.request import Act, ControlError, Json
from local.slack_server.people import BOT_USER_ID, TEAM_ID, Channel, ChannelKind, User

_TEXTS = ("name", "real_name", "locale", "team_id")
_FLAGS = ("is_admin", "is_restricted", "is_ultra_restricted")


async def change_person(act: Act) -> Response:
    """Add or change the person `id`: name, real_name, locale, team_id, is_admin, is_restricted, is_ultra_restricted.

    A new person joins the `channels` named in a list. Raises ControlError for a value of the wrong kind.
    """
    user_id = act.text("id")
    if not user_id.startswith(("U", "W")) or user_id == BOT_USER_ID:
        raise ControlError("invalid_person", "The id of a person begins with U or W.")
    before = act.workspace.users.get(user_id)
    user = before or User(id=user_id, name=user_id.lower(), real_name=user_id)
    changes: Json = {**_texts(act), **_flags(act)}
    user = replace(user, **changes)
    act.workspace.users[user_id] = user
    if before is None:
        _join(act, user)
    return control_answer(user={"id": user.id, "name": user.name, "locale": user.locale})


def _texts(act: Act) -> dict[str, str]:
    given = {name: act.body[name] for name in _TEXTS if name in act.body}
    if not all(isinstance(value, str) and value for value in given.values()):
        raise ControlError("invalid_person", f"{', '.join(_TEXTS)} are texts.")
    return given


def _flags(act: Act) -> dict[str, bool]:
    given = {name: act.body[name] for name in _FLAGS if name in act.body}
    if not all(isinstance(value, bool) for value in given.values()):
        raise ControlError("invalid_person", f"{', '.join(_FLAGS)} are true or false.")
    return given


def _join(act: Act, user: User) -> None:
    workspace = act.workspace
    for channel_id in act.body.get("channels") or ():
        channel = workspace.channels.get(str(channel_id))
        if channel is None:
            raise ControlError("channel_not_found", f"There is no channel {channel_id}.")
        workspace.keep_channel(replace(channel, members=(*channel.members, user.id)))
    if user.team_id == TEAM_ID:
        direct = Channel(
            id=f"D{user.id[1:]}",
            name=user.name,
            kind=ChannelKind.IM,
            created=int(workspace.clock()),
            members=(user.id,),
            bot_is_member=True,
            user=user.id,
        )
        workspace.keep_channel(direct)

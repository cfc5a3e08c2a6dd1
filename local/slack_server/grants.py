"""Short-lived permissions that come with an interaction: trigger ids (3 s, once) and response URLs (30 min, 5 uses)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

TRIGGER_LIFE_S = 3.0
RESPONSE_URL_LIFE_S = 1800.0
RESPONSE_URL_USES = 5
_KEPT = 5000
_T = TypeVar("_T")


class GrantError(Exception):
    """The permission is unknown, used up or too old; `code` is what Slack calls that."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(kw_only=True)
class Trigger:
    """The right to open one modal for one person; `view_id` names the modal the click came from."""

    user: str
    born: float
    view_id: str | None
    is_spent: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    """The right to answer where a person acted; `ts`/`ephemeral_id` name the message acted on or last posted."""

    user: str
    channel: str
    born: float
    ts: str | None = None
    ephemeral_id: str | None = None
    uses: int = 0


class Grants:
    """The permissions handed out, the newest few thousand of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """A trigger_id for this person, good from now on."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        _keep(self._triggers, trigger_id, Trigger(user=user, born=self._clock(), view_id=view_id))
        return trigger_id

    def trigger(self, trigger_id: str) -> Trigger:
        """The live trigger; GrantError `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise GrantError("invalid_trigger_id")
        if trigger.is_spent:
            raise GrantError("exchanged_trigger_id")
        if self._clock() - trigger.born > TRIGGER_LIFE_S:
            raise GrantError("expired_trigger_id")
        return trigger

    def new_response_url(
        self, user: str, channel: str, *, ts: str | None = None, ephemeral_id: str | None = None
    ) -> str:
        """The path of a new response URL, without host."""
        key = f"{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        url = ResponseUrl(user=user, channel=channel, born=self._clock(), ts=ts, ephemeral_id=ephemeral_id)
        _keep(self._urls, key, url)
        return f"commands/T0LOCAL/{key}"

    def use_response_url(self, key: str) -> ResponseUrl:
        """The response URL, one use counted; GrantError `used_url` or `expired_url`."""
        url = self._urls.get(key)
        if url is None or self._clock() - url.born > RESPONSE_URL_LIFE_S:
            raise GrantError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise GrantError("used_url")
        url.uses += 1
        return url


def _keep(shelf: dict[str, _T], key: str, value: _T) -> None:
    shelf[key] = value
    while len(shelf) > _KEPT:
        del shelf[next(iter(shelf))]

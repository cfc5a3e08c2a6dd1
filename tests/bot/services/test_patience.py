"""What Slack asks us to wait is waited, and nothing else is tried again."""

from __future__ import annotations

import pytest

from bot.errors import SlackError
from bot.services.patience import TRIES, patiently


class Calls:
    def __init__(self, *errors: SlackError) -> None:
        self.errors = list(errors)
        self.pauses: list[float] = []
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "posted"

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def slow_down(seconds: float = 2.0) -> SlackError:
    return SlackError("slow down", code="ratelimited", retry_after_s=seconds)


async def test_slow_down_is_waited_out():
    calls = Calls(slow_down(1), slow_down(3))

    assert await patiently(calls, pause=calls.pause) == "posted"
    assert calls.pauses == [1, 3]


async def test_it_ends_after_a_few_tries():
    calls = Calls(*[slow_down()] * TRIES)

    with pytest.raises(SlackError):
        await patiently(calls, pause=calls.pause)
    assert calls.made == TRIES


@pytest.mark.parametrize(
    "error", [SlackError("lost", in_doubt=True), SlackError("gone", code="is_archived"), slow_down(3600)]
)
async def test_what_may_have_happened_or_never_will_is_not_repeated(error):
    calls = Calls(error)

    with pytest.raises(SlackError):
        await patiently(calls, pause=calls.pause)
    assert calls.made == 1

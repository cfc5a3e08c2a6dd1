"""Rate limits: by tier, for each channel when posting, and switched off for load tests."""

import math

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from local.slack_server.ratelimits import PACES, RateLimits, Tier


@pytest.fixture
def frozen(workspace, clock):
    """The workspace's limits on a clock that stands still."""
    workspace.rate_limits = RateLimits(clock)
    return clock


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2, Tier.T3, Tier.T4, Tier.SPECIAL])
def test_burst_then_the_tiers_pace(tier, clock):
    limits, pace = RateLimits(clock), PACES[tier]

    burst = [limits.take_call("m", tier, "") for _ in range(pace.burst)]
    wait_s = limits.take_call("m", tier, "")
    clock.advance(wait_s)

    assert burst == [None] * pace.burst
    assert wait_s == max(1, math.ceil(round(1 / pace.per_s, 6)))
    assert limits.take_call("m", tier, "") is None


def test_methods_have_buckets_of_their_own(clock):
    limits = RateLimits(clock)
    while limits.take_call("a", Tier.T2, "") is None:
        pass

    assert limits.take_call("b", Tier.T2, "") is None


async def test_posting_is_limited_in_each_channel(bot, frozen):
    for _ in range(PACES[Tier.POSTING].burst):
        await bot.chat_postMessage(channel="C0TICKETS", text="x")
    with pytest.raises(SlackApiError) as caught:
        await bot.chat_postMessage(channel="C0TICKETS", text="x")

    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "1"
    assert (await bot.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    frozen.advance(1)
    assert (await bot.chat_postMessage(channel="C0TICKETS", text="x"))["ok"]


async def test_limits_can_be_switched_off(bot, person, frozen):
    await person.settings(rate_limits=False)

    for _ in range(PACES[Tier.POSTING].burst + 5):
        assert (await bot.chat_postMessage(channel="C0TICKETS", text="x"))["ok"]


async def test_sdk_retries_after_a_planned_429(bot, person):
    bot.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await person.settings(fail_next={"method": "chat.postMessage", "status": 429})

    assert (await bot.chat_postMessage(channel="C0TICKETS", text="x"))["ok"]

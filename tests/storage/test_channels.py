from dataclasses import replace
from decimal import Decimal

from bot.domain import ChannelSettings, WhoMayStart
from storage import Store
from tests.fakes import FakeClock

SETTINGS = ChannelSettings(
    threshold=0.8,
    labellers=("U2", "U3"),
    who_may_start=WhoMayStart.GROUP,
    starter_group="S1",
    budget_usd_month=Decimal("20.50"),
    approval_above_usd=Decimal("5"),
    approvers=("U9",),
)


async def test_a_channel_that_never_changed_anything_has_the_defaults(store: Store):
    assert await store.channels.get("T1", "C1") == ChannelSettings()


async def test_settings_are_kept_by_channel(store: Store, clock: FakeClock):
    await store.channels.save(SETTINGS, team="T1", channel="C1", user="U1", changes={}, now=clock())
    await store.channels.save(
        replace(SETTINGS, quiet=True), team="T1", channel="C2", user="U1", changes={}, now=clock()
    )

    assert await store.channels.get("T1", "C1") == SETTINGS
    assert (await store.channels.get("T1", "C2")).quiet
    assert await store.channels.get("T2", "C1") == ChannelSettings()

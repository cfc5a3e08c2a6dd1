"""The App Home, settings, approvals and the audit, held word for word; see test_snapshots.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import (
    Approval,
    AuditEntry,
    ChannelSettings,
    HomeContent,
    HomePages,
    JobProgress,
    JobStatus,
    OpenQueue,
    Outcome,
    Spending,
    UserGroup,
    WhoMayStart,
)
from bot.services.channels import SettingsOptions
from bot.views import approvals, audit, home, settings
from tests.bot.views.test_snapshots import LATER, NASTY
from tests.snapshots_kept import assert_as_kept, assert_no_markup, assert_within_limits
from tests.values import DATASET, JOB, MODEL, NOW

WAITING = replace(JOB, progress=JobProgress(status=JobStatus.WAITING), dataset_name=NASTY)
RUNNING = replace(JOB, op_id="op-2", progress=JobProgress(status=JobStatus.RUNNING, step=40, total_steps=100))
APPROVAL = Approval(
    op_id="op-1",
    team="T1",
    channel="C1",
    asked_by="U1",
    approvers=("U8", "U9"),
    amount_usd=Decimal("12.34"),
    limit_usd=Decimal(5),
    asked_at=NOW,
    expires_at=NOW + timedelta(hours=24),
)
SETTINGS = ChannelSettings(
    threshold=0.8,
    labellers=("U2",),
    who_may_start=WhoMayStart.GROUP,
    starter_group="S1",
    budget_usd_month=Decimal("20.50"),
    approval_above_usd=Decimal(5),
    approvers=("U8", "U9"),
    quiet=True,
    allow_guests=True,
)
OPTIONS = SettingsOptions(
    channel="C1",
    settings=SETTINGS,
    model=MODEL.name,
    models=(MODEL, replace(MODEL, name=NASTY)),
    groups=(UserGroup(id="S1", handle="leads", name=NASTY),),
)
CONTENT = HomeContent(
    pages=HomePages(jobs=1),
    month="2026-11",
    jobs=(RUNNING, WAITING),
    older_jobs=True,
    datasets=(DATASET, replace(DATASET, name=NASTY)),
    models=(replace(MODEL, accuracy=0.94),),
    channels=(("C1", replace(MODEL, accuracy=0.94)), ("C2", replace(MODEL, title=NASTY))),
    approvals=((APPROVAL, WAITING),),
    queues=(OpenQueue(dataset=DATASET, cards=3),),
    spending=(
        Spending(channel="C1", spent_usd=Decimal("3.20"), reserved_usd=Decimal("1.10")),
        Spending(channel="C2", spent_usd=Decimal("0.50"), reserved_usd=Decimal(0)),
    ),
    budgets={"C1": Decimal(20)},
    origins={DATASET.id: DATASET},
)


def entry(number: int, action: str, subject: str, **details: str) -> AuditEntry:
    return AuditEntry(
        id=number,
        at=NOW + timedelta(minutes=number),
        channel="C1",
        user="" if action == "expire" else "U1",
        action=action,
        subject=subject,
        details=details,
    )


ENTRIES = (
    entry(9, "settings", "C1", budget_usd_month="- → 20.50", approvers="- → U008,U009", quiet="off → on"),
    entry(8, "expire", "op-3"),
    entry(7, "reject", "op-2"),
    entry(6, "approve", "op-1"),
    entry(5, "delete", NASTY),
    entry(4, "use", MODEL.name),
    entry(3, "cancel", "op-1"),
    entry(2, "something new", NASTY),
    entry(1, "start", "op-1", model="ngram-hash-1", dataset="ds-1"),
)


def decided(outcome: Outcome) -> Approval:
    return replace(APPROVAL, outcome=outcome, decided_by="" if outcome is Outcome.EXPIRED else "U9")


CASES = {
    "home": lambda: home.home(CONTENT, now=LATER),
    "home_empty": lambda: home.home(HomeContent(pages=HomePages(), month="2026-11"), now=LATER),
    "welcome": lambda: home.welcome("U1"),
    "settings_form": lambda: settings.settings_form(OPTIONS),
    "settings_form_of_a_new_channel": lambda: settings.settings_form(
        SettingsOptions(channel="C1", settings=ChannelSettings(), model="", models=(), groups=None)
    ),
    "settings_saved": lambda: settings.saved(("threshold", "quiet", "model"), "C1"),
    "settings_unchanged": lambda: settings.saved((), "C1"),
    "approval_request": lambda: approvals.request(WAITING, APPROVAL),
    "approval_request_without_a_price": lambda: approvals.request(
        WAITING, replace(APPROVAL, amount_usd=None)
    ),
    "approval_request_approved": lambda: approvals.request(WAITING, decided(Outcome.APPROVED)),
    "approval_approved": lambda: approvals.decided(WAITING, decided(Outcome.APPROVED)),
    "approval_rejected": lambda: approvals.decided(WAITING, decided(Outcome.REJECTED)),
    "approval_expired": lambda: approvals.decided(WAITING, decided(Outcome.EXPIRED)),
    "audit": lambda: audit.audit(ENTRIES, channel="C1", newer=False, older=True, may_download=True),
    "audit_everywhere": lambda: audit.audit(
        ENTRIES[:2], channel="", newer=True, older=False, may_download=False
    ),
    "audit_none": lambda: audit.audit((), channel="C1", newer=False, older=False, may_download=False),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read(name: str):
    assert_as_kept(name, CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_a_stranger_wrote_becomes_markup(name: str):
    assert_no_markup(CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_slacks_limits_are_kept(name: str):
    assert_within_limits(CASES[name]())


def test_a_full_home_stays_below_slacks_limit():
    full = replace(
        CONTENT,
        jobs=(RUNNING,) * 5,
        datasets=(DATASET,) * 5,
        models=(MODEL,) * 5,
        channels=(("C1", MODEL),) * 8,
        approvals=((APPROVAL, WAITING),) * 5,
        queues=(OpenQueue(dataset=DATASET, cards=3),) * 5,
        pages=HomePages(jobs=1, datasets=1, models=1),
        older_datasets=True,
        older_models=True,
    )

    blocks = home.home(full, now=LATER)["blocks"]

    assert len(blocks) < 100
    assert "Spent in" in blocks[-2]["text"]["text"]


def test_leaves_are_turned():
    pages = HomePages(jobs=1)

    assert home.turned(pages, "jobs+") == HomePages(jobs=2)
    assert home.turned(pages, "models-") == pages
    assert home.pages_of(home.home(CONTENT, now=LATER)["private_metadata"]) == pages
    assert home.pages_of("") == HomePages()

"""Jobs that cost money: the settings form, permission, budget, approval, expiry and the audit, through the real processes.

The embedded server trains for nothing, so these run with a price table of the team's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot import demo
from bot.demo import Running
from bot.headless import Person
from bot.manifest import manifest_path
from tests.end_to_end.test_main_job import MINUTE, drop_and_read, ephemeral

pytestmark = pytest.mark.xdist_group("end_to_end")

PRICES = {
    "as_of": "2026-11-01",
    "source": "our contract",
    "models": [{"id": "ngram-hash-1", "training_usd_per_1m_tokens": "10000"}],
}
START = "/finetune start {name} model=ngram-hash-1 n_epochs=1"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running product whose model costs about ten dollars a training."""
    folder = tmp_path_factory.mktemp("paid")
    prices = folder / "prices.json"
    prices.write_text(json.dumps(PRICES))
    with pytest.MonkeyPatch.context() as patch:  # the bot reads it from the environment it inherits
        patch.setenv("TUNESMITH_PRICES", str(prices))
        with demo.running(port=0, home=folder / "home", manifest=manifest_path()) as started:
            yield started


@pytest.fixture
def lead(paid: Running) -> Person:
    return Person(paid.control, lambda row: None)


@pytest.fixture
def mate(paid: Running) -> Person:
    return Person(paid.control, lambda row: None, user="U0MATE")


def text(name: str, value: str) -> dict[str, Any]:
    return {name: {name: {"value": value}}}


def people(name: str, *users: str) -> dict[str, Any]:
    return {name: {name: {"selected_users": list(users)}}}


def choose(view: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    element = next(block for block in view["blocks"] if block["block_id"] == name)["element"]
    option = next(option for option in element["options"] if option["value"] == value)
    return {name: {name: {"selected_option": option}}}


def set_up(person: Person, *changes: dict[str, Any]) -> None:
    """Change settings through the form, as a person does."""
    person.command("/finetune settings")
    view = person.form("settings_form")
    person.submit(view, {name: value for change in changes for name, value in change.items()})
    person.wait_until(
        lambda: not person.get(f"views?user={person.user}")["stack"], "the form, taken and closed"
    )


def start(person: Person, tickets, name: str) -> str:
    thread, _ = drop_and_read(person, tickets(name))
    person.command(START.format(name=name))
    return thread


def said_in(thread: str, words: str):
    return lambda message: message["thread_ts"] == thread and words in message["text"]


def test_a_dear_job_waits_for_somebody_else(lead: Person, mate: Person, tickets):
    set_up(mate, text("approval_above_usd", "1"), people("approvers", "U0LEAD", "U0MATE"))
    thread = start(lead, tickets, "dear.csv")
    request = lead.wait_for(said_in(thread, "please approve or reject"), "the request", MINUTE)
    assert "This channel asks for approval above $1.00" in request["text"]

    lead.press(request, "approvals_approve")
    lead.wait_for(ephemeral("somebody else must approve"), "the refusal", MINUTE)
    mate.press(request, "approvals_approve")

    lead.wait_for(said_in(thread, "Approved by <@U0MATE>"), "the request, decided", MINUTE)
    lead.wait_for(said_in(thread, "it starts now"), "the reply", MINUTE)
    lead.wait_for(said_in(thread, "your model is ready"), "the end", MINUTE)


def test_a_rejected_job_never_starts(lead: Person, mate: Person, tickets):
    set_up(mate, text("approval_above_usd", "1"), people("approvers", "U0LEAD", "U0MATE"))
    thread = start(lead, tickets, "rejected.csv")
    request = lead.wait_for(said_in(thread, "please approve or reject"), "the request", MINUTE)

    mate.press(request, "approvals_reject")

    lead.wait_for(said_in(thread, "Nothing was started"), "the reply", MINUTE)
    lead.wait_for(said_in(thread, "Cancelled"), "the card", MINUTE)


def test_a_month_without_room_refuses_with_figures(lead: Person, mate: Person, tickets):
    set_up(mate, text("budget_usd_month", "0.50"))

    start(lead, tickets, "poor.csv")

    refusal = lead.wait_for(ephemeral("of this channel's $0.50"), "the refusal", MINUTE)
    assert "raise the budget" in refusal["text"]


def test_a_guest_starts_no_paid_job(paid: Running, lead: Person, mate: Person, tickets):
    set_up(mate, text("budget_usd_month", ""))
    lead.post("people", {"id": "U0GUS", "name": "gus", "is_restricted": True, "channels": ["C0TICKETS"]})
    guest = Person(paid.control, lambda row: None, user="U0GUS")

    start(guest, tickets, "guest.csv")
    guest.wait_for(ephemeral("Guests may not start paid jobs"), "the refusal", MINUTE)

    guest.command("/finetune settings")
    form = guest.form("notice")
    guest.wait_until(
        lambda: "may not change settings" in json.dumps(guest.get("views?user=U0GUS")["stack"]),
        "the form's refusal",
    )
    assert form


def test_wrong_settings_are_told_at_their_fields(lead: Person):
    lead.command("/finetune settings")
    view = lead.form("settings_form")

    answer = lead.post(
        "view_submissions",
        {
            "user": lead.user,
            "view_id": view["id"],
            "values": {
                **text("budget_usd_month", "plenty"),
                **text("approval_hours", "0"),
                **choose(view, "who_may_start", "list"),
            },
        },
    )

    lead.post("view_closed", {"user": lead.user, "view_id": view["id"]})
    assert "plenty" in answer["errors"]["budget_usd_month"]


def test_only_named_people_start(lead: Person, mate: Person, tickets):
    mate.command("/finetune settings")
    view = mate.form("settings_form")
    mate.submit(view, {**choose(view, "who_may_start", "list"), **people("starters", "U0MATE")})
    mate.wait_for(ephemeral("Who may start"), "the word that it is saved", MINUTE)

    start(lead, tickets, "list.csv")

    lead.wait_for(ephemeral("only some people may start"), "the refusal", MINUTE)
    set_up(mate, choose(view, "who_may_start", "everyone"))


def test_the_audit_says_who_changed_what(mate: Person):
    set_up(mate, text("budget_usd_month", "7.50"))

    mate.command("/finetune audit")

    page = mate.wait_for(ephemeral("Who did what"), "the audit", MINUTE)
    assert "<@U0MATE> changed settings: Budget a month, in US dollars" in page["text"]
    assert "→ 7.50" in page["text"]

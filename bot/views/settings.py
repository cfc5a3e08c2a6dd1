"""The form of a channel's settings, and what is said once it was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from bot.domain import ChannelSettings, FineTunedModel, UserGroup, WhoMayStart
from bot.ports import Block, Message
from bot.texts import t
from bot.views.amounts import percent
from bot.views.blocks import (
    actions,
    button,
    context,
    cut,
    header,
    message,
    option,
    plain_input,
    section,
)
from bot.views.modals import modal, notice, text_input

SETTINGS = "settings_form"
FLAGS = ("quiet", "broadcast", "allow_guests", "allow_external")
"""The settings that are checkboxes, in their order."""
NO_MODEL = "none"


class Options(Protocol):
    """What the form shows; see bot/services/channels.py."""

    @property
    def channel(self) -> str:
        """Whose settings."""

    @property
    def settings(self) -> ChannelSettings:
        """As they are."""

    @property
    def model(self) -> str:
        """The channel's model, "" for none."""

    @property
    def models(self) -> Sequence[FineTunedModel]:
        """To choose from."""

    @property
    def groups(self) -> Sequence[UserGroup] | None:
        """To choose from; None when they can't be read."""


def names() -> dict[str, str]:
    """{setting: its name in the form}."""
    return {
        "model": t("Model of this channel"),
        "threshold": t("Unsure below"),
        "labellers": t("Who could label what it is unsure of"),
        "who_may_start": t("Who may start fine-tuning"),
        "starters": t("These people"),
        "starter_group": t("User group"),
        "budget_usd_month": t("Budget a month, in US dollars"),
        "approval_above_usd": t("Approval above, in US dollars"),
        "approvers": t("Who approves"),
        "approval_hours": t("Hours to approve"),
        "quiet": t("Quiet: post only the end of a job"),
        "broadcast": t("Show the end of a job in the channel too"),
        "allow_guests": t("Guests may start paid jobs"),
        "allow_external": t("People of other organisations may start paid jobs"),
    }


def settings_form(options: Options) -> Block:
    """Every setting of the channel as it is."""
    settings = options.settings
    blocks = [
        section(t("Settings of <#{channel}>. Changes are kept in `/finetune audit`.", channel=options.channel)),
        header(t("Answers")),
        *_model(options),
        _text("threshold", percent(settings.threshold, 0), t("50%"), t("An answer less probable counts as unsure.")),
        _people("labellers", settings.labellers),
        header(t("Starting")),
        _who(settings),
        _people("starters", settings.starters, t("Used when you chose “these people” above.")),
        *_group(options),
        header(t("Money")),
        _text("budget_usd_month", _amount(settings.budget_usd_month), "100", t("Empty for none. A month is a calendar month, UTC.")),
        _text("approval_above_usd", _amount(settings.approval_above_usd), "10", t("Empty for none, 0 for every paid job. A job whose price nobody knows needs approval too.")),
        _people("approvers", settings.approvers, t("They alone change these limits afterwards, and workspace admins.")),
        _text("approval_hours", str(settings.approval_hours), "24", t("What nobody approved by then is dropped.")),
        header(t("Messages and outsiders")),
        _flags(settings),
    ]  # fmt: skip
    private = json.dumps({"channel": options.channel})
    return modal(
        SETTINGS, t("Channel settings"), submit=t("Save"), close=t("Cancel"), blocks=blocks, private=private
    )


def channel_of(private_metadata: str) -> str:
    """The channel whose form was sent."""
    return str(json.loads(private_metadata)["channel"])


def _model(options: Options) -> list[Block]:
    if not options.models:
        return [context(t("No fine-tuned models yet, so there is none to choose."))]
    entries = [option(cut(model.name, 75), model.name) for model in options.models if len(model.name) <= 150]
    current = next((entry for entry in entries if entry["value"] == options.model), None)
    element: Block = {"type": "static_select", "options": entries[:100]}
    if current:
        element["initial_option"] = current
    return [plain_input("model", names()["model"], element, optional=True)]


def _text(name: str, value: str, placeholder: str, hint: str) -> Block:
    element = {**text_input(placeholder, 20), **({"initial_value": value} if value else {})}
    return plain_input(name, names()[name], element, optional=True, hint=hint)


def _people(name: str, chosen: Sequence[str], hint: str = "") -> Block:
    element: Block = {"type": "multi_users_select", "max_selected_items": 50}
    if chosen:
        element["initial_users"] = list(chosen)
    return plain_input(name, names()[name], element, optional=True, hint=hint)


def _who(settings: ChannelSettings) -> Block:
    words = {
        WhoMayStart.EVERYONE: t("Everyone in the channel"),
        WhoMayStart.LIST: t("These people"),
        WhoMayStart.GROUP: t("A user group"),
    }
    entries = [option(said, who.value) for who, said in words.items()]
    chosen = next(entry for entry in entries if entry["value"] == settings.who_may_start.value)
    element = {"type": "static_select", "options": entries, "initial_option": chosen}
    return plain_input("who_may_start", names()["who_may_start"], element)


def _group(options: Options) -> list[Block]:
    if options.groups is None:
        return [
            context(
                t("To let a user group start, a workspace admin adds the scope usergroups:read to the app.")
            )
        ]
    entries = [
        option(f"@{group.handle} · {group.name}" if group.handle else group.name, group.id)
        for group in options.groups[:100]
    ]
    if not entries:
        return []
    chosen = next((entry for entry in entries if entry["value"] == options.settings.starter_group), None)
    element: Block = {"type": "static_select", "options": entries}
    if chosen:
        element["initial_option"] = chosen
    return [plain_input("starter_group", names()["starter_group"], element, optional=True)]


def _flags(settings: ChannelSettings) -> Block:
    said = names()
    entries = [option(said[name], name) for name in FLAGS]
    ticked = [entry for entry in entries if getattr(settings, entry["value"])]
    element: Block = {"type": "checkboxes", "options": entries}
    if ticked:
        element["initial_options"] = ticked
    return plain_input("flags", t("Switches"), element, optional=True)


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def saved(changed: Sequence[str], channel: str) -> Message:
    """Told to who sent the form."""
    if not changed:
        return message(t("Nothing was changed in the settings of <#{channel}>.", channel=channel))
    said = names()
    listed = ", ".join(said.get(name, name) for name in changed)
    return message(
        t("Settings of <#{channel}> saved. Changed: {settings}.", channel=channel, settings=listed)
    )


def open_button(channel: str) -> Block:
    """Opens the form of a channel."""
    return button(t("Settings"), "settings_open", value=channel)


def how_to_open(channel: str) -> Message:
    """Where a form can't be opened at once: in a thread."""
    text = t("Settings of <#{channel}>", channel=channel)
    return message(text, [section(text), actions(open_button(channel))])


def waiting_form() -> Block:
    """Shown while Slack is asked for user groups: a trigger lives only 3 seconds."""
    return notice(t("Channel settings"), t("One moment …"))


def problem_form(problem: Message) -> Block:
    """Shown instead of the form when the person may not see it."""
    return notice(t("Channel settings"), problem.text)

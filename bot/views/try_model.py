"""The form that asks a model one thing."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.ports import Block
from bot.texts import t
from bot.views.blocks import context, literal, plain_input
from bot.views.modals import modal, text_input

TRY = "ask_try_form"


@dataclass(frozen=True, kw_only=True)
class TryPlace:
    """Which model the try form asks, and where the answer goes."""

    model: str
    channel: str
    thread_ts: str


def try_form(model: str, *, channel: str, thread_ts: str) -> Block:
    """One text to classify with a model that has just been trained."""
    place = json.dumps({"model": model, "channel": channel, "thread_ts": thread_ts})
    field = plain_input(
        "text",
        t("Text"),
        {**text_input(t("Type what a customer might write"), 3000), "multiline": True},
    )
    note = context(t("{model} answers in this thread.", model=literal(model, 200)))
    return modal(
        TRY, t("Try the model"), submit=t("Ask"), close=t("Close"), blocks=[field, note], private=place
    )


def no_text() -> str:
    """What the field says when nothing was typed."""
    return t("Type a text to ask about.")


def try_place(private_metadata: str) -> TryPlace:
    """Back from the form's private metadata."""
    return TryPlace(**json.loads(private_metadata))

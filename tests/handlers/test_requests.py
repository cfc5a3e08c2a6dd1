import pytest

from bot.domain import Choices, Task
from bot.errors import InputError
from handlers.requests import (
    actor_of,
    column_choices,
    delivery_of,
    form_values,
    subcommand,
    typed,
)

COMMAND = {"team_id": "T1", "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.x", "text": "start"}
EVENT = {
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "file_shared", "file_id": "F1", "user_id": "U1", "channel_id": "C1"},
}
ACTION = {"team": {"id": "T1"}, "user": {"id": "U1"}, "channel": {"id": "C1"}, "trigger_id": "1.2.y"}
VIEW = {
    "type": "view_submission",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "view": {"id": "V1", "hash": "h1"},
}


@pytest.mark.parametrize("body", [COMMAND, EVENT, ACTION])
def test_every_payload_says_who_and_where(body):
    actor = actor_of(body)

    assert (actor.team, actor.user, actor.channel) == ("T1", "U1", "C1")


def test_a_message_event_says_who_and_where():
    actor = actor_of({"team_id": "T1", "event": {"type": "message", "user": "U1", "channel": "C1"}})

    assert (actor.user, actor.channel) == ("U1", "C1")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (COMMAND, "trigger:T1:1.2.x"),
        (EVENT, "event:T1:Ev1"),
        (ACTION, "trigger:T1:1.2.y"),
        (VIEW, "view:T1:V1:h1"),
    ],
)
def test_a_delivery_has_one_key(body, key):
    assert delivery_of(body) == key


def test_typed_text_is_unescaped_once():
    assert typed({"text": " a &lt;b&gt; &amp;amp; "}) == "a <b> &amp;"


@pytest.mark.parametrize(
    ("text", "expected"), [("", ("", "")), ("List", ("list", "")), ("start a b=1", ("start", "a b=1"))]
)
def test_subcommand(text, expected):
    assert subcommand(text) == expected


def test_form_values_of_inputs_and_selects():
    view = {
        "state": {
            "values": {
                "a": {"seed": {"type": "plain_text_input", "value": None}},
                "b": {"model": {"type": "static_select", "selected_option": {"value": "m"}}},
                "c": {"suffix": {"value": "v2"}},
            }
        }
    }

    assert form_values(view) == {"seed": "", "model": "m", "suffix": "v2"}


def test_column_choices_keep_what_was_not_asked():
    before = Choices(seed=7, validation_share=0.2)

    after = column_choices(
        {"text": "body", "label": "1", "task": "classification"}, ("body", "queue"), before
    )

    assert (after.text, after.label, after.task) == ("body", "queue", Task.CLASSIFICATION)
    assert (after.seed, after.validation_share) == (7, 0.2)


def test_column_choices_need_a_text():
    with pytest.raises(InputError) as caught:
        column_choices({"text": " ", "label": "none"}, ("body",), Choices())

    assert caught.value.field == "text"

"""Modals and Home tabs: triggers, stacks, hashes, submissions and what the acks change."""

import asyncio

import pytest
from slack_sdk.errors import SlackApiError


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def field(block_id: str = "name", *, optional: bool = False, **element) -> dict:
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain("Label"),
        "element": {"type": "plain_text_input", "action_id": "value", **element},
    }


def modal(*blocks: dict, **more) -> dict:
    blocks = list(blocks or (field(),))
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("T"),
        "submit": plain("S"),
        "blocks": blocks,
        **more,
    }


async def error_of(call) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


@pytest.fixture
def trigger(workspace):
    return lambda user="U0LEAD": workspace.grants.new_trigger(user)


@pytest.fixture
async def open_modal(bot, trigger):
    async def open_one(view: dict, user: str = "U0LEAD") -> dict:
        return (await bot.views_open(trigger_id=trigger(user), view=view))["view"]

    return open_one


async def submit(person, view, values=None, user="U0LEAD") -> dict:
    return await person.post("view_submissions", user=user, view_id=view["id"], values=values or {})


async def stack(person, user="U0LEAD") -> list[str]:
    return [view["id"] for view in (await person.get("views", user=user))["stack"]]


async def test_open_answers_with_the_view(open_modal, person):
    view = await open_modal(modal(private_metadata="m", external_id="mine"))

    assert view["id"] == view["root_view_id"]
    assert (view["private_metadata"], view["external_id"], view["callback_id"]) == ("m", "mine", "form")
    assert view["state"]["values"] == {"name": {"value": {"type": "plain_text_input", "value": None}}}
    assert await stack(person) == [view["id"]]


async def test_trigger_works_once_and_for_three_seconds(bot, trigger, workspace, clock):
    workspace.grants._clock = clock
    used, late, fresh = trigger(), trigger(), trigger()
    await bot.views_open(trigger_id=used, view=modal())
    assert await error_of(bot.views_open(trigger_id=used, view=modal())) == "exchanged_trigger_id"
    assert await error_of(bot.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    clock.advance(3)
    assert (await bot.views_open(trigger_id=fresh, view=modal()))["ok"]
    clock.advance(0.1)

    assert await error_of(bot.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"


async def test_refused_view_does_not_spend_the_trigger(bot, trigger):
    trigger_id = trigger()
    with pytest.raises(SlackApiError) as caught:
        await bot.views_open(trigger_id=trigger_id, view=modal(title=plain("x" * 25)))

    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert (await bot.views_open(trigger_id=trigger_id, view=modal()))["ok"]


async def test_stack_takes_three(bot, open_modal, trigger, person):
    first = await open_modal(modal())
    second = (await bot.views_push(trigger_id=trigger(), view=modal()))["view"]
    third = (await bot.views_push(trigger_id=trigger(), view=modal()))["view"]

    assert (third["root_view_id"], third["previous_view_id"]) == (first["id"], second["id"])
    assert await error_of(bot.views_push(trigger_id=trigger(), view=modal())) == "push_limit_reached"


async def test_push_needs_an_open_modal(bot, trigger):
    assert await error_of(bot.views_push(trigger_id=trigger(), view=modal())) == "not_found"


async def test_update_by_id_and_hash(bot, open_modal):
    view = await open_modal(modal(external_id="mine"))

    changed = (await bot.views_update(view_id=view["id"], hash=view["hash"], view=modal(title=plain("New"))))[
        "view"
    ]

    assert changed["title"]["text"] == "New"
    assert changed["hash"] != view["hash"]
    stale = bot.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(bot.views_update(external_id="mine", view=modal())) == "not_found"
    assert await error_of(bot.views_update(view_id="V0GONE", view=modal())) == "not_found"


async def test_external_ids_are_unique(bot, open_modal, trigger):
    await open_modal(modal(external_id="mine"))

    again = bot.views_open(trigger_id=trigger("U0MATE"), view=modal(external_id="mine"))

    assert await error_of(again) == "duplicate_external_id"


async def test_closed_view_cannot_be_updated(bot, open_modal, person):
    view = await open_modal(modal())

    await person.post("view_closed", user="U0LEAD", view_id=view["id"])

    assert await error_of(bot.views_update(view_id=view["id"], view=modal())) == "not_found"


async def test_too_large_view_is_refused(bot, trigger):
    big = [{"type": "section", "text": plain("x" * 3000)} for _ in range(90)]

    assert await error_of(bot.views_open(trigger_id=trigger(), view=modal(*big))) == "view_too_large"


async def test_home_is_published_with_hash(bot):
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await bot.views_publish(user_id="U0LEAD", view=home))["view"]
    second = (await bot.views_publish(user_id="U0LEAD", view=home, hash=first["hash"]))["view"]

    assert second["id"] == first["id"]
    stale = bot.views_publish(user_id="U0LEAD", view=home, hash=first["hash"])
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(bot.views_publish(user_id="U0NOBODY", view=home)) == "user_not_found"
    assert await error_of(bot.views_publish(user_id="U0LEAD", view=modal())) == "invalid_arguments"


@pytest.mark.parametrize(
    ("element", "entry", "error"),
    [
        ({}, "", "Please complete this required field."),
        ({"min_length": 3}, "ab", "Please enter at least 3 characters."),
        ({"max_length": 3}, "abcd", "Please enter at most 3 characters."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "Please enter a valid number."),
        (
            {"type": "number_input", "is_decimal_allowed": True, "min_value": "1"},
            "0.5",
            "Please enter a number of at least 1.",
        ),
        ({"type": "email_text_input"}, "nobody", "Please enter a valid email address."),
        ({"type": "url_text_input"}, "nowhere", "Please enter a valid URL."),
    ],
)
async def test_dialog_refuses_before_anything_is_sent(open_modal, person, element, entry, error):
    view = await open_modal(modal(field(**element)))

    answer = await submit(person, view, {"name": {"value": entry}})

    assert answer == {"ok": True, "response_action": "errors", "errors": {"name": error}}
    assert (await person.get("calls"))["deliveries"] == []


async def test_submission_carries_every_kind_of_value(app, connect, open_modal, person):
    states = asyncio.Queue()

    @app.view("form")
    async def on_form(ack, view):
        await ack()
        await states.put(view["state"]["values"])

    options = [{"text": plain(value.upper()), "value": value} for value in "abc"]
    elements = {
        "text": {"type": "plain_text_input"},
        "choice": {"type": "static_select", "options": options, "initial_option": options[0]},
        "radio": {"type": "radio_buttons", "options": options},
        "many": {"type": "checkboxes", "options": options},
        "people": {"type": "multi_users_select"},
        "day": {"type": "datepicker", "initial_date": "2026-11-21"},
        "number": {"type": "number_input", "is_decimal_allowed": True},
    }
    blocks = [
        field(name, optional=True) | {"element": {"action_id": "value", **e}} for name, e in elements.items()
    ]
    view = await open_modal(modal(*blocks))
    await connect()

    await submit(
        person,
        view,
        {
            "text": {"value": "hello"},
            "radio": {"value": {"selected_option": {"value": "b"}}},
            "many": {"value": ["a", "c"]},
            "people": {"value": {"selected_users": ["U0MATE"]}},
            "number": {"value": {"value": "0.5"}},
        },
    )

    values = {name: entry["value"] for name, entry in (await states.get()).items()}
    assert values == {
        "text": {"type": "plain_text_input", "value": "hello"},
        "choice": {"type": "static_select", "selected_option": options[0]},
        "radio": {"type": "radio_buttons", "selected_option": options[1]},
        "many": {"type": "checkboxes", "selected_options": [options[0], options[2]]},
        "people": {"type": "multi_users_select", "selected_users": ["U0MATE"]},
        "day": {"type": "datepicker", "selected_date": "2026-11-21"},
        "number": {"type": "number_input", "value": "0.5"},
    }


async def test_choice_that_is_not_offered_is_refused(open_modal, person):
    options = [{"text": plain("A"), "value": "a"}]
    view = await open_modal(modal(field(type="static_select", options=options)))

    answer = await submit(person, view, {"name": {"value": "z"}})

    assert (answer["ok"], answer["error"]) == (False, "invalid_entry")


@pytest.fixture
async def answering(app, connect):
    """Submissions are acked with what the test puts here."""
    answer = {}

    @app.view("form")
    async def on_form(ack):
        await ack(**answer)

    await connect()
    return answer


async def test_ack_can_update_push_and_clear(answering, open_modal, person):
    view = await open_modal(modal())
    values = {"name": {"value": "x"}}

    answering |= {"response_action": "update", "view": modal(title=plain("Step 2"))}
    assert (await submit(person, view, values))["response_action"] == "update"
    assert (await person.get("views", user="U0LEAD"))["stack"][0]["title"]["text"] == "Step 2"

    answering |= {"response_action": "push", "view": modal()}
    assert (await submit(person, view, values))["response_action"] == "push"
    assert len(await stack(person)) == 2
    assert (await submit(person, view, values))["error"] == "view_not_on_top"

    answering.clear()
    answering |= {"response_action": "clear"}
    top = (await person.get("views", user="U0LEAD"))["stack"][-1]
    assert (await submit(person, top, values))["response_action"] == "clear"
    assert await stack(person) == []


async def test_empty_ack_goes_back_one_view(answering, bot, open_modal, trigger, person):
    first = await open_modal(modal())
    second = (await bot.views_push(trigger_id=trigger(), view=modal()))["view"]

    await submit(person, second, {"name": {"value": "x"}})

    assert await stack(person) == [first["id"]]


async def test_ack_with_a_bad_view_or_bad_errors_keeps_the_modal(answering, open_modal, person):
    view = await open_modal(modal())
    values = {"name": {"value": "x"}}

    answering |= {"response_action": "update", "view": modal(title=plain("x" * 25))}
    assert (await submit(person, view, values))["error"] == "invalid_view"
    answering.pop("view")
    answering |= {"response_action": "errors", "errors": {"unknown": "No."}}
    assert (await submit(person, view, values))["error"] == "invalid_errors"

    assert await stack(person) == [view["id"]]


async def test_update_keeps_what_was_entered(bot, open_modal, person):
    view = await open_modal(modal(field("name"), field("other")))
    await submit(person, view, {"name": {"value": "kept"}})

    changed = (await bot.views_update(view_id=view["id"], view=modal(field("name"))))["view"]

    assert changed["state"]["values"] == {"name": {"value": {"type": "plain_text_input", "value": "kept"}}}


async def test_closing_is_told_only_where_asked_for(app, connect, open_modal, person):
    closed = asyncio.Queue()

    @app.view_closed("form")
    async def on_closed(ack, body):
        await ack()
        await closed.put((body["view"]["private_metadata"], body["is_cleared"]))

    await connect()
    quiet = await open_modal(modal(private_metadata="quiet"))
    await person.post("view_closed", user="U0LEAD", view_id=quiet["id"])
    loud = await open_modal(modal(private_metadata="loud", notify_on_close=True))
    await person.post("view_closed", user="U0LEAD", view_id=loud["id"])

    assert await asyncio.wait_for(closed.get(), 5) == ("loud", False)
    assert closed.empty()


async def test_clearing_tells_of_every_closed_view(app, connect, bot, open_modal, trigger, person):
    cleared = asyncio.Queue()

    @app.view("form")
    async def on_form(ack):
        await ack(response_action="clear")

    @app.view_closed("form")
    async def on_closed(ack, body):
        await ack()
        await cleared.put(body["is_cleared"])

    await connect()
    await open_modal(modal(notify_on_close=True))
    top = (await bot.views_push(trigger_id=trigger(), view=modal(notify_on_close=True)))["view"]
    await submit(person, top, {"name": {"value": "x"}})

    assert [await asyncio.wait_for(cleared.get(), 5) for _ in range(2)] == [True, True]


async def test_submission_brings_response_urls_for_chosen_channels(app, connect, open_modal, person):
    bodies = asyncio.Queue()

    @app.view("form")
    async def on_form(ack, body, respond):
        await ack()
        await respond(text="thanks", response_type="in_channel")
        await bodies.put(body)

    await connect()
    view = await open_modal(modal(field("where", type="channels_select", response_url_enabled=True)))
    await submit(person, view, {"where": {"value": "C0GENERAL"}})

    body = await asyncio.wait_for(bodies.get(), 5)
    assert body["response_urls"][0]["channel_id"] == "C0GENERAL"
    assert [m["text"] for m in await person.messages("C0GENERAL")] == ["thanks"]


async def test_view_belongs_to_one_person(open_modal, person):
    view = await open_modal(modal())

    assert (await submit(person, view, user="U0MATE"))["error"] == "view_not_found"


async def test_a_forms_file_comes_as_slacks_file_and_may_then_be_read(open_modal, person, bot, app, connect):
    got = asyncio.Queue()

    @app.view("form")
    async def on_form(ack, body):
        await ack()
        await got.put(body)

    await connect()
    view = await open_modal(modal(field("file", type="file_input")))
    chosen = (await person.drop("rows.csv", b"text\nhello\n", channel=None))["file"]
    unread = await error_of(bot.files_info(file=chosen["id"]))

    answer = await submit(person, view, {"file": {"value": {"files": [chosen["id"]]}}})

    body = await got.get()
    (file,) = body["view"]["state"]["values"]["file"]["value"]["files"]
    assert answer["ok"]
    assert (unread, file["name"]) == ("file_not_found", "rows.csv")
    assert (await bot.files_info(file=file["id"]))["file"]["size"] == 11
    assert (await person.messages())[-1:] == []


async def test_nobody_gives_away_another_persons_file(open_modal, person):
    view = await open_modal(modal(field("file", type="file_input")))
    chosen = (await person.drop("rows.csv", b"text\nhello\n", channel=None, user="U0MATE"))["file"]

    answer = await submit(person, view, {"file": {"value": {"files": [chosen["id"]]}}})

    assert (answer["ok"], answer["error"]) == (False, "invalid_entry")


async def test_an_action_in_a_form_brings_what_the_other_fields_hold(open_modal, person, app, connect):
    got = asyncio.Queue()

    @app.action("go")
    async def on_go(ack, body):
        await ack()
        await got.put(body)

    await connect()
    press = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "1"}
    row = {"type": "actions", "block_id": "row", "elements": [press]}
    view = await open_modal(modal(field(), row))

    sent = {"values": {"name": {"value": {"value": "typed"}}}}
    await person.post(
        "actions", user="U0LEAD", view_id=view["id"], block_id="row", action_id="go", state=sent
    )

    body = await got.get()
    assert body["view"]["state"]["values"]["name"]["value"]["value"] == "typed"

"""Commands, buttons, modals and the App Home on the page, with a real Bolt app at the other end."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def text_input(block_id: str, label: str, **element: object) -> dict[str, object]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"type": "plain_text_input", "action_id": block_id, **element},
    }


MODAL = {
    "type": "modal",
    "callback_id": "start",
    "title": plain("Start fine-tuning"),
    "submit": plain("Start"),
    "blocks": [
        text_input("epochs", "Epochs", initial_value="ninety"),
        {
            "type": "input",
            "block_id": "base",
            "label": plain("Base model"),
            "element": {
                "type": "static_select",
                "action_id": "base",
                "options": [{"text": plain(f"model {n}"), "value": str(n)} for n in range(12)],
            },
        },
    ],
}


def composer(tab):
    return tab.get_by_role("combobox", name="Message #tickets")


async def test_a_command_is_completed_and_its_answer_is_for_one_person_only(tab, app, open_tab):
    asked = []

    @app.command("/finetune")
    async def on_finetune(ack, command):
        asked.append(command["text"])
        await ack("Nothing runs *here*.")

    await composer(tab).press_sequentially("/fin")
    await expect(tab.get_by_role("option", name="/finetune")).to_have_attribute("aria-selected", "true")
    await composer(tab).press("Tab")
    await composer(tab).press_sequentially("sta")
    await composer(tab).press("ArrowDown")
    await composer(tab).press("ArrowDown")
    await composer(tab).press("Enter")
    await expect(composer(tab)).to_have_value("/finetune status")
    await composer(tab).press("Enter")

    answer = tab.locator(".message", has_text="Nothing runs here.")
    await expect(answer).to_contain_text("Only visible to you")
    assert asked == ["status"]
    others = await open_tab(user="U0MATE")
    await expect(others.get_by_role("heading", name="tickets")).to_be_visible()
    await expect(others.get_by_text("Nothing runs here.")).to_have_count(0)


async def test_a_name_is_completed_and_becomes_a_mention(app, tab):
    got = asyncio.Queue()

    @app.event("app_mention")
    async def on_mention(event):
        await got.put(event["text"])

    await composer(tab).press_sequentially("hello @tun")
    await expect(tab.get_by_role("option", name="@tunesmith")).to_be_visible()
    await composer(tab).press("Enter")
    await expect(composer(tab)).to_have_value("hello @tunesmith ")
    await composer(tab).press_sequentially("classify this")
    await composer(tab).press("Enter")

    assert await asyncio.wait_for(got.get(), 10) == "hello <@U0TUNESMITH> classify this"


async def test_a_failed_command_says_so_only_to_whom_it_failed(tab):
    await composer(tab).fill("/classify hello")
    await composer(tab).press("Enter")

    notice = tab.locator(".message", has_text='/classify failed with the error "dispatch_failed"')
    await expect(notice).to_contain_text("Only visible to you")
    await composer(tab).fill("/nonsense")
    await composer(tab).press("Enter")
    await expect(tab.locator(".message", has_text="/nonsense is not a valid command")).to_be_visible()


async def test_a_button_with_a_question_acts_only_on_yes(tab, app):
    pressed = []

    @app.action("cancel")
    async def on_cancel(ack, body, respond):
        await ack()
        pressed.append(body["actions"][0]["value"])
        await respond(text="Cancelled.", replace_original=True)

    await app.client.chat_postMessage(
        channel="C0TICKETS",
        text="A job",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "cancel",
                        "text": plain("Cancel"),
                        "style": "danger",
                        "value": "job-1",
                        "confirm": {
                            "title": plain("Cancel this job?"),
                            "text": plain("What was trained is lost."),
                            "confirm": plain("Cancel the job"),
                            "deny": plain("Keep training"),
                            "style": "danger",
                        },
                    }
                ],
            }
        ],
    )
    button = tab.get_by_role("button", name="Cancel", exact=True)

    await button.click()
    await expect(tab.get_by_role("button", name="Keep training")).to_be_focused()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("alertdialog")).to_have_count(0)
    assert pressed == []
    await button.click()
    await tab.get_by_role("button", name="Cancel the job").click()

    await expect(tab.locator(".message", has_text="Cancelled.")).to_be_visible()
    await expect(button).to_have_count(0)
    assert pressed == ["job-1"]


async def test_a_modal_shows_the_error_under_its_field_and_then_succeeds_by_keyboard_alone(tab, app):
    submitted = asyncio.get_running_loop().create_future()

    @app.shortcut("jobs_start_global")
    async def on_shortcut(ack, client, body):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("start")
    async def on_start(ack, view):
        values = view["state"]["values"]
        if not values["epochs"]["epochs"]["value"].isdigit():
            await ack(response_action="errors", errors={"epochs": "Epochs must be a number."})
            return
        await ack()
        submitted.set_result(values)

    press = tab.keyboard.press
    await composer(tab).focus()
    await press("Tab")
    await press("Tab")
    await expect(tab.get_by_role("button", name="Shortcuts")).to_be_focused()
    await press("Enter")
    await expect(tab.get_by_role("menuitem", name="Start fine-tuning")).to_be_focused()
    await press("Enter")
    await expect(tab.get_by_label("Epochs")).to_be_focused()
    await press("Tab")
    await press("Enter")
    await tab.keyboard.type("model 7")
    await press("Enter")
    await expect(tab.get_by_role("button", name="Base model")).to_contain_text("model 7")
    await press("Shift+Tab")
    await press("Enter")
    await expect(tab.get_by_label("Epochs")).to_have_attribute("aria-invalid", "true")
    await expect(tab.get_by_text("Epochs must be a number.")).to_be_visible()
    await press("Control+a")
    await tab.keyboard.type("3")
    await press("Enter")

    await expect(tab.get_by_role("dialog")).to_have_count(0)
    values = await asyncio.wait_for(submitted, 5)
    assert values["epochs"]["epochs"]["value"] == "3"
    assert values["base"]["base"]["selected_option"]["value"] == "7"


async def test_a_required_field_is_asked_for_before_anything_is_sent(tab, app):
    @app.command("/finetune")
    async def on_finetune(ack, client, body):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    await composer(tab).fill("/finetune start")
    await composer(tab).press("Enter")
    await tab.get_by_role("button", name="Start", exact=True).click()

    await expect(tab.locator(".field", has_text="Base model").locator(".field-error")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("dialog")).to_have_count(0)


async def test_a_second_view_is_pushed_and_updated_in_place_with_what_was_typed(tab, app):
    @app.command("/finetune")
    async def on_finetune(ack, client, body):
        await ack()
        await client.views_open(
            trigger_id=body["trigger_id"], view=MODAL | {"blocks": [text_input("first", "First")]}
        )

    second = MODAL | {"callback_id": "second", "title": plain("Second"), "submit": plain("Finish")}

    @app.view("start")
    async def on_first(ack):
        button = {"type": "button", "action_id": "more", "text": plain("More")}
        blocks = [text_input("note", "Note"), {"type": "actions", "block_id": "acts", "elements": [button]}]
        await ack(response_action="push", view=second | {"blocks": blocks})

    @app.action("more")
    async def on_more(ack, client, body):
        await ack()
        blocks = [text_input("note", "Note"), {"type": "section", "text": plain("Updated.")}]
        await client.views_update(view_id=body["view"]["id"], view=second | {"blocks": blocks})

    await composer(tab).fill("/finetune start")
    await composer(tab).press("Enter")
    await tab.get_by_label("First").fill("kept below")
    await tab.get_by_role("button", name="Start", exact=True).click()
    await tab.get_by_label("Note").fill("kept through")
    await tab.get_by_role("button", name="More").click()

    await expect(tab.get_by_role("dialog").get_by_text("Updated.")).to_be_visible()
    await expect(tab.get_by_label("Note")).to_have_value("kept through")
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_label("First")).to_have_value("kept below")


async def test_the_app_home_shows_what_the_app_publishes_to_this_person(tab, app):
    @app.event("app_home_opened")
    async def on_home(event, client):
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*Hello* <@{event['user']}>"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    await tab.get_by_role("button", name="Tunesmith home").click()

    await expect(tab.get_by_text("Hello @Team lead")).to_be_visible()
    await tab.get_by_label("Acting as").select_option("U0MATE")
    await expect(tab.get_by_text("Hello @Team mate")).to_be_visible()


async def test_a_message_shortcut_opens_a_window_whose_select_asks_the_app(tab, app):
    chosen = asyncio.get_running_loop().create_future()
    select = {"type": "external_select", "action_id": "label", "min_query_length": 2}
    field = {"type": "input", "block_id": "label", "label": plain("Label"), "element": select}

    @app.shortcut("ask_message")
    async def on_shortcut(ack, client, shortcut):
        await ack()
        view = MODAL | {"title": plain(shortcut["message"]["text"]), "blocks": [field]}
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.options("label")
    async def on_options(ack, payload):
        await ack(options=[{"text": plain(f"{payload['value']}-{n}"), "value": str(n)} for n in range(3)])

    @app.view("start")
    async def on_start(ack, view):
        await ack()
        chosen.set_result(view["state"]["values"]["label"]["label"]["selected_option"]["value"])

    await app.client.chat_postMessage(channel="C0TICKETS", text="where is it")
    await tab.locator("#main .message").hover()
    await tab.get_by_role("button", name="More actions for this message").click()
    await tab.get_by_role("menuitem", name="Classify this message").click()
    await expect(tab.get_by_role("heading", name="where is it")).to_be_visible()
    await tab.get_by_role("button", name="Label").click()
    await tab.keyboard.type("bi")
    await expect(tab.get_by_role("option", name="bi-2")).to_be_visible()
    await tab.keyboard.press("ArrowDown")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("button", name="Label")).to_contain_text("bi-1")
    await tab.get_by_role("button", name="Start", exact=True).click()

    assert await asyncio.wait_for(chosen, 5) == "1"

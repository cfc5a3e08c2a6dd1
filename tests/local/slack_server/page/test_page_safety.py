"""Untrusted text stays text wherever the page shows it, and every control has a name that a screen reader can say."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

EVIL = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>\'"><svg onload=window.hurt=1>'
ESCAPED = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
UNNAMED = """() => [...document.querySelectorAll("button, a, input, textarea, select, img, [role=region], [role=log]")]
    .filter((one) => one.checkVisibility())
    .filter((one) => {
        const labelledBy = one.getAttribute("aria-labelledby");
        const label = labelledBy ? document.getElementById(labelledBy)?.textContent : null;
        const words = [one.getAttribute("aria-label"), label, one.alt, one.textContent, one.labels?.[0]?.textContent];
        return !words.some((text) => text && text.trim());
    })
    .map((one) => one.outerHTML)"""


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text}


def evil_blocks() -> list[dict[str, object]]:
    short = EVIL[:75]
    option = {"text": plain(short), "value": "v", "description": plain(short)}
    raw = {"type": "raw_text", "text": EVIL}
    styled = {"type": "text", "text": EVIL, "style": {"bold": True}}
    link = {"type": "link", "url": "javascript:window.hurt=1", "text": EVIL}
    rich = [
        {"type": kind, "elements": [styled, link]} for kind in ("rich_text_section", "rich_text_preformatted")
    ]
    elements = [
        {"type": "button", "action_id": "b", "text": plain(short), "value": EVIL},
        {"type": "static_select", "action_id": "s", "placeholder": plain(EVIL), "options": [option]},
        {"type": "radio_buttons", "action_id": "r", "options": [option]},
        {"type": "checkboxes", "action_id": "c", "options": [option], "initial_options": [option]},
    ]
    return [
        {"type": "header", "text": plain(EVIL)},
        {"type": "section", "text": {"type": "mrkdwn", "text": ESCAPED}, "fields": [plain(EVIL)]},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*{EVIL}* `{EVIL}` <javascript:window.hurt=1|{short}>"},
        },
        {"type": "context", "elements": [plain(EVIL)]},
        {"type": "actions", "elements": elements},
        {"type": "rich_text", "elements": rich},
        {
            "type": "markdown",
            "text": f"# {EVIL}\n\n- {EVIL}\n\n[go](javascript:window.hurt=1)\n\n|{EVIL}|\n|---|\n|{EVIL}|",
        },
        {"type": "table", "rows": [[raw], [raw]]},
    ]


async def test_markup_in_any_text_of_a_message_stays_text_and_every_control_has_a_name(tab, app):
    await app.client.chat_postMessage(channel="C0TICKETS", text=ESCAPED, blocks=evil_blocks())
    await app.client.chat_postMessage(channel="C0TICKETS", text=EVIL)
    await tab.get_by_role("combobox", name="Message #tickets").fill(EVIL)
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#main .message")).to_have_count(3)

    assert await tab.evaluate("window.hurt") is None
    main = tab.locator("#main")
    await expect(main.locator("script, svg, img[onerror], [onload], a[href^=javascript]")).to_have_count(0)
    await expect(main.locator(".block-header")).to_have_text(EVIL)
    await expect(main.locator(".message").last.locator(".message-body")).to_have_text(EVIL)
    assert await tab.evaluate(UNNAMED) == []


async def test_markup_in_file_names_and_modals_stays_text(tab, app):
    @app.command("/finetune")
    async def on_finetune(ack, client, body):
        await ack()
        element = {
            "type": "plain_text_input",
            "action_id": "a",
            "initial_value": EVIL,
            "placeholder": plain(EVIL[:150]),
        }
        field = {
            "type": "input",
            "block_id": "b",
            "label": plain(EVIL),
            "hint": plain(EVIL),
            "element": element,
        }
        view = {
            "type": "modal",
            "callback_id": "m",
            "title": plain("<b>Title</b>"),
            "submit": plain("<i>Go</i>"),
        }
        await client.views_open(trigger_id=body["trigger_id"], view=view | {"blocks": [field]})

    @app.view("m")
    async def on_submit(ack):
        await ack(response_action="errors", errors={"b": EVIL})

    await tab.locator("#main input[type=file]").set_input_files(
        {"name": "<img src=x onerror=window.hurt=1>.csv", "mimeType": "text/csv", "buffer": b"a,b\n"}
    )
    await tab.get_by_role("combobox", name="Message #tickets").fill("/finetune start")
    await tab.keyboard.press("Enter")
    await tab.get_by_role("button", name="<i>Go</i>").click()

    await expect(tab.locator(".field-error")).to_have_text(EVIL)
    await expect(tab.get_by_role("heading", name="<b>Title</b>")).to_be_visible()
    await expect(tab.locator("#main .file-name")).to_contain_text("<img src=x")
    assert await tab.evaluate("window.hurt") is None


async def test_the_page_fits_a_window_of_900_pixels_with_a_thread_open(open_tab, app):
    tab = await open_tab(viewport={"width": 900, "height": 700})
    root = await app.client.chat_postMessage(channel="C0TICKETS", text="root")
    wide = [[{"type": "raw_text", "text": f"column {n} " * 3} for n in range(12)]] * 2
    await app.client.chat_postMessage(
        channel="C0TICKETS", thread_ts=root["ts"], text="wide", blocks=[{"type": "table", "rows": wide}]
    )

    await tab.get_by_role("button", name="1 reply").click()

    await expect(tab.get_by_role("complementary").get_by_role("table")).to_be_visible()
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 900
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("complementary")).to_be_hidden()

"""A file dropped on the page, and the report that opens beside it."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DROP = """([selector, name, text]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name, { type: "text/csv" }));
    const pane = document.querySelector(selector);
    for (const type of ["dragenter", "dragover", "drop"])
        pane.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


async def answer_files(app):
    @app.event("file_shared")
    async def on_file(event, client):
        file = (await client.files_info(file=event["file_id"]))["file"]
        channel = event["channel_id"]
        ts = file["shares"]["public"][channel][0]["ts"]
        await client.reactions_add(channel=channel, timestamp=ts, name="eyes")
        await client.chat_postMessage(
            channel=channel,
            thread_ts=ts,
            text="The report",
            blocks=[
                {"type": "header", "text": {"type": "plain_text", "text": f"{file['name']} is ready"}},
                {"type": "table", "rows": [[raw("label"), raw("rows")], [raw("spam"), raw("2")]]},
            ],
        )


def raw(text: str) -> dict[str, str]:
    return {"type": "raw_text", "text": text}


async def test_a_dropped_file_shows_and_its_report_opens_in_the_thread(tab, app):
    await answer_files(app)

    await tab.evaluate(DROP, ["#main .channel-view", "tickets.csv", "text,label\nhello,spam\n"])

    message = tab.locator("#main .message", has_text="tickets.csv")
    await expect(message.get_by_role("link", name="Download tickets.csv")).to_be_visible()
    await expect(message.get_by_text("eyes: Tunesmith")).to_be_attached()
    thread = tab.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_role("heading", name="tickets.csv is ready")).to_be_visible()
    await expect(thread.get_by_role("cell", name="spam")).to_be_visible()
    await expect(message.get_by_role("button", name="1 reply")).to_have_attribute("aria-expanded", "true")


async def test_the_sample_is_one_click_away_and_its_step_is_ticked(tab, app):
    await answer_files(app)

    await tab.get_by_role("button", name="Drop the sample file here").click()

    await expect(tab.get_by_role("heading", name="is ready")).to_be_visible()
    await expect(tab.get_by_role("listitem").filter(has_text="Drop a file of examples")).to_contain_text(
        "done"
    )
    await tab.get_by_role("button", name="Dismiss the three steps").click()
    await expect(tab.get_by_role("heading", name="Three steps")).to_have_count(0)


async def test_a_picture_shows_itself_with_its_description(tab, app):
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
        "0100c9fe92ef0000000049454e44ae426082"
    )

    await app.client.files_upload_v2(
        channel="C0TICKETS", filename="loss.png", content=pixel, alt_txt="Loss falls from 2 to 1"
    )

    await expect(tab.get_by_role("img", name="Loss falls from 2 to 1")).to_be_visible()

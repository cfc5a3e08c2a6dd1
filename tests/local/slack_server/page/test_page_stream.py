"""What others do shows at once: live changes, unread marks, and catching up after the connection was lost."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from local.slack_server.app import bind, serve
from local.slack_server.manifest import read_manifest
from local.slack_server.workspace import Workspace

MANIFEST = Path(__file__).parents[4] / "manifest.yml"
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def message(tab, text):
    return tab.locator("#main .message", has_text=text)


async def say(tab, text):
    await tab.get_by_role("combobox", name="Message #tickets").fill(text)
    await tab.keyboard.press("Enter")


async def test_the_page_catches_up_after_its_stream_was_lost(open_tab, app):
    sockets = []

    def through(socket):
        socket.connect_to_server()
        sockets.append(socket)

    tab = await open_tab(before=lambda tab: tab.route_web_socket("**/control/stream*", through))
    await app.client.chat_postMessage(channel="C0TICKETS", text="before the break")
    await expect(message(tab, "before the break")).to_be_visible()

    await sockets[0].close()
    await app.client.chat_postMessage(channel="C0TICKETS", text="while it was away")

    await expect(message(tab, "while it was away")).to_be_visible()
    await expect(tab.get_by_text("The connection to the workspace is lost")).to_be_hidden()
    await app.client.chat_postMessage(channel="C0TICKETS", text="after it came back")
    await expect(message(tab, "after it came back")).to_have_count(1)


async def test_other_channels_are_marked_unread_until_they_are_opened(tab, app):
    await app.client.chat_postMessage(channel="C0GENERAL", text="news")
    row = tab.get_by_role("navigation").get_by_role("button", name="general")

    await expect(row).to_contain_text("1 unread")
    await row.click()

    await expect(message(tab, "news")).to_be_visible()
    await expect(row).not_to_contain_text("unread")


async def test_an_edit_keeps_the_focus_where_it_was(tab, app):
    def card(text):
        button = {"type": "button", "action_id": "cancel", "text": {"type": "plain_text", "text": "Cancel"}}
        words = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        return [words, {"type": "actions", "block_id": "acts", "elements": [button]}]

    posted = await app.client.chat_postMessage(channel="C0TICKETS", text="card", blocks=card("epoch 1"))
    await tab.get_by_role("button", name="Cancel", exact=True).focus()

    await app.client.chat_update(channel="C0TICKETS", ts=posted["ts"], text="card", blocks=card("epoch 2"))

    await expect(message(tab, "epoch 2")).to_be_visible()
    await expect(tab.get_by_role("button", name="Cancel", exact=True)).to_be_focused()


async def test_the_bar_says_whether_the_app_is_connected(tab, workspace, url):
    await expect(tab.get_by_text("Tunesmith is not connected")).to_be_visible()

    client = AsyncWebClient(token=workspace.tokens.app_token, base_url=f"{url}api/")
    socket = SocketModeClient(app_token=workspace.tokens.app_token, web_client=client)
    await socket.connect()
    await expect(tab.get_by_text("Tunesmith is connected")).to_be_visible()
    await socket.close()

    await expect(tab.get_by_text("Tunesmith is not connected")).to_be_visible()


async def test_the_app_is_invited_with_one_click(tab, app):
    await tab.get_by_role("button", name="leads").click()
    await tab.get_by_role("button", name="Invite Tunesmith").click()

    await expect(tab.get_by_text("Tunesmith is not in this channel")).to_have_count(0)
    await app.client.chat_postMessage(channel="C0PRIVATE", text="thank you")
    await expect(message(tab, "thank you")).to_be_visible()


async def test_a_workspace_that_was_started_again_is_read_anew(open_tab):
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with serve(Workspace(manifest=read_manifest(MANIFEST)), listener) as address:
        tab = await open_tab(url=address)
        await say(tab, "said to the first")
        await expect(message(tab, "said to the first")).to_be_visible()
    await expect(tab.get_by_text("The connection to the workspace is lost")).to_be_visible()

    async with serve(Workspace(manifest=read_manifest(MANIFEST)), bind("127.0.0.1", port)):
        await expect(message(tab, "said to the first")).to_have_count(0)
        await say(tab, "said to the second")
        await expect(message(tab, "said to the second")).to_be_visible()
        await tab.close()

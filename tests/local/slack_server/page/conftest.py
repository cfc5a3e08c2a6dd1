"""The page in headless Chromium: one browser for all tests, and for each test a workspace of its own with a Bolt app.

Everything runs in one event loop, the session's, because a browser started in one loop can't be used from another.
"""

import logging
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from local.slack_server.app import bind, serve
from local.slack_server.manifest import read_manifest
from local.slack_server.workspace import Workspace

MANIFEST = Path(__file__).parents[4] / "manifest.yml"
SAMPLE = "text,label\nwhere is my parcel,delivery\nthe bill is wrong,billing\n"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Refusals and lost connections are ordinary to the page; the browser logs them as errors all the same.
LOGGED_BY_THE_BROWSER = ("Failed to load resource", "WebSocket connection to")
PATIENCE_MS = 10_000
in_session_loop = pytest_asyncio.fixture(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; the tests are skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium here: `apt-get install chromium` to run the page's tests")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@in_session_loop
async def workspace(tmp_path: Path) -> Workspace:
    sample = tmp_path / "sample.csv"
    sample.write_text(SAMPLE)
    return Workspace(manifest=read_manifest(MANIFEST), sample=sample)


@in_session_loop
async def url(workspace: Workspace) -> AsyncIterator[str]:
    async with serve(workspace, bind("127.0.0.1", 0)) as address:
        yield address


@in_session_loop
async def app(workspace: Workspace, url: str) -> AsyncIterator[AsyncApp]:
    """A Bolt app, connected by Socket Mode; a test adds the listeners it wants."""
    logger = logging.getLogger("app-under-test")
    logger.setLevel(logging.CRITICAL)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=workspace.tokens.bot_token, base_url=f"{url}api/", session=session)
        app = AsyncApp(client=client, logger=logger)
        to_connect = AsyncWebClient(token=workspace.tokens.app_token, base_url=f"{url}api/", session=session)
        handler = AsyncSocketModeHandler(app, workspace.tokens.app_token, web_client=to_connect)
        await handler.connect_async()
        yield app
        await handler.close_async()


@in_session_loop
async def open_tab(browser: Browser, url: str) -> AsyncIterator[Callable]:
    """Opens the page as a person, each time in a browser profile of its own; a script error fails the test."""
    contexts, troubles = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(LOGGED_BY_THE_BROWSER):
            troubles.append(message.text)

    async def open_page(
        *, user: str = "U0LEAD", url: str = url, before: Callable | None = None, **options: object
    ) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, "timezone_id": "UTC", **options}
        context = await browser.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        tab = await context.new_page()
        tab.on("console", note)
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        if before:
            await before(tab)
        await tab.goto(url)
        await tab.locator("body.ready").wait_for()
        await tab.get_by_label("Acting as").select_option(user)
        return tab

    yield open_page
    for context in contexts:
        await context.close()
    assert troubles == []


@in_session_loop
async def tab(open_tab: Callable) -> Page:
    """The page as the team lead sees it."""
    return await open_tab()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def drawing_tab(browser: Browser) -> AsyncIterator[Page]:
    """One page for all tests that only call its drawing functions and change nothing."""
    async with serve(Workspace(manifest=read_manifest(MANIFEST)), bind("127.0.0.1", 0)) as address:
        context = await browser.new_context(timezone_id="UTC")
        tab = await context.new_page()
        await tab.goto(address)
        yield tab
        await context.close()

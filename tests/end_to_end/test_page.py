"""The main job in a real browser, by mouse and keyboard, on the workspace's own page."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.demo import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("end_to_end")]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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
PATIENCE_MS = 90_000


async def through_the_page(page: Page, dataset: Path) -> None:
    await expect(page.get_by_text("Tunesmith is connected")).to_be_visible()
    for _ in range(await page.get_by_role("dialog").count()):
        await page.keyboard.press("Escape")  # a form that another test left open for the same person
    await page.locator("input[type=file]").first.set_input_files(dataset)
    await expect(page.get_by_text(f"{dataset.name}: ready to train").first).to_be_visible()
    await page.get_by_role("button", name="Start fine-tuning").last.click()
    await expect(page.get_by_label("Seed")).to_be_visible()
    await page.get_by_label("Epochs").fill("0")
    await page.get_by_role("button", name="Start training").click()
    await expect(page.get_by_text("Epochs must be 1 to 50, or auto.")).to_be_visible()
    await page.get_by_label("Epochs").fill("3")
    await page.get_by_role("button", name="Start training").click()
    await expect(page.get_by_text(re.compile("Epoch 3/3 done")).last).to_be_visible()
    await expect(page.get_by_text("your model is ready").last).to_be_visible()
    composer = page.get_by_label(re.compile("Message #tickets"))
    await composer.fill("/classify my parcel never came")
    await composer.press("Enter")
    await expect(page.get_by_text(re.compile("asked:")).last).to_be_visible()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: `apt-get install chromium` to run this test")
def test_a_newcomer_gets_a_model_through_the_page(running: Running, tickets):
    dataset = tickets("by-hand.csv")

    async def browse() -> list[str]:
        problems: list[str] = []
        expect.set_options(timeout=PATIENCE_MS)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            page.on("pageerror", lambda error: problems.append(str(error)))
            await page.goto(running.page)
            await through_the_page(page, dataset)
            await browser.close()
        return problems

    assert asyncio.run(browse()) == []

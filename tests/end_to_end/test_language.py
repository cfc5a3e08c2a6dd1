"""A person whose Slack is in Chinese is spoken to in Chinese, from the help to the end of a job; others are not."""

from __future__ import annotations

import re

import pytest

from bot.demo import Running
from bot.headless import Person
from tests.end_to_end.test_main_job import MINUTE, drop_and_read, ephemeral

pytestmark = pytest.mark.xdist_group("end_to_end")

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def mei(running: Running) -> Person:
    person = Person(running.control, lambda row: None, user="U0MEI")
    person.post("people", {"id": "U0MEI", "name": "mei", "locale": "zh-CN", "channels": ["C0TICKETS"]})
    return person


def said_in(thread: str, words: str):
    return lambda message: message["thread_ts"] == thread and words in message["text"]


def test_the_whole_way_in_chinese(mei: Person, tickets):
    thread, report = drop_and_read(mei, tickets("chinese.csv"))
    assert "可以训练" in report["text"]

    mei.command("/finetune start chinese.csv model=ngram-hash-1 n_epochs=2")
    mei.wait_for(ephemeral("请在该文件的消息列中查看"), "the acknowledgement", MINUTE)

    mei.wait_for(said_in(thread, "您的模型已就绪"), "the end", MINUTE)
    mei.wait_for(said_in(thread, "✅ 成功"), "the card's last state", MINUTE)
    told = [message["text"] for message in mei.messages if message["thread_ts"] == thread]
    bots = [text for text in told if text]
    assert all(CHINESE.search(text) for text in bots)


def test_errors_forms_and_the_home_tab_are_in_chinese(mei: Person):
    mei.command("/finetune strat")
    mei.wait_for(ephemeral("您是指 `/finetune start` 吗？"), "the hint", MINUTE)

    mei.command("/finetune settings")
    form = mei.form("settings_form")
    mei.post("view_closed", {"user": mei.user, "view_id": form["id"]})
    assert form["title"]["text"] == "频道设置"

    mei.post("home", {"user": mei.user})
    mei.wait_until(
        lambda: "您的任务" in str(mei.get(f"views?user={mei.user}")["home"]), "the home tab", MINUTE
    )


def test_who_acts_decides_the_language_not_the_channel(mei: Person, running: Running):
    lead = Person(running.control, lambda row: None)

    mei.command("/finetune use nothing")
    lead.command("/finetune use nothing")

    assert mei.wait_for(ephemeral("没有模型 nothing"), "the refusal in Chinese", MINUTE)
    assert lead.wait_for(ephemeral("There is no model nothing"), "the refusal in English", MINUTE)

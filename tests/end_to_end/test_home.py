"""The App Home through the real processes: what it shows, what can be pressed on it, and the one welcome."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.demo import Running
from bot.errors import ServiceError
from bot.headless import Person
from tests.end_to_end.test_main_job import MINUTE, drop_and_read

pytestmark = pytest.mark.xdist_group("end_to_end")


def home_of(person: Person) -> dict[str, Any]:
    return person.get(f"views?user={person.user}")["home"]


def press(person: Person, action_id: str, **given: Any) -> None:
    """Press something on the home tab; again when it was published anew at that very moment."""

    def pressed() -> bool:
        view = home_of(person)
        place, element = next(
            (block["block_id"], element)
            for block in view["blocks"]
            for element in [*block.get("elements", ()), block.get("accessory") or {}]
            if element.get("action_id") == action_id
        )
        body = {"user": person.user, "view_id": view["id"], "block_id": place, "action_id": action_id}
        try:
            person.post("actions", {**body, "value": element.get("value", ""), **given})
        except ServiceError as error:
            if "invalid_entry" in str(error):
                return False
            raise
        return True

    person.wait_until(pressed, f"{action_id} to be pressed")


def shows(person: Person, words: str):
    return lambda: words in json.dumps(home_of(person), ensure_ascii=False)


def test_the_home_tab_pages_a_long_list(person: Person, tickets):
    for number in range(6):
        drop_and_read(person, tickets(f"page{number}.csv"))
    person.post("home", {"user": person.user})
    person.wait_until(shows(person, "page5.csv"), "the newest dataset")

    press(person, "home_datasets_older")

    person.wait_until(shows(person, "page0.csv"), "the oldest dataset")
    press(person, "home_datasets_newer")
    person.wait_until(shows(person, "page5.csv"), "the newest dataset again")


def test_help_and_settings_open_from_the_home_tab(person: Person):
    person.post("home", {"user": person.user})
    person.wait_until(shows(person, "home_help"), "the home tab")

    press(person, "home_help")
    form = person.form("notice")
    person.post("view_closed", {"user": person.user, "view_id": form["id"]})
    press(person, "home_channel", selected_conversation="C0GENERAL")

    settings = person.form("settings_form")
    assert "C0GENERAL" in settings["blocks"][0]["text"]["text"]
    person.post("view_closed", {"user": person.user, "view_id": settings["id"]})


def test_everybody_is_welcomed_once(running: Running):
    new = Person(running.control, lambda row: None, user="U0NEW", channel="D0NEW")
    new.post("people", {"id": "U0NEW", "name": "new"})

    new.post("home", {"user": "U0NEW"})
    new.wait_for(lambda message: "I train models" in message["text"], "the welcome", MINUTE)
    new.post("home", {"user": "U0NEW", "tab": "messages"})
    new.post("home", {"user": "U0NEW"})
    new.wait_until(shows(new, "None yet"), "the home tab")

    said = new.get("messages?channel=D0NEW")["messages"]
    assert len([message for message in said if "I train models" in message["text"]]) == 1

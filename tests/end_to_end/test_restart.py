"""A bot that is killed goes on where it was: nothing started twice, nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openai import OpenAI

from bot.demo import Running
from bot.headless import Person

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0


def kill_and_restart(running: Running) -> None:
    """SIGKILL the newest bot process and start another with the same home."""
    bots = [child for child in running.children.all if child.name == "bot" and child.is_running]
    for bot in bots:
        bot.process.kill()
        bot.process.wait()
    running.start_bot().read_ready()


def test_a_killed_bot_tells_every_epoch_once(running: Running, person: Person, tickets):
    # Slack's second try comes after a minute; a bot that starts slowly should not have to wait for it here.
    person.post("settings", {"redeliver_after_s": [0.5, 2, 5, 10, 20]})
    thread = person.drop(tickets("killed.csv"))
    kill_and_restart(running)
    person.wait_for(
        lambda message: message["thread_ts"] == thread and bool(message["bot_id"]), "the report", MINUTE
    )
    person.command("/finetune start killed.csv model=ngram-hash-1 n_epochs=6")
    kill_and_restart(running)
    person.wait_for(
        lambda message: message["thread_ts"] == thread and "Epoch 1/6" in message["text"], "epoch 1", MINUTE
    )
    kill_and_restart(running)
    person.wait_for(
        lambda message: message["thread_ts"] == thread and "your model is ready" in message["text"],
        "the end",
        MINUTE,
    )
    person.command("/classify my parcel is late")
    person.wait_for(lambda message: "my parcel is late" in message["text"], "the answer", MINUTE)

    found = person.get(f"messages?channel={person.channel}")["messages"]
    texts = [message["text"] for message in found if message["thread_ts"] == thread and message["bot_id"]]
    epochs = [int(match[1]) for text in texts if (match := re.match(r"Epoch (\d+)/6 done", text))]
    assert epochs == [1, 2, 3, 4, 5, 6] or (sorted(set(epochs)) == [1, 2, 3, 4, 5, 6] and len(epochs) == 7)
    assert sum("ready to train" in text for text in texts) == 1
    assert sum("your model is ready" in text for text in texts) == 1
    assert jobs_of(running, "killed.csv", texts) == 1


def jobs_of(running: Running, name: str, texts: list[str]) -> int:
    """How many jobs the server has for that card."""
    key = Path(running.server["api_key_file"]).read_text().strip()
    with OpenAI(base_url=running.server["base_url"], api_key=key) as client:
        jobs = [job for job in client.fine_tuning.jobs.list(limit=100) if (job.metadata or {}).get("op_id")]
        by_card = [
            job
            for job in jobs
            if any(job.fine_tuned_model and job.fine_tuned_model in text for text in texts)
        ]
        op_id = (by_card[0].metadata or {})["op_id"]
        return sum((job.metadata or {})["op_id"] == op_id for job in jobs)

"""Judges a run by what people can see: the workspace's messages, and the server's own list of jobs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.kills.drive import Asked

REPEATS_ALLOWED = 1

_EPOCHS = re.compile(r"^Epochs? (\d+)(?:-(\d+))?/(\d+) done")

Message = Mapping[str, Any]


@dataclass(kw_only=True)
class Verdict:
    """What was found; `broken` has one sentence for each part of the promise that does not hold."""

    jobs: int = 0
    job_status: str = ""
    epochs_told: list[int] = field(default_factory=list)
    posts: dict[str, int] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)
    questions_taken: int = 0
    questions_answered: int = 0
    last_answer: str = ""
    broken: list[str] = field(default_factory=list)

    @property
    def repeated(self) -> int:
        """How many posts came once too often."""
        return sum(self.repeats.values())


def judge(
    messages: Sequence[Message], thread: str, jobs: Sequence[Mapping[str, Any]], asked: Sequence[Asked]
) -> Verdict:
    """Count every post of the bot's in the dataset's thread, every answer in the channel, and the server's jobs."""
    ours = [message for message in messages if message["bot_id"] and not message["deleted"]]
    posts = Counter(_kind(message) for message in ours if message["thread_ts"] == thread)
    verdict = Verdict(jobs=len(jobs), posts=dict(posts))
    verdict.repeats = {kind: number - 1 for kind, number in posts.items() if number > 1}
    _judge_job(verdict, jobs)
    _judge_thread(verdict, posts, jobs)
    _judge_answers(verdict, [message["text"] for message in ours if not message["thread_ts"]], asked)
    if verdict.repeated > REPEATS_ALLOWED:
        verdict.broken.append(f"{verdict.repeated} posts were repeated: {verdict.repeats}.")
    return verdict


def _kind(message: Message) -> str:
    """What a post in the thread is for; two posts of one kind are a repeat."""
    text = str(message["text"])
    if epochs := _EPOCHS.match(text):
        return f"epochs {epochs[1]}-{epochs[2] or epochs[1]}"
    if text.startswith("Cost:"):
        return "cost"
    if text.startswith("*Fine-tuning*"):
        return "card"
    if text.startswith("<@"):
        return "end"
    if message.get("files"):
        return f"picture {message['files'][0]['name']}"
    if '"jobs_start"' in json.dumps(message["blocks"]):
        return "report"
    return f"other: {text[:60]}"


def _judge_job(verdict: Verdict, jobs: Sequence[Mapping[str, Any]]) -> None:
    verdict.job_status = ", ".join(str(job["status"]) for job in jobs)
    if verdict.job_status != "succeeded":
        verdict.broken.append(
            f"The server has {len(jobs)} jobs ({verdict.job_status}), not one that succeeded."
        )


def _judge_thread(verdict: Verdict, posts: Counter[str], jobs: Sequence[Mapping[str, Any]]) -> None:
    spans = [kind.removeprefix("epochs ").split("-") for kind in posts if kind.startswith("epochs ")]
    told = sorted(epoch for first, last in spans for epoch in range(int(first), int(last) + 1))
    verdict.epochs_told = told
    wanted = int((jobs[0].get("hyperparameters") or {}).get("n_epochs") or 0) if jobs else 0
    if told != list(range(1, wanted + 1)):
        verdict.broken.append(f"The thread tells of epochs {told}; the job had {wanted}.")
    verdict.broken += [
        f"The thread holds no {kind}." for kind in ("report", "card", "cost", "end") if not posts[kind]
    ]


def _judge_answers(verdict: Verdict, texts: Sequence[str], asked: Sequence[Asked]) -> None:
    """A question that was taken has one answer; one whose ack was lost may have one."""
    taken = Counter(question.text for question in asked if question.taken)
    tried = Counter(question.text for question in asked)
    answers = {text: [said for said in texts if f"“{text}”" in said] for text in tried}
    verdict.questions_taken = taken.total()
    verdict.questions_answered = sum(min(len(answers[text]), number) for text, number in taken.items())
    if verdict.questions_answered < verdict.questions_taken:
        verdict.broken.append(
            f"{verdict.questions_taken - verdict.questions_answered} questions were not answered."
        )
    for text, number in tried.items():
        if len(answers[text]) > number:
            verdict.repeats[f"answer to “{text}”"] = len(answers[text]) - number
    if asked:
        verdict.last_answer = (answers[asked[-1].text] or [""])[-1]
        if not verdict.last_answer.startswith("`"):
            verdict.broken.append("/classify does not answer.")

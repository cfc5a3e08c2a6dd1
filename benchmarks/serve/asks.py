"""Callers over plain HTTP on kept connections, closed loop: each asks again as soon as it has its answer."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Body = Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True)
class Waits:
    """What callers waited, in milliseconds, and answers a second of all together."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    per_s: float


def chat_body(model: str) -> Body:
    """The body of POST /v1/chat/completions for a text, with the top three labels."""

    def body(text: str) -> bytes:
        messages = [{"role": "user", "content": text}]
        return json.dumps(
            {"model": model, "messages": messages, "logprobs": True, "top_logprobs": 3}
        ).encode()

    return body


def ask_all(
    address: tuple[str, int], path: str, body: Body, texts: Sequence[str], *, callers: int, key: str = ""
) -> Waits:
    """Ask for every text, the texts shared out among the callers. Raises RuntimeError for an answer that is no 200."""
    waits: list[list[float]] = [[] for _ in range(callers)]
    failures: list[BaseException] = []

    def call(place: int) -> None:
        try:
            waits[place] = _ask(address, path, body, texts[place::callers], key)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=call, args=(place,)) for place in range(callers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    if failures:
        raise failures[0]
    every = sorted(1000 * wait for mine in waits for wait in mine)
    return Waits(
        p50_ms=round(statistics.median(every), 2),
        p99_ms=round(every[min(len(every) - 1, round(0.99 * len(every)))], 2),
        max_ms=round(every[-1], 2),
        per_s=round(len(every) / took, 1),
    )


def _ask(address: tuple[str, int], path: str, body: Body, texts: Sequence[str], key: str) -> list[float]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    connection = http.client.HTTPConnection(*address, timeout=60)
    waits = []
    for text in texts:
        content = body(text)
        begun = time.perf_counter()
        connection.request("POST", path, content, headers)
        answer = connection.getresponse()
        found = answer.read()
        waits.append(time.perf_counter() - begun)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {found[:300]!r}")
    connection.close()
    return waits

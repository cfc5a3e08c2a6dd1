"""Hundreds of malformed requests: each refused with a 4xx and OpenAI's error body, the server alive after."""

import contextlib
import json
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest

JSON_ROUTES = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/fine_tuning/jobs",
    "/v1/fine_tuning/jobs/estimate",
    "/v1/uploads",
    "/v1/batches",
    "/v1/webhook_endpoints",
)
NOT_JSON = (
    b"", b" ", b"{", b"}", b"nul", b"{'a': 1}", b'{"model": }', b"\xff\xfe", b"[" * 5000, b'{"a":' * 3000, b'{"a": NaN}',
    b'{"model": "x"} trailing', b"\x00", b'"\\ud800"', b"1e999",
)  # fmt: skip
NOT_OBJECTS: tuple[Any, ...] = (None, True, 0, -1.5, "text", [], [1, 2], [[]], {})
WRONG_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e300,
    "",
    "x" * 5000,
    [],
    {},
    [None],
    [[[]]],
    {"a": {"b": 1}},
    "\u0000",
    "日本",
)
BOUNDARY = "boundary"


def cases() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Method, path, body, headers of each request."""
    for path in JSON_ROUTES:
        for body in NOT_JSON:
            yield "POST", path, body, {}
        for value in NOT_OBJECTS:
            yield "POST", path, json.dumps(value).encode(), {}
        for media_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/xml",
        ):
            yield "POST", path, b"{}", {"content-type": media_type}
    yield from _wrong_values()
    yield from _multipart()
    yield from _paths()


def _wrong_values() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    chat = {"model": "no-such", "messages": [{"role": "user", "content": "x"}]}
    for field in (
        "model",
        "messages",
        "n",
        "stop",
        "temperature",
        "logit_bias",
        "stream_options",
        "tools",
        "surprise",
    ):
        for value in WRONG_VALUES:
            yield "POST", "/v1/chat/completions", json.dumps({**chat, field: value}).encode(), {}
    for message in (
        {},
        {"role": "user", "content": 1},
        {"role": "alien"},
        {"role": "user", "content": [{"type": "image_url"}]},
    ):
        yield "POST", "/v1/chat/completions", json.dumps({**chat, "messages": [message]}).encode(), {}
    job = {"model": "ngram-hash-1", "training_file": "file-none"}
    for field in (
        "model",
        "training_file",
        "hyperparameters",
        "method",
        "suffix",
        "seed",
        "metadata",
        "integrations",
    ):
        for value in WRONG_VALUES:
            yield "POST", "/v1/fine_tuning/jobs", json.dumps({**job, field: value}).encode(), {}
    generator = random.Random(4)
    for _ in range(40):
        noise = bytes(generator.randrange(256) for _ in range(generator.randrange(1, 80)))
        yield "POST", generator.choice(JSON_ROUTES), noise, {}


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    head = f"--{BOUNDARY}\r\ncontent-disposition: form-data; {named}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _multipart() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    end = f"--{BOUNDARY}--\r\n".encode()
    good, purpose = part("file", b'{"a": 1}\n', "a.jsonl"), part("purpose", b"fine-tune")
    bodies = [
        b"", b"no parts at all", end, good, purpose + end, good + end, good + purpose, purpose + part("file", b"{}") + end,
        purpose + good + good + end, part("purpose", b"assistants") + good + end, part("purpose", b"") + good + end,
        purpose + part("file", b'{"a": 1}\n', "a.csv") + end, purpose + part("file", b"", "a.jsonl") + end,
        purpose + part("file", b"\n\n  \n", "a.jsonl") + end, purpose + part("file", b"[1]\n", "a.jsonl") + end,
        purpose + part("file", b'{"a": 1}\n{"a"', "a.jsonl") + end, purpose + part("file", b"\xff\xfe\x00", "a.jsonl") + end,
        purpose + part("file", b"PK\x03\x04" * 50, "a.jsonl") + end, good[: len(good) // 2],
        b"--" + b"x" * 5000, part("purpose", b"y" * 100_000) + good + end, part("x", b"") * 40 + end,
        purpose + good + part("expires_after[seconds]", b"60") + end,
        purpose + good + part("expires_after[anchor]", b"never") + part("expires_after[seconds]", b"7200") + end,
        purpose + good + part("expires_after[anchor]", b"created_at") + part("expires_after[seconds]", b"soon") + end,
    ]  # fmt: skip
    for body in bodies:
        yield "POST", "/v1/files", body, headers
    for media_type in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        "application/json",
        "",
    ):
        yield "POST", "/v1/files", good + purpose + end, {"content-type": media_type}
    generator = random.Random(5)
    whole = purpose + good + end
    for _ in range(40):
        place = generator.randrange(len(whole) - 4)
        yield (
            "POST",
            "/v1/files",
            whole[:place] + b"\x00\xff" + whole[place + 4 :][: -generator.randrange(1, 9)],
            headers,
        )


def _paths() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    ids = (
        "x",
        "..",
        "%2e%2e%2f%2e%2e%2fapi_key",
        "%00",
        "a%20b",
        "file-" + "0" * 500,
        "%F0%9F%92%A9",
        "'%20OR%201=1--",
    )
    for id_ in ids:
        for pattern in (
            "files/{}",
            "files/{}/content",
            "fine_tuning/jobs/{}",
            "fine_tuning/jobs/{}/events",
            "models/{}",
            "batches/{}",
        ):
            yield "GET", "/v1/" + pattern.format(id_), b"", {}
        yield "DELETE", f"/v1/files/{id_}", b"", {}
        yield "DELETE", f"/v1/models/{id_}", b"", {}
        yield "POST", f"/v1/fine_tuning/jobs/{id_}/cancel", b"", {}
        yield "POST", f"/v1/uploads/{id_}/parts", b"", {}
    for query in (
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1e3",
        "limit=99999999",
        "order=up",
        "after=nothing",
        "limit=%00",
    ):
        for path in ("files", "fine_tuning/jobs", "batches", "webhook_endpoints"):
            yield "GET", f"/v1/{path}?{query}", b"", {}
    for method, path in (
        ("PUT", "files"),
        ("PATCH", "models"),
        ("DELETE", "chat/completions"),
        ("GET", "completions"),
    ):
        yield method, f"/v1/{path}", b"", {}
    for path in ("embeddings", "responses", "images/generations", "nothing", "", "fine-tunes", "files/x/y/z"):
        yield "POST", f"/v1/{path}", b"{}", {}


def test_every_malformed_request_is_refused_in_openais_shape(server) -> None:
    requests, wrong = list(cases()), []
    for method, path, body, headers in requests:
        answer = server.request(method, path, body, headers)
        try:
            error = answer.json["error"]
            fine = (
                400 <= answer.status < 500
                and set(error) == {"message", "type", "param", "code"}
                and error["message"]
            )
        except (ValueError, KeyError, TypeError):
            fine = False
        if not fine or not answer.headers.get("x-request-id"):
            wrong.append((method, path[:80], body[:80], headers, answer.status, answer.body[:200]))

    assert wrong == []
    assert len(requests) > 500
    assert server.request("GET", "/healthz").status == 200
    assert list(server.home.glob("files/incoming/*")) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"POST /v1/files HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_openais_shape(server, garbage: bytes) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as connection:
        connection.sendall(garbage)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


def test_a_body_beyond_the_cap_is_refused_before_it_is_sent(server) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as connection:
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-test\r\ncontent-length: 99999999999\r\n\r\n"
        connection.sendall(head.encode())
        answer = connection.recv(65536)

    assert b" 413 " in answer.splitlines()[0]


def test_a_caller_who_leaves_mid_upload_leaves_nothing_behind(server, until) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as connection:
        head = (
            "POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-test\r\n"
            f"content-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: 100000\r\n\r\n"
        )
        connection.sendall(head.encode() + part("file", b'{"a": 1}\n' * 100, "a.jsonl"))
        until(lambda: list(server.home.glob("files/incoming/*")))

    until(lambda: not list(server.home.glob("files/incoming/*")))

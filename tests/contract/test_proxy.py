"""The proxy itself: it sees what it is there to see."""

import httpx2
import pytest

from tests.contract import schemas
from tests.contract.proxy import CONTENT, Proxy, route_of
from tests.contract.shapes import additions, divergences

HEADERS = {
    "x-request-id": "req_1",
    "openai-processing-ms": "3",
    "openai-version": "2020-10-01",
    "content-type": "application/json",
}


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (schemas.FILE_DELETED, {"id": "f", "object": "file"}, "$.deleted: is missing"),
        (schemas.FILE_DELETED, {"id": 1, "object": "file", "deleted": True}, "$.id: expected string, got 1"),
        (schemas.FILE_DELETED, {"id": "f", "object": "x", "deleted": True}, "$.object: 'x' is none of file"),
        (schemas.INTEGER, 1.0, "$: expected integer, got 1.0"),
        (schemas.INTEGER, True, "$: expected integer, got True"),
        (schemas.nullable(schemas.STRING), 3, "$: expected string, got 3"),
        (schemas.array(schemas.STRING), ["a", None], "$[1]: expected string, got None"),
        (schemas.mapping(schemas.NUMBER), {"a": "b"}, "$.a: expected number, got 'b'"),
        (schemas.HYPERPARAMETERS, {"n_epochs": 51}, "$.n_epochs: 51 is out of bounds"),
        (
            schemas.HYPERPARAMETERS,
            {"learning_rate_multiplier": 0},
            "$.learning_rate_multiplier: 0 is out of bounds",
        ),
        (schemas.METADATA, {str(n): "" for n in range(17)}, "$: has more than 16 properties"),
    ],
)
def test_the_proxy_sees_each_kind_of_divergence(schema, value, found) -> None:
    assert divergences(schema, value) == [found]


def test_the_proxy_sees_what_is_added_at_any_depth() -> None:
    part = {"id": "p", "object": "upload.part", "created_at": 1, "upload_id": "u", "size": 3}
    model = {
        "id": "m",
        "object": "model",
        "created": 1,
        "owned_by": "us",
        "fine_tuning": {"kind": "classifier"},
    }

    assert additions(schemas.UPLOAD_PART, part) == {"size"}
    assert additions(schemas.MODELS, {"object": "list", "data": [model]}) == {"fine_tuning"}


def test_the_proxy_knows_models_with_slashes_and_leaves_extensions_alone() -> None:
    assert route_of("GET", "/v1/models/a/b:c") == ("GET", "/v1/models/{model:path}")
    assert route_of("POST", "/v1/fine_tuning/jobs/estimate") is None
    assert route_of("GET", "/v1/files/file-1/content") == CONTENT


@pytest.mark.parametrize(
    ("status", "headers", "body", "found"),
    [
        (200, {}, b'{"id": "m", "object": "model", "deleted": true}', []),
        (
            201,
            {},
            b'{"id": "m", "object": "model", "deleted": true}',
            ["the document knows no other success than 200"],
        ),
        (200, {"content-type": "text/html"}, b"", ["the content type is 'text/html'"]),
        (404, {}, b'{"error": "gone"}', ["$.error: expected object, got 'gone'"]),
        (404, {"x-request-id": "1"}, b'{"error": "gone"}', ["the header x-request-id is '1'", "$.error: "]),
    ],
)
def test_the_proxy_sees_statuses_headers_and_content_types(status, headers, body, found) -> None:
    proxy, request = Proxy(), httpx2.Request("DELETE", "http://127.0.0.1/v1/models/m")

    proxy.check(request, httpx2.Response(status, headers=HEADERS | headers), body)

    assert len(proxy.found) == len(found)
    assert all(
        f"DELETE /v1/models/m {status}: {start}" in told
        for start, told in zip(found, proxy.found, strict=True)
    )
    assert (proxy.passed == set()) == (status != 200)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"data: [DONE]\n\n", []),
        (b'data: {"id": "c"}\n\n', ["the stream does not end with [DONE]"]),
        (b'data: {"id": 1}\n\ndata: [DONE]\n\n', ["$.object: is missing", "$.id: expected string, got 1"]),
    ],
)
def test_the_proxy_reads_streams(body: bytes, found: list[str]) -> None:
    proxy, request = Proxy(), httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")

    proxy.check(request, httpx2.Response(200, headers=HEADERS | {"content-type": "text/event-stream"}), body)

    told = [one.partition(" 200: ")[2] for one in proxy.found]
    assert set(found) <= set(told)
    assert bool(found) == bool(told)

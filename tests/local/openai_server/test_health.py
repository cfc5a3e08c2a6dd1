"""What watches the server."""

import re


def test_health_needs_no_key(server) -> None:
    answer = server.request("GET", "/healthz", key=None)

    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_metrics_are_in_prometheus_text(server, model: str) -> None:
    server.post("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "ice"}]})

    text = server.request("GET", "/metrics", key=None).body.decode()

    assert re.search(
        r'tunesmith_requests_total\{method="POST",route="/v1/chat/completions",status="200"\} \d+', text
    )
    assert re.search(r'tunesmith_jobs\{status="succeeded"\} \d+', text)
    assert 'tunesmith_request_seconds_bucket{route="/v1/chat/completions",le="+Inf"}' in text
    for line in text.splitlines():
        assert re.fullmatch(r"# TYPE \w+ \w+|\w+(\{.*\})? [-+0-9.e]+", line), line


def test_every_answer_has_an_id_of_its_own(server) -> None:
    ids = {
        server.request("GET", path).headers["x-request-id"] for path in ("/v1/models", "/v1/none", "/healthz")
    }

    assert len(ids) == 3

"""What watches the server: /healthz and /metrics, both without a key and without anyone's data."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from local.openai_server.calls import json_response
from local.openai_server.services import Services
from local.openai_server.store import jobs


def health(services: Services, request: Request) -> Response:
    """200 while the store answers and the supervisor lives, else 503."""
    with services.database.reading() as connection:
        connection.execute("SELECT 1").fetchone()
    alive = services.supervisor.is_alive
    return json_response({"status": "ok" if alive else "supervisor stopped"}, status=200 if alive else 503)


def metrics(services: Services, request: Request) -> Response:
    """Prometheus' text format."""
    with services.database.reading() as connection:
        by_status = jobs.counts(connection)
    gauges = {
        "tunesmith_models_loaded": services.classifiers.count,
        "tunesmith_models_loaded_bytes": services.classifiers.size_bytes,
    }
    text = services.metrics.text(gauges, by_status)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

"""Webhooks: signed so that the SDK verifies them, repeated where they fail."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import openai
import pytest
from openai.types.webhooks import FineTuningJobSucceededWebhookEvent

from local.openai_server.store.webhooks import Endpoint


@dataclass(kw_only=True)
class Receiver:
    """What came in, and which statuses to answer next."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            self.send_header("location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?x=1"
        yield receiver
        server.shutdown()


TYPES = ["fine_tuning.job.succeeded", "fine_tuning.job.failed", "fine_tuning.job.cancelled"]


def test_the_end_of_a_job_arrives_signed(client, receiver, training_file: str, finish, until) -> None:
    endpoint = client.webhooks.create(name="mine", url=receiver.url, event_types=TYPES)
    job = client.fine_tuning.jobs.create(
        model="ngram-hash-1", training_file=training_file, hyperparameters={"n_epochs": 1}
    )
    finish(client, job.id)

    headers, body = until(lambda: receiver.came)[0]

    event = client.webhooks.unwrap(body, headers, secret=endpoint.signing_secret)
    assert isinstance(event, FineTuningJobSucceededWebhookEvent)
    assert event.data.id == job.id
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(body + b" ", headers, secret=endpoint.signing_secret)
    client.webhooks.delete(endpoint.id)


def test_a_cancelled_job_is_announced(client, receiver, training_file: str, until) -> None:
    endpoint = client.webhooks.create(name="mine", url=receiver.url, event_types=TYPES)
    job = client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=training_file)
    client.fine_tuning.jobs.cancel(job.id)

    headers, body = until(lambda: receiver.came)[0]

    assert (
        client.webhooks.unwrap(body, headers, secret=endpoint.signing_secret).type
        == "fine_tuning.job.cancelled"
    )
    client.webhooks.delete(endpoint.id)


def test_what_fails_or_redirects_is_sent_again_under_one_id(tmp_path, receiver) -> None:
    from local.openai_server.deliveries import Deliveries
    from local.openai_server.store import webhooks
    from local.openai_server.store.database import Database

    now = [1000.0]
    database = Database(tmp_path / "s.sqlite3")
    deliveries = Deliveries(database, (5.0, 50.0), clock=lambda: now[0])
    with database.transaction() as tx:
        webhooks.save(tx, endpoint(receiver.url))
        webhooks.announce(tx, "me", "fine_tuning.job.failed", "ftjob-1", now[0])
    receiver.statuses = [500, 302]

    for wait in (0.0, 4.9, 0.2, 50.1, 1000.0):
        now[0] += wait
        for delivery in webhooks.due(database._reader, now[0]):
            deliveries._attempt(delivery)

    assert len(receiver.came) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert database.row("SELECT attempts, last_error FROM deliveries")["attempts"] == 3
    database.close()


def endpoint(url: str, **more) -> Endpoint:
    values = {
        "id": "whe_1", "owner": "me", "name": "n", "url": url, "event_types": tuple(TYPES), "secret": "whsec_c2VjcmV0",
        "old_secret": None, "old_secret_until": None, "created_at": 0, "updated_at": 0,
    }  # fmt: skip
    return Endpoint(**{**values, **more})


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(client, receiver) -> None:
    made = client.webhooks.create(name="mine", url=receiver.url, event_types=TYPES)
    rotated = client.webhooks.rotate_secret(made.id, keep_old_secret_active_for_24_hours=True)

    client.webhooks.test(made.id, event_type="fine_tuning.job.succeeded")

    headers, body = receiver.came[0]
    for secret in (made.signing_secret, rotated.signing_secret):
        assert client.webhooks.unwrap(body, headers, secret=secret).type == "fine_tuning.job.succeeded"
    client.webhooks.delete(made.id)


def test_a_test_is_sent_once_and_tells_what_came_back(client, receiver) -> None:
    made = client.webhooks.create(name="mine", url=receiver.url, event_types=TYPES)
    receiver.statuses = [503]

    tested = client.webhooks.test(made.id, event_type="batch.failed")

    assert (tested.status_code, tested.event_type, tested.webhook_endpoint_id) == (
        503,
        "batch.failed",
        made.id,
    )
    assert len(receiver.came) == 1
    client.webhooks.delete(made.id)


def test_a_test_that_nobody_answers_says_so(client) -> None:
    made = client.webhooks.create(name="mine", url="http://127.0.0.1:9/", event_types=TYPES)

    with pytest.raises(openai.BadRequestError, match="No answer came from http://127") as caught:
        client.webhooks.test(made.id, event_type="batch.failed")

    assert caught.value.code == "webhook_endpoint_unreachable"
    client.webhooks.delete(made.id)


def test_only_a_change_moves_updated_at(tmp_path) -> None:
    from local.openai_server.app import build_services
    from local.openai_server.calls import Call
    from local.openai_server.settings import ServerSettings
    from local.openai_server.store import webhooks
    from local.openai_server.webhooks import update_endpoint

    services = build_services(ServerSettings(home=tmp_path), "sk-test", None, lambda: 1000.0)
    with services.database.transaction() as tx:
        webhooks.save(tx, endpoint("https://example.test/"))

    def updated_at(body: bytes) -> int:
        call = Call(owner="me", request_id="req_1", path={"endpoint_id": "whe_1"}, body=body)
        return update_endpoint(services, call)["updated_at"]

    assert updated_at(b'{"name": "n"}') == 0
    assert updated_at(b'{"name": "another"}') == 1000
    services.database.close()


def test_endpoints_are_kept_as_the_sdk_knows_them(client) -> None:
    made = client.webhooks.create(name="a", url="https://example.test/hook", event_types=TYPES[:1])

    updated = client.webhooks.update(made.id, name="b", event_types=TYPES)

    assert (updated.name, updated.event_types, updated.url) == ("b", TYPES, made.url)
    assert client.webhooks.retrieve(made.id).name == "b"
    assert made.id in [listed.id for listed in client.webhooks.list()]
    assert "signing_secret" not in (client.webhooks.retrieve(made.id).model_extra or {})
    assert "fine_tuning.job.succeeded" in client.webhooks.event_types.list().data
    assert client.webhooks.delete(made.id).deleted


@pytest.mark.parametrize(
    "url",
    [
        "http://example.test/",
        "ftp://example.test/",
        "https://",
        "https://a:b@example.test/",
        "nothing",
        "https://x y/",
    ],
)
def test_addresses_that_would_send_in_the_clear_are_refused(client, url: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.webhooks.create(name="a", url=url, event_types=TYPES)

    assert caught.value.param == "url"

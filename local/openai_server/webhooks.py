"""The routes of webhook endpoints: create, list, retrieve, update, delete, rotate_secret, test, event types."""

import base64
import ipaddress
import secrets
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from local.openai_server.calls import Call
from local.openai_server.deliveries import Unanswered
from local.openai_server.errors import invalid, not_found, shown
from local.openai_server.ids import new_id
from local.openai_server.services import Services
from local.openai_server.store import webhooks
from local.openai_server.store.webhooks import EVENT_TYPES, Endpoint

OLD_SECRET_S = 24 * 3600
Name = Annotated[str, Meta(min_length=1, max_length=256)]
Url = Annotated[str, Meta(min_length=1, max_length=2048)]


class CreateEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /webhook_endpoints."""

    name: Name
    url: Url
    event_types: list[str]


class UpdateEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /webhook_endpoints/{id}; what isn't there stays."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    event_types: list[str] | UnsetType = UNSET


class RotateSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST …/rotate_secret."""

    keep_old_secret_active_for_24_hours: bool = False


class TestEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST …/test."""

    event_type: str


def endpoint_object(endpoint: Endpoint, *, with_secret: bool = False) -> dict[str, Any]:
    """OpenAI's webhook_endpoint; the secret is shown when it is made and never again."""
    shown_secret = {"signing_secret": endpoint.secret} if with_secret else {}
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
        "name": endpoint.name,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "signing_secret_hint": f"whsec_…{endpoint.secret[-4:]}",
        **shown_secret,
    }


def create_endpoint(services: Services, call: Call) -> object:
    """POST /webhook_endpoints."""
    body = call.json(CreateEndpoint)
    now = int(services.clock())
    endpoint = Endpoint(
        id=new_id("whe_"),
        owner=call.owner,
        name=body.name,
        url=_checked_url(body.url),
        event_types=_checked_types(body.event_types),
        secret=_new_secret(),
        old_secret=None,
        old_secret_until=None,
        created_at=now,
        updated_at=now,
    )
    with services.database.transaction() as tx:
        webhooks.save(tx, endpoint)
    return endpoint_object(endpoint, with_secret=True)


def list_endpoints(services: Services, call: Call) -> object:
    """GET /webhook_endpoints, newest first."""
    request = call.page()
    with services.database.reading() as connection:
        page = webhooks.page(connection, call.owner, request)
    data = [endpoint_object(webhooks.from_row(row)) for row in page.rows]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": page.has_more}


def retrieve_endpoint(services: Services, call: Call) -> object:
    """GET /webhook_endpoints/{id}."""
    return endpoint_object(_find(services, call))


def update_endpoint(services: Services, call: Call) -> object:
    """POST /webhook_endpoints/{id}; `updated_at` moves only where something has changed, as at OpenAI."""
    body, before = call.json(UpdateEndpoint), _find(services, call)
    endpoint = before
    if not isinstance(body.name, UnsetType):
        endpoint = replace(endpoint, name=body.name)
    if not isinstance(body.url, UnsetType):
        endpoint = replace(endpoint, url=_checked_url(body.url))
    if not isinstance(body.event_types, UnsetType):
        endpoint = replace(endpoint, event_types=_checked_types(body.event_types))
    return endpoint_object(endpoint if endpoint == before else _saved(services, endpoint))


def delete_endpoint(services: Services, call: Call) -> object:
    """DELETE /webhook_endpoints/{id}; what was still owed to it is dropped."""
    endpoint = _find(services, call)
    with services.database.transaction() as tx:
        webhooks.delete(tx, call.owner, endpoint.id)
    return {"id": endpoint.id, "object": "webhook_endpoint.deleted", "deleted": True}


def rotate_secret(services: Services, call: Call) -> object:
    """POST …/rotate_secret: the old one signs too for 24 hours where that is asked."""
    body = call.json(RotateSecret) if call.body else RotateSecret()
    endpoint = _find(services, call)
    keeps = body.keep_old_secret_active_for_24_hours
    rotated = replace(
        endpoint,
        secret=_new_secret(),
        old_secret=endpoint.secret if keeps else None,
        old_secret_until=int(services.clock()) + OLD_SECRET_S if keeps else None,
    )
    return endpoint_object(_saved(services, rotated), with_secret=True)


def send_test(services: Services, call: Call) -> object:
    """POST …/test: send a sample of one type of event now, once, and say which status came back."""
    body, endpoint = call.json(TestEndpoint), _find(services, call)
    _checked_types([body.event_type])
    sample = "ftjob-sample" if body.event_type.startswith("fine_tuning") else "batch_sample"
    event_id = new_id("evt_")
    event = webhooks.event_body(event_id, body.event_type, sample, services.clock())
    try:
        status = services.deliveries.send(endpoint, event_id, event)
    except Unanswered as error:
        message = (
            f"No answer came from {shown(endpoint.url)} ({error}). Is it up, and can this server reach it?"
        )
        raise invalid(message, param="webhook_endpoint_id", code="webhook_endpoint_unreachable") from error
    return {
        "object": "webhook_endpoint.test",
        "webhook_endpoint_id": endpoint.id,
        "event_type": body.event_type,
        "status_code": status,
        "success": True,
    }


def list_event_types(services: Services, call: Call) -> object:
    """GET /webhook_event_types."""
    return {"object": "list", "data": EVENT_TYPES}


def _saved(services: Services, endpoint: Endpoint) -> Endpoint:
    endpoint = replace(endpoint, updated_at=int(services.clock()))
    with services.database.transaction() as tx:
        webhooks.save(tx, endpoint)
    return endpoint


def _find(services: Services, call: Call) -> Endpoint:
    with services.database.reading() as connection:
        endpoint = webhooks.find(connection, call.owner, call.path["endpoint_id"])
    if endpoint is None:
        raise not_found("webhook endpoint", call.path["endpoint_id"], param="webhook_endpoint_id")
    return endpoint


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _checked_types(types: list[str]) -> tuple[str, ...]:
    unknown = [type_ for type_ in types if type_ not in EVENT_TYPES]
    if unknown or not types:
        what = f"'{shown(unknown[0])}' is none of" if unknown else "expected at least one of"
        message = f"Invalid 'event_types': {what} {', '.join(EVENT_TYPES)}."
        raise invalid(message, param="event_types", code="invalid_value")
    return tuple(dict.fromkeys(types))


def _checked_url(url: str) -> str:
    """https anywhere, http on this machine only, so that no event crosses a network in the clear."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _bad_url() from error
    has_userinfo = "@" in parts.netloc
    if not host or has_userinfo or not url.isascii() or any(c.isspace() for c in url):
        raise _bad_url()
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise _bad_url()
    return url


def _bad_url() -> Exception:
    message = (
        "Invalid 'url': expected an https:// address, or http:// on this machine (127.0.0.1, localhost)."
    )
    return invalid(message, param="url", code="invalid_value")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Keeps web pages of other origins away from the control interface: foreign Host and Origin headers are refused."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from local.slack_server.answers import control_error

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_OPEN_PATHS = ("/api/", "/link/", "/files-pri/", "/commands/", "/upload/")
# What the page may load: only what this server serves, and pictures that the bot links to.
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: blob: https:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Guard:
    """ASGI middleware. A page elsewhere could reach a loopback port by DNS rebinding (foreign Host) or by a plain
    cross-site form (foreign Origin); the paths that ask for a token or a secret of their own need no such guard."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = LOOPBACK_HOSTS | frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 403."""
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(_OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        if not self._is_welcome(scope["path"], Headers(scope=scope)):
            message = "Only pages of this server may use it; the Host or Origin header names another."
            refusal = control_error("foreign_origin", message, status=403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_welcome(self, path: str, headers: Headers) -> bool:
        host = headers.get("host", "")
        if _host_name(host) not in self._hosts:
            return False
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return False
        # A link from elsewhere may open the page itself; only the interface behind it is closed to other sites.
        is_page = not path.startswith("/control/")
        return is_page or headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def page_headers() -> dict[str, str]:
    """The headers of the page and its parts."""
    return {
        "Content-Security-Policy": _PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()

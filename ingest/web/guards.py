"""What every request and every response passes: where it comes from, its size, the headers that confine a page.

Cross-site requests. SameSite=Lax keeps the cookie out of another site's POST in today's browsers. The check here does
not depend on that: a request that changes something must say, in a header no page can forge, that this site's own page
made it. Calls under /api carry no cookie, so nothing of theirs can be forged from a browser.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import IngestError
from ingest.web.errors import FromElsewhere, TooLarge
from ingest.web.failures import answer_refusal
from ingest.web.session import API, centre_of, token_of

FORM_LIMIT_BYTES: Final = 64 * 1024
"""The largest body of an ordinary form or API call: one list entry with long texts is about 4 KB."""

IMPORT_LIMIT_BYTES: Final = 64 * 1024 * 1024
"""The largest list file: 200,000 rows (the most that an import takes by default) of 300 bytes are 60 MB."""

REQUEST_LIMIT_BYTES: Final = 2 * 1024 * 1024
"""The largest form of a request for an authority: its outlines as typed and as a file (ingest.web.outlines), and texts.

The whole document that is signed has at most 1,000,000 bytes (governance.signed).
"""

_LARGER: Final = (
    (re.compile(r"(?:/api)?/lists/[^/]+/import"), IMPORT_LIMIT_BYTES),
    (re.compile(r"/authorities/(?:new|[^/]+/edit)"), REQUEST_LIMIT_BYTES),
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that a browser sends "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
}

_STRICT_TRANSPORT: Final = "max-age=31536000"


class ConfinedPages:
    """Puts HEADERS on every response, and keeps every response that names no other rule out of every cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
            await send(message)

        await self._app(scope, receive, with_headers)


class Gate:
    """Turns a request away before any of its body is read: too long, of no stated length, or from another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            try:
                check_origin(request)
                check_size(request, await to_thread.run_sync(limit_of, request))
            except IngestError as error:
                await answer_refusal(request, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def limit_of(request: Request) -> int:
    """The most bytes that this request's body may have. Only somebody who is signed in may send more than a form."""
    limit = next((limit for path, limit in _LARGER if path.fullmatch(request.url.path)), None)
    token = token_of(request)
    if limit is None or token is None or centre_of(request).accounts.person(token) is None:
        return FORM_LIMIT_BYTES
    return limit


def check_size(request: Request, limit: int) -> None:
    """Raise TooLarge for a body that is too long or, being sent in pieces, does not say how long it is.

    The server holds a sender to the length that it states, so nothing here counts bytes.
    """
    if "transfer-encoding" in request.headers:
        raise TooLarge("the request does not say how long it is: send it with a Content-Length")
    if int(request.headers.get("content-length", "0")) > limit:
        raise TooLarge(f"the request has more than {limit // 1024} KB, the most that this takes: send less at a time")


def check_origin(request: Request) -> None:
    """Raise FromElsewhere for a change that none of this site's own pages asked for."""
    if request.method in _SAFE or request.url.path.startswith(API):
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise FromElsewhere(f"the request comes from another site ({site}): open Lanthorn itself and do it there")
        return
    origin = request.headers.get("origin", "")
    if not origin or urlsplit(origin).netloc != request.headers.get("host"):
        raise FromElsewhere("nothing shows that Lanthorn's own page made this request: use a current browser")

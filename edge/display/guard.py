"""Lets only the screen in the car see and answer. The threats, and what counters each:

- Another user or program on the machine asks the port: nothing is given without the cookie, which only the link that
  is printed at the start sets. Link and cookie come from one secret in the state folder, so that a restart of the
  agent does not sign the officer out.
- A page from elsewhere, open in the same browser, posts an answer: every POST must say that it comes from this very
  origin (Sec-Fetch-Site or Origin), and the cookie is SameSite=Lax.
- A name that is made to point at 127.0.0.1 (DNS rebinding) reads the page: its cookie is another one, and on loopback
  the Host must be a loopback name.
- Text from a list or a reader tries to be markup: templates escape, and the policy allows no inline script or style.
"""

import hashlib
import hmac
import ipaddress
import os
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.counters import Counters
from edge.display import failures

COOKIE: Final = "lanthorn-display"
ENTER: Final = "/enter"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_SECRET_BYTES: Final = 32
_READING: Final = frozenset({"GET", "HEAD"})


class Entry:
    """The two words that open the display: one in the link, one in the cookie."""

    def __init__(self, secret: bytes) -> None:
        self.token = _word(secret, b"link")
        self.cookie = _word(secret, b"cookie")

    @classmethod
    def of(cls, path: Path) -> "Entry":
        """Give the pass of the secret kept in a file, which is made where there is none. Raises OSError."""
        try:
            secret = path.read_bytes()
        except FileNotFoundError:
            secret = b""
        if len(secret) != _SECRET_BYTES:
            secret = secrets.token_bytes(_SECRET_BYTES)
            path.unlink(missing_ok=True)
            with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(secret)
        return cls(secret)


def is_loopback_host(host: str) -> bool:
    """Say whether a Host header names this machine by a loopback name."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def is_own_origin(headers: Headers) -> bool:
    """Say whether a request that changes something comes from a page of this very server, and says so.

    Under "Referrer-Policy: no-referrer" a browser writes "Origin: null" even on its own page's form, so that null says
    nothing either way; Sec-Fetch-Site, which no page can set, then has to say it.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc != headers.get("host"):
        return False
    return site == "same-origin" or (site is None and origin != "null")


class Guard:
    """Stands before every route: refuses, and puts the same strict headers on everything."""

    def __init__(self, app: ASGIApp, *, entry: Entry, loopback: bool, counters: Counters) -> None:
        self._app = app
        self._entry = entry
        self._loopback = loopback
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_strict)
            return
        self._counters.count("display_refused", warn=f"the display refused a request: {refusal}")
        await failures.refusal(Headers(scope=scope), failures.FORBIDDEN, refusal)(scope, receive, send_strict)

    def _refusal(self, scope: Scope) -> str | None:
        """Say why a request is refused, or None where it is not."""
        headers = Headers(scope=scope)
        if self._loopback and not is_loopback_host(headers.get("host", "")):
            return "Ask for this page by its loopback address, as in the link that the agent prints at its start."
        if scope["path"] == ENTER and scope["method"] in _READING:
            return None
        if not same(_cookie(headers), self._entry.cookie):
            return "Open the display by the link that the agent prints at its start."
        if scope["method"] not in _READING and not is_own_origin(headers):
            return "This must come from the display's own page."
        return None


def same(given: str, right: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(given.encode(), right.encode())


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _word(secret: bytes, purpose: bytes) -> str:
    return hmac.new(secret, purpose, hashlib.sha256).hexdigest()

"""A real sign-in provider (oidc-provider, in Node), and a proxy before it that can change what it answers."""

import http.client
import json
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from governance.roles import Role
from ingest.settings import OidcSettings, SignInSettings
from lanthorn.embedded.ports import free_ports
from tests.ingest.servers import LIMIT_S

FOLDER: Final = Path(__file__).parent / "oidc"
CLIENT: Final = "lanthorn"
SECRET: Final = "drawn secret / of the client"

PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "pc.lamp": {"claims": {"name": "PC Lamp", "preferred_username": "pc.lamp", "roles": ["met-patrol"]}},
    "ao.wick": {"claims": {"name": "Supt Wick", "preferred_username": "ao.wick", "roles": ["met-authorising"]}},
    "ao.brass": {
        "claims": {"name": "Supt Brass", "preferred_username": "ao.brass", "roles": ["met-authorising"]},
        "amr": ["pwd", "otp"],
    },
    "clerk": {"claims": {"name": "A Clerk", "preferred_username": "clerk", "roles": ["met-canteen"]}},
    "nobody": {"claims": {"name": "Nobody"}},
}


class SignInProvider:
    """The provider. Its issuer is the proxy's address, so everything that is said passes it."""

    def __init__(self) -> None:
        self.people = json.loads(json.dumps(PEOPLE))
        self.tamper: Callable[[str, Any], Any] = lambda _, said: said
        self._port = free_ports(1)[0]
        self._process: subprocess.Popen[str] | None = None
        self._proxy = _Proxy(self, self._port)
        self.issuer = f"http://127.0.0.1:{self._proxy.server_port}"
        self._thread = threading.Thread(target=self._proxy.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def settings(self, pages: str, **changes: Any) -> SignInSettings:
        oidc = OidcSettings(
            issuer=self.issuer,
            client_id=CLIENT,
            pages=pages,
            roles={"met-patrol": (Role.PATROL,), "met-authorising": (Role.AUTHORISING_OFFICER,)},
            second_factor_amr=("otp",),
            timeout_s=5,
        )
        return SignInSettings(oidc=oidc.model_copy(update=changes))

    def start(self, pages: str) -> None:
        """Start it, for pages at this address. Each start makes a new signing key."""
        self.stop()
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [f"{pages}/sign-in/return"],
            "post_logout_redirect_uris": [f"{pages}/sign-in"],
        }
        given = {"port": self._port, "issuer": self.issuer, "clients": [client], "people": self.people}
        self._process = subprocess.Popen(
            ["node", "--no-warnings", "provider.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(given))
        self._process.stdin.close()
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def close(self) -> None:
        self.stop()
        self._proxy.shutdown()
        self._thread.join()
        self._proxy.server_close()


class _Proxy(ThreadingHTTPServer):
    """Passes everything on to the provider, and what it says in JSON through its tamper first."""

    def __init__(self, owner: SignInProvider, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner
        self.port = port


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            said = answer.read()
        except OSError:
            self.send_error(502)
            return
        finally:
            connection.close()
        if "json" in answer.getheader("Content-Type", "") and answer.status == 200:
            said = json.dumps(self.server.owner.tamper(urlsplit(self.path).path, json.loads(said))).encode()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        pass

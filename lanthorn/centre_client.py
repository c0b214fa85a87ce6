"""The centre's JSON API, as the command line uses it: signed in as a named person, refusals as our own error."""

import os
from collections.abc import Mapping
from typing import Any, BinaryIO, Self

import httpx2

from governance.second_factor import Standing
from lanthorn.asking import CODE_VARIABLE, ask_code
from lanthorn.errors import CentreRefused

TIMEOUT_S = 120.0
"""How long one call may take: an import of 100,000 rows takes tens of seconds on a slow disk."""


class CodeWanted(CentreRefused):
    """The name and password are right, and the second factor's code is wanted too."""


class CentreClient:
    """A signed-in session with the centre. A context manager; signs out at the end."""

    def __init__(self, server: str, token: str, http: httpx2.Client) -> None:
        self._server = server
        self._token = token
        self._http = http

    @classmethod
    def sign_in(cls, server: str, user: str, password: str) -> Self:
        """Sign in. Raises CentreRefused where the centre is not reachable or does not accept the name and password.

        The second factor's code is taken from LANTHORN_CODE, or asked for at the terminal where the centre wants one.
        """
        http = httpx2.Client(base_url=server, timeout=TIMEOUT_S)
        client = cls(server, "", http)
        given = {"name": user, "password": password, "code": os.environ.get(CODE_VARIABLE, "")}
        try:
            try:
                answer = client.call("POST", "/api/sign-in", json=given)
            except CodeWanted:
                given["code"] = ask_code()
                answer = client.call("POST", "/api/sign-in", json=given)
        except BaseException:
            http.close()
            raise
        client._token = answer["token"]
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("POST", "/api/sign-out")
        finally:
            self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str | list[str]] | None = None,
        files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
    ) -> Any:
        """Make one call and give its JSON. Raises CentreRefused with the centre's own words for any refusal."""
        response = self._request(method, path, query=query, json=json, form=form, files=files)
        return response.json() if response.content else None

    def fetch(self, path: str, json: Mapping[str, object]) -> bytes:
        """Post what is asked for and give the file that the answer is. Raises CentreRefused."""
        return self._request("POST", path, json=json).content

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str | list[str]] | None = None,
        files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            response = self._http.request(
                method, path, params=query, json=json, data=form, files=files, headers=headers
            )
        except httpx2.TransportError as error:
            raise CentreRefused(
                f"no answer from the centre at {self._server} ({error}); is `lanthorn serve` running there?"
            ) from error
        if response.is_success:
            return response
        rules: tuple[str, ...] = ()
        try:
            said = response.json()
            reason, rules = said.get("detail", said), tuple(said.get("rules", ()))
            if said.get("needs") == [Standing.CODE_NEEDED]:
                raise CodeWanted(f"the centre refused ({response.status_code}): {reason}")
        except ValueError:
            reason = response.text[:500]
        raise CentreRefused(f"the centre refused ({response.status_code}): {reason}", rules)

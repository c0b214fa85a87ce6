"""What a screen is told when something is refused: a page where a person opened one, JSON where a script asked.

A page for somebody who has not come by the link has no style: the style is behind the guard, as everything is. It is
dark where the system is.
"""

from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

FORBIDDEN: Final = 403
UNPROCESSABLE: Final = 422

TITLES: Final = {
    403: "This display is closed to you",
    404: "There is nothing here",
    409: "Not yet",
    422: "That cannot be taken as it is",
    503: "Not now",
}

_template: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
).get_template("failure.html")


def refusal(headers: Headers, status: int, said: str) -> Response:
    """The answer to a request with these headers that is refused. said is a sentence, with what to do."""
    if headers.get("hx-request") == "true" or "text/html" not in headers.get("accept", ""):
        return JSONResponse({"detail": said}, status)
    inside = status != FORBIDDEN
    return HTMLResponse(
        _template.render(title=TITLES.get(status, "Something failed"), said=said, inside=inside), status
    )


def install(app: FastAPI) -> None:
    """Give the display's application these answers."""

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return refusal(request.headers, error.status_code, str(error.detail))
        faults = error.errors() if isinstance(error, RequestValidationError) else []
        names = ", ".join(dict.fromkeys(str(fault["loc"][-1]) for fault in faults))
        return refusal(
            request.headers, UNPROCESSABLE, f"What was sent cannot be taken ({names}). Go back and try again."
        )

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, refused)

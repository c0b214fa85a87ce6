"""The card as HTML, and as the events of a stream. See the package's docstring for how a page uses them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ingest.contract.card import words
from ingest.contract.card.folding import fold
from ingest.contract.card.view import AlertView, Older
from ingest.contract.messages import Outcome

STATIC: Final = Path(__file__).parent / "static"
"""Styles and scripts, to be served as they are."""

TEMPLATES: Final = Path(__file__).parent / "templates"

BEAT_S: Final = 5.0
"""How long a stream may be silent before it sends a beat. live.js waits for three (SILENT_MS)."""

NONE_OLDER: Final = Older()


def install(environment: Environment) -> None:
    """Give an environment the words that the card's templates use. It must find templates in TEMPLATES as well."""
    environment.filters.update(
        spelt=words.spelt,
        local_time=words.local_time,
        local_date=words.local_date,
        expiry=words.expiry,
        utc_text=words.utc_text,
        utc_attribute=words.utc_attribute,
        percent=words.percent,
        outcome=lambda value: words.OUTCOMES[Outcome(value)],
    )
    environment.globals.update(words=words)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(environment)
    return environment


_templates: Final = _environment()


def head(static_url: str, *, live: bool = True) -> Markup:
    """What goes in the page's <head>. static_url is where STATIC is served, without a slash at the end.

    live=False is for a page without controls() and feed(): colours and htmx, and no script that looks for them.
    """
    return _draw("card/head.html", static_url=static_url, live=live)


def controls(
    lost: str = "Connection lost. New alerts are not arriving. Trying again.",
    back: str = "Connected again. The list is complete.",
) -> Markup:
    """The connection banner, the sound and theme buttons and the live region. The texts are what the banner says."""
    return _draw("card/controls.html", lost=lost, back=back)


def card(view: AlertView) -> Markup:
    """One card in full, as an <li> with the id "alert-…" of its first sighting."""
    return _draw("card/item.html", view=view, folded=False)


def lines(sightings: Iterable[AlertView]) -> Markup:
    """The cards of these sightings, each as a line that opens to it, for a page that is not live."""
    return Markup("").join(_draw("card/item.html", view=view, folded=True) for view in fold(sightings))


def feed(sightings: Iterable[AlertView], stream_url: str, older: Older = NONE_OLDER) -> Markup:
    """The cards of these sightings, in the element that live.js keeps up to date from stream_url."""
    return _draw("card/feed.html", stream_url=stream_url, alerts=_inside(sightings, older))


def sync_event(sightings: Iterable[AlertView], older: Older = NONE_OLDER) -> bytes:
    """The whole feed: the first event of every connection."""
    return _event("sync", _inside(sightings, older))


def alert_event(alert_id: str, sightings: Iterable[AlertView]) -> bytes:
    """A new alert. sightings are those of the same entry: all that wait, and what this one was answered with.

    Sent twice, it is shown once. A sighting of a vehicle that waits already goes into that card.
    """
    return _event("alert", _cards(alert_id, sightings))


def changed_event(alert_id: str, sightings: Iterable[AlertView]) -> bytes:
    """An alert that has changed. sightings as for alert_event. A page ignores an answered card it does not show."""
    return _event("changed", _cards(alert_id, sightings))


def beat_event() -> bytes:
    """A sign of life."""
    return _event("beat", "")


def closed_event(text: str) -> bytes:
    """The stream is over and the page must not connect again by itself; text says why, and what to do."""
    return _event("closed", text)


def _inside(sightings: Iterable[AlertView], older: Older) -> Markup:
    cards = fold(sightings)
    waiting = [view for view in cards if view.answer is None]
    answered = [view for view in cards if view.answer is not None]
    return _draw("card/alerts.html", waiting=waiting, answered=answered, older=older)


def _cards(alert_id: str, sightings: Iterable[AlertView]) -> Markup:
    """Every card of an entry that waits, and the one that holds this alert."""
    shown = (
        view
        for view in fold(sightings)
        if view.answer is None or any(each.alert_id == alert_id for each in view.sightings)
    )
    return Markup("").join(card(view) for view in shown)


def _draw(name: str, **values: object) -> Markup:
    return Markup(_templates.get_template(name).render(**values))  # noqa: S704  the templates escape what they are given


def _event(name: str, data: str) -> bytes:
    """One server-sent event. Each line of data goes on a "data:" line of its own, as the standard asks."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()

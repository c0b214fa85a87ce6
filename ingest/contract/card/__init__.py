"""The alert card: one drawing of an alert for the car's own display and for the centre's patrol page.

How a page shows alerts, with nothing else needed:

1.  Serve the folder STATIC read-only at some path, say "/card", and put `head("/card")` in the page's <head>. It
    names the style (card.css), the scripts (theme.js, sound.js, live.js) and the vendored htmx, and configures htmx
    for a content security policy of "default-src 'self'" with no inline style, inline script or eval.
2.  In the <body>: `controls(...)` (connection banner, sound and theme buttons, live region), then
    `feed(sightings, stream_url="/stream")`. Sightings are single alerts; the feed folds them into cards (folding.py):
    those that wait for an answer in full, with risk warnings first, then the newest; below them the answered ones,
    each a line that opens. Without a script the page is still right as of when it was loaded.
3.  The stream at stream_url is text/event-stream (Cache-Control: no-store). On each connection send
    `sync_event(sightings)` at once: it replaces the whole feed, so a client that was away misses nothing and needs no
    Last-Event-ID. Then `alert_event(id, sightings)` for a new alert (sound, announcement), `changed_event(id,
    sightings)` when an answer or a picture came, each with the sightings of the same entry, and `beat_event()` every
    BEAT_S seconds of silence: a page that has heard nothing for three of them says that the connection is lost and
    connects anew. `closed_event(text)` ends it for good (signed out).
4.  A tap posts the form field "outcome" (a contract Outcome value), and one field "sighting" for each alert that the
    card shows, to view.answer_url with the header `HX-Request: true`. Store an answer for each, all of one time, then
    reply 200 with `card(card_with(id, sightings))`: it takes the card's place. Without a script the same form is posted
    without that header: redirect (303) to the page. Any other status leaves the card as it is and says that the answer
    was not stored, with the reason where the reply is JSON: {"detail": "…"}.
"""

from ingest.contract.card.folding import MOST_SIGHTINGS, card_with, fold
from ingest.contract.card.render import (
    BEAT_S,
    STATIC,
    TEMPLATES,
    alert_event,
    beat_event,
    card,
    changed_event,
    closed_event,
    controls,
    feed,
    head,
    install,
    lines,
    sync_event,
)
from ingest.contract.card.view import AlertView, AnswerView, Older

__all__ = [
    "BEAT_S",
    "MOST_SIGHTINGS",
    "STATIC",
    "TEMPLATES",
    "AlertView",
    "AnswerView",
    "Older",
    "alert_event",
    "beat_event",
    "card",
    "card_with",
    "changed_event",
    "closed_event",
    "controls",
    "feed",
    "fold",
    "head",
    "install",
    "lines",
    "sync_event",
]

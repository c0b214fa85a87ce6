"""Every place of the database that holds data about somebody outside the force, or sign-in data, as retention sees it.

tests/ingest/retention/test_inventory.py holds that each column whose comment begins "personal" is in one of them.
"""

from typing import Final

from sqlalchemy import Engine, and_, func, not_, or_, select

from governance.retention.rules import Since
from ingest.database.schema import (
    alert,
    answer,
    image,
    quarantine,
    read,
    search,
    search_target,
    session,
    sign_in_failure,
    sign_in_link,
    voi_entry,
)
from ingest.lists.shortening import Shortening
from ingest.objects import ObjectStore
from ingest.retention.items import Kind, Place
from ingest.retention.list_entries import ListEntries
from ingest.retention.picture_place import PicturePlace
from ingest.retention.rows import Rows
from ingest.retention.stray_objects import StrayObjects

READ: Final = "anpr-read"
HIT: Final = "anpr-hit"

READS_AT_ONCE: Final = 2_000


def places(engine: Engine, objects: ObjectStore, published: Shortening) -> tuple[Place, ...]:
    """In the order in which disposal goes through them: pictures before the alerts and reads that they belong to."""
    return (
        PicturePlace(engine, objects, READ, HIT),
        StrayObjects(engine, objects, "picture-unclaimed"),
        _alerts(engine),
        _loose_answers(engine),
        _reads(engine),
        _entries(engine, published),
        Rows(
            engine=engine,
            name="quarantine",
            kind=Kind.QUARANTINE,
            item_class="quarantined-message",
            table=quarantine,
            key=quarantine.c.quarantine_id,
            clock=quarantine.c.last_at,
            since=Since.RECEIVED,
            batch=100,
        ),
        *_searches(engine),
        *_sign_in(engine),
    )


def _reads(engine: Engine) -> Rows:
    """A read waits for its picture to go, unless an alert has the picture as well."""
    alerted = select(alert.c.alert_id).where(alert.c.read_id == read.c.read_id).exists()
    pictured = select(image.c.image_id).where(image.c.read_id == read.c.read_id).exists()
    return Rows(
        engine=engine,
        name="reads",
        kind=Kind.READ,
        item_class=READ,
        table=read,
        key=read.c.read_id,
        clock=read.c.captured_at,
        since=Since.CAPTURE,
        ahead=read.c.received_at,
        waits=and_(pictured, not_(alerted)),
        batch=READS_AT_ONCE,
        listed=False,
    )


def _alerts(engine: Engine) -> Rows:
    """An alert with its answers and its salt. It waits for its pictures to go, unless the read has them as well."""
    whose = select(read.c.read_id).where(read.c.read_id == alert.c.read_id).exists()
    pictured = select(image.c.image_id).where(image.c.read_id == alert.c.read_id).exists()
    return Rows(
        engine=engine,
        name="alerts",
        kind=Kind.ALERT,
        item_class=HIT,
        table=alert,
        key=alert.c.alert_id,
        clock=alert.c.made_at,
        since=Since.ALERT,
        ahead=alert.c.received_at,
        waits=and_(pictured, not_(whose)),
        belongings=(answer.c.alert_id,),
    )


def _loose_answers(engine: Engine) -> Rows:
    """Answers whose hit never came, or came back after its alert had gone."""
    return Rows(
        engine=engine,
        name="loose-answers",
        kind=Kind.ANSWER,
        item_class=HIT,
        table=answer,
        key=answer.c.answer_id,
        clock=answer.c.received_at,
        since=Since.ALERT,
        where=not_(select(alert.c.alert_id).where(alert.c.alert_id == answer.c.alert_id).exists()),
    )


def _entries(engine: Engine, published: Shortening) -> Rows:
    """Entries that are on their list no more, and what was published of them.

    One that has expired counts from then, removed by a person or not.
    """
    e = voi_entry.c
    ended = func.coalesce(e.removed_at, e.expires_at, type_=e.expires_at.type)
    return ListEntries(
        engine=engine,
        published=published,
        name="list-entries",
        kind=Kind.ENTRY,
        item_class="anpr-list-entry",
        table=voi_entry,
        key=e.entry_id,
        clock=ended,
        since=Since.REMOVED,
    )


def _searches(engine: Engine) -> tuple[Rows, Rows]:
    """What searches asked for, and whom they were about. That somebody searched, and why, stays."""
    return (
        Rows(
            engine=engine,
            name="search-questions",
            kind=Kind.SEARCH,
            item_class="search-question",
            table=search,
            key=search.c.search_id,
            clock=search.c.made_at,
            since=Since.MADE,
            where=or_(search.c.question.is_not(None), search.c.salt.is_not(None)),
            blanks={"question": None, "salt": None},
        ),
        Rows(
            engine=engine,
            name="search-digests",
            kind=Kind.SEARCH_TARGET,
            item_class="search-digest",
            table=search_target,
            key=search_target.c.search_id,
            clock=search_target.c.made_at,
            since=Since.MADE,
        ),
    )


def _sign_in(engine: Engine) -> tuple[Rows, ...]:
    return (
        Rows(
            engine=engine,
            name="sessions",
            kind=Kind.SESSION,
            item_class="session",
            table=session,
            key=session.c.token_hash,
            clock=session.c.ends_at,
            since=Since.ENDED,
        ),
        Rows(
            engine=engine,
            name="sign-in-links",
            kind=Kind.LINK,
            item_class="sign-in-link",
            table=sign_in_link,
            key=sign_in_link.c.token_hash,
            clock=sign_in_link.c.ends_at,
            since=Since.ENDED,
        ),
        Rows(
            engine=engine,
            name="sign-in-failures",
            kind=Kind.FAILURE,
            item_class="sign-in-failure",
            table=sign_in_failure,
            key=sign_in_failure.c.name_hash,
            clock=sign_in_failure.c.last_at,
            since=Since.RECEIVED,
        ),
    )

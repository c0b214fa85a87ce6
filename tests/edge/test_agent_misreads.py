"""The whole agent tells of a listed mark that a read may be a misread of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.misreads.known import measured
from models.plates.reading import Character, MarkKind, PlateReading
from tests.edge.granted import AUTHORITY_ID, Granted
from tests.edge.worlds import World

FAR_OFF = datetime(2099, 1, 1, tzinfo=UTC)


def test_a_read_that_may_be_a_misread_of_a_listed_mark_is_a_hit_that_says_so(
    broker: Any, centre_at: Any, world: World, picture: Path, bodies: Any, reading: Callable[..., PlateReading]
) -> None:
    """LT43CGK: no mark with 43 has been made, and the reader all but saw the 1."""
    (table,) = measured()
    sure = reading("LT43CGK", 0.995, x=300.0, kind=MarkKind.FOREIGN)
    doubtful = Character("4", 0.65, (Character("1", 0.3),))
    world.plates = [replace(sure, characters=(*sure.characters[:2], doubtful, *sure.characters[3:]))]
    world.digests = table.reader
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    entries = [bodies.entry(mark, FAR_OFF) for mark in ("LT13CGK", "LT51CGK", "DX17ZWH")]
    centre.publish_list(*bodies.chunks(entries, authority_id=AUTHORITY_ID))
    granted.publish(centre)
    agent = world.agent(broker.port, picture, authorities=granted.settings)

    agent.run()

    ((_, (hit,)),) = world.reads
    assert (hit.matched, hit.listed, hit.read.vrm) == ("misread", "LT13CGK", "LT43CGK")
    assert hit.entry_id == entries[0].entry_id
    assert 0.8 < hit.probability < 1
    assert hit.read.characters[2].others[0].char == "1"
    (told,) = (message.body for message in centre.messages if message.kind == "hits")
    assert told == hit


def test_with_misreads_turned_off_only_exact_matches_are_told(
    broker: Any, centre_at: Any, world: World, picture: Path, bodies: Any, reading: Callable[..., PlateReading]
) -> None:
    """The same read, and a setting that says to look reads up exactly."""
    (table,) = measured()
    sure = reading("LT43CGK", 0.995, x=300.0, kind=MarkKind.FOREIGN)
    doubtful = Character("4", 0.65, (Character("1", 0.3),))
    world.plates = [
        replace(sure, characters=(*sure.characters[:2], doubtful, *sure.characters[3:])),
        reading("DX17ZWH", 0.97, x=300.0, y=400.0),
    ]
    world.digests = table.reader
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    entries = [bodies.entry(mark, FAR_OFF) for mark in ("LT13CGK", "DX17ZWH")]
    centre.publish_list(*bodies.chunks(entries, authority_id=AUTHORITY_ID))
    granted.publish(centre)

    world.agent(broker.port, picture, authorities=granted.settings, matching={"misreads": False}).run()

    hits = [hit for _, made in world.reads for hit in made]
    assert [(hit.listed, hit.matched) for hit in hits] == [("DX17ZWH", "exact")]

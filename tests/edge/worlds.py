"""Agents on one state folder, with a reader that is told what to read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.agent import Agent
from edge.passes import Pass
from edge.settings import EdgeSettings
from ingest.contract.messages import Hit
from models.plates.reading import Image, PlateReader, PlateReading


class ToldReader(PlateReader):
    """Finds the same plates in every picture."""

    def __init__(self, plates: Sequence[PlateReading], digests: Mapping[str, str]) -> None:
        self._plates = plates
        self._digests = digests
        self.threads = 0

    @property
    def digests(self) -> Mapping[str, str]:
        return self._digests

    def read(self, image: Image) -> list[PlateReading]:
        return list(self._plates)


class World:
    """Makes agents on one state folder and remembers what they read."""

    def __init__(self, settings: Callable[..., EdgeSettings], plates: Sequence[PlateReading]) -> None:
        self._settings = settings
        self.plates = plates
        self.digests: Mapping[str, str] = {"told": "ab" * 32}
        self.reads: list[tuple[Pass, Sequence[Hit]]] = []
        self.agents: list[Agent] = []
        self.on_read: Callable[[], object] = lambda: None

    def _read(self, a_pass: Pass, hits: Sequence[Hit]) -> None:
        self.reads.append((a_pass, hits))
        self.on_read()

    def agent(self, port: int, source: Path | str, **given: Any) -> Agent:
        given = {"lists_within_s": 10, "drain_within_s": 20} | given
        settings = self._settings(port, source=str(source), **given)
        agent = Agent(settings, lambda _threads: ToldReader(self.plates, self.digests), on_read=self._read)
        self.agents.append(agent)
        return agent


@pytest.fixture
def world(edge_settings: Callable[..., EdgeSettings], reading: Callable[..., PlateReading]) -> Iterator[World]:
    made = World(edge_settings, [reading("LT23CGK", 0.97, x=300.0)])
    yield made
    for agent in made.agents:
        agent.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "street.jpg"
    cv2.imwrite(str(path), np.full((600, 900, 3), 90, np.uint8))
    return path

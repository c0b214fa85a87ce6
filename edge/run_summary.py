"""What one run of the agent did, for the person who started it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from edge.pipeline import Summary
from hardware.camera import Camera
from ingest.contract.card.words import counted


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did. made, received and waiting are messages; received are those the centre gave a receipt for."""

    frames: Summary
    reads: int
    hits: int
    made: int
    published: int
    received: int
    waiting: int
    pending: int
    spool: Path
    counters: dict[str, int]

    def __str__(self) -> str:
        said = (
            f"{self.frames}; {counted(self.reads, 'read')}, {counted(self.hits, 'hit')}; "
            f"{counted(self.made, 'message')} made, {self.received} received by the centre"
        )
        if self.waiting:
            said += f"; {self.waiting} wait in {self.spool} and go out at the next start"
        if self.pending:
            said += f"; {self.pending} could not be stored and are lost with this process: the disk took nothing"
        return said


def camera_counts(camera: Camera) -> Counter[str]:
    """Name the camera's own counts as the agent's counters are named."""
    counts = camera.counts
    return Counter(
        {
            "camera_frames_skipped": counts.dropped,
            "camera_frames_missing": counts.missing,
            "camera_files_ignored": counts.ignored,
            "camera_files_refused": counts.refused.total(),
            "camera_reconnects": counts.reconnects,
        }
    )


def added(first: Summary, second: Summary) -> Summary:
    """Add up what became of the frames of two cameras."""
    return Summary(
        first.looked_at + second.looked_at,
        first.refused + second.refused,
        first.skipped + second.skipped,
        first.passes + second.passes,
    )

"""What misread-aware matching costs and finds, beside a plain dict, rapidfuzz and edit distance 1, in one run.

`ratio` is the share of misread listed vehicles that matching finds at a tenth of the false alerts of edit distance 1,
by the share that edit distance 1 finds: above 1 is better recall at a tenth of the false alerts.

A million marks are listed. Reads are drawn passes that the measured table was not fitted to, put onto other marks
(edge.misreads.restamp). `us_per_read` is one look-up with the default cost of a false stop, over reads in the mix of
traffic (entries of all vehicles are listed); `rss_mb` is the memory of a whole process that holds the index and
matches, measured by itself, as are the dict's and rapidfuzz's list of strings. Edit distance 1 alerts where any listed
mark is one insertion, deletion or replacement from the read, or none; its answers are worked out on the same index.

    .venv/bin/python benchmarks/matching.py [--json] [--quick] [--entries N] [--reads N]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from edge.marks import canonical  # noqa: E402
from edge.matching.index import MarkIndex  # noqa: E402
from edge.matching.keys import key_of  # noqa: E402
from edge.matching.matcher import Matcher, Seen, threshold_of  # noqa: E402
from edge.matching.simulation import Outcome, Street, as_seen, look  # noqa: E402
from edge.matching.weights import Weights  # noqa: E402
from edge.misreads.known import with_trials  # noqa: E402
from edge.misreads.restamp import Restamper, Stamped  # noqa: E402
from edge.misreads.shapes import SHAPES  # noqa: E402
from edge.settings import FALSE_STOP_COST  # noqa: E402
from models.evaluation.scoring import wilson  # noqa: E402
from models.plates.population import VEHICLES  # noqa: E402

ENTRIES, QUICK_ENTRIES = 1_000_000, 50_000
READS, QUICK_READS = 100_000, 5_000
RAPIDFUZZ_READS, QUICK_RAPIDFUZZ_READS = 40, 10
LEAST = 0.001
"""The lowest threshold that the curve is followed to."""

SEED = 7

CHILD = """
import sys
import numpy as np
kind, marks, keys = sys.argv[1:]
if kind == "ours":
    from datetime import date
    from edge.matching.index import MarkIndex
    from edge.matching.matcher import Matcher, Seen
    from edge.matching.weights import Weights
    from edge.misreads.known import measured
    from models.plates.reading import MarkKind
    index, matcher = MarkIndex.of_keys(np.load(keys)), Matcher(Weights(measured()[0]), 0.5)
    for confidence in (0.999, 0.5):
        matcher.match(index, Seen("DX17ZWH", MarkKind.CURRENT, [confidence] * 7, [{}] * 7), date(2026, 11, 23))
else:
    lines = open(marks).read().split()
    held = {mark: number for number, mark in enumerate(lines)} if kind == "dict" else lines
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


def near(shapes: str) -> np.ndarray:
    """The keys of every mark at edit distance 1 or 0."""
    marks = {shapes}
    for place in range(len(shapes) + 1):
        head, tail = shapes[:place], shapes[place:]
        marks.update(head + shape + tail for shape in SHAPES)
        if tail:
            marks.add(head + tail[1:])
            marks.update(head + shape + tail[1:] for shape in SHAPES)
    marks.discard("")
    return np.array([key_of(mark) for mark in marks], np.uint64)


def by_edit_distance(index: MarkIndex, reads: Sequence[Stamped]) -> list[tuple[bool, bool]]:
    """For each read: whether its own mark is within one edit and listed, and whether another one is."""
    found = []
    for read in reads:
        own = key_of(canonical(read.mark))
        alerts = index.find_any(near(canonical(read.read)))
        found.append((own in alerts, any(alert != own for alert in alerts)))
    return found


def timed(matcher: Matcher, index: MarkIndex, reads: Sequence[Seen], street: Street) -> float:
    """Microseconds a read."""
    started = time.perf_counter()
    for read in reads:
        matcher.match(index, read, street.on)
    return (time.perf_counter() - started) / len(reads) * 1e6


def timed_dict(marks: Sequence[str], reads: Sequence[str]) -> float:
    held = {mark: number for number, mark in enumerate(marks)}
    started = time.perf_counter()
    for read in reads:
        held.get(read)
    return (time.perf_counter() - started) / len(reads) * 1e6


def timed_rapidfuzz(marks: Sequence[str], reads: Sequence[str]) -> float:
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    started = time.perf_counter()
    for read in reads:
        process.extract(read, marks, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
    return (time.perf_counter() - started) / len(reads) * 1e6


def memory_mb(marks: Sequence[str]) -> dict[str, float]:
    """What a process takes that holds the marks in each way, in MiB, interpreter and libraries included."""
    with tempfile.TemporaryDirectory() as folder:
        texts, keys = Path(folder, "marks.txt"), Path(folder, "keys.npy")
        texts.write_text("\n".join(marks))
        np.save(keys, np.array([key_of(mark) for mark in marks], np.uint64))
        return {
            kind: int(
                subprocess.run(
                    [sys.executable, "-c", CHILD, kind, texts, keys],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            / 1024
            for kind in ("ours", "dict", "strings")
        }


def at_most(seen: Sequence[Outcome], share: float) -> tuple[float, float]:
    """The lowest threshold with no more false alerts than this share of other vehicles' reads, and what it finds of the
    misread ones.
    """
    wrong = sorted((each.wrong for each in seen if not each.listed), reverse=True)
    allowed = int(share * len(wrong))
    threshold = max(LEAST, np.nextafter(wrong[allowed], 1) if allowed < len(wrong) else LEAST)
    misread = [each for each in seen if each.listed and each.misread]
    return float(threshold), sum(each.right >= threshold for each in misread) / len(misread)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--entries", type=int)
    parser.add_argument("--reads", type=int)
    options = parser.parse_args()
    entries = options.entries or (QUICK_ENTRIES if options.quick else ENTRIES)
    count = options.reads or (QUICK_READS if options.quick else READS)

    ((table, trials),) = with_trials()
    on = datetime.now(UTC).date()
    street = Street(entries, Restamper(trials, table, on), on, SEED)
    marks = [canonical(mark) for mark in street.marks]
    weights = Weights(table)
    listed, others = list(street.listed_reads(count // 2)), list(street.other_reads(count // 2))

    in_traffic = max(1, round(len(others) * entries / VEHICLES))
    mixed = [as_seen(read) for read in (*others, *listed[:in_traffic])]
    default = Matcher(weights, threshold_of(FALSE_STOP_COST))
    us_per_read = min(timed(default, street.index, mixed, street) for _ in range(3))
    us_dict = timed_dict(marks, [read.shapes for read in mixed])
    some = [read.shapes for read in mixed[: QUICK_RAPIDFUZZ_READS if options.quick else RAPIDFUZZ_READS]]
    us_rapidfuzz = timed_rapidfuzz(marks, some)
    memory = memory_mb(marks)

    lowest = Matcher(weights, LEAST)
    seen = [look(street, lowest, read, listed=True) for read in listed]
    seen += [look(street, lowest, read, listed=False) for read in others]
    misread = [number for number, each in enumerate(seen[: len(listed)]) if each.misread]
    right = [own for own, _ in by_edit_distance(street.index, listed)]
    found_by_edits = sum(right[number] for number in misread)
    wrong_by_edits = sum(other for _, other in by_edit_distance(street.index, others))
    false_share = wrong_by_edits / len(others)
    threshold, recovered = at_most(seen, false_share / 10)
    default_wrong = sum(
        each.wrong >= threshold_of(FALSE_STOP_COST) or each.wrong_exactly for each in seen if not each.listed
    )
    default_found = sum(seen[number].right >= threshold_of(FALSE_STOP_COST) for number in misread)
    exact_wrong = sum(each.wrong_exactly for each in seen if not each.listed)

    result: dict[str, Any] = {
        "ratio": round(recovered / (found_by_edits / len(misread)), 3),
        "us_per_read": round(us_per_read, 1),
        "us_per_read_dict": round(us_dict, 2),
        "us_per_read_rapidfuzz": round(us_rapidfuzz),
        "rss_mb": round(memory["ours"], 1),
        "rss_mb_dict": round(memory["dict"], 1),
        "rss_mb_strings_for_rapidfuzz": round(memory["strings"], 1),
        "entries": entries,
        "reads": count,
        "misread": len(misread),
        "misread_share": round(len(misread) / len(listed), 4),
        "edit_distance_1": {
            "recovered": round(found_by_edits / len(misread), 4),
            "recovered_interval": [round(bound, 4) for bound in wilson(found_by_edits, len(misread))],
            "false_alerts": round(false_share, 5),
        },
        "ours_at_a_tenth_of_its_false_alerts": {
            "threshold": round(threshold, 5),
            "recovered": round(recovered, 4),
            "recovered_interval": [round(bound, 4) for bound in wilson(round(recovered * len(misread)), len(misread))],
        },
        "ours_by_default": {
            "threshold": round(threshold_of(FALSE_STOP_COST), 3),
            "recovered": round(default_found / len(misread), 4),
            "false_alerts": round(default_wrong / len(others), 6),
        },
        "exact": {"recovered": 0.0, "false_alerts": round(exact_wrong / len(others), 6)},
        "command": " ".join(sys.argv),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "on": on.isoformat(),
    }
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:40} {value}")


if __name__ == "__main__":
    main()

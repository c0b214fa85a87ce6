"""Compare Lanthorn's plate reader with PP-OCR's own library on the same pictures, with the same model files.

`ratio` is the median over the pictures of the library's time by ours, both on the same number of CPU threads, each
picture read by one and then the other. Beside it: exact reads of each set by each, with Wilson 95 % intervals. The
library gives lines of text, not marks; a mark counts as read exactly when one of its lines, with all but A-Z and 0-9
taken out, is the mark, and in the column "library + grammar" when our grammar makes one of its lines the mark.

The library's code needs packages that Lanthorn leaves out, so it runs in an environment of its own:

    python3 -m venv /tmp/rapidocr
    /tmp/rapidocr/bin/pip install rapidocr==3.10.0 onnxruntime
    .venv/bin/python benchmarks/plates_ppocr.py --library-python /tmp/rapidocr/bin/python

The pictures are personal data and lie beside the repository (--data).
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hardware.pictures import load_picture  # noqa: E402
from models.evaluation.labels import NOVELTY, Label, read_labels  # noqa: E402
from models.evaluation.scoring import wilson  # noqa: E402
from models.opening import open_plate_reader  # noqa: E402
from models.plates.grammar import mend  # noqa: E402
from models.plates.reading import Character  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "plates"
UNSURE = 0.9
"""Confidence given to the library's characters: it has one for a line, and none of ours to weigh a swap by."""

LIBRARY_SIDE = """
import json, sys, time
import cv2
from rapidocr import RapidOCR
threads = int(sys.argv[1])
engine = RapidOCR(params={
    "EngineConfig.onnxruntime.intra_op_num_threads": threads,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.log_level": "error",
})
for line in sys.stdin:
    image = cv2.imread(line.rstrip("\\n"))
    started = time.perf_counter()
    texts = engine(image).txts or ()
    print(json.dumps({"texts": list(texts), "ms": (time.perf_counter() - started) * 1000}), flush=True)
"""


class Library:
    """RapidOCR in its own environment, asked for one picture at a time."""

    def __init__(self, python: Path, threads: int) -> None:
        self._child = subprocess.Popen(
            [str(python), "-c", LIBRARY_SIDE, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.stdin:
            self._child.stdin.close()
        self._child.wait()

    def read(self, path: Path) -> tuple[list[str], float]:
        """Give the lines of text, A-Z and 0-9 only, and the milliseconds it took."""
        assert self._child.stdin  # noqa: S101
        assert self._child.stdout  # noqa: S101
        self._child.stdin.write(f"{path}\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            sys.exit("the library's process ended; the docstring of this file says how to install what it needs")
        found = json.loads(answer)
        return [re.sub("[^A-Z0-9]", "", text.upper()) for text in found["texts"]], found["ms"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One labelled picture read by both."""

    group: str
    ours: bool
    library: bool
    library_with_grammar: bool
    ours_ms: float
    library_ms: float


def labelled(data: Path) -> list[tuple[str, Path, Label]]:
    """Give every still picture with one mark: its set, its path, its label."""
    listed = [
        (label.file.parts[0], data / label.file, label)
        for label in read_labels(data / "uk_labels.csv")
        if label.file.parts[0] in ("uk_stills", "uk_crops") and label.kind != NOVELTY
    ]
    czech = [
        ("cz_stills", data / "cz_stills" / label.file, label)
        for label in read_labels(data / "cz_stills" / "results.properties")
    ]
    return listed + czech


def compare(data: Path, python: Path, threads: int, every: int, on: date) -> list[Compared]:
    """Read every picture with both, one after the other."""
    reader = open_plate_reader(threads, today=lambda: on)
    pictures = labelled(data)[::every]
    compared = []
    with Library(python, threads) as library:
        for _, path, _ in pictures[:2]:  # both have their first, slow run behind them
            library.read(path)
            reader.read(load_picture(path))
        for i, (group, path, label) in enumerate(pictures):
            image = load_picture(path)
            started = time.perf_counter()
            marks = [reading.text for reading in reader.read(image)]
            ours_ms = (time.perf_counter() - started) * 1000
            lines, library_ms = library.read(path)
            mended = [mend([Character(char, UNSURE) for char in line], on).text for line in lines]
            compared.append(
                Compared(group, label.text in marks, label.text in lines, label.text in mended, ours_ms, library_ms)
            )
            print(f"\r{i + 1}/{len(pictures)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return compared


def share(rows: Sequence[Compared], was_read: Callable[[Compared], bool]) -> dict[str, object]:
    exact = sum(was_read(row) for row in rows)
    low, high = wilson(exact, len(rows))
    return {
        "exact": exact,
        "total": len(rows),
        "read_rate": round(exact / len(rows), 4),
        "interval": [round(low, 4), round(high, 4)],
    }


def figures(rows: Sequence[Compared]) -> dict[str, object]:
    return {
        "ours": {
            **share(rows, lambda row: row.ours),
            "median_ms": round(statistics.median(row.ours_ms for row in rows), 1),
        },
        "library": {
            **share(rows, lambda row: row.library),
            "median_ms": round(statistics.median(row.library_ms for row in rows), 1),
        },
        "library_with_grammar": share(rows, lambda row: row.library_with_grammar),
        "ratio": round(statistics.median(row.library_ms / row.ours_ms for row in rows), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--library-python", type=Path, required=True, help="python that has rapidocr's own dependencies"
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder with uk_labels.csv, uk_stills, uk_crops, cz_stills"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="every fifth picture only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    today = datetime.now(UTC).date()
    rows = compare(asked.data, asked.library_python, asked.threads, 5 if asked.quick else 1, today)
    sets = {name: [row for row in rows if row.group == name] for name in dict.fromkeys(row.group for row in rows)}
    result = {
        **figures(rows),
        "sets": {name: figures(of_set) for name, of_set in sets.items()},
        "command": " ".join(["python", "benchmarks/plates_ppocr.py", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "date": today.isoformat(),
    }
    if asked.json:
        print(json.dumps(result))
        return
    print(f"{'set':<10} {'reader':<18} {'exact':>9} {'rate':>7} {'95 % interval':>16} {'median':>9}")
    for name, of_set in {**sets, "all": rows}.items():
        counts = figures(of_set)
        for who in ("ours", "library", "library_with_grammar"):
            one = counts[who]
            assert isinstance(one, dict)  # noqa: S101
            low, high = one["interval"]
            median = f"{one['median_ms']:.0f} ms" if "median_ms" in one else ""
            exact = f"{one['exact']}/{one['total']}"
            print(
                f"{name:<10} {who.replace('_', ' ').replace('with', '+'):<18} {exact:>9} {one['read_rate']:>7.1%}"
                f" {low:>7.1%} - {high:>6.1%} {median:>9}"
            )
        print(f"{name:<10} time ratio (library / ours): {counts['ratio']}")


if __name__ == "__main__":
    main()

"""Appends to the log and proofs from it, beside the same number of bare writes that are each flushed to disk.

At each size the log is first filled to it. Then, in turns, as many entries are written in three ways: bare, one
entry's bytes to a file and an fsync, one after the other; one thread that appends to the log; 16 threads that append to
it. Each append is one act and returns once it is on disk; the log takes its journal into tiles meanwhile, as in the
service.

`ratio` is the appends a second of 16 threads by the bare flushed writes a second, at the largest size. Beside it, at
each size: both rates and that of one thread; what a bare write takes; what it takes to make a proof of inclusion of a
random entry, to verify it with the checkpoint's signature, and the same for a proof of consistency with the log at half
its size; to open the log; to verify it whole.

    python benchmarks/log.py            10^4, 10^5 and 10^6 entries
    python benchmarks/log.py --quick    10^4
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from governance.acts import Act  # noqa: E402
from governance.entry import draft_of, to_ms  # noqa: E402
from governance.keys import PrivateKey  # noqa: E402
from governance.log import Log, log_signer  # noqa: E402
from governance.merkle.checkpoint import Head, read_checkpoint  # noqa: E402
from governance.merkle.tiles import TileTree  # noqa: E402
from governance.merkle.tree import consistency_proof, root, verify_consistency  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
THREADS = 16
ROUNDS = 10
WRITES = 8_000
"""Of each kind at each size, in ROUNDS turns: a multiple of THREADS * ROUNDS."""
QUICK_WRITES = 1_600
PROOFS = 300
FILL = 5_000
"""Acts in one append while a log is filled."""

ACT = Act(
    "pc.demo",
    "alert.answer",
    "Answered on patrol",
    authority="AO-2026-118",
    objects={"alert": "0192f5c0-7b6a-7c3e-9d2f-1a2b3c4d5e6f"},
    details={"outcome": "stopped", "seconds": 41},
    commitments={"mark": "ab" * 32},
)


def now() -> datetime:
    return datetime.now(UTC)


def seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def bare(file: Path, data: bytes, count: int) -> None:
    """Write and flush, one after the other."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(count):
        os.write(descriptor, data)
        os.fsync(descriptor)
    os.close(descriptor)


def append(log: Log, count: int) -> None:
    for _ in range(count):
        log.append(ACT)


def append_in_threads(log: Log, count: int) -> None:
    threads = [threading.Thread(target=append, args=(log, count // THREADS)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def median_us(take: list[float]) -> float:
    return round(statistics.median(take) * 1e6, 1)


def proofs(log: Log, chance: random.Random) -> dict[str, float]:
    """What proofs take, in microseconds; medians."""
    head, old = log.checkpoint.head, log.checkpoint.head.size // 2
    made, verified, joined, checked = [], [], [], []

    def read(path: str) -> bytes:
        return (log.path / path).read_bytes()

    before = Head(old, root(old, TileTree(read, head.size).node))
    for _ in range(PROOFS):
        index = chance.randrange(head.size)
        made.append(seconds(lambda index=index: log.prove(index)))
        proof = log.prove(index)
        verified.append(seconds(lambda proof=proof: proof.verify(log.verifier)))
        joined.append(seconds(lambda: consistency_proof(old, head.size, TileTree(read, head.size).node)))
        path = consistency_proof(old, head.size, TileTree(read, head.size).node)

        def check(path: list[bytes] = path) -> None:
            new = read_checkpoint(log.signed_checkpoint, log.verifier).head
            verify_consistency(before.size, new.size, before.root, new.root, path)

        checked.append(seconds(check))
    return {
        "prove_inclusion_us": median_us(made),
        "verify_inclusion_us": median_us(verified),
        "prove_consistency_us": median_us(joined),
        "verify_consistency_us": median_us(checked),
    }


def measure(folder: Path, log: Log, size: int, writes: int) -> dict[str, object]:
    """Fill the log to size, then write in turns."""
    to_fill = size - log.size
    filled = seconds(lambda: [log.append(*[ACT] * min(FILL, size - log.size)) for _ in range(-(-to_fill // FILL))])
    log.integrate()
    opened = seconds(lambda: Log.open(log.path, now, log_signer("met", KEY)))
    result: dict[str, object] = {
        "entries": size,
        "fill_per_s": round(to_fill / filled),
        "open_ms": round(opened * 1e3, 2),
        **proofs(log, random.Random(size)),  # noqa: S311 - which entries, not a secret
        "verify_whole_s": round(seconds(log.verify), 3),
    }
    data = draft_of(ACT).to_bytes(to_ms(now()))
    took = {"bare": 0.0, "one": 0.0, "many": 0.0}
    share = writes // ROUNDS
    log.start()
    for _ in range(ROUNDS):
        took["bare"] += seconds(lambda: bare(folder / "bare", data, share))
        took["one"] += seconds(lambda: append(log, share))
        took["many"] += seconds(lambda: append_in_threads(log, share))
    log.close()
    if not log.verify().ok:
        raise RuntimeError("the log that was measured does not verify")
    done = share * ROUNDS
    return result | {
        "bare_write_us": round(took["bare"] / done * 1e6, 1),
        "bare_writes_per_s": round(done / took["bare"]),
        "appends_per_s_1_thread": round(done / took["one"]),
        f"appends_per_s_{THREADS}_threads": round(done / took["many"]),
        "ratio": round(took["bare"] / took["many"], 2),
    }


KEY = PrivateKey.new()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help=f"{SIZES[0]:,} entries only, {QUICK_WRITES:,} writes")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to write: a folder on the disk to measure")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lanthorn-bench-", dir=asked.folder) as name:
        folder = Path(name)
        rows = []
        for size in SIZES[:1] if asked.quick else SIZES:
            log = Log.open(folder / str(size), now, log_signer("met", KEY))
            rows.append(measure(folder, log, size, QUICK_WRITES if asked.quick else WRITES))
            if not asked.json:
                print_row(rows[-1])
    result = {
        "ratio": rows[-1]["ratio"],
        "sizes": rows,
        "writes": QUICK_WRITES if asked.quick else WRITES,
        "command": " ".join(["python", "benchmarks/log.py", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()},"
        f" Python {platform.python_version()}",
        "date": now().date().isoformat(),
    }
    if asked.json:
        print(json.dumps(result))
    else:
        print(f"ratio (16 threads / bare flushed writes): {result['ratio']}   {result['machine']}   {result['date']}")


def print_row(row: dict[str, object]) -> None:
    print(f"{row['entries']:>9,} entries")
    for name, value in row.items():
        if name != "entries":
            print(f"    {name:<28}{value:>12,}")


if __name__ == "__main__":
    main()

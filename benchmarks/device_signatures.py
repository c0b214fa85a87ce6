"""What the devices' signatures cost: the same reads taken by the centre's intake signed and unsigned, in turns.

`ratio` is the median over the rounds of the time that a batch of 100 unsigned reads takes by the time that a batch of
100 signed ones takes: 1 would be no cost. Each batch is judged, proven and committed to SQLite (WAL, synchronous=FULL)
on the folder's own disk. Beside it: what one message costs the device (a spool's transaction with one read, fsync and
all) with a key and without, and one signature and one verification by themselves.

    .venv/bin/python benchmarks/device_signatures.py [--json] [--quick]
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from edge.counters import Counters as EdgeCounters  # noqa: E402
from edge.spool import Spool, Unsent, Waiting  # noqa: E402
from governance.devices.authority import Authority  # noqa: E402
from governance.devices.chain import sign_link, signed_link  # noqa: E402
from governance.devices.requests import make_request  # noqa: E402
from governance.keys import PrivateKey  # noqa: E402
from governance.log import Log, service_signer  # noqa: E402
from hardware.clock import SystemClock  # noqa: E402
from ingest.alerts import Alerts  # noqa: E402
from ingest.contract import topics  # noqa: E402
from ingest.contract.base import new_id  # noqa: E402
from ingest.contract.messages import Read, WireCharacter  # noqa: E402
from ingest.counters import Counters  # noqa: E402
from ingest.database.engine import open_engine  # noqa: E402
from ingest.device_keys import DeviceKeys  # noqa: E402
from ingest.enrolment import Enrolment  # noqa: E402
from ingest.hub import Hub  # noqa: E402
from ingest.intake.inbox import Delivery  # noqa: E402
from ingest.intake.judging import judge  # noqa: E402
from ingest.intake.proving import Prover  # noqa: E402
from ingest.intake.taking import Taker  # noqa: E402

BATCH = 100
ROUNDS, QUICK_ROUNDS = 40, 8
SINGLE = 2_000
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


def a_read() -> Read:
    at, mark = now(), "YS70PLM"
    return Read(
        read_id=new_id(),
        camera_id="front",
        vrm=mark,
        as_read=mark,
        mark_kind="current",
        confidence=0.9,
        characters=tuple(WireCharacter(char=char, confidence=0.98) for char in mark),
        captured_at=at,
        first_seen=at,
        last_seen=at,
        frames_read=5,
        position=None,
        clock_error_ms=3.0,
        images=(),
        models={"reader": "ab" * 32},
        software="benchmark",
    )


class Side:
    """A device's spool and the centre's intake for it, with signatures or without."""

    def __init__(self, folder: Path, *, signed: bool) -> None:
        folder.mkdir()
        log = Log.open(folder / "log", now, service_signer(folder / "keys", "met"))
        engine = open_engine(f"sqlite:///{folder / 'centre.db'}")
        keys = DeviceKeys(engine, log, now)
        authority = Authority.load_or_make(folder / "keys", "met", now())
        key = PrivateKey.new() if signed else None
        if key is not None:
            enrolment = Enrolment(
                engine, log, now, authority, force="met", trust_key=lambda: None, code_life=DAY, certificate_life=DAY
            )
            enrolment.enrol("car-1", enrolment.make_code("car-1", "admin").text, make_request("car-1", key))
        self._prover = Prover(keys, Counters(), required=signed)
        self._taker = Taker(engine, log, Alerts(engine, log, now, Hub()))
        self._spool = Spool.open(folder / "spool.db", "car-1", SystemClock(), EdgeCounters(), key)

    def put(self) -> None:
        """One read into the spool, on its disk."""
        self._spool.put(a_read())

    def batch(self) -> list[Waiting]:
        """A batch of new messages, as they go on the wire."""
        self._spool.put_all([Unsent(a_read()) for _ in range(BATCH)])
        waiting = self._spool.due(BATCH, now(), 60)
        self._spool.mark_published([each.place for each in waiting], now(), 86_400)
        return waiting

    def take(self, batch: list[Waiting]) -> None:
        """What the intake does with a batch."""
        deliveries = [
            Delivery(
                topics.message("met", "car-1", each.kind),
                each.payload,
                1,
                1,
                1,
                now(),
                () if each.proof is None else each.proof.to_properties(),
            )
            for each in batch
        ]
        taken = self._taker.take(self._prover.prove([judge(each) for each in deliveries]))
        if taken.counts["reads"] != len(batch):
            raise RuntimeError(f"only {taken.counts['reads']} of {len(batch)} were taken: {dict(taken.counts)}")


def timed_ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1_000


def measure(rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="lanthorn-bench-") as name:
        sides = {what: Side(Path(name) / what, signed=what == "signed") for what in ("unsigned", "signed")}
        put: dict[str, list[float]] = {what: [] for what in sides}
        take: dict[str, list[float]] = {what: [] for what in sides}
        for _ in range(rounds):
            for what, side in sides.items():
                put[what].append(timed_ms(side.put))
            for what, side in sides.items():
                batch = side.batch()
                take[what].append(timed_ms(lambda side=side, batch=batch: side.take(batch)))
    key, link = PrivateKey.new(), bytes(32)
    signature = sign_link(key, link)
    median = {what: statistics.median(times) for what, times in take.items()}
    return {
        "ratio": statistics.median(u / s for u, s in zip(take["unsigned"], take["signed"], strict=True)),
        "intake_reads_a_second": {what: round(BATCH / ms * 1_000) for what, ms in median.items()},
        "intake_batch_ms": {what: round(ms, 2) for what, ms in median.items()},
        "spool_put_ms": {what: round(statistics.median(times), 3) for what, times in put.items()},
        "sign_us": round(timed_ms(lambda: [sign_link(key, link) for _ in range(SINGLE)]) / SINGLE * 1_000, 1),
        "verify_us": round(
            timed_ms(lambda: [signed_link(key.public, link, signature) for _ in range(SINGLE)]) / SINGLE * 1_000, 1
        ),
        "rounds": rounds,
        "batch": BATCH,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds in place of {ROUNDS}")
    given = parser.parse_args()
    result = measure(QUICK_ROUNDS if given.quick else ROUNDS) | {
        "command": " ".join(sys.argv),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "date": now().isoformat(timespec="seconds"),
    }
    if given.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<24}{value}")


if __name__ == "__main__":
    main()
